//! What ends when the interpreter does: whoever waits would otherwise keep it from ending.
//!
//! # Rationale
//! First, before the interpreter waits for its threads, everything that a thread can wait for is closed. Then, when
//! only daemon threads are left, none of them may come back to the interpreter: up to Python 3.13 it would end the
//! thread inside a call from Rust, and a Rust frame that is unwound so aborts the process. They sleep instead until
//! the process is gone.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::{ThreadId, current, park, yield_now};
use std::time::{Duration, Instant};

use baconalgo_node::bus::Bus;
use parking_lot::Mutex;
use pyo3::prelude::*;

use crate::fork::Origin;

/// Something that threads may be waiting for.
pub(crate) trait Ends: Send + Sync {
    /// Ends it, so that nobody waits any more.
    fn end(&self);
}

impl Ends for Bus {
    fn end(&self) {
        self.close();
    }
}

/// Only one thread uses the interpreter from now on.
static ENDED: AtomicBool = AtomicBool::new(false);
/// That one.
static LAST: OnceLock<ThreadId> = OnceLock::new();
/// Threads that are inside a call, and hold the interpreter or wait for it.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// A call that may run Python code, or wait for the interpreter: the end waits for it to be over, or [`detached`].
pub(crate) struct Busy(());

impl Busy {
    /// A call begins. Never returns if only one thread may use the interpreter, and this is another.
    pub(crate) fn enter(py: Python<'_>) -> Self {
        if !may_stay() {
            py.detach(sleep_for_ever);
        }
        Self(())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts this thread as busy, unless it may not be.
fn may_stay() -> bool {
    // Counted first: either the end is seen here, or this is seen at the end.
    BUSY.fetch_add(1, Ordering::SeqCst);
    if ENDED.load(Ordering::SeqCst) && LAST.get() != Some(&current().id()) {
        BUSY.fetch_sub(1, Ordering::SeqCst);
        return false;
    }
    true
}

fn sleep_for_ever() {
    loop {
        park();
    }
}

/// Not busy until it is dropped.
struct Away;

impl Away {
    fn go() -> Self {
        BUSY.fetch_sub(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        if !may_stay() {
            sleep_for_ever();
        }
    }
}

/// In the child of a fork nobody is busy: the other threads are not here.
pub(crate) fn forked() {
    BUSY.store(0, Ordering::SeqCst);
}

/// Does something without the interpreter; never returns if that ends meanwhile.
pub(crate) fn detached<T: Send>(py: Python<'_>, _busy: &Busy, work: impl Send + FnOnce() -> T) -> T {
    py.detach(|| {
        let _away = Away::go();
        work()
    })
}

/// Looks for Ctrl-C out of [`detached`] work.
pub(crate) fn check_signals() -> PyResult<()> {
    if !may_stay() {
        sleep_for_ever();
    }
    let _busy = Busy(());
    Python::attach(|py| py.check_signals())
}

static ALIVE: Mutex<Vec<(Origin, Weak<dyn Ends>)>> = Mutex::new(Vec::new());

/// Ends this one when the interpreter does, if it still lives.
pub(crate) fn end_at_exit<T: Ends + 'static>(object: &Arc<T>) {
    let object: Weak<T> = Arc::downgrade(object);
    let mut alive = ALIVE.lock();
    alive.retain(|(_, object)| object.strong_count() > 0);
    alive.push((Origin::here(), object));
}

/// Called when the interpreter ends, before it waits for its threads.
#[pyfunction]
fn end_all(py: Python<'_>) {
    let busy = Busy::enter(py);
    // Only locked by whoever holds the interpreter: a fork, which needs it too, leaves it unlocked.
    let alive = std::mem::take(&mut *ALIVE.lock());
    detached(py, &busy, || {
        // What a parent has made is the parent's to end.
        let mine = alive.into_iter().filter(|(origin, _)| origin.is_here());
        mine.filter_map(|(_, object)| object.upgrade()).for_each(|object| object.end());
    });
}

/// Called when no threads are left but those that nobody waits for.
#[pyfunction]
fn end_threads(py: Python<'_>) {
    let _ = LAST.set(current().id());
    ENDED.store(true, Ordering::SeqCst);
    // Bounded: one that is stuck must not keep the process.
    let until = Instant::now() + Duration::from_secs(1);
    py.detach(|| {
        while BUSY.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            yield_now();
        }
    });
}

/// Has Python call [`end_all`] and [`end_threads`].
pub(crate) fn watch(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let atexit = module.py().import("atexit")?;
    atexit.call_method1("register", (pyo3::wrap_pyfunction!(end_threads, module)?,))?;
    let end_all = pyo3::wrap_pyfunction!(end_all, module)?;
    // Threads are waited for before what `atexit` calls: this comes earlier, as for the pools of `concurrent.futures`.
    match module.py().import("threading")?.getattr("_register_atexit") {
        Ok(register) => register.call1((end_all,))?,
        Err(_) => atexit.call_method1("register", (end_all,))?,
    };
    Ok(())
}
