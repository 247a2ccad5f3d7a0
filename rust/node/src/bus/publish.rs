//! Publishing, at once or waiting for room.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::Message;

use crate::bus::payload::{LARGEST_PAYLOAD, Payload};
use crate::bus::topic::{Naps, Refused, Topic};
use crate::bus::{Bus, backpressure};
use crate::clock::wall_clock;

/// Why a publish did not do it all at once.
#[derive(Debug)]
pub enum Blocked {
    /// So many were published; there is no room for more now.
    Full(usize),
    /// For good; so many were published.
    Failed(usize, Error),
}

/// What to publish.
pub enum Outgoing<'a> {
    /// Records; their time of publishing is set.
    Records(&'a mut [Message]),
    /// Something else.
    Payload(&'a Payload),
}

impl Outgoing<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Records(records) => records.len(),
            Self::Payload(_) => 1,
        }
    }
}

impl Bus {
    /// Publishes as much as there is room for at once.
    ///
    /// # Errors
    /// [`Blocked`] says how many messages were published.
    pub fn try_publish(&self, topic: &str, outgoing: &mut Outgoing<'_>) -> Result<(), Blocked> {
        let topic = self.topic(topic).map_err(|error| Blocked::Failed(0, error))?;
        let now = wall_clock();
        if self.first.load(Ordering::Relaxed) == 0 {
            self.first.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed).ok();
        }
        let outcome = match outgoing {
            Outgoing::Records([]) => return Ok(()),
            Outgoing::Records([record]) => {
                record.published = now;
                topic.try_publish(*record).map(|_| 1)
            }
            Outgoing::Records(records) => {
                records.iter_mut().for_each(|record| record.published = now);
                topic.try_publish_batch(records)
            }
            Outgoing::Payload(payload) => {
                if payload.bytes > LARGEST_PAYLOAD {
                    let rule = format!("must have at most {LARGEST_PAYLOAD} bytes");
                    let error = Error::new(ErrorKind::Bus, 1001, "payload", rule, format!("{} bytes", payload.bytes));
                    return Err(Blocked::Failed(0, error));
                }
                topic.try_publish_payload(payload, now).map(|_| 1)
            }
        };
        match outcome {
            Ok(count) => {
                self.published(&topic, count);
                if count == outgoing.len() { Ok(()) } else { Err(Blocked::Full(count)) }
            }
            Err(Refused::Full | Refused::NoMemory) => Err(Blocked::Full(0)),
            Err(Refused::Never(error)) => Err(Blocked::Failed(0, error)),
        }
    }

    /// Publishes, waiting for room; `go_on` is asked every 50 ms.
    ///
    /// # Errors
    /// [`Blocked`] says how many messages were published: `Full` if `go_on` said no, `Failed` with an error of kind
    /// [`Backpressure`](ErrorKind::Backpressure) after the timeout.
    pub fn publish(
        &self,
        topic: &str,
        outgoing: &mut Outgoing<'_>,
        timeout: Duration,
        mut go_on: impl FnMut() -> bool,
    ) -> Result<(), Blocked> {
        let mut done = match self.try_publish(topic, outgoing) {
            Err(Blocked::Full(done)) => done,
            other => return other,
        };
        let topic = self.topic(topic).map_err(|error| Blocked::Failed(done, error))?;
        let far = Duration::from_secs(86_400 * 365);
        let until = Instant::now() + timeout.min(far);
        let mut asked = Instant::now();
        let mut naps = Naps::new();
        loop {
            let outcome = match outgoing {
                Outgoing::Records(records) => topic.publish_slice(&records[done..], until),
                Outgoing::Payload(payload) => {
                    naps.nap(until);
                    topic.try_publish_payload(payload, wall_clock()).map(|_| 1)
                }
            };
            match outcome {
                Ok(count) => {
                    self.published(&topic, count);
                    done += count;
                }
                Err(Refused::Full | Refused::NoMemory) => {}
                Err(Refused::Never(error)) => return Err(Blocked::Failed(done, error)),
            }
            if done >= outgoing.len() {
                return Ok(());
            }
            let now = Instant::now();
            if now >= until {
                return Err(Blocked::Failed(done, backpressure(&topic.name, done, outgoing.len(), timeout)));
            }
            if now.duration_since(asked) >= Duration::from_millis(50) {
                asked = now;
                if !go_on() {
                    return Err(Blocked::Full(done));
                }
            }
        }
    }

    fn published(&self, topic: &Arc<Topic>, count: usize) {
        if count > 0 {
            topic.published.add(count as u64);
            self.door.ring();
        }
    }
}
