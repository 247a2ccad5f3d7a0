//! How many events a second.

use std::hint::{black_box, spin_loop};
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use crate::clock::{median, pin};
use crate::links::{Crossbeam, Disruptor, Flume, Link, Ours, OursMulti, Plain, Raw, Receive, Send1, Std};
use crate::{Event, Plan, shapes};

/// Events of a run.
const EVENTS: u64 = 10_000_000;
/// Events in the ring.
pub(crate) const CAPACITIES: [usize; 2] = [1024, 65_536];
/// Events sent and received at a time.
pub(crate) const BATCHES: [usize; 3] = [1, 16, 256];

/// Events that a producer has at hand: sent again and again, they stay in its first cache. Written anew just before
/// they are copied they would have to reach that cache first, which takes longer than any ring.
const AT_HAND: u64 = 256;

/// The sum that a consumer of `count` events comes to.
pub(crate) fn expected(count: u64) -> u64 {
    (0..count).fold(0, |sum, n| sum.wrapping_add(n % AT_HAND))
}

/// Sends so many events, in batches.
pub(crate) fn send_all(sender: &mut impl Send1, events: u64, batch: usize) {
    let source: Vec<Event> = (0..AT_HAND).map(|n| [n, 7, 7, 7, 7, 7, 7, 7]).collect();
    let mut left = events as usize;
    for block in source.chunks_exact(batch).cycle() {
        let block = &block[..batch.min(left)];
        match block {
            [] => break,
            [event] => sender.send(*event),
            block => sender.send_batch(block),
        }
        left -= block.len();
    }
}

/// Receives so many events: the sum of their numbers.
pub(crate) fn receive_all(receiver: &mut impl Receive, events: u64, batch: usize) -> u64 {
    let (mut left, mut sum) = (events, 0u64);
    while left > 0 {
        // Event by event, as those do who make more of an event than a sum.
        let count = receiver.receive(batch, &mut |event: &Event| sum = sum.wrapping_add(black_box(event[0])));
        if count == 0 {
            spin_loop();
        }
        left -= count as u64;
    }
    sum
}

/// Prints a result: events a second in millions, from seconds.
pub(crate) fn report(
    name: &str,
    peer: &str,
    capacity: usize,
    batch: usize,
    oversubscribed: bool,
    events: u64,
    seconds: Vec<f64>,
) {
    let runs = seconds.len();
    let (middle, low, high) = median(seconds.into_iter().map(|seconds| events as f64 / seconds / 1e6).collect());
    println!(
        r#"{{"bench": "bus-throughput", "shape": "{name}", "peer": "{peer}", "capacity": {capacity}, "batch": {batch}, "oversubscribed": {oversubscribed}, "events": {events}, "runs": {runs}, "million_per_second": {middle:.3}, "min": {low:.3}, "max": {high:.3}}}"#
    );
}

fn base(plan: &Plan) {
    if !plan.wants("base") {
        return;
    }
    /// Nowhere.
    struct Nowhere(u64);
    impl Send1 for Nowhere {
        fn send(&mut self, event: Event) {
            self.0 = self.0.wrapping_add(black_box(event)[0]);
        }
    }
    let events = plan.events(EVENTS);
    for batch in BATCHES {
        let seconds = (0..plan.runs()).map(|_| {
            let start = Instant::now();
            let mut nowhere = Nowhere(0);
            send_all(&mut nowhere, events, batch);
            assert_eq!(nowhere.0, expected(events));
            start.elapsed().as_secs_f64()
        });
        report("1P1C", "base", 0, batch, false, events, seconds.collect());
    }
}

/// The seconds of one run through a ring between two cores.
fn one_to_one<L: Link>(capacity: usize, batch: usize, events: u64) -> f64 {
    let (mut sender, mut receiver) = L::open(capacity);
    let ready = Barrier::new(2);
    thread::scope(|scope| {
        let consumer = scope.spawn(|| {
            pin(1);
            ready.wait();
            let sum = receive_all(&mut receiver, events, batch);
            (Instant::now(), sum)
        });
        pin(0);
        ready.wait();
        let start = Instant::now();
        send_all(&mut sender, events, batch);
        let (end, sum) = consumer.join().unwrap();
        assert_eq!(sum, expected(events));
        (end - start).as_secs_f64()
    })
}

/// What is compared: a name, and a run by capacity, batch and number of events.
type Contender = (&'static str, fn(usize, usize, u64) -> f64);

const CONTENDERS: [Contender; 8] = [
    (Ours::NAME, one_to_one::<Ours>),
    (OursMulti::NAME, one_to_one::<OursMulti>),
    (Plain::NAME, one_to_one::<Plain>),
    (Raw::NAME, one_to_one::<Raw>),
    (Disruptor::NAME, one_to_one::<Disruptor>),
    (Crossbeam::NAME, one_to_one::<Crossbeam>),
    (Flume::NAME, one_to_one::<Flume>),
    (Std::NAME, one_to_one::<Std>),
];

/// All contenders take turns, run by run: on a shared machine the two cores may be near one minute and far the next.
fn side_by_side(plan: &Plan) {
    let events = plan.events(EVENTS);
    let wanted = CONTENDERS.into_iter().filter(|(name, _)| plan.wants(&format!("1P1C {name}")));
    let wanted: Vec<Contender> = wanted.collect();
    for capacity in CAPACITIES {
        for batch in BATCHES {
            let mut seconds = vec![Vec::new(); wanted.len()];
            for _ in 0..plan.runs() {
                for ((_, run), seconds) in wanted.iter().zip(&mut seconds) {
                    seconds.push(run(capacity, batch, events));
                }
            }
            for ((name, _), seconds) in wanted.iter().zip(seconds) {
                report("1P1C", name, capacity, batch, false, events, seconds);
            }
        }
    }
}

/// All of it.
pub(crate) fn run(plan: &Plan) {
    base(plan);
    side_by_side(plan);
    shapes::run(plan);
}
