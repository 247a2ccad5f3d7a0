//! Full speed, with consumers that come and go and taps that fall behind; checksums at the end.
//!
//! A tenth of a second each, or minutes with `BACONALGO_SOAK=1`. Seeds come from the clock there and are printed;
//! `BACONALGO_SEED=n` repeats one, as far as threads repeat themselves.
#![cfg(not(feature = "loom"))]
#![allow(clippy::print_stdout, reason = "a seed that fails can be repeated")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use baconalgo_bus::{Closed, Consumer, MultiProducer, Ring, WaitStrategy, ring};

/// Long enough for any machine; what is awaited comes.
const LONG: Duration = Duration::from_secs(60);
/// Producers, at most.
const PRODUCERS: usize = 3;

/// Who published it, the how manyeth of theirs it is, something random, and the sum of it all.
type Record = [u64; 8];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Stays away for a moment, now and then.
    fn loiter(&mut self) {
        match self.below(10_000) {
            0 => thread::sleep(Duration::from_micros(self.below(300))),
            1..20 => thread::yield_now(),
            _ => {}
        }
    }
}

fn record(producer: u64, count: u64, noise: u64) -> Record {
    let mut record = [producer, count, noise, noise ^ count, !noise, count.rotate_left(17), noise.rotate_left(5), 0];
    record[7] = record.iter().fold(0, |sum, &word| sum.wrapping_mul(31).wrapping_add(word));
    record
}

/// What one reader has seen so far.
#[derive(Default)]
struct Ledger {
    /// The next of each producer, once one was seen.
    next: [Option<u64>; PRODUCERS],
    events: u64,
    sum: u64,
}

impl Ledger {
    fn enter(&mut self, record: &Record, gaps: bool) {
        let [producer, count, noise, ..] = *record;
        assert_eq!(*record, self::record(producer, count, noise), "torn or foreign");
        let next = &mut self.next[producer as usize];
        if let Some(next) = *next {
            assert!(count == next || gaps && count > next, "{count} of producer {producer} came instead of {next}");
        }
        *next = Some(count + 1);
        self.events += 1;
        self.sum = self.sum.wrapping_add(record[7]);
    }
}

/// Publishes until it is told to stop: how many, and the sum of their checksums.
fn produce(mut producer: MultiProducer<Record>, id: u64, seed: u64, stop: &AtomicBool) -> (u64, u64) {
    let mut random = Random(seed);
    let (mut count, mut sum) = (0, 0u64);
    let mut batch = vec![];
    while !stop.load(Ordering::Relaxed) {
        batch.clear();
        let len = if random.below(3) == 0 { 1 + random.below(40) } else { 1 };
        batch.extend((0..len).map(|n| record(id, count + n, random.next())));
        match random.below(50) {
            0 => {
                // Some are published and some never are.
                let Ok(mut claim) = producer.claim(batch.len()) else { continue };
                let written = random.below(len + 1) as usize;
                for &record in &batch[..written] {
                    claim.write(record).expect("claimed");
                }
                if random.below(2) == 0 {
                    drop(claim);
                    batch.clear();
                } else {
                    claim.publish();
                    batch.truncate(written);
                }
            }
            1..25 if batch.len() == 1 => drop(producer.publish(batch[0], LONG).expect("room")),
            _ => producer.publish_batch(&batch, LONG).expect("room"),
        }
        count += batch.len() as u64;
        sum = batch.iter().fold(sum, |sum, record| sum.wrapping_add(record[7]));
        random.loiter();
    }
    (count, sum)
}

/// Reads some, in one way or another: whether there is more to come.
fn read_some(consumer: &mut Consumer<Record>, ledger: &mut Ledger, random: &mut Random) -> bool {
    let read = if random.below(2) == 0 {
        consumer.recv(LONG).map(|event| ledger.enter(&event.expect("an event or the end").1, false))
    } else {
        consumer.read(1 + random.below(300) as usize, LONG).map(|batch| {
            let batch = batch.expect("events or the end");
            let (head, tail) = batch.as_slices();
            head.iter().chain(tail).for_each(|record| ledger.enter(record, false));
        })
    };
    random.loiter();
    read != Err(Closed)
}

fn consume(mut consumer: Consumer<Record>, seed: u64) -> Ledger {
    let (mut ledger, mut random) = (Ledger::default(), Random(seed));
    while read_some(&mut consumer, &mut ledger, &mut random) {}
    ledger
}

