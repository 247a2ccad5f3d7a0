//! Topics, policies and their promises, with threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use baconalgo_core::error::ErrorKind;
use baconalgo_core::event::{Body, Message};
use proptest::prelude::*;

use super::*;

const LONG: Duration = Duration::from_secs(60);

fn bus(size: usize) -> Arc<Bus> {
    Bus::new(BusConfig { ring_buffer_size: size, ..BusConfig::default() }).unwrap()
}

fn number(symbol: u32, number: u64) -> Message {
    Message::new(symbol, Body::Cancel { order_id: number }).unwrap()
}

fn publish(bus: &Bus, topic: &str, value: u64) {
    bus.publish(topic, &mut Outgoing::Records(&mut [number(0, value)]), LONG, || true).unwrap();
}

fn value(delivery: &Delivery) -> u64 {
    delivery.record.words[0]
}

fn drain(subscription: &Subscription) -> Vec<(u64, u64)> {
    std::iter::from_fn(|| subscription.try_recv().ok()).map(|found| (found.sequence, value(&found))).collect()
}

/// Receives until the bus is closed.
fn receive_all(subscription: &Subscription) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    loop {
        match subscription.try_recv() {
            Ok(delivery) => found.push((delivery.sequence, value(&delivery))),
            Err(Nothing::Ever) => return found,
            Err(_) => {
                let _ = subscription.wait(Duration::from_millis(50));
            }
        }
    }
}

#[test]
fn sequences_go_on_while_nobody_listens_and_are_never_used_twice() {
    let bus = bus(8);
    for value in 0..5 {
        publish(&bus, "t", value);
    }
    let first = bus.subscribe(Some("t"), Policy::Block, Key::Symbol).unwrap();
    publish(&bus, "t", 5);
    publish(&bus, "t", 6);
    assert_eq!(drain(&first), [(5, 5), (6, 6)]);
    drop(first);
    publish(&bus, "t", 7);
    let second = bus.subscribe(Some("t"), Policy::DropOldest, Key::Symbol).unwrap();
    publish(&bus, "t", 8);
    assert_eq!(drain(&second), [(8, 8)]);
    let metrics = bus.metrics();
    assert_eq!((metrics.messages_published, metrics.messages_unheard, metrics.messages_consumed), (9, 6, 3));
}

#[test]
fn a_full_topic_is_backpressure_and_only_that_topic() {
    let bus = bus(4);
    let slow = bus.subscribe(Some("slow"), Policy::Block, Key::Symbol).unwrap();
    for value in 0..4 {
        publish(&bus, "slow", value);
    }
    let blocked = bus.publish("slow", &mut Outgoing::Records(&mut [number(0, 4)]), Duration::ZERO, || true);
    let Err(Blocked::Failed(0, error)) = blocked else { panic!("{blocked:?}") };
    assert_eq!(error.kind(), ErrorKind::Backpressure);
    publish(&bus, "other", 0);
    assert_eq!(drain(&slow).len(), 4);
    publish(&bus, "slow", 4);
    assert_eq!(drain(&slow), [(4, 4)]);
}

#[test]
fn a_publisher_that_waits_goes_on_when_the_subscriber_leaves() {
    let bus = bus(2);
    let subscription = bus.subscribe(Some("t"), Policy::Block, Key::Symbol).unwrap();
    publish(&bus, "t", 0);
    publish(&bus, "t", 1);
    let waiting = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let go_on = || {
                waiting.store(true, Ordering::Release);
                true
            };
            bus.publish("t", &mut Outgoing::Records(&mut [number(0, 2)]), LONG, go_on).unwrap();
        });
        while !waiting.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        assert!(bus.unsubscribe(subscription.id()));
    });
    assert!(matches!(subscription.try_recv(), Err(Nothing::Ever)));
    assert!(!bus.unsubscribe(subscription.id()));
    assert_eq!(bus.topics()[0].next_sequence(), 3);
}

#[test]
fn the_latest_of_each_key_in_the_order_of_the_updates() {
    let bus = bus(64);
    let subscription = bus.subscribe(Some("t"), Policy::Conflate, Key::Symbol).unwrap();
    for (symbol, value) in [(1, 10), (2, 20), (1, 11), (3, 30), (2, 21)] {
        let record = &mut [number(symbol, value)];
        bus.publish("t", &mut Outgoing::Records(record), LONG, || true).unwrap();
    }
    assert_eq!(drain(&subscription), [(2, 11), (3, 30), (4, 21)]);
    assert_eq!((subscription.replaced(), subscription.lost()), (2, 0));
}

