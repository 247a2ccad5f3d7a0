//! What a ring promises, one promise at a time.
#![cfg(not(feature = "loom"))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use baconalgo_bus::{
    BatchError, Closed, Consumer, Error, Event, MAX_CONSUMERS, MultiProducer, Producer, PublishError, Ring, Tap,
    TryPublishError, WaitStrategy, ring,
};

/// Long enough for any machine; what is awaited comes.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(1);

fn single(capacity: usize) -> (Producer<u64>, Ring<u64>) {
    ring(capacity).expect("a capacity").single_producer()
}

fn multi(capacity: usize) -> (MultiProducer<u64>, Ring<u64>) {
    ring(capacity).expect("a capacity").multi_producer()
}

fn drain<T: Event>(consumer: &mut Consumer<T>) -> Vec<(u64, T)> {
    std::iter::from_fn(|| consumer.try_recv().ok().flatten()).collect()
}

#[test]
fn capacities_are_powers_of_two() {
    for capacity in [0, 1, 3, 100, (1 << 30) + 1, 1 << 31] {
        let error = ring::<u64>(capacity).err().expect("refused");
        assert_eq!(error, Error::Capacity(capacity));
        assert_eq!(error.to_string(), format!("capacity must be a power of two from 2 to 1073741824, was {capacity}"));
    }
}

#[test]
fn memory_that_cannot_be_had_is_an_error() {
    assert_eq!(
        ring::<[u64; 1 << 40]>(1 << 30).err().expect("refused"),
        Error::Memory { capacity: 1 << 30, event: 1 << 43 }
    );
}

#[test]
fn events_of_any_size_and_alignment_come_as_they_went() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(align(256))]
    struct Wide(u8);
    fn check<T: Event + PartialEq + std::fmt::Debug>(events: [T; 3]) {
        let (mut producer, ring) = ring(4).expect("a capacity").single_producer();
        let mut consumer = ring.subscribe().expect("a seat");
        for _ in 0..5 {
            assert_eq!(producer.try_publish_batch(&events), Ok(3));
            let batch = consumer.try_read(9).expect("open").expect("events");
            let (head, tail) = batch.as_slices();
            assert_eq!([head, tail].concat(), events);
            assert!(head.iter().chain(tail).all(|event| std::ptr::from_ref(event).is_aligned()));
        }
    }
    check([(), (), ()]);
    check([1u8, 2, 3]);
    check([[1u8, 2, 3], [4; 3], [5; 3]]);
    check(["a", "b", "c"]);
    check([Wide(1), Wide(2), Wide(3)]);
    check([[7u64; 8]; 3]);
}

#[test]
fn a_full_ring_refuses_and_claims_nothing() {
    let (mut producer, ring) = single(4);
    let mut consumer = ring.subscribe().expect("a seat");
    for n in 0..4 {
        assert_eq!(producer.try_publish(n), Ok(n));
    }
    assert_eq!(producer.try_publish(4), Err(TryPublishError::Full));
    assert_eq!(producer.publish(4, SHORT), Err(PublishError::Timeout));
    assert_eq!(producer.try_publish_batch(&[4, 5]), Ok(0));
    assert_eq!(producer.claim(1).err(), Some(TryPublishError::Full));
    assert_eq!(producer.publish_batch(&[4], SHORT), Err(BatchError { published: 0, reason: PublishError::Timeout }));
    assert_eq!((ring.cursor(), consumer.lag()), (4, 4));
    assert_eq!(consumer.try_recv(), Ok(Some((0, 0))));
    assert_eq!(producer.try_publish(4), Ok(4));
    assert_eq!(drain(&mut consumer), [(1, 1), (2, 2), (3, 3), (4, 4)]);
}

#[test]
fn a_full_ring_of_many_producers_refuses_and_claims_nothing() {
    let (mut one, ring) = multi(4);
    let mut two = one.clone();
    let mut consumer = ring.subscribe().expect("a seat");
    assert_eq!(one.try_publish_batch(&[0, 1, 2]), Ok(3));
    assert_eq!(two.claim(2).err(), Some(TryPublishError::Full));
    assert_eq!(two.try_publish_batch(&[3, 4]), Ok(1));
    assert_eq!(one.try_publish(4), Err(TryPublishError::Full));
    assert_eq!(one.publish(4, SHORT), Err(PublishError::Timeout));
    assert_eq!(ring.cursor(), 4);
    assert_eq!(drain(&mut consumer), [(0, 0), (1, 1), (2, 2), (3, 3)]);
    assert_eq!(two.try_publish(4), Ok(4));
}

