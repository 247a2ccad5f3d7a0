//! Random topologies, speeds, joins and leaves: every consumer that holds the ring back sees every event in order
//! exactly once, every tap exactly what it does not count as lost.
#![cfg(not(feature = "loom"))]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use baconalgo_bus::{Claim, Closed, Consumer, MultiProducer, Producer, Ring, Tap, WaitStrategy, ring};
use proptest::collection::vec;
use proptest::prelude::*;

/// Long enough for any machine; what is awaited comes.
const LONG: Duration = Duration::from_secs(60);

/// Who published it, the how manyeth of theirs it is, and the sum and the product of both.
type Record = [u64; 4];
/// What a consumer saw, by sequence.
type Seen = Vec<(u64, Record)>;

fn record(producer: u64, count: u64) -> Record {
    [producer, count, producer + count, (producer + 1) * (count + 7)]
}

/// What a producer does next.
#[derive(Clone, Debug)]
enum Step {
    One,
    Batch(usize),
    /// Claims so many, writes so many of them, and publishes them or drops the claim.
    Claim(usize, usize, bool),
    Pause,
}

#[derive(Clone, Debug)]
struct Reader {
    /// Which of the readers before it that sit from the start it comes after, as bits.
    after: u64,
    /// It joins when the ring has come to this sequence; 0 sits from the start.
    joins_at: u64,
    leaves_after: Option<usize>,
    batch: usize,
    pause_every: usize,
}

#[derive(Clone, Debug)]
struct Plan {
    capacity: usize,
    strategy: WaitStrategy,
    many: bool,
    producers: Vec<Vec<Step>>,
    readers: Vec<Reader>,
    taps: Vec<(u64, usize)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let step = prop_oneof![
        6 => Just(Step::One),
        3 => (1usize..9).prop_map(Step::Batch),
        1 => (1usize..3, 0usize..3, any::<bool>()).prop_map(|(count, written, publish)| {
            Step::Claim(count, written.min(count), publish)
        }),
        1 => Just(Step::Pause),
    ];
    let reader = (
        any::<u64>(),
        prop_oneof![2 => Just(0u64), 1 => 1u64..200],
        prop::option::of(0usize..100),
        1usize..20,
        1usize..9,
    )
        .prop_map(|(after, joins_at, leaves_after, batch, pause_every)| Reader {
            after,
            joins_at,
            leaves_after,
            batch,
            pause_every,
        });
    let strategy = prop_oneof![
        4 => Just(WaitStrategy::Adaptive), 1 => Just(WaitStrategy::Dedicated), 1 => Just(WaitStrategy::Yield),
        1 => Just(WaitStrategy::SpinThenPark)
    ];
    (
        1u32..7,
        strategy,
        any::<bool>(),
        vec(vec(step, 0..120), 1..4),
        vec(reader, 0..5),
        vec((0u64..200, 1usize..9), 0..3),
    )
        .prop_map(|(log, strategy, many, mut producers, readers, taps)| {
            producers.truncate(if many { 3 } else { 1 });
            Plan { capacity: 1 << log, strategy, many, producers, readers, taps }
        })
}

/// Both kinds of producer.
enum Writer {
    Single(Producer<Record>),
    Multi(MultiProducer<Record>),
}

impl Writer {
    fn publish(&mut self, record: Record) {
        match self {
            Self::Single(producer) => producer.publish(record, LONG).expect("room"),
            Self::Multi(producer) => producer.publish(record, LONG).expect("room"),
        };
    }

    fn publish_batch(&mut self, records: &[Record]) {
        match self {
            Self::Single(producer) => producer.publish_batch(records, LONG).expect("room"),
            Self::Multi(producer) => producer.publish_batch(records, LONG).expect("room"),
        }
    }

