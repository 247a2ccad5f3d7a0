//! An engine under a load, for benchmarks: at planned times, or as fast as it goes.

use std::time::{Duration, Instant};

use baconalgo_core::event::Message;
use baconalgo_core::types::Ts;

use super::clock;
use super::live::{SendError, Sender};
use super::pinning::pin;

/// Sends messages one by one, each at its planned time, `interval` ns apart, and stamps it with that time: what a late
/// message waits for counts, whoever made it late. Gives the largest delay of the sender itself, ns.
///
/// # Errors
/// What `send` gives, other than [`SendError::Full`], after which it is called again.
pub fn send_paced(
    messages: &[Message],
    interval: Ts,
    mut send: impl FnMut(Message) -> Result<(), SendError>,
) -> Result<Ts, SendError> {
    let began = clock::now();
    let mut latest = 0;
    for (place, message) in (0..).zip(messages) {
        let planned = began + place * interval;
        let mut now = clock::now();
        while now < planned {
            std::hint::spin_loop();
            now = clock::now();
        }
        latest = latest.max(now - planned);
        let stamped = Message { published: planned, ..*message };
        loop {
            match send(stamped) {
                Ok(()) => break,
                Err(SendError::Full) => std::hint::spin_loop(),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(latest)
}

/// Sends from a thread of its own, on the core before the engine's, where it may choose; `None` if it panics. An
/// engine's thread may only go where the one that starts it may: that one stays free. Who sends from a core that the
/// engine has measures how they take turns.
pub fn beside<R: Send>(send: impl FnOnce() -> R + Send) -> Option<R> {
    let body = || {
        let _ = pin(1);
        send()
    };
    std::thread::scope(|scope| scope.spawn(body).join().ok())
}

impl Sender {
    /// [`send_paced`] to the engine.
    ///
    /// # Errors
    /// [`SendError::NotRunning`].
    pub fn send_paced(&mut self, messages: &[Message], interval: Ts) -> Result<Ts, SendError> {
        send_paced(messages, interval, |message| self.send_stamped(message))
    }

    /// Sends messages in batches as fast as the engine takes them; gives how long that took.
    ///
    /// # Errors
    /// [`SendError::NotRunning`].
    pub fn flood(&mut self, messages: &[Message]) -> Result<Duration, SendError> {
        let began = Instant::now();
        let mut rest = messages;
        while !rest.is_empty() {
            let sent = self.send_batch(rest)?;
            rest = &rest[sent..];
            if sent == 0 {
                std::hint::spin_loop();
            }
        }
        Ok(began.elapsed())
    }
}