#[test]
fn without_consumers_nothing_is_held_back() {
    let (mut producer, ring) = single(2);
    let (mut many, other) = multi(2);
    for n in 0..100 {
        assert_eq!(producer.try_publish(n), Ok(n));
        assert_eq!(many.try_publish(n), Ok(n));
    }
    assert_eq!((ring.cursor(), other.cursor()), (100, 100));
}

#[test]
fn a_newcomer_sees_what_comes_after_it() {
    let (mut producer, ring) = multi(8);
    producer.try_publish(0).expect("room");
    let mut consumer = ring.subscribe().expect("a seat");
    producer.try_publish(1).expect("room");
    assert_eq!(drain(&mut consumer), [(1, 1)]);
}

#[test]
fn who_leaves_holds_nobody_back() {
    let (mut producer, ring) = single(2);
    let slow = ring.subscribe().expect("a seat");
    producer.try_publish_batch(&[0, 1]).expect("open");
    assert_eq!(producer.try_publish(2), Err(TryPublishError::Full));
    drop(slow);
    assert_eq!(ring.consumers(), 0);
    assert_eq!(producer.try_publish(2), Ok(2));
}

#[test]
fn who_comes_after_another_sees_what_that_one_has_released() {
    for many in [false, true] {
        let (mut publish, ring): (Box<dyn FnMut(u64)>, _) = if many {
            let (mut producer, ring) = multi(8);
            (Box::new(move |n| assert!(producer.try_publish(n).is_ok())), ring)
        } else {
            let (mut producer, ring) = single(8);
            (Box::new(move |n| assert!(producer.try_publish(n).is_ok())), ring)
        };
        let mut left = ring.subscribe().expect("a seat");
        let mut right = ring.subscribe().expect("a seat");
        let mut last = ring.subscribe_after(&[left.id(), right.id()]).expect("a seat");
        (0..3).for_each(&mut publish);
        assert_eq!(last.try_recv(), Ok(None));
        assert_eq!(left.try_recv(), Ok(Some((0, 0))));
        assert_eq!(left.try_recv(), Ok(Some((1, 1))));
        assert_eq!(last.try_recv(), Ok(None));
        assert_eq!(right.try_recv(), Ok(Some((0, 0))));
        assert_eq!(drain(&mut last), [(0, 0)]);
        // Who leaves is no obstacle any more; the other still is.
        drop(right);
        assert_eq!(drain(&mut last), [(1, 1)]);
        drop(left);
        assert_eq!(drain(&mut last), [(2, 2)]);
    }
}

#[test]
fn who_comes_after_one_that_leaves_comes_after_its_predecessors() {
    let (mut producer, ring) = single(8);
    let mut first = ring.subscribe().expect("a seat");
    let second = ring.subscribe_after(&[first.id()]).expect("a seat");
    let mut third = ring.subscribe_after(&[second.id()]).expect("a seat");
    let gone = second.id();
    drop(second);
    // Its seat is taken by somebody else, who is no measure.
    let mut newcomer = ring.subscribe().expect("a seat");
    producer.try_publish(7).expect("room");
    assert_eq!(newcomer.try_recv(), Ok(Some((0, 7))));
    assert_eq!(third.try_recv(), Ok(None));
    assert_eq!(first.try_recv(), Ok(Some((0, 7))));
    assert_eq!(third.try_recv(), Ok(Some((0, 7))));
    assert_eq!(ring.subscribe_after(&[gone]).err(), Some(Error::UnknownConsumer(2)));
}

#[test]
fn there_are_sixty_four_seats() {
    let (_producer, ring) = single(2);
    let mut seats: Vec<_> = (0..MAX_CONSUMERS).map(|_| ring.subscribe().expect("a seat")).collect();
    assert_eq!(ring.subscribe().err(), Some(Error::TooManyConsumers(64)));
    seats.remove(17);
    assert!(ring.subscribe().is_ok());
}

#[test]
fn a_closed_ring_is_drained() {
    let (mut producer, ring) = single(4);
    let mut consumer = ring.subscribe().expect("a seat");
    producer.try_publish_batch(&[0, 1]).expect("open");
    ring.close();
    assert!(ring.is_closed());
    assert_eq!(producer.try_publish(2), Err(TryPublishError::Closed));
    assert_eq!(producer.publish(2, LONG), Err(PublishError::Closed));
    assert_eq!(producer.try_publish_batch(&[2]), Err(Closed));
    assert_eq!(ring.subscribe().err(), Some(Error::Closed));
    assert_eq!(drain(&mut consumer), [(0, 0), (1, 1)]);
    assert_eq!(consumer.try_recv(), Err(Closed));
    assert_eq!(consumer.recv(LONG), Err(Closed));
    assert!(consumer.try_read(1).is_err());
}