    fn claim(&mut self, count: usize) -> Option<Claim<'_, Record>> {
        match self {
            Self::Single(producer) => producer.claim(count).ok(),
            Self::Multi(producer) => producer.claim(count).ok(),
        }
    }

    /// Takes its steps: how many events it has published.
    fn run(mut self, id: u64, steps: &[Step]) -> u64 {
        let mut count = 0;
        for step in steps {
            match *step {
                Step::One => {
                    self.publish(record(id, count));
                    count += 1;
                }
                Step::Batch(len) => {
                    let records: Vec<_> = (count..count + len as u64).map(|count| record(id, count)).collect();
                    self.publish_batch(&records);
                    count += len as u64;
                }
                Step::Claim(len, written, publish) => {
                    let Some(mut claim) = self.claim(len) else { continue };
                    for n in 0..written as u64 {
                        claim.write(record(id, count + n)).expect("claimed");
                    }
                    if publish {
                        claim.publish();
                        count += written as u64;
                    }
                }
                Step::Pause => thread::yield_now(),
            }
        }
        count
    }
}

/// Reads until it leaves or the ring ends: where it began, what it saw, and whether it stayed.
///
/// `progress` is the first sequence it has not seen, told while it still holds what it has seen.
fn read(
    mut consumer: Consumer<Record>,
    plan: &Reader,
    progress: &AtomicU64,
    upstream: &[&AtomicU64],
) -> (u64, Seen, bool) {
    let (first, mut seen) = (consumer.next_sequence(), vec![]);
    for turn in 1.. {
        if plan.leaves_after.is_some_and(|count| seen.len() >= count) {
            break;
        }
        let batch = match consumer.read(plan.batch, LONG) {
            Ok(batch) => batch.expect("events or the end"),
            Err(Closed) => return (first, seen, true),
        };
        seen.extend(batch.iter());
        let next = batch.first_sequence() + batch.len() as u64;
        for other in upstream {
            assert!(other.load(Ordering::Acquire) >= next, "seen before those it comes after have released it");
        }
        progress.store(next, Ordering::Release);
        if turn % plan.pause_every == 0 {
            thread::yield_now();
        }
    }
    progress.store(u64::MAX, Ordering::Release);
    (first, seen, false)
}

/// Where a tap starts, what it receives, and how many it loses after the last of that.
fn tap_all(mut tap: Tap<Record>, pause_every: usize) -> (u64, Vec<(u64, Record, u64)>, u64) {
    let (first, mut seen) = (tap.next_sequence(), vec![]);
    while let Ok(Some(received)) = tap.recv(LONG) {
        seen.push((received.sequence, received.event, received.lost));
        if seen.len() % pause_every == 0 {
            thread::yield_now();
        }
    }
    let told: u64 = seen.iter().map(|&(_, _, lost)| lost).sum();
    (first, seen, tap.lost() - told)
}

/// Waits until the ring has come so far.
fn await_cursor(ring: &Ring<Record>, sequence: u64) {
    while ring.cursor() < sequence && !ring.is_closed() {
        thread::yield_now();
    }
}

