//! Lock-free ring buffers in the manner of the LMAX Disruptor, generic over the event.

#![allow(unsafe_code, reason = "slots are shared by the protocol of `shared`; this crate is where such code lives")]

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