#[test]
fn dropping_the_last_producer_closes() {
    let (one, ring) = multi(4);
    let mut two = one.clone();
    let mut consumer = ring.subscribe().expect("a seat");
    drop(one);
    assert_eq!(two.try_publish(0), Ok(0));
    drop(two);
    assert_eq!(consumer.recv(LONG), Ok(Some((0, 0))));
    assert_eq!(consumer.recv(LONG), Err(Closed));
}

#[test]
fn a_claim_is_seen_when_it_is_published() {
    let (mut producer, ring) = multi(4);
    let mut consumer = ring.subscribe().expect("a seat");
    let mut claim = producer.claim(2).expect("room");
    assert_eq!((claim.first_sequence(), claim.len()), (0, 2));
    assert_eq!(claim.write(5), Ok(0));
    assert_eq!(claim.write(6), Ok(1));
    assert_eq!(claim.write(7), Err(7));
    assert_eq!(consumer.try_recv(), Ok(None));
    claim.publish();
    assert_eq!(drain(&mut consumer), [(0, 5), (1, 6)]);
}

#[test]
fn claims_dropped_unpublished_leave_tombstones() {
    for many in [false, true] {
        let (mut one, mut many_of, ring) = if many {
            let (producer, ring) = multi(8);
            (None, Some(producer), ring)
        } else {
            let (producer, ring) = single(8);
            (Some(producer), None, ring)
        };
        let mut claim = |count: usize, write: u64, publish: bool| {
            let mut claim = match (&mut one, &mut many_of) {
                (Some(producer), _) => producer.claim(count).expect("room"),
                (_, Some(producer)) => producer.claim(count).expect("room"),
                _ => unreachable!(),
            };
            for n in 0..write {
                claim.write(claim.first_sequence() + n).expect("claimed");
            }
            if publish {
                claim.publish();
            }
        };
        let mut consumer = ring.subscribe().expect("a seat");
        let mut last = ring.subscribe_after(&[consumer.id()]).expect("a seat");
        let mut tap = ring.tap();
        for lap in 0..9 {
            let from = lap * 7;
            claim(2, 2, true);
            claim(2, 1, false);
            claim(3, 2, true);
            assert_eq!(ring.tombstones(), (lap + 1) * 3);
            let expected = [0, 1, 4, 5].map(|n| (from + n, from + n));
            let mut seen = vec![];
            if lap % 2 == 0 {
                seen.extend(drain(&mut consumer));
            } else {
                while let Some(batch) = consumer.try_read(100).expect("open") {
                    seen.extend(batch.iter());
                }
            }
            assert_eq!(seen, expected);
            assert_eq!(drain(&mut last), expected);
            let tapped: Vec<_> = std::iter::from_fn(|| tap.try_recv().expect("open")).collect();
            assert_eq!(tapped.iter().map(|seen| (seen.sequence, seen.event)).collect::<Vec<_>>(), expected);
            assert!(tapped.iter().all(|seen| seen.lost == 0));
        }
    }
}

#[test]
fn a_producer_that_panics_before_it_publishes_stops_nobody() {
    let (mut producer, ring) = multi(4);
    let mut consumer = ring.subscribe().expect("a seat");
    let mut doomed = producer.clone();
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        let mut claim = doomed.claim(2).expect("room");
        claim.write(1).expect("claimed");
        panic!("between claim and publish");
    }));
    assert!(outcome.is_err());
    assert_eq!(producer.try_publish(9), Ok(2));
    assert_eq!(drain(&mut consumer), [(2, 9)]);
    assert_eq!(ring.tombstones(), 2);
}

#[test]
fn nobody_is_let_to_the_slot_of_a_claim_that_is_still_held() {
    for sits in [false, true] {
        let (mut slow, ring) = multi(4);
        let mut fast = slow.clone();
        let mut claim = slow.claim(1).expect("room");
        let mut newcomer = sits.then(|| ring.subscribe().expect("a seat"));
        assert_eq!(fast.try_publish_batch(&[1, 2, 3, 4]), Ok(3));
        if let Some(newcomer) = &mut newcomer {
            assert_eq!((newcomer.next_sequence(), newcomer.try_recv()), (0, Ok(None)));
        }
        assert_eq!(fast.try_publish(4), Err(TryPublishError::Full));
        claim.write(0).expect("claimed");
        claim.publish();
        if let Some(newcomer) = &mut newcomer {
            assert_eq!(drain(newcomer), [(0, 0), (1, 1), (2, 2), (3, 3)]);
        }
        assert_eq!(fast.try_publish(4), Ok(4));
    }
}