fn check(plan: &Plan) {
    let builder = ring::<Record>(plan.capacity).expect("a capacity").wait(plan.strategy);
    let (mut writers, ring) = if plan.many {
        let (producer, ring) = builder.multi_producer();
        (vec![Writer::Multi(producer)], ring)
    } else {
        let (producer, ring) = builder.single_producer();
        (vec![Writer::Single(producer)], ring)
    };
    while let (Some(Writer::Multi(producer)), true) = (writers.first(), writers.len() < plan.producers.len()) {
        let another = Writer::Multi(producer.clone());
        writers.push(another);
    }
    // One who sees everything, and with whom the others are compared.
    let witness = ring.subscribe().expect("a seat");
    let everything = Reader { after: 0, joins_at: 0, leaves_after: None, batch: 16, pause_every: 7 };
    let progress: Vec<_> = plan.readers.iter().map(|_| AtomicU64::new(0)).collect();
    let mut sitting: Vec<Option<Consumer<Record>>> = vec![];
    for (index, reader) in plan.readers.iter().enumerate() {
        let upstream = (0..index).filter(|i| reader.after >> i & 1 == 1).filter_map(|i| sitting[i].as_ref());
        let upstream: Vec<_> = upstream.map(Consumer::id).collect();
        let consumer = (reader.joins_at == 0).then(|| ring.subscribe_after(&upstream));
        sitting.push(consumer.map(|consumer| consumer.expect("a seat")));
    }

    thread::scope(|scope| {
        let readers: Vec<_> = sitting
            .into_iter()
            .enumerate()
            .map(|(index, consumer)| {
                let (plans, plan, progress, ring) = (&plan.readers, &plan.readers[index], &progress, ring.clone());
                scope.spawn(move || {
                    let upstream: Vec<_> = (0..index)
                        .filter(|&i| plan.joins_at == 0 && plan.after >> i & 1 == 1 && plans[i].joins_at == 0)
                        .map(|i| &progress[i])
                        .collect();
                    let consumer = match consumer {
                        Some(consumer) => consumer,
                        None => {
                            await_cursor(&ring, plan.joins_at);
                            ring.subscribe().ok()?
                        }
                    };
                    Some(read(consumer, plan, &progress[index], &upstream))
                })
            })
            .collect();
        let taps: Vec<_> = plan
            .taps
            .iter()
            .map(|&(joins_at, pause_every)| {
                let ring = ring.clone();
                scope.spawn(move || {
                    await_cursor(&ring, joins_at);
                    tap_all(ring.tap(), pause_every)
                })
            })
            .collect();
        let witness = scope.spawn(|| read(witness, &everything, &AtomicU64::new(0), &[]));
        let writers: Vec<_> = (0..)
            .zip(writers.into_iter().zip(&plan.producers))
            .map(|(id, (writer, steps))| scope.spawn(move || writer.run(id, steps)))
            .collect();

        let published: Vec<u64> = writers.into_iter().map(|writer| writer.join().expect("no panic")).collect();
        let (_, seen, _) = witness.join().expect("no panic");
        let total = ring.cursor();
        assert_eq!(seen.len() as u64, published.iter().sum::<u64>());
        assert_eq!(seen.len() as u64 + ring.tombstones(), total);
        assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (id, &count) in (0..).zip(&published) {
            let mine = seen.iter().filter(|(_, record)| record[0] == id).map(|&(_, record)| record);
            assert!(mine.eq((0..count).map(|count| record(id, count))), "events of producer {id}");
        }

        let seen: BTreeMap<u64, Record> = seen.into_iter().collect();
        for reader in readers {
            let Some((first, its, stayed)) = reader.join().expect("no panic") else { continue };
            let end = if stayed { total } else { its.last().map_or(first, |last| last.0 + 1) };
            let expected = seen.range(first..end.max(first)).map(|(&sequence, &record)| (sequence, record));
            assert!(its.iter().copied().eq(expected), "a reader from {first} to {end} missed or doubled something");
        }
        for tap in taps {
            let (first, its, lost_at_the_end) = tap.join().expect("no panic");
            let mut next = first;
            for (sequence, record, lost) in its {
                assert_eq!(seen.get(&sequence), Some(&record));
                let others = sequence - next;
                let tombstones = others - seen.range(next..sequence).count() as u64;
                assert!(lost <= others && others - lost <= tombstones, "{lost} lost of {others} with {tombstones}");
                next = sequence + 1;
            }
            // Behind what it lost last there may be nothing but tombstones.
            let unseen = seen.range(next..).count() as u64;
            let last_is_alive = total > 0 && seen.contains_key(&(total - 1));
            assert!(unseen == 0 || !last_is_alive, "a tap ends with the last event, {unseen} missing");
            assert!(unseen <= lost_at_the_end, "{unseen} missing and {lost_at_the_end} lost at the end");
        }
    });
    assert_eq!(ring.consumers(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn everybody_sees_everything_in_order_once(plan in plans()) {
        check(&plan);
    }
}
