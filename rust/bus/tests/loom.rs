//! Every protocol of the ring under the model checker: three threads, a ring of two, every interleaving up to a
//! number of preemptions, and every value that the memory model allows a load to see.
//!
//! `cargo test -p baconalgo-bus --features loom --release --test loom`, or `make loom`.
#![cfg(feature = "loom")]

use std::time::Duration;

use baconalgo_bus::{Closed, Consumer, MultiProducer, Producer, Ring, Tap, TryPublishError, ring};
use loom::thread;

/// Time does not pass in a model.
const FOREVER: Duration = Duration::MAX;

fn single() -> (Producer<u64>, Ring<u64>) {
    ring(2).expect("a capacity").single_producer()
}

fn multi() -> (MultiProducer<u64>, Ring<u64>) {
    ring(2).expect("a capacity").multi_producer()
}

/// Explores a model, with one preemption, with two, and so on: most bugs need two. What is not done within seconds is
/// left to `BACONALGO_SOAK=1`, which has half an hour for it, or to `BACONALGO_SOAK=15`, say, which has 15 seconds.
fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let model = std::sync::Arc::new(model);
    let seconds = match std::env::var("BACONALGO_SOAK") {
        Ok(soak) => soak.parse().ok().filter(|&seconds| seconds > 1).unwrap_or(1800),
        Err(_) => 2,
    };
    for bound in 1..=preemptions {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(bound);
        builder.max_branches = 100_000;
        builder.max_duration = Some(Duration::from_secs(seconds));
        let model = std::sync::Arc::clone(&model);
        builder.check(move || model());
    }
}

fn value(sequence: u64) -> u64 {
    100 + sequence
}

/// Everything until the ring is closed and drained.
fn rest(consumer: &mut Consumer<u64>) -> Vec<(u64, u64)> {
    let mut seen = vec![];
    while let Ok(Some(event)) = consumer.recv(FOREVER) {
        seen.push(event);
    }
    seen
}

/// The sequences from `first` to `end`, each once, in order, with the event that was published under it.
fn assert_run(seen: &[(u64, u64)], first: u64, end: u64) {
    let expected: Vec<_> = (first..end).map(|sequence| (sequence, value(sequence))).collect();
    assert_eq!(seen, expected);
}

fn publish_all(producer: &mut Producer<u64>, count: u64) {
    for sequence in 0..count {
        assert_eq!(producer.publish(value(sequence), FOREVER), Ok(sequence));
    }
}

#[test]
fn what_is_published_is_consumed_in_order() {
    explore(2, || {
        let (mut producer, ring) = single();
        let mut consumer = ring.subscribe().expect("a seat");
        let reader = thread::spawn(move || assert_run(&rest(&mut consumer), 0, 4));
        publish_all(&mut producer, 4);
        drop(producer);
        reader.join().expect("no panic");
    });
}

#[test]
fn batches_are_consumed_in_order() {
    explore(2, || {
        let (mut producer, ring) = single();
        let mut consumer = ring.subscribe().expect("a seat");
        let reader = thread::spawn(move || {
            let mut seen = vec![];
            while let Ok(Some(batch)) = consumer.read(2, FOREVER) {
                seen.extend(batch.iter());
            }
            assert_run(&seen, 0, 5);
        });
        let events: Vec<u64> = (0..5).map(value).collect();
        assert_eq!(producer.publish_batch(&events, FOREVER), Ok(()));
        drop(producer);
        reader.join().expect("no panic");
    });
}

#[test]
fn the_slowest_of_two_holds_the_producer_back() {
    explore(2, || {
        let (mut producer, ring) = single();
        let readers = [ring.subscribe(), ring.subscribe()].map(|consumer| {
            let mut consumer = consumer.expect("a seat");
            thread::spawn(move || assert_run(&rest(&mut consumer), 0, 3))
        });
        publish_all(&mut producer, 3);
        drop(producer);
        readers.into_iter().for_each(|reader| reader.join().expect("no panic"));
    });
}

#[test]
fn who_comes_after_another_sees_what_that_one_has_seen() {
    explore(2, || {
        let (mut producer, ring) = single();
        let mut first = ring.subscribe().expect("a seat");
        let mut last = ring.subscribe_after(&[first.id()]).expect("a seat");
        let readers = [
            thread::spawn(move || assert_run(&rest(&mut first), 0, 3)),
            thread::spawn(move || assert_run(&rest(&mut last), 0, 3)),
        ];
        publish_all(&mut producer, 3);
        drop(producer);
        readers.into_iter().for_each(|reader| reader.join().expect("no panic"));
    });
}

/// What producers among many have published, by the sequences they were told.
fn publish_some(mut producer: MultiProducer<u64>, count: u64, tag: u64) -> thread::JoinHandle<Vec<(u64, u64)>> {
    thread::spawn(move || {
        let each = (0..count).map(|n| (producer.publish(tag + n, FOREVER).expect("room"), tag + n));
        each.collect()
    })
}