#[test]
fn a_forgotten_claim_of_the_only_producer_never_was() {
    let (mut producer, ring) = single(4);
    let mut consumer = ring.subscribe().expect("a seat");
    std::mem::forget(producer.claim(2).expect("room"));
    assert_eq!(producer.try_publish(9), Ok(0));
    assert_eq!(drain(&mut consumer), [(0, 9)]);
}

#[test]
fn a_tap_is_not_shown_what_a_forgotten_claim_has_written() {
    let (mut producer, ring) = single(4);
    let mut tap = ring.tap();
    for n in 0..4 {
        assert_eq!(producer.try_publish(n), Ok(n));
    }
    let mut claim = producer.claim(3).expect("room");
    for _ in 0..3 {
        claim.write(99).expect("claimed");
    }
    std::mem::forget(claim);
    assert_eq!(producer.try_publish(4), Ok(4));
    let seen: Vec<_> = std::iter::from_fn(|| tap.try_recv().expect("open")).collect();
    assert!(!seen.is_empty() && seen.iter().all(|seen| seen.event == seen.sequence), "{seen:?}");
}

#[test]
fn a_consumer_that_panics_is_marked_and_holds_nobody_back() {
    let (mut producer, ring) = single(2);
    let mut consumer = ring.subscribe().expect("a seat");
    let mut last = ring.subscribe_after(&[consumer.id()]).expect("a seat");
    producer.try_publish_batch(&[0, 1]).expect("open");
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _batch = consumer.try_read(1).expect("open").expect("an event");
        panic!("while a batch is held");
    }));
    assert!(outcome.is_err());
    assert!(consumer.is_failed());
    assert_eq!(consumer.try_recv(), Err(Closed));
    assert_eq!((ring.failed(), ring.consumers()), (1, 1));
    assert_eq!(drain(&mut last), [(0, 0), (1, 1)]);
    assert_eq!(producer.try_publish_batch(&[2, 3]), Ok(2));
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        let _held = &last;
        panic!("while the consumer is held");
    }));
    assert!(outcome.is_err());
    assert_eq!((ring.failed(), ring.consumers()), (2, 0));
    assert_eq!(producer.try_publish_batch(&[4, 5]), Ok(2));
}

#[test]
fn batches_pass_the_end_of_the_ring_and_are_released_in_parts() {
    let (mut producer, ring) = single(4);
    let mut consumer = ring.subscribe().expect("a seat");
    producer.try_publish_batch(&[0, 1, 2]).expect("open");
    assert_eq!(consumer.try_read(2).expect("open").expect("events").len(), 2);
    assert_eq!(producer.try_publish_batch(&[3, 4, 5, 6]), Ok(3));
    let mut batch = consumer.try_read(100).expect("open").expect("events");
    assert_eq!((batch.first_sequence(), batch.as_slices()), (2, (&[2, 3][..], &[4, 5][..])));
    assert_eq!(producer.try_publish(6), Err(TryPublishError::Full));
    batch.release(1);
    assert_eq!(producer.try_publish(6), Ok(6));
    assert_eq!(batch.iter().collect::<Vec<_>>(), [(3, 3), (4, 4), (5, 5)]);
    drop(batch);
    assert_eq!(drain(&mut consumer), [(6, 6)]);
    assert!(consumer.try_read(0).expect("open").is_none());
}

#[test]
fn a_tap_loses_the_oldest_and_counts_them() {
    for many in [false, true] {
        let (mut publish, ring): (Box<dyn FnMut(u64)>, _) = if many {
            let (mut producer, ring) = multi(8);
            (Box::new(move |n| assert!(producer.try_publish(n).is_ok())), ring)
        } else {
            let (mut producer, ring) = single(8);
            (Box::new(move |n| assert!(producer.try_publish(n).is_ok())), ring)
        };
        (0..5).for_each(&mut publish);
        let mut tap = ring.tap();
        assert_eq!(tap.try_recv(), Ok(None));
        (5..30).for_each(&mut publish);
        assert_eq!(tap.lag(), 25);
        let seen: Vec<_> = std::iter::from_fn(|| tap.try_recv().expect("open")).collect();
        let lost: u64 = seen.iter().map(|seen| seen.lost).sum();
        assert_eq!((seen.len() as u64 + lost, lost), (25, tap.lost()));
        assert!(seen.len() >= 4, "only {} of 8 are left", seen.len());
        assert_eq!(seen.last().map(|seen| (seen.sequence, seen.event)), Some((29, 29)));
        assert!(seen.iter().all(|seen| seen.event == seen.sequence));
        publish(30);
        ring.close();
        let mut rest = vec![];
        assert_eq!(tap.read_into(&mut rest, 10), Ok(1));
        assert_eq!(rest, [30]);
        assert_eq!(tap.recv(LONG), Err(Closed));
    }
}

