//! One interface to everything that is compared: one sender, one receiver, neither of which sleeps.

use std::hint::spin_loop;
use std::sync::mpsc;
use std::time::Duration;

use baconalgo_bus::{Consumer, MultiProducer, Producer, TryPublishError, WaitStrategy, ring};
use disruptor::{BusySpin, EventPoller, Producer as _, SingleConsumerBarrier, SingleProducer, SingleProducerBarrier};

use crate::Event;
use crate::plain::{Head, RawHead, RawTail, Tail, plain, raw};

/// What is awaited comes.
const AWHILE: Duration = Duration::from_secs(60);

/// Sends, and waits for room.
pub(crate) trait Send1: Send + 'static {
    fn send(&mut self, event: Event);

    /// Sends a batch, as such where there is such a thing.
    fn send_batch(&mut self, events: &[Event]) {
        events.iter().for_each(|event| self.send(*event));
    }
}

/// Receives what is there.
pub(crate) trait Receive: Send + 'static {
    /// Handles `max` events at most: how many.
    fn receive(&mut self, max: usize, handle: &mut impl FnMut(&Event)) -> usize;
}

/// Something to compare.
pub(crate) trait Link {
    const NAME: &str;
    type Sender: Send1;
    type Receiver: Receive;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver);
}

/// The ring with one producer.
pub(crate) struct Ours;

impl Link for Ours {
    const NAME: &str = "baconalgo";
    type Sender = Producer<Event>;
    type Receiver = Consumer<Event>;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        // As the others' rings, which are written when they are made.
        let (producer, ring) = ring(capacity).unwrap().wait(WaitStrategy::BusySpin).resident().single_producer();
        (producer, ring.subscribe().unwrap())
    }
}

impl Send1 for Producer<Event> {
    #[inline]
    fn send(&mut self, event: Event) {
        while self.try_publish(event) == Err(TryPublishError::Full) {
            spin_loop();
        }
    }

    #[inline]
    fn send_batch(&mut self, mut events: &[Event]) {
        while !events.is_empty() {
            events = &events[self.try_publish_batch(events).unwrap()..];
        }
    }
}

impl Receive for Consumer<Event> {
    #[inline]
    fn receive(&mut self, max: usize, handle: &mut impl FnMut(&Event)) -> usize {
        if max == 1 {
            return match self.recv(AWHILE) {
                Ok(Some((_, event))) => {
                    handle(&event);
                    1
                }
                _ => 0,
            };
        }
        let Ok(Some(batch)) = self.read(max, AWHILE) else { return 0 };
        let (head, tail) = batch.as_slices();
        head.iter().for_each(&mut *handle);
        tail.iter().for_each(handle);
        batch.len()
    }
}

/// The ring with many producers, of which there is one.
pub(crate) struct OursMulti;

impl Link for OursMulti {
    const NAME: &str = "baconalgo-multi";
    type Sender = MultiProducer<Event>;
    type Receiver = Consumer<Event>;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        let (producer, ring) = ring(capacity).unwrap().wait(WaitStrategy::BusySpin).resident().multi_producer();
        (producer, ring.subscribe().unwrap())
    }
}

impl Send1 for MultiProducer<Event> {
    #[inline]
    fn send(&mut self, event: Event) {
        while self.try_publish(event) == Err(TryPublishError::Full) {
            spin_loop();
        }
    }

    #[inline]
    fn send_batch(&mut self, mut events: &[Event]) {
        while !events.is_empty() {
            events = &events[self.try_publish_batch(events).unwrap()..];
        }
    }
}

/// The plain ring.
pub(crate) struct Plain;

impl Link for Plain {
    const NAME: &str = "plain-ring";
    type Sender = Head;
    type Receiver = Tail;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        plain(capacity)
    }
}

impl Send1 for Head {
    #[inline]
    fn send(&mut self, event: Event) {
        while self.push(&[event]) == 0 {
            spin_loop();
        }
    }

    #[inline]
    fn send_batch(&mut self, mut events: &[Event]) {
        while !events.is_empty() {
            events = &events[self.push(events)..];
        }
    }
}

impl Receive for Tail {
    #[inline]
    fn receive(&mut self, max: usize, handle: &mut impl FnMut(&Event)) -> usize {
        self.pop(max, handle)
    }
}

/// The raw ring.
pub(crate) struct Raw;

impl Link for Raw {
    const NAME: &str = "raw-copy";
    type Sender = RawHead;
    type Receiver = RawTail;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        raw(capacity)
    }
}

impl Send1 for RawHead {
    #[inline]
    fn send(&mut self, event: Event) {
        self.send_batch(&[event]);
    }

    #[inline]
    fn send_batch(&mut self, events: &[Event]) {
        while !self.push(events) {
            spin_loop();
        }
    }
}

impl Receive for RawTail {
    #[inline]
    fn receive(&mut self, max: usize, handle: &mut impl FnMut(&Event)) -> usize {
        self.pop(max, handle)
    }
}

/// disruptor-rs, polled.
pub(crate) struct Disruptor;

/// Its producer.
pub(crate) type DisruptorProducer = SingleProducer<Event, SingleConsumerBarrier>;

impl Link for Disruptor {
    const NAME: &str = "disruptor-rs";
    type Sender = DisruptorProducer;
    type Receiver = EventPoller<Event, SingleProducerBarrier>;

    fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
        let builder = disruptor::build_single_producer(capacity, || [0; 8], BusySpin);
        let (poller, builder) = builder.new_event_poller();
        (builder.build(), poller)
    }
}

impl Send1 for DisruptorProducer {
    #[inline]
    fn send(&mut self, event: Event) {
        self.publish(|slot| *slot = event);
    }

    #[inline]
    fn send_batch(&mut self, events: &[Event]) {
        self.batch_publish(events.len(), |slots| slots.zip(events).for_each(|(slot, event)| *slot = *event));
    }
}

impl Receive for EventPoller<Event, SingleProducerBarrier> {
    #[inline]
    fn receive(&mut self, max: usize, handle: &mut impl FnMut(&Event)) -> usize {
        let Ok(mut events) = self.take(max as u64) else { return 0 };
        let each = &mut events;
        let count = each.len();
        each.for_each(handle);
        count
    }
}

macro_rules! channel {
    ($name:ident, $text:literal, $sender:ty, $receiver:ty, $open:expr) => {
        /// A channel.
        pub(crate) struct $name;

        impl Link for $name {
            const NAME: &str = $text;
            type Sender = $sender;
            type Receiver = $receiver;

            fn open(capacity: usize) -> (Self::Sender, Self::Receiver) {
                $open(capacity)
            }
        }

        impl Send1 for $sender {
            #[inline]
            fn send(&mut self, event: Event) {
                while self.try_send(event).is_err() {
                    spin_loop();
                }
            }
        }

        impl Receive for $receiver {
            #[inline]
            fn receive(&mut self, max: usize, handle: &mut impl FnMut(&Event)) -> usize {
                (0..max).take_while(|_| self.try_recv().map(|event| handle(&event)).is_ok()).count()
            }
        }
    };
}

channel!(
    Crossbeam,
    "crossbeam-channel",
    crossbeam_channel::Sender<Event>,
    crossbeam_channel::Receiver<Event>,
    crossbeam_channel::bounded
);
channel!(Flume, "flume", flume::Sender<Event>, flume::Receiver<Event>, flume::bounded);
channel!(Std, "std-mpsc", mpsc::SyncSender<Event>, mpsc::Receiver<Event>, mpsc::sync_channel);
