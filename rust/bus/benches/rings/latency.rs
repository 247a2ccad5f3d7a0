//! How long one way, and there and back.

use std::hint::spin_loop;
use std::sync::Barrier;
use std::thread;

use crate::clock::{Histogram, pin, rate, ticks};
use crate::links::{Crossbeam, Disruptor, Flume, Link, Ours, OursMulti, Plain, Receive, Send1, Std};
use crate::{Event, Plan};

/// Events of a run.
const EVENTS: u64 = 2_000_000;
/// Round trips of a run.
const ROUND_TRIPS: u64 = 500_000;
/// Nanoseconds between events, or between bursts.
const INTERVALS: [(u64, usize); 3] = [(1_000, 1), (10_000, 16), (100_000, 256)];
const CAPACITY: usize = 65_536;

fn report(bench: &str, peer: &str, interval: u64, burst: usize, events: u64, histogram: &Histogram) {
    let fields = histogram.fields();
    println!(
        r#"{{"bench": "{bench}", "peer": "{peer}", "interval_ns": {interval}, "burst": {burst}, "events": {events}, {fields}}}"#
    );
}

/// Calls `send` with events that are planned at a steady rate, in bursts, when they are due.
fn pace(events: u64, interval: u64, burst: usize, mut send: impl FnMut(&[Event])) {
    let step = interval as f64 * rate();
    let start = ticks() + 1_000_000;
    let mut block = vec![[0u64; 8]; burst];
    for turn in 0..events / burst as u64 {
        let planned = start + (turn as f64 * step) as u64;
        for (i, event) in (0..).zip(&mut block) {
            (event[0], event[1]) = (turn * burst as u64 + i, planned);
        }
        while ticks() < planned {
            spin_loop();
        }
        send(&block);
    }
}

fn base(plan: &Plan) {
    if !plan.wants("base") {
        return;
    }
    let events = plan.events(EVENTS);
    pin(0);
    for (interval, burst) in INTERVALS {
        let mut histogram = Histogram::new();
        pace(events, interval, burst, |block| {
            block.iter().for_each(|event| histogram.record(ticks().saturating_sub(event[1])));
        });
        report("bus-latency", "base", interval, burst, events, &histogram);
    }
}

fn one_way<L: Link>(plan: &Plan) {
    if !plan.wants(&format!("one-way {}", L::NAME)) {
        return;
    }
    for (interval, burst) in INTERVALS {
        let events = plan.events(EVENTS) / burst as u64 * burst as u64;
        let (mut sender, mut receiver) = L::open(CAPACITY);
        let ready = Barrier::new(2);
        let histogram = thread::scope(|scope| {
            let consumer = scope.spawn(|| {
                pin(1);
                let (mut histogram, mut next) = (Histogram::new(), 0);
                ready.wait();
                while next < events {
                    let count = receiver.receive(burst, &mut |event: &Event| {
                        assert_eq!(event[0], next);
                        next += 1;
                        histogram.record(ticks().saturating_sub(event[1]));
                    });
                    if count == 0 {
                        spin_loop();
                    }
                }
                histogram
            });
            pin(0);
            rate();
            ready.wait();
            pace(events, interval, burst, |block| match block {
                [event] => sender.send(*event),
                block => sender.send_batch(block),
            });
            consumer.join().unwrap()
        });
        report("bus-latency", L::NAME, interval, burst, events, &histogram);
    }
}

fn there_and_back<L: Link>(plan: &Plan) {
    if !plan.wants(&format!("round-trip {}", L::NAME)) {
        return;
    }
    let events = plan.events(ROUND_TRIPS);
    let (mut there, mut arrived) = L::open(1024);
    let (mut back, mut returned) = L::open(1024);
    let histogram = thread::scope(|scope| {
        scope.spawn(move || {
            pin(1);
            for _ in 0..events {
                let mut ball = [0; 8];
                while arrived.receive(1, &mut |event: &Event| ball = *event) == 0 {
                    spin_loop();
                }
                back.send(ball);
            }
        });
        pin(0);
        let mut histogram = Histogram::new();
        for n in 0..events {
            let start = ticks();
            there.send([n; 8]);
            let mut ball = [0; 8];
            while returned.receive(1, &mut |event: &Event| ball = *event) == 0 {
                spin_loop();
            }
            histogram.record(ticks() - start);
            assert_eq!(ball, [n; 8]);
        }
        histogram
    });
    report("bus-round-trip", L::NAME, 0, 1, events, &histogram);
}

fn both<L: Link>(plan: &Plan) {
    one_way::<L>(plan);
    there_and_back::<L>(plan);
}

/// All of it.
pub(crate) fn run(plan: &Plan) {
    base(plan);
    both::<Ours>(plan);
    both::<OursMulti>(plan);
    both::<Plain>(plan);
    both::<Disruptor>(plan);
    both::<Crossbeam>(plan);
    both::<Flume>(plan);
    both::<Std>(plan);
}
