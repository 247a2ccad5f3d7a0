//! From a thread that has published to one that waits: the message is there at once, the interpreter is not.
//!
//! # Rationale
//! A receiver that waits without the interpreter sees a message while its publisher still holds it, and would sleep
//! until it is given up: to be woken takes many times as long as what publishers mostly do next, which is to wait for
//! something themselves. So a receiver lets the publisher come to that first, for a moment, awake.

use std::hint::spin_loop;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// The longest that a receiver lets a publisher go on.
const MOMENT: Duration = Duration::from_micros(5);

/// The thread that published last, if it holds the interpreter since, as far as is known here; or [`NOBODY`].
static PUBLISHER: AtomicUsize = AtomicUsize::new(NOBODY);
const NOBODY: usize = 0;

thread_local! {
    static HERE: u8 = const { 0 };
}

/// A number that no other thread has at the same time, and is not [`NOBODY`].
fn this_thread() -> usize {
    HERE.with(|here| std::ptr::from_ref(here).addr())
}

/// This thread has published, and holds the interpreter.
pub(super) fn published() {
    PUBLISHER.store(this_thread(), Ordering::Relaxed);
}

/// This thread has given up the interpreter.
pub(super) fn let_go() {
    // It may be a later publisher's turn by now: that one is not forgotten. Nothing but time hangs on all this.
    let _ = PUBLISHER.compare_exchange(this_thread(), NOBODY, Ordering::Relaxed, Ordering::Relaxed);
}

/// Waits, awake, until the publisher has given up the interpreter, or for a moment.
pub(super) fn wait_for_publisher() {
    static ALONE: OnceLock<bool> = OnceLock::new();
    if *ALONE.get_or_init(|| available_parallelism().is_ok_and(|cores| cores.get() == 1)) {
        return;
    }
    let mut publisher = PUBLISHER.load(Ordering::Relaxed);
    if publisher == NOBODY {
        return;
    }
    let until = Instant::now() + MOMENT;
    while Instant::now() < until {
        spin_loop();
        publisher = PUBLISHER.load(Ordering::Relaxed);
        if publisher == NOBODY {
            return;
        }
    }
    // It does something else: nobody need wait for it again.
    let _ = PUBLISHER.compare_exchange(publisher, NOBODY, Ordering::Relaxed, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_is_forgotten_when_it_lets_go_or_does_not_come_to_it() {
        published();
        let_go();
        assert_eq!(PUBLISHER.load(Ordering::Relaxed), NOBODY);
        published();
        std::thread::scope(|scope| {
            scope.spawn(let_go);
        });
        assert_eq!(PUBLISHER.load(Ordering::Relaxed), this_thread(), "not by another thread");
        wait_for_publisher();
        if available_parallelism().is_ok_and(|cores| cores.get() > 1) {
            assert_eq!(PUBLISHER.load(Ordering::Relaxed), NOBODY, "not for ever");
        }
    }
}
