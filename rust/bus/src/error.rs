//! What can go wrong, typed.

use std::fmt;

/// A ring or a subscription that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The capacity is no power of two between 2 and 2^30.
    Capacity(usize),
    /// The memory cannot be had: so many events of so many bytes.
    Memory {
        /// Events asked for.
        capacity: usize,
        /// Bytes of one event.
        event: usize,
    },
    /// Every seat is taken: so many consumers hold the ring back already.
    TooManyConsumers(usize),
    /// A consumer to come after that has left, failed, or belongs to another ring.
    UnknownConsumer(u64),
    /// The ring is closed.
    Closed,
}

impl Error {
    /// The parameter at fault.
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Capacity(_) | Self::Memory { .. } => "capacity",
            Self::TooManyConsumers(_) => "consumers",
            Self::UnknownConsumer(_) => "after",
            Self::Closed => "ring",
        }
    }

    /// The rule it breaks.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Capacity(_) => "must be a power of two from 2 to 1073741824",
            Self::Memory { .. } => "must fit into memory",
            Self::TooManyConsumers(_) => "must be at most 64",
            Self::UnknownConsumer(_) => "must name a consumer of this ring",
            Self::Closed => "must be open",
        }
    }

    /// The value it had.
    pub fn value(&self) -> String {
        match self {
            Self::Capacity(capacity) => capacity.to_string(),
            Self::Memory { capacity, event } => format!("{capacity} of {event} bytes"),
            Self::TooManyConsumers(consumers) => consumers.to_string(),
            Self::UnknownConsumer(id) => id.to_string(),
            Self::Closed => "closed".to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, was {}", self.parameter(), self.rule(), self.value())
    }
}

impl std::error::Error for Error {}

/// The ring is closed; for a consumer: and drained, or the consumer has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ring must be open, was closed")
    }
}

impl std::error::Error for Closed {}

/// Why nothing was published, without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryPublishError {
    /// A consumer holds the ring back. Nothing was claimed.
    Full,
    /// The ring is closed.
    Closed,
}

impl fmt::Display for TryPublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "ring must have room, was full",
            Self::Closed => "ring must be open, was closed",
        })
    }
}

impl std::error::Error for TryPublishError {}

/// Why nothing was published, after waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// The ring stayed full for as long as was allowed. Nothing was claimed.
    Timeout,
    /// The ring is closed.
    Closed,
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "ring must have room within the timeout, was full",
            Self::Closed => "ring must be open, was closed",
        })
    }
}

impl std::error::Error for PublishError {}

/// A batch that was published in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchError {
    /// How many events from its start were published.
    pub published: usize,
    /// Why not the others.
    pub reason: PublishError,
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} events of the batch were published)", self.reason, self.published)
    }
}

impl std::error::Error for BatchError {}