#[test]
fn two_producers_claim_every_sequence_once() {
    explore(2, || {
        let (one, ring) = multi();
        let two = one.clone();
        let mut consumer = ring.subscribe().expect("a seat");
        let writers = [publish_some(one, 2, 10), publish_some(two, 2, 20)];
        let seen = rest(&mut consumer);
        let mut told: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().expect("no panic")).collect();
        told.sort_unstable();
        assert_eq!(seen, told);
        assert!(seen.iter().map(|&(sequence, _)| sequence).eq(0..4));
    });
}

#[test]
fn two_producers_are_never_at_one_slot_though_nobody_reads() {
    explore(2, || {
        let (one, ring) = multi();
        let two = one.clone();
        let writers = [publish_some(one, 2, 10), publish_some(two, 3, 20)];
        writers.into_iter().for_each(|writer| drop(writer.join().expect("no panic")));
        assert_eq!(ring.cursor(), 5);
    });
}

#[test]
fn a_claim_that_does_not_fit_takes_nothing() {
    explore(2, || {
        let (mut one, ring) = multi();
        let mut two = one.clone();
        let mut consumer = ring.subscribe().expect("a seat");
        let other = thread::spawn(move || match two.claim(2) {
            Ok(mut claim) => {
                claim.write(1).expect("claimed");
                claim.write(2).expect("claimed");
                claim.publish();
                2
            }
            Err(error) => {
                assert_eq!(error, TryPublishError::Full);
                0
            }
        });
        let mine = u64::from(one.try_publish(3).is_ok());
        let published = mine + other.join().expect("no panic");
        drop(one);
        assert_eq!(ring.cursor(), published);
        assert_eq!(rest(&mut consumer).len() as u64, published);
    });
}

#[test]
fn tombstones_are_passed_over() {
    explore(2, || {
        let (mut one, ring) = multi();
        let mut two = one.clone();
        let mut consumer = ring.subscribe().expect("a seat");
        let doomed = thread::spawn(move || {
            let mut claim = one.claim(1).expect("room");
            claim.write(1).expect("claimed");
        });
        let mine = two.publish(7, FOREVER).expect("room");
        drop(two);
        let seen = rest(&mut consumer);
        doomed.join().expect("no panic");
        assert_eq!(seen, [(mine, 7)]);
        assert_eq!(ring.tombstones() + 1, ring.cursor());
    });
}

/// Joins while events are published, looks `looks` times, and leaves: what it saw is a run from where it started.
fn join_late(ring: Ring<u64>, looks: usize) -> thread::JoinHandle<(u64, Vec<(u64, u64)>)> {
    thread::spawn(move || {
        let mut consumer = ring.subscribe().expect("a seat");
        let first = consumer.next_sequence();
        let seen: Vec<_> = (0..looks).filter_map(|_| consumer.try_recv().expect("open")).collect();
        assert!(seen.iter().map(|seen| seen.0).eq((first..).take(seen.len())));
        (first, seen)
    })
}

#[test]
fn a_newcomer_misses_nothing_where_nobody_sat() {
    explore(3, || {
        let (mut producer, ring) = single();
        let newcomer = join_late(ring, 2);
        publish_all(&mut producer, 5);
        let (first, seen) = newcomer.join().expect("no panic");
        assert_run(&seen, first, first + seen.len() as u64);
    });
}

#[test]
fn a_newcomer_misses_nothing_where_somebody_sits() {
    explore(2, || {
        let (mut producer, ring) = single();
        let mut sitting = ring.subscribe().expect("a seat");
        let newcomer = join_late(ring, 2);
        let reader = thread::spawn(move || {
            let seen: Vec<_> = (0..2).filter_map(|_| sitting.try_recv().expect("open")).collect();
            assert_run(&seen, 0, seen.len() as u64);
        });
        publish_all(&mut producer, 4);
        let (first, seen) = newcomer.join().expect("no panic");
        assert_run(&seen, first, first + seen.len() as u64);
        reader.join().expect("no panic");
    });
}

#[test]
fn a_newcomer_misses_nothing_of_many_producers_where_nobody_sat() {
    explore(2, || {
        let (mut one, ring) = multi();
        let two = one.clone();
        let newcomer = join_late(ring, 2);
        let writer = publish_some(two, 1, 10);
        let mut told: Vec<_> = (0..3).map(|n| (one.publish(20 + n, FOREVER).expect("room"), 20 + n)).collect();
        told.extend(writer.join().expect("no panic"));
        told.sort_unstable();
        let (_, seen) = newcomer.join().expect("no panic");
        assert!(seen.iter().all(|event| told.contains(event)));
    });
}

