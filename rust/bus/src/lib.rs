//! Lock-free ring buffers in the manner of the LMAX Disruptor, generic over the event.
//!
//! One producer or many publish events into a ring of slots, each under a *sequence*, counted from 0 and never given
//! twice. A [`Consumer`] sees every event in order exactly once, and producers wait for it. A [`Tap`] sees what it is
//! fast enough for, and counts the rest. Consumers may come *after* others, in chains and diamonds, and may join and
//! leave while events are published.
//!
//! ```
//! use std::time::Duration;
//!
//! use baconalgo_bus::{TryPublishError, ring};
//!
//! let (mut producer, ring) = ring::<u64>(4)?.single_producer();
//! let mut journal = ring.subscribe()?;
//! let mut strategy = ring.subscribe_after(&[journal.id()])?;
//! let mut screen = ring.tap();
//!
//! producer.publish_batch(&[10, 11, 12, 13], Duration::from_secs(1))?;
//! assert_eq!(producer.try_publish(14), Err(TryPublishError::Full));
//!
//! assert_eq!(strategy.try_recv()?, None, "not before the journal has it");
//! let batch = journal.try_read(100)?.expect("four events");
//! assert_eq!((batch.first_sequence(), batch.as_slices().0), (0, &[10, 11, 12, 13][..]));
//! drop(batch);
//! assert_eq!(strategy.recv(Duration::from_secs(1))?, Some((0, 10)));
//!
//! // Nobody waits for the screen: it has lost what was overwritten, and says so.
//! producer.try_publish(14)?;
//! let received = screen.try_recv()?.expect("an event");
//! assert_eq!((received.sequence, received.lost), (received.event - 10, received.sequence));
//! # assert!(received.lost > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rationale
//! *Nothing shared is read for each event.* A producer knows up to where it may write, a consumer up to where it may
//! read; each looks at the other's sequence only when it has come to that limit. Batches are copied as runs and become
//! visible with one store.
//!
//! *A claim that does not fit is not made.* Room is established before the head moves, so a full ring is an answer and
//! not a place to be stuck in. Whatever can wait has a `try_` twin and a timeout.
//!
//! *Nobody can hold the others up by dying.* A claim that is dropped unpublished leaves tombstones, which consumers
//! pass over; a consumer whose thread panics gives its seat back and is counted as failed.
//!
//! *Memory is written before it is paid for.* Slots are untouched zero pages until events are written, so thousands of
//! large rings cost nothing; a ring whose first lap must not wait for pages is made [`resident`](Builder::resident).
//!
//! *Nobody writes next to somebody else.* Sequences, and the two ends themselves, have cache lines of their own. In a
//! ring that a core's own cache holds, a producer of short batches asks ahead for the lines it will write, which are
//! with a consumer; in a larger one a consumer asks ahead for those it will read, which the producer is done with.
//!
//! *Who has caught up looks away for a moment.* A consumer at the heels of its producer has each line fetched from the
//! core that writes the next. One that waits ([`Consumer::read`], [`Consumer::recv`]) after it has read several events
//! lets some gather first, a fifth of a microsecond; after a single one it looks at once.
//!
//! # Layout
//! `shared` has the protocol, its invariants, and the argument for them; `slots` the memory; `producer`,
//! `multi_producer` and `claim` write; `consumer`, `batch` and `tap` read; `wait` and `bell` wait. The protocol is
//! explored by a model checker (`make loom`), by random topologies (`tests/property.rs`), and at full speed with
//! checksums (`tests/stress.rs`).
//!
//! # Limitations
//! - At most [`MAX_CONSUMERS`] consumers hold a ring back; taps are not counted.
//! - Events are `Copy`; those of a tapped ring have no padding ([`Pod`]).
//! - [`Ring::close`] from another thread is not exact for a publish of a *single* producer that runs at the same time;
//!   [`Producer::close`] is, and so is every close of a ring with many producers.
//! - A parked thread can be woken half a millisecond late, in a race of some nanoseconds: publishing has no fence for
//!   sleepers, and no fence on the sleeper's side can see into a publisher's store buffer. Use
//!   [`WaitStrategy::BusySpin`] or [`WaitStrategy::Yield`] where that matters.
//! - A process that is killed, or aborts, between claim and publish is out of scope: the memory is its own.
//!
//! # Designs that were rejected
//! - *A sequence in each slot* (as in bounded queues): one line less to fetch for a single event, but a slot of 64
//!   bytes becomes one of 128, and slices of events are no more.
//! - *Claiming by `fetch_add`*: no retry, but a claim beyond the slowest consumer cannot be taken back.
//! - *Publishing in the order of claims* (a producer waits for those before it): consumers need no stamps, but one
//!   stalled producer stalls all others.
//! - *A fence for each event*, so that closing is exact and no wakeup late: every publish would wait for its
//!   store to be seen, for the sake of what happens once in the life of a ring, or when nothing happens.
//! - *Gating by one consumer of each chain only*: fewer sequences to look at, once a lap; not worth a rule for what
//!   happens when the last one of a chain leaves.

#![allow(unsafe_code, reason = "slots are shared by the protocol of `shared`; this crate is where such code lives")]

mod apart;
mod batch;
mod bell;
mod claim;
mod consumer;
mod error;
mod event;
mod multi_producer;
mod producer;
mod ring;
mod shared;
#[cfg(not(feature = "loom"))]
mod slots;
#[cfg(feature = "loom")]
mod slots_model;
mod sync;
mod tap;
mod wait;

pub use batch::Batch;
pub use claim::Claim;
pub use consumer::{Consumer, ConsumerId};
pub use error::{BatchError, Closed, Error, PublishError, TryPublishError};
pub use event::{Event, Pod};
pub use multi_producer::MultiProducer;
pub use producer::Producer;
pub use ring::{Builder, Ring, ring};
pub use shared::MAX_CONSUMERS;
pub use tap::{Received, Tap};
pub use wait::WaitStrategy;