#[test]
fn everything_means_topics_of_the_past_and_the_future_in_turn() {
    let bus = bus(64);
    publish(&bus, "old", 0);
    let all = bus.subscribe(None, Policy::Block, Key::Symbol).unwrap();
    for value in 0..3 {
        publish(&bus, "old", value);
        publish(&bus, "new", 10 + value);
    }
    let topics: Vec<_> = std::iter::from_fn(|| all.try_recv().ok()).map(|found| found.topic.to_string()).collect();
    assert_eq!(topics, ["old", "new", "old", "new", "old", "new"]);
    bus.close();
    assert!(matches!(all.try_recv(), Err(Nothing::Ever)));
}

#[test]
fn a_closed_bus_is_drained_and_takes_nothing() {
    let bus = bus(64);
    let subscription = bus.subscribe(Some("t"), Policy::Block, Key::Symbol).unwrap();
    publish(&bus, "t", 1);
    bus.close();
    bus.close();
    assert!(bus.try_publish("t", &mut Outgoing::Records(&mut [number(0, 2)])).is_err());
    assert!(bus.try_publish("new", &mut Outgoing::Records(&mut [number(0, 2)])).is_err());
    assert!(bus.subscribe(Some("t"), Policy::Block, Key::Symbol).is_err());
    assert_eq!(receive_all(&subscription), [(0, 1)]);
}

