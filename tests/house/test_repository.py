"""Rules of the house that hold for every file."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 600
SKIPPED = {"target", "dist", "node_modules", "__pycache__"}
TEXT = {".rs", ".py", ".pyi", ".toml", ".md", ".yml", ".ipynb", ".html", ".js", ".css", ""}


def files() -> list[Path]:
    """What is, or could be, committed; without git, all that is not obviously made."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [
            p
            for p in ROOT.rglob("*")
            if not any(part in SKIPPED or part.startswith(".") for part in p.relative_to(ROOT).parts)
        ]
    return sorted(p for p in paths if p.is_file())


def of_type(*suffixes: str) -> list[Path]:
    return [p for p in files() if p.suffix in suffixes]


def test_no_source_file_is_longer_than_it_may_be() -> None:
    long = {str(p.relative_to(ROOT)): n for p in of_type(".rs", ".py", ".js", ".css") if (n := lines(p)) > LONGEST}
    assert not long, f"longer than {LONGEST} lines: {long}"


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_is_called_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not [p for p in of_type(".rs", ".py") if p.stem in vague or p.parent.name in vague]


def test_no_file_mentions_a_place_on_one_machine() -> None:
    # Put together here, so that this file does not mention them either.
    places = re.compile("|".join(f"/{first}{rest}" for first, rest in [("wo", "rk/"), ("ro", "ot/"), ("ho", "me/")]))
    found = []
    for path in files():
        if path.suffix in TEXT:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in places.finditer(text)]
    assert not found


def test_versions_agree() -> None:
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert cargo == project
    assert f"## {project}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_package_says_the_version_of_the_project() -> None:
    import baconalgo

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert baconalgo.__version__ == project


def test_suppressions_of_lints_in_rust_give_a_reason() -> None:
    bare = re.compile(r"#!?\[(?:allow|expect)\((?![^\]]*reason\s*=)[^\]]*\)\]")
    found = [f"{p.relative_to(ROOT)}: {m[0]}" for p in of_type(".rs") for m in bare.finditer(p.read_text("utf-8"))]
    assert not found


def test_makefile_targets_that_the_readme_names_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", readme))
    assert {"demo", "test"} <= named
    assert named <= set(targets)


@pytest.mark.parametrize("path", of_type(".md"), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(path: Path) -> None:
    text = re.sub(r"(?s)```.*?```", "", path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
