//! An engine under a load, for benchmarks: at planned times, or as fast as it goes.

use std::time::{Duration, Instant};

use baconalgo_core::event::Message;
use baconalgo_core::types::Ts;

use super::clock;
use super::live::{SendError, Sender};

impl Sender {
    /// Sends messages one by one, each at its planned time, `interval` ns apart, and stamps it with that time: what a
    /// late message waits for counts, whoever made it late. Gives the largest delay of the sender itself, ns.
    ///
    /// # Errors
    /// [`SendError::NotRunning`].
    pub fn send_paced(&mut self, messages: &[Message], interval: Ts) -> Result<Ts, SendError> {
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
                match self.send_stamped(stamped) {
                    Ok(()) => break,
                    Err(SendError::Full) => std::hint::spin_loop(),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(latest)
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
