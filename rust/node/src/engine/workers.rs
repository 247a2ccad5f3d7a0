//! Threads that convert messages ahead of the engine.
//!
//! # Rationale
//! Worker `w` of `n` converts the messages whose symbol's number leaves `w` when divided by `n`, in the order of the
//! input, into a ring of its own. The engine reads the input after the workers have and takes each message's
//! conversion from the ring it must be in: so the order, and with it every result, is that of one thread.
//!
//! A worker that waits for room in its ring waits for the engine, which can always go on: of all workers the one that
//! is farthest behind has let go of more messages than a batch, all of which the engine may take.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use baconalgo_bus::{Consumer, Producer, PublishError, Ring};
use baconalgo_core::error::Error;
use baconalgo_core::event::Message;

use super::intake::{Grids, Prepared, prepare};
use super::shell::BATCH;

/// Rings between a worker and the engine hold so many conversions.
const LANE: usize = 8 * BATCH;

/// How long a worker waits before it looks around.
const WAIT: Duration = Duration::from_millis(20);

/// The engine's end of the workers' rings.
pub(super) struct Lanes {
    lanes: Vec<Consumer<Prepared>>,
    grids: Arc<Grids>,
}

impl Lanes {
    /// The conversion of the next message.
    #[inline]
    pub(super) fn next(&mut self, message: &Message) -> Prepared {
        let lane = message.symbol as usize % self.lanes.len();
        loop {
            match self.lanes[lane].try_recv() {
                Ok(Some((_, prepared))) => return prepared,
                Ok(None) => std::hint::spin_loop(),
                // The worker is gone; its work is not.
                Err(_) => return prepare(message, &self.grids),
            }
        }
    }
}

/// Says that nothing more comes, also when its thread panics.
struct Closing(Ring<Prepared>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Workers that were started.
pub(super) struct Started {
    pub(super) threads: Vec<JoinHandle<()>>,
    /// The engine's end of the input, behind all of them.
    pub(super) messages: Consumer<Message>,
    pub(super) lanes: Lanes,
}

/// Starts workers on a ring.
pub(super) fn start(count: usize, input: &Ring<Message>, grids: &Arc<Grids>) -> Result<Started, Error> {
    let failed = |error: &dyn std::fmt::Display| super::live::engine_error("num_workers", "must be startable", error);
    let mut threads = Vec::with_capacity(count);
    let mut lanes = Vec::with_capacity(count);
    let mut before = Vec::with_capacity(count);
    for worker in 0..count {
        let input = input.subscribe().map_err(|error| failed(&error))?;
        let (producer, lane) = baconalgo_bus::ring::<Prepared>(LANE).map_err(|error| failed(&error))?.single_producer();
        lanes.push(lane.subscribe().map_err(|error| failed(&error))?);
        before.push(input.id());
        let (grids, closing) = (Arc::clone(grids), Closing(lane));
        let body = move || {
            let _closing = closing;
            convert(worker, count, input, producer, &grids);
        };
        let named = std::thread::Builder::new().name(format!("baconalgo-convert-{worker}"));
        threads.push(named.spawn(body).map_err(|error| failed(&error))?);
    }
    let engine = input.subscribe_after(&before).map_err(|error| failed(&error))?;
    Ok(Started { threads, messages: engine, lanes: Lanes { lanes, grids: Arc::clone(grids) } })
}

fn convert(worker: usize, count: usize, mut input: Consumer<Message>, mut lane: Producer<Prepared>, grids: &Grids) {
    while let Ok(read) = input.read(BATCH, WAIT) {
        let Some(batch) = read else { continue };
        let (front, back) = batch.as_slices();
        for message in front.iter().chain(back).filter(|message| message.symbol as usize % count == worker) {
            let prepared = prepare(message, grids);
            while let Err(PublishError::Timeout) = lane.publish(prepared, WAIT) {}
        }
    }
}
