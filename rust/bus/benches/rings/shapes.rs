//! One to three, three to one, a pipeline of three, a diamond.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use baconalgo_bus::{Consumer, MultiProducer, Producer, ring};
use disruptor::BusySpinWithSpinLoopHint;

use crate::clock::{cores, pin};
use crate::links::{Crossbeam, Flume, Link, Receive, Send1, Std};
use crate::throughput::{BATCHES, expected, report, send_all};
use crate::{Event, Plan};

/// Events of a run: fewer, since threads may have to take turns.
const EVENTS: u64 = 1_000_000;
const CAPACITY: usize = 65_536;
/// What is awaited comes.
const LONG: Duration = Duration::from_secs(600);

/// How many consumers have seen everything.
type Done = Arc<AtomicU64>;

/// A handler that tells when it has seen `events` events, and checks their sum.
fn handler(events: u64, producers: u64, done: &Done) -> impl FnMut(&Event) + Send + 'static {
    let (done, mut left, mut sum) = (Arc::clone(done), events * producers, 0u64);
    move |event| {
        sum = sum.wrapping_add(event[0]);
        left -= 1;
        if left == 0 {
            assert_eq!(sum, expected(events).wrapping_mul(producers));
            done.fetch_add(1, Ordering::Release);
        }
    }
}

fn await_all(done: &Done, consumers: u64) {
    while done.load(Ordering::Acquire) < consumers {
        thread::yield_now();
    }
}

/// The time a producer takes until `consumers` have seen everything.
fn time(plan: &Plan, name: &str, peer: &str, batch: usize, threads: usize, mut run: impl FnMut(u64)) {
    let events = plan.events(EVENTS);
    let seconds = (0..plan.runs()).map(|_| {
        let start = Instant::now();
        run(events);
        start.elapsed().as_secs_f64()
    });
    report(name, peer, CAPACITY, batch, threads > cores(), events, seconds.collect());
}

fn follow(mut consumer: Consumer<Event>, core: usize, batch: usize, mut handle: impl FnMut(&Event) + Send + 'static) {
    thread::spawn(move || {
        pin(core % cores());
        while let Ok(Some(events)) = consumer.read(batch.max(64), LONG) {
            let (head, tail) = events.as_slices();
            head.iter().for_each(&mut handle);
            tail.iter().for_each(&mut handle);
        }
    });
}

/// Waits as is best where threads take turns.
struct Waiting<P>(P);

macro_rules! waiting {
    ($producer:ty) => {
        impl Send1 for Waiting<$producer> {
            fn send(&mut self, event: Event) {
                self.0.publish(event, LONG).unwrap();
            }

            fn send_batch(&mut self, events: &[Event]) {
                self.0.publish_batch(events, LONG).unwrap();
            }
        }
    };
}

waiting!(Producer<Event>);
waiting!(MultiProducer<Event>);

fn one_producer(plan: &Plan, name: &str) {
    for batch in BATCHES {
        if plan.wants(&format!("{name} baconalgo")) {
            time(plan, name, "baconalgo", batch, 4, |events| {
                let done = Done::default();
                let (producer, ring) = ring(CAPACITY).unwrap().single_producer();
                let first = ring.subscribe().unwrap();
                let (second, third) = match name {
                    "1P3C" => (ring.subscribe().unwrap(), ring.subscribe().unwrap()),
                    "pipeline" => {
                        let second = ring.subscribe_after(&[first.id()]).unwrap();
                        let third = ring.subscribe_after(&[second.id()]).unwrap();
                        (second, third)
                    }
                    _ => {
                        let second = ring.subscribe().unwrap();
                        let third = ring.subscribe_after(&[first.id(), second.id()]).unwrap();
                        (second, third)
                    }
                };
                for (core, consumer) in (1..).zip([first, second, third]) {
                    follow(consumer, core, batch, handler(events, 1, &done));
                }
                send_all(&mut Waiting(producer), events, batch);
                await_all(&done, 3);
            });
        }
        if plan.wants(&format!("{name} disruptor-rs")) {
            time(plan, name, "disruptor-rs", batch, 4, |events| {
                let done = Done::default();
                let make = || {
                    let mut handle = handler(events, 1, &done);
                    move |event: &Event, _: i64, _: bool| handle(event)
                };
                let (first, second, third) = (make(), make(), make());
                let start = disruptor::build_single_producer(CAPACITY, || [0; 8], BusySpinWithSpinLoopHint);
                let start = start.handle_events_with(first);
                match name {
                    "1P3C" => {
                        let producer = start.handle_events_with(second).handle_events_with(third).build();
                        send_all(&mut Disruptor(producer), events, batch);
                    }
                    "pipeline" => {
                        let producer =
                            start.and_then().handle_events_with(second).and_then().handle_events_with(third).build();
                        send_all(&mut Disruptor(producer), events, batch);
                    }
                    _ => {
                        let producer = start.handle_events_with(second).and_then().handle_events_with(third).build();
                        send_all(&mut Disruptor(producer), events, batch);
                    }
                }
                await_all(&done, 3);
            });
        }
    }
}

