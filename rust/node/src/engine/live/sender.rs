//! The way in.

use std::time::{Duration, Instant};

use baconalgo_bus::{MultiProducer, PublishError, TryPublishError};
use baconalgo_core::event::Message;

use super::super::clock;

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The ring is full.
    Full,
    /// The engine does not take messages.
    NotRunning,
}

/// The way in, for one thread.
#[derive(Clone)]
pub struct Sender {
    pub(super) producer: MultiProducer<Message>,
}

/// Messages are stamped so many at a time.
const STAMPED: usize = 256;

impl Sender {
    /// Sends a message, or says at once why not.
    ///
    /// # Errors
    /// [`SendError`].
    #[inline]
    pub fn send(&mut self, message: Message) -> Result<(), SendError> {
        self.send_stamped(Message { published: clock::now(), ..message })
    }

    #[inline]
    pub(in super::super) fn send_stamped(&mut self, message: Message) -> Result<(), SendError> {
        self.producer.try_publish(message).map(drop).map_err(|error| match error {
            TryPublishError::Full => SendError::Full,
            TryPublishError::Closed => SendError::NotRunning,
        })
    }

    /// Sends as many as there is room for; gives how many that were.
    ///
    /// # Errors
    /// [`SendError::NotRunning`].
    pub fn send_batch(&mut self, messages: &[Message]) -> Result<usize, SendError> {
        let mut stamped =
            [Message { kind: 0, side: 0, small: [0; 2], symbol: 0, published: 0, words: [0; 6] }; STAMPED];
        let mut sent = 0;
        for chunk in messages.chunks(STAMPED) {
            let now = clock::now();
            for (to, from) in stamped.iter_mut().zip(chunk) {
                *to = Message { published: now, ..*from };
            }
            let taken = self.producer.try_publish_batch(&stamped[..chunk.len()]).map_err(|_| SendError::NotRunning)?;
            sent += taken;
            if taken < chunk.len() {
                break;
            }
        }
        Ok(sent)
    }

    /// Sends as many as there comes to be room for within so long; gives how many that were.
    ///
    /// # Errors
    /// [`SendError::NotRunning`], with how many were sent before.
    pub fn send_within(&mut self, messages: &[Message], most: Duration) -> Result<usize, (SendError, usize)> {
        let began = Instant::now();
        let mut sent = 0;
        while sent < messages.len() {
            let taken = self.send_batch(&messages[sent..]).map_err(|error| (error, sent))?;
            sent += taken;
            let Some(left) = most.checked_sub(began.elapsed()) else { break };
            if taken == 0 {
                let next = Message { published: clock::now(), ..messages[sent] };
                match self.producer.publish(next, left) {
                    Ok(_) => sent += 1,
                    Err(PublishError::Timeout) => break,
                    Err(PublishError::Closed) => return Err((SendError::NotRunning, sent)),
                }
            }
        }
        Ok(sent)
    }
}
