//! Records what the extension was built for: CPU features, compiler flags, commit.
//!
//! The record goes two ways. Into the extension, as `env!("BACONALGO_BUILD_...")`. And into
//! `python/baconalgo/_build_features.json`, because the check of the CPU must happen before the extension
//! is loaded: code for a newer CPU may fault while the module initialises.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let record = manifest.join("../../python/baconalgo/_build_features.json");

    for path in ["build.rs", "Cargo.toml", "src", "../core/src", "../../Cargo.toml", "../../.cargo/config.toml"] {
        println!("cargo::rerun-if-changed={}", manifest.join(path).display());
    }
    println!("cargo::rerun-if-env-changed=PYO3_BUILD_EXTENSION_MODULE");

    // Cargo separates flags by 0x1f.
    let rustflags = variable("CARGO_ENCODED_RUSTFLAGS").replace('\u{1f}', " ");
    let fields = [
        ("version", variable("CARGO_PKG_VERSION")),
        ("target", variable("TARGET")),
        ("arch", variable("CARGO_CFG_TARGET_ARCH")),
        ("os", variable("CARGO_CFG_TARGET_OS")),
        ("profile", variable("PROFILE")),
        ("rustflags", rustflags),
        ("rustc", output(&variable("RUSTC"), &["--version"], &manifest).unwrap_or_default()),
        ("commit", commit(&manifest).unwrap_or_default()),
        ("cpu_features", variable("CARGO_CFG_TARGET_FEATURE")),
    ];
    for (name, value) in &fields {
        println!("cargo::rustc-env=BACONALGO_BUILD_{}={value}", name.to_uppercase());
    }

    // Only the build that makes the extension writes the record (maturin sets this variable): `cargo clippy`
    // with other flags must not change what the extension at hand is said to need.
    if env::var_os("PYO3_BUILD_EXTENSION_MODULE").is_some() && record.parent().is_some_and(Path::is_dir) {
        write_record(&record, &fields, &manifest.join("build.rs"))?;
        println!("cargo::rerun-if-changed={}", record.display());
    }
    Ok(())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn output(program: &str, arguments: &[&str], directory: &Path) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(directory).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The commit the sources were checked out from, with `-dirty` if `rust/` differs from it.
fn commit(manifest: &Path) -> Option<String> {
    let sha = output("git", &["rev-parse", "--short=12", "HEAD"], manifest)?;
    let changes = output("git", &["status", "--porcelain", "--", ".."], manifest)?;
    Some(if changes.is_empty() { sha } else { format!("{sha}-dirty") })
}

fn write_record(path: &Path, fields: &[(&str, String)], reference: &Path) -> Result<(), Box<dyn Error>> {
    let mut lines = Vec::new();
    for (name, value) in fields {
        let json = if *name == "cpu_features" {
            let features: Vec<String> = value.split(',').filter(|f| !f.is_empty()).map(quoted).collect();
            format!("[{}]", features.join(", "))
        } else {
            quoted(value)
        };
        lines.push(format!("  {}: {json}", quoted(name)));
    }
    fs::write(path, format!("{{\n{}\n}}\n", lines.join(",\n")))?;
    // The time of a file that does not change: else cargo would find the record newer than this run of the
    // script, and build once more.
    let modified = fs::metadata(reference)?.modified()?;
    fs::File::options().write(true).open(path)?.set_modified(modified)?;
    Ok(())
}

fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            c if c.is_control() => json.push(' '),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}