/// A producer of disruptor-rs.
struct Disruptor<P>(P);

impl<P: disruptor::Producer<Event> + Send + 'static> Send1 for Disruptor<P> {
    fn send(&mut self, event: Event) {
        self.0.publish(|slot| *slot = event);
    }

    fn send_batch(&mut self, events: &[Event]) {
        self.0.batch_publish(events.len(), |slots| slots.zip(events).for_each(|(slot, event)| *slot = *event));
    }
}

/// Three clones of a sender, each on its thread.
fn send_from_three<S: Send1>(senders: [S; 3], events: u64, batch: usize) {
    for (core, mut sender) in [0, 2, 3].into_iter().zip(senders) {
        thread::spawn(move || {
            pin(core % cores());
            send_all(&mut sender, events, batch);
        });
    }
}

/// A channel, whose ends give up the core.
struct Blocking<S>(S);

macro_rules! blocking {
    ($sender:ty) => {
        impl Send1 for Blocking<$sender> {
            fn send(&mut self, event: Event) {
                self.0.send(event).unwrap();
            }
        }
    };
}

blocking!(crossbeam_channel::Sender<Event>);
blocking!(flume::Sender<Event>);
blocking!(std::sync::mpsc::SyncSender<Event>);

fn channel<L: Link>(plan: &Plan)
where
    L::Sender: Clone,
    Blocking<L::Sender>: Send1,
{
    if !plan.wants(&format!("3P1C {}", L::NAME)) {
        return;
    }
    time(plan, "3P1C", L::NAME, 1, 4, |events| {
        let done = Done::default();
        let (sender, mut receiver) = L::open(CAPACITY);
        send_from_three([sender.clone(), sender.clone(), sender].map(Blocking), events / 3, 1);
        let (mut handle, mut left) = (handler(events / 3, 3, &done), events / 3 * 3);
        pin(1);
        while left > 0 {
            let count = receiver.receive(64, &mut handle);
            if count == 0 {
                thread::yield_now();
            }
            left -= count as u64;
        }
        await_all(&done, 1);
    });
}

fn three_producers(plan: &Plan) {
    let name = "3P1C";
    for batch in BATCHES {
        if plan.wants("3P1C baconalgo") {
            time(plan, name, "baconalgo", batch, 4, |events| {
                let done = Done::default();
                let (producer, ring) = ring(CAPACITY).unwrap().multi_producer();
                let consumer = ring.subscribe().unwrap();
                follow(consumer, 1, batch, handler(events / 3, 3, &done));
                let senders = [producer.clone(), producer.clone(), producer].map(Waiting);
                send_from_three(senders, events / 3, batch);
                await_all(&done, 1);
            });
        }
        if plan.wants("3P1C disruptor-rs") {
            time(plan, name, "disruptor-rs", batch, 4, |events| {
                let done = Done::default();
                let mut handle = handler(events / 3, 3, &done);
                let builder = disruptor::build_multi_producer(CAPACITY, || [0; 8], BusySpinWithSpinLoopHint);
                let producer = builder.handle_events_with(move |event: &Event, _, _| handle(event)).build();
                let senders = [producer.clone(), producer.clone(), producer].map(Disruptor);
                send_from_three(senders, events / 3, batch);
                await_all(&done, 1);
            });
        }
    }
    channel::<Crossbeam>(plan);
    channel::<Flume>(plan);
    channel::<Std>(plan);
}

/// All of it.
pub(crate) fn run(plan: &Plan) {
    for name in ["1P3C", "pipeline", "diamond"] {
        one_producer(plan, name);
    }
    three_producers(plan);
}