#[test]
fn a_million_topics_are_refused() {
    let bus = bus(2);
    for topic in 0..MOST_TOPICS {
        publish(&bus, &topic.to_string(), 0);
    }
    let refused = bus.try_publish("one more", &mut Outgoing::Records(&mut [number(0, 0)]));
    let Err(Blocked::Failed(0, error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.to_string(), "topic must be one of at most 4096, was \"one more\" besides them");
    publish(&bus, "17", 1);
}

fn payload(bytes: usize) -> Payload {
    Payload { value: Arc::new(()), bytes, form: 0 }
}

#[test]
fn payloads_wait_for_memory_or_go_when_only_lossy_readers_want_them() {
    let config = BusConfig { ring_buffer_size: 16, memory: 4096, ..BusConfig::default() };
    let bus = Bus::new(config).unwrap();
    let send = |bytes| bus.publish("t", &mut Outgoing::Payload(&payload(bytes)), Duration::ZERO, || true);
    let lossy = bus.subscribe(Some("t"), Policy::DropOldest, Key::Symbol).unwrap();
    for _ in 0..4 {
        send(1000).unwrap();
    }
    let kept: Vec<u64> = std::iter::from_fn(|| lossy.try_recv().ok()).map(|found| found.sequence).collect();
    assert_eq!((kept.as_slice(), lossy.lost()), (&[2, 3][..], 2));
    let strict = bus.subscribe(Some("t"), Policy::Block, Key::Symbol).unwrap();
    send(1000).unwrap();
    send(1000).unwrap();
    assert!(matches!(send(1000), Err(Blocked::Failed(0, error)) if error.kind() == ErrorKind::Backpressure));
    assert_eq!(strict.try_recv().map(|found| found.sequence), Ok(4));
    assert_eq!(lossy.try_recv().map(|found| found.sequence), Ok(4));
    send(1000).unwrap();
    send(0).unwrap();
    drop((lossy, strict));
    assert_eq!(bus.metrics().memory_bytes, 0);
    assert!(matches!(send(LARGEST_PAYLOAD + 1), Err(Blocked::Failed(0, error)) if error.kind() == ErrorKind::Bus));
}

#[test]
fn who_only_looks_takes_nothing() {
    let bus = bus(2);
    let strict = bus.subscribe(Some("t"), Policy::Block, Key::Symbol).unwrap();
    let send = || bus.publish("t", &mut Outgoing::Payload(&payload(1)), Duration::ZERO, || true);
    send().unwrap();
    assert_eq!(strict.wait(Duration::ZERO), Ok(true));
    assert_eq!(strict.wait(LONG), Ok(true));
    send().unwrap();
    assert!(matches!(send(), Err(Blocked::Failed(0, _))));
    let seen: Vec<_> = std::iter::from_fn(|| strict.try_recv().ok()).map(|found| found.sequence).collect();
    assert_eq!((seen.as_slice(), strict.lost()), (&[0, 1][..], 0));
}

#[test]
fn a_batch_ends_where_the_kind_does_and_the_rest_still_holds_publishers_back() {
    let bus = bus(4);
    let strict = bus.subscribe(Some("t"), Policy::Block, Key::Symbol).unwrap();
    let send = || bus.publish("t", &mut Outgoing::Payload(&payload(1)), Duration::ZERO, || true);
    publish(&bus, "t", 0);
    (0..3).for_each(|_| send().unwrap());
    assert_eq!(strict.try_recv_batch(100).map(|batch| batch.sequences), Ok(vec![0]));
    send().unwrap();
    assert!(matches!(send(), Err(Blocked::Failed(0, _))));
    assert_eq!(strict.try_recv_batch(3).map(|batch| batch.sequences), Ok(vec![1, 2, 3]));
    assert_eq!(strict.try_recv_batch(3).map(|batch| batch.payloads.len()), Ok(1));
}

#[test]
fn rings_take_memory_as_they_are_used_and_give_it_back() {
    let config = BusConfig { ring_buffer_size: 1 << 16, memory: 1 << 20, ..BusConfig::default() };
    let bus = Bus::new(config).unwrap();
    let subscription = bus.subscribe(Some("t"), Policy::DropOldest, Key::Symbol).unwrap();
    assert_eq!(bus.metrics().memory_bytes, 0);
    let mut records = vec![number(0, 1); 5000];
    bus.try_publish("t", &mut Outgoing::Records(&mut records)).unwrap();
    assert_eq!(bus.metrics().memory_bytes, 5 * 1024 * 72);
    let mut records = vec![number(0, 1); 20_000];
    let refused = bus.try_publish("t", &mut Outgoing::Records(&mut records));
    assert!(matches!(refused, Err(Blocked::Failed(0, error)) if error.kind() == ErrorKind::Bus));
    drop(subscription);
    assert_eq!(bus.metrics().memory_bytes, 0);
}

#[test]
fn subscribers_that_come_and_go_under_load_see_whole_stretches() {
    let bus = bus(256);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let publishers: Vec<_> =
            (0..2).map(|_| scope.spawn(|| (0..20_000).for_each(|value| publish(&bus, "t", value)))).collect();
        for policy in [Policy::Block, Policy::DropOldest] {
            let (bus, done) = (&bus, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Acquire) {
                    let subscription = bus.subscribe(Some("t"), policy, Key::Symbol).unwrap();
                    let mut last: Option<(u64, u64)> = None;
                    for _ in 0..500 {
                        let Ok(found) = subscription.try_recv() else { continue };
                        let lost = subscription.lost();
                        if let Some((sequence, lost_before)) = last {
                            assert_eq!(found.sequence - sequence - 1, lost - lost_before, "{policy:?}");
                        }
                        last = Some((found.sequence, lost));
                    }
                }
            });
        }
        for publisher in publishers {
            publisher.join().unwrap();
        }
        done.store(true, Ordering::Release);
    });
    assert_eq!(bus.topics()[0].next_sequence(), 40_000);
    assert_eq!(bus.metrics().messages_published, 40_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn who_blocks_sees_everything_once_in_one_order(
        publishers in 1usize..4, blocking in 1usize..4, lossy in 0usize..3, size in 1u32..7, count in 1u64..400,
    ) {
        let bus = bus(1 << size);
        let strict: Vec<_> =
            (0..blocking).map(|_| bus.subscribe(Some("t"), Policy::Block, Key::Symbol).unwrap()).collect();
        let taps: Vec<_> =
            (0..lossy).map(|_| bus.subscribe(Some("t"), Policy::DropOldest, Key::Symbol).unwrap()).collect();
        let (strict_seen, lossy_seen) = std::thread::scope(|scope| {
            let strict_threads: Vec<_> = strict.iter().map(|one| scope.spawn(|| receive_all(one))).collect();
            let lossy_threads: Vec<_> = taps.iter().map(|one| scope.spawn(|| receive_all(one))).collect();
            let sending: Vec<_> = (0..publishers as u64).map(|who| {
                let bus = &bus;
                scope.spawn(move || (0..count).for_each(|value| publish(bus, "t", who << 32 | value)))
            }).collect();
            sending.into_iter().for_each(|thread| thread.join().unwrap());
            bus.close();
            let join = |threads: Vec<std::thread::ScopedJoinHandle<'_, Vec<(u64, u64)>>>| {
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            };
            (join(strict_threads), join(lossy_threads))
        });
        let all = publishers as u64 * count;
        for seen in &strict_seen {
            prop_assert_eq!(seen, &strict_seen[0]);
            prop_assert!(seen.iter().map(|(sequence, _)| *sequence).eq(0..all));
        }
        for who in 0..publishers as u64 {
            let own: Vec<_> = strict_seen[0].iter().filter(|(_, value)| value >> 32 == who).collect();
            prop_assert!(own.iter().map(|(_, value)| value & 0xffff_ffff).eq(0..count));
        }
        for (seen, tap) in lossy_seen.iter().zip(&taps) {
            prop_assert_eq!(seen.len() as u64 + tap.lost(), all);
            prop_assert!(seen.iter().all(|found| strict_seen[0][found.0 as usize] == *found));
        }
    }
}
