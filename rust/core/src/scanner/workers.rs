//! Workers that go from task to task.

use std::sync::{Mutex, PoisonError};

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
