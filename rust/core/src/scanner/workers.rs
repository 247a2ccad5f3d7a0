//! Workers that go from task to task.

use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;

use super::plan::Plan;
use super::worker::Worker;

/// As many workers as there are threads that ask for one at a time.
#[derive(Debug)]
pub(super) struct Workers<'a> {
    plan: &'a Plan,
    idle: Mutex<Vec<Worker<'a>>>,
}

impl<'a> Workers<'a> {
    pub(super) const fn new(plan: &'a Plan) -> Self {
        Self { plan, idle: Mutex::new(Vec::new()) }
    }

    /// Runs a task with an idle worker, or with a new one.
    pub(super) fn lend<R>(&self, task: impl FnOnce(&mut Worker<'a>) -> R) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle().pop();
        let mut worker = found.unwrap_or_else(|| Worker::new(self.plan));
        let result = task(&mut worker);
        idle().push(worker);
        result
    }
}

/// Does a task with each of some parts, on as many threads as the pool has: this one is one of them.
///
/// # Rationale
/// A thread that waits for two others to wake up sees them woken on one core, now and then, and be parted
/// only milliseconds later; one that works stays where it is, and the other goes elsewhere.
pub(super) fn spread<T: Send>(pool: &ThreadPool, parts: impl Iterator<Item = T> + Send, task: impl Fn(T) + Sync) {
    let parts = Mutex::new(parts);
    let work = || {
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(part) = next() {
            task(part);
        }
    };
    pool.in_place_scope(|scope| {
        for _ in 1..pool.current_num_threads() {
            scope.spawn(|_| work());
        }
        work();
    });
}
