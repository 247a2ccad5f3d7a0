//! The live engine: a thread that takes messages from a ring and runs [`Engine::step`](baconalgo_core::engine::Engine)
//! of the core on them, one after the other.
//!
//! # Rationale
//! One thread owns risk, ledger, order numbers and what is told of them, in the order of the input: nothing on the way
//! of a message takes a lock or allocates. Everybody else talks to it through rings and atomics: messages go in
//! through a ring that is never waited for ([`SendError::Full`] at once), records of orders and fills come out
//! through one that nobody can hold up, positions are read from lines under sequence locks, and questions are answered
//! between two batches. An emergency stop is a flag and not a message, so that no full ring keeps it back.
//!
//! # Limitations
//! Orders go to the simulated venue. A fault ends the engine: what it holds can be read, and a new one made.

mod audit;
mod client_ids;
mod clock;
mod intake;
mod live;
mod pinning;
mod positions;
mod row;
mod shared;
mod shell;
mod snapshot;
mod trial;
mod workers;

pub use audit::{Closed, Rejected};
pub use baconalgo_bus::{Closed as NoMoreEvents, Received, Tap};
pub use clock::{Clock, now};
pub use live::{LiveEngine, Options, Pending, SendError, Sender, Stats};
pub use pinning::{Pinning, allowed_cores, pin};
pub use positions::PositionView;
pub use shared::{Fault, SAMPLED, STAGES, State};
pub use shell::{Account, Inside, Kept, NoStrategy};
pub use snapshot::{SnapshotError, read as read_snapshot, write as write_snapshot};
pub use trial::{beside, send_paced};