#[test]
fn a_newcomer_misses_nothing_of_many_producers_where_somebody_sits() {
    explore(2, || {
        let (mut one, ring) = multi();
        let mut sitting = ring.subscribe().expect("a seat");
        let newcomer = join_late(ring, 2);
        let reader = thread::spawn(move || {
            let seen: Vec<_> = (0..2).filter_map(|_| sitting.try_recv().expect("open")).collect();
            assert_run(&seen, 0, seen.len() as u64);
        });
        for n in 0..4 {
            assert_eq!(one.publish(value(n), FOREVER), Ok(n));
        }
        let (first, seen) = newcomer.join().expect("no panic");
        assert_run(&seen, first, first + seen.len() as u64);
        reader.join().expect("no panic");
    });
}

#[test]
fn who_leaves_holds_nobody_back() {
    explore(2, || {
        let (mut producer, ring) = single();
        let mut consumer = ring.subscribe().expect("a seat");
        let reader = thread::spawn(move || {
            if let Ok(Some(event)) = consumer.try_recv() {
                assert_eq!(event, (0, value(0)));
            }
        });
        publish_all(&mut producer, 4);
        reader.join().expect("no panic");
    });
}

#[test]
fn a_seat_given_to_somebody_else_is_no_measure() {
    explore(2, || {
        let (mut producer, ring) = multi();
        let first = ring.subscribe().expect("a seat");
        let mut last = ring.subscribe_after(&[first.id()]).expect("a seat");
        let changes = thread::spawn(move || {
            drop(first);
            // It takes the seat that was just left, and starts where the ring is by then.
            let mut newcomer = ring.subscribe().expect("a seat");
            let start = newcomer.next_sequence();
            let seen: Vec<_> = newcomer.try_recv().expect("open").into_iter().collect();
            assert_run(&seen, start, start + seen.len() as u64);
        });
        let reader = thread::spawn(move || {
            let seen: Vec<_> = (0..2).filter_map(|_| last.try_recv().expect("open")).collect();
            assert_run(&seen, 0, seen.len() as u64);
        });
        for n in 0..3 {
            assert_eq!(producer.publish(value(n), FOREVER), Ok(n));
        }
        changes.join().expect("no panic");
        reader.join().expect("no panic");
    });
}

#[test]
fn closing_delivers_what_was_published_and_nothing_else() {
    explore(2, || {
        let (mut producer, ring) = multi();
        let mut consumer = ring.subscribe().expect("a seat");
        let writer = thread::spawn(move || (0..2).take_while(|&n| producer.try_publish(value(n)).is_ok()).count());
        let closer = thread::spawn(move || ring.close());
        let seen = rest(&mut consumer);
        assert_eq!(consumer.try_recv(), Err(Closed));
        closer.join().expect("no panic");
        let published = writer.join().expect("no panic") as u64;
        assert_run(&seen, 0, published);
    });
}

/// Looks a few times: what was received and what was lost make up every sequence since the start.
fn tap_some(tap: &mut Tap<[u64; 2]>, looks: usize) -> Vec<u64> {
    let (mut next, mut seen) = (tap.next_sequence(), vec![]);
    for received in (0..looks).filter_map(|_| tap.try_recv().expect("open")) {
        assert_eq!(received.sequence, next + received.lost);
        assert_eq!(received.event[0], received.event[1], "torn");
        next = received.sequence + 1;
        seen.push(received.event[0]);
    }
    seen
}

#[test]
fn a_tap_sees_whole_events_and_counts_its_losses() {
    explore(3, || {
        let (mut producer, ring) = ring::<[u64; 2]>(2).expect("a capacity").single_producer();
        let reader = thread::spawn(move || {
            let mut tap = ring.tap();
            let seen = tap_some(&mut tap, 2);
            assert!(seen.iter().all(|seen| (value(0)..value(5)).contains(seen)));
        });
        for n in 0..5 {
            assert_eq!(producer.try_publish([value(n); 2]), Ok(n));
        }
        reader.join().expect("no panic");
    });
}

#[test]
fn a_tap_sees_events_under_their_own_sequences() {
    explore(2, || {
        let (mut producer, ring) = ring::<[u64; 2]>(2).expect("a capacity").single_producer();
        let mut tap = ring.tap();
        let reader = thread::spawn(move || {
            for received in (0..3).filter_map(|_| tap.try_recv().expect("open")) {
                assert_eq!(received.event, [value(received.sequence); 2], "torn, or not this sequence's");
            }
        });
        for n in 0..4 {
            assert_eq!(producer.try_publish([value(n); 2]), Ok(n));
        }
        reader.join().expect("no panic");
    });
}

#[test]
fn a_tap_of_many_producers_sees_whole_events_and_counts_its_losses() {
    explore(2, || {
        let (mut one, ring) = ring::<[u64; 2]>(2).expect("a capacity").multi_producer();
        let mut tap = ring.tap();
        let reader = thread::spawn(move || drop(tap_some(&mut tap, 2)));
        let mut two = one.clone();
        let writer = thread::spawn(move || two.publish([10; 2], FOREVER).expect("room"));
        for n in 0..2 {
            one.publish([20 + n; 2], FOREVER).expect("room");
        }
        writer.join().expect("no panic");
        reader.join().expect("no panic");
    });
}