/// Joins and leaves again and again; sometimes somebody else comes after it meanwhile.
fn come_and_go(ring: &Ring<Record>, seed: u64, turns: &AtomicU64) {
    let mut random = Random(seed);
    while let Ok(mut consumer) = ring.subscribe() {
        let mut follower = match random.below(2) {
            0 => ring.subscribe_after(&[consumer.id()]).ok(),
            _ => None,
        };
        let (mut ledger, mut its) = (Ledger::default(), Ledger::default());
        for _ in 0..random.below(50) {
            if !read_some(&mut consumer, &mut ledger, &mut random) {
                return;
            }
            while let Some((_, record)) = follower.as_mut().and_then(|follower| follower.try_recv().ok().flatten()) {
                its.enter(&record, false);
            }
        }
        turns.fetch_add(1, Ordering::Relaxed);
        drop(consumer);
        if let Some(mut follower) = follower.filter(|_| random.below(2) == 0) {
            // Now it comes after nobody.
            if !read_some(&mut follower, &mut its, &mut random) {
                return;
            }
        }
    }
}

/// Taps again and again, too slow at times: everything is whole and in order.
fn tap(ring: &Ring<Record>, seed: u64) {
    let mut random = Random(seed);
    while !ring.is_closed() {
        let mut tap = ring.tap();
        let (mut ledger, mut next) = (Ledger::default(), tap.next_sequence());
        for _ in 0..random.below(100_000) {
            let Ok(Some(received)) = tap.recv(LONG) else { return };
            ledger.enter(&received.event, true);
            assert!(received.sequence >= next + received.lost);
            next = received.sequence + 1;
            random.loiter();
        }
    }
}

fn round(seed: u64, duration: Duration) {
    println!("BACONALGO_SEED={seed}");
    let mut random = Random(seed);
    let capacity = 1 << (1 + random.below(12));
    let strategy = [WaitStrategy::Adaptive, WaitStrategy::Yield, WaitStrategy::SpinThenPark][random.below(3) as usize];
    let (producer, ring) = ring::<Record>(capacity).expect("a capacity").wait(strategy).multi_producer();
    let first = ring.subscribe().expect("a seat");
    let second = ring.subscribe().expect("a seat");
    let last = ring.subscribe_after(&[first.id(), second.id()]).expect("a seat");
    let (stop, turns) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut seeds = std::iter::repeat_with(|| random.next());
    let mut seed = || seeds.next().expect("endless");

    thread::scope(|scope| {
        let producers: Vec<_> = (0..=seed() % PRODUCERS as u64)
            .map(|id| {
                let (producer, seed, stop) = (producer.clone(), seed(), &stop);
                scope.spawn(move || produce(producer, id, seed, stop))
            })
            .collect();
        drop(producer);
        let consumers = [first, second, last].map(|consumer| {
            let seed = seed();
            scope.spawn(move || consume(consumer, seed))
        });
        for _ in 0..2 {
            let (seed, ring, turns) = (seed(), &ring, &turns);
            scope.spawn(move || come_and_go(ring, seed, turns));
        }
        let (seed, watched) = (seed(), &ring);
        scope.spawn(move || tap(watched, seed));

        thread::sleep(duration);
        stop.store(true, Ordering::Relaxed);
        let published = producers.into_iter().map(|producer| producer.join().expect("no panic"));
        let (count, sum) = published.fold((0, 0u64), |total, each| (total.0 + each.0, total.1.wrapping_add(each.1)));
        for consumer in consumers {
            let ledger = consumer.join().expect("no panic");
            assert_eq!((ledger.events, ledger.sum), (count, sum));
        }
        assert_eq!(ring.cursor(), count + ring.tombstones());
        println!("{count} events, {} joins, capacity {capacity}, {strategy:?}", turns.load(Ordering::Relaxed));
    });
    assert_eq!((ring.consumers(), ring.failed()), (0, 0));
}

#[test]
fn nothing_is_lost_doubled_or_torn_at_full_speed() {
    let seed = std::env::var("BACONALGO_SEED").ok().and_then(|seed| seed.parse().ok());
    if std::env::var_os("BACONALGO_SOAK").is_none() {
        (0..4).for_each(|n| round(seed.unwrap_or(n), Duration::from_millis(100)));
        return;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64);
    let (mut random, started) = (Random(now), Instant::now());
    while started.elapsed() < Duration::from_secs(180) {
        round(seed.unwrap_or_else(|| random.next()), Duration::from_millis(500));
    }
}