#[test]
fn both_ends_may_live_wherever_a_pointer_may() {
    // Objects of Python are aligned to 16 bytes and no more.
    let ends = [align_of::<Producer<u64>>(), align_of::<MultiProducer<u64>>(), align_of::<Consumer<u64>>()];
    assert!(ends.into_iter().chain([align_of::<Tap<u64>>()]).all(|alignment| alignment <= 16));
}

/// Pages of this process that are in memory.
#[cfg(target_os = "linux")]
fn resident_pages() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("numbers of this process");
    text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn a_resident_ring_has_its_memory_before_the_first_event() {
    // So much that what other tests use at the same time does not count.
    let (events, pages) = (1 << 22, (1 << 22) * 64 / 4096);
    let before = resident_pages();
    let (mut producer, ring) = ring::<[u64; 8]>(events).expect("memory").resident().single_producer();
    assert!(resident_pages() > before + pages * 9 / 10);
    let mut consumer = ring.subscribe().expect("a seat");
    producer.publish([3; 8], LONG).expect("room");
    assert_eq!(consumer.recv(LONG), Ok(Some((0, [3; 8]))));
}

#[test]
fn every_strategy_waits_for_events_and_for_room() {
    use WaitStrategy::{Adaptive, BusySpin, Dedicated, SpinThenPark, Yield};
    for strategy in [BusySpin, Yield, SpinThenPark, Adaptive, Dedicated] {
        let (mut producer, ring) = ring::<u64>(2).expect("a capacity").wait(strategy).single_producer();
        let mut first = ring.subscribe().expect("a seat");
        let mut last = ring.subscribe_after(&[first.id()]).expect("a seat");
        // Three that spin on two cores take turns of milliseconds.
        let count = if strategy == BusySpin { 20 } else { 200 };
        let started = Instant::now();
        assert_eq!(first.recv(SHORT), Ok(None));
        assert!(first.read(1, SHORT).expect("open").is_none());
        assert!(started.elapsed() >= SHORT * 2);
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..count {
                    assert_eq!(first.recv(LONG), Ok(Some((n, n))));
                }
            });
            scope.spawn(|| {
                let mut n = 0;
                while let Ok(Some(batch)) = last.read(2, LONG) {
                    for event in batch.iter() {
                        assert_eq!(event, (n, n));
                        n += 1;
                    }
                }
                assert_eq!(n, count);
            });
            for n in 0..count {
                assert_eq!(producer.publish(n, LONG), Ok(n));
            }
            drop(producer);
        });
    }
}

#[test]
fn parked_threads_are_woken_by_an_event_by_room_and_by_the_end() {
    let (mut producer, ring) = ring::<u64>(2).expect("a capacity").wait(WaitStrategy::SpinThenPark).single_producer();
    let mut consumer = ring.subscribe().expect("a seat");
    // One at a time, so that each side goes to sleep again and again.
    thread::scope(|scope| {
        let (mut back, answers) = baconalgo_bus::ring::<u64>(2).expect("a capacity").single_producer();
        let mut answer = answers.subscribe().expect("a seat");
        scope.spawn(move || {
            while let Ok(Some((_, event))) = consumer.recv(LONG) {
                back.publish(event, LONG).expect("room");
            }
        });
        for n in 0..20 {
            thread::sleep(SHORT);
            producer.publish(n, LONG).expect("room");
            assert_eq!(answer.recv(LONG), Ok(Some((n, n))));
        }
        thread::sleep(SHORT);
        ring.close();
    });
}

#[test]
fn a_batch_longer_than_the_ring_goes_in_parts() {
    let (mut producer, ring) = multi(4);
    let mut consumer = ring.subscribe().expect("a seat");
    let events: Vec<u64> = (0..1001).collect();
    thread::scope(|scope| {
        scope.spawn(|| producer.publish_batch(&events, LONG).expect("room"));
        for &n in &events {
            assert_eq!(consumer.recv(LONG), Ok(Some((n, n))));
        }
    });
}

#[test]
fn a_ring_costs_what_was_written_to_it() {
    // A thousand rings of 72 MB each.
    let rings: Vec<_> = (0..1000).map(|_| ring::<[u64; 8]>(1 << 20).expect("a capacity").multi_producer()).collect();
    assert_eq!(rings.len(), 1000);
}
