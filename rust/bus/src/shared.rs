//! What producers, consumers and taps of one ring share, and the protocol between them.
//!
//! # Words
//! Sequences count events from 0. The *head* is the next sequence to be claimed. A *seat* is the place of a consumer
//! that holds the ring back; its `next` is the first sequence it has not released. A *lease* is a producer's
//! permission to claim every sequence below `gate + capacity`, where the *gate* is a number it once found no seat to
//! be behind. A producer asks for another only when it has used up its own, so that publishing reads nothing that
//! consumers write.
//!
//! # Invariants
//! 1. Every sequence below a seat's `next` is published. So is every sequence below a gate; hence two producers are
//!    never at the same slot, however long one of them stands still.
//! 2. No lease's gate is above any seat's `next`, of those who sit and of those who will: a producer that does not
//!    know of a newcomer has a gate that is not above where the newcomer starts. See `lease` and `subscribe`.
//! 3. The same for taps and the way of writing: a producer that does not know of a tap, and writes plainly, has a
//!    lease that ends before the first slot the tap reads is written anew.

use crossbeam_utils::CachePadded;

use crate::bell::Bell;
use crate::error::Error;
use crate::event::Event;
#[cfg(not(feature = "loom"))]
use crate::slots::Slots;
#[cfg(feature = "loom")]
use crate::slots_model::Slots;
use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Mutex, Ordering, fence};
use crate::wait::WaitStrategy;

/// Consumers that can hold a ring back at a time; the bits of a word.
#[cfg(not(feature = "loom"))]
pub const MAX_CONSUMERS: usize = 64;
/// Consumers that can hold a ring back at a time, few for the model checker.
#[cfg(feature = "loom")]
pub const MAX_CONSUMERS: usize = 3;

/// In the head of a ring of many producers: nothing can be claimed any more.
pub(crate) const CLOSED: u64 = 1 << 63;

/// The stamp of a published sequence. Zero, what slots begin with, is the stamp of none.
#[inline(always)]
pub(crate) const fn live(sequence: u64) -> u64 {
    (sequence + 1) << 1
}

/// The stamp of a sequence that was claimed and never written.
#[inline(always)]
pub(crate) const fn dead(sequence: u64) -> u64 {
    live(sequence) | 1
}

/// Where a consumer is that holds the ring back.
pub(crate) struct Seat {
    /// The first sequence it has not released.
    pub(crate) next: AtomicU64,
    /// The seats it comes after; none, and it comes after the producers.
    pub(crate) after: AtomicU64,
    /// Somebody comes after it, and may sleep until it releases.
    pub(crate) followed: AtomicBool,
}

/// What producers write with every event.
pub(crate) struct Head {
    /// One producer: the next sequence to be published. Many: the next to be claimed, and [`CLOSED`].
    pub(crate) sequence: AtomicU64,
    /// One producer of a tapped ring: it writes sequences below this one.
    pub(crate) announced: AtomicU64,
}

/// What everybody reads and hardly anybody writes.
pub(crate) struct Notices {
    /// The seats that are taken.
    pub(crate) active: AtomicU64,
    pub(crate) taps: AtomicU64,
    /// How many sequences were claimed and never written.
    pub(crate) tombstones: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) closed: AtomicBool,
    pub(crate) producers: AtomicUsize,
    /// Wakes those who wait for events.
    pub(crate) events: Bell,
    /// Wakes those who wait for room.
    pub(crate) room: Bell,
}

/// Who sits where; consumers are numbered from 1 and numbers are never given twice.
pub(crate) struct Topology {
    sitting: [u64; MAX_CONSUMERS],
    last: u64,
}

/// A producer's permission.
#[derive(Clone, Copy)]
pub(crate) struct Lease {
    /// It may claim sequences below this one.
    pub(crate) limit: u64,
    /// There are taps: events are written as atomic words.
    pub(crate) tapped: bool,
}

pub(crate) struct Shared<T> {
    pub(crate) slots: Slots<T>,
    pub(crate) many: bool,
    pub(crate) strategy: WaitStrategy,
    pub(crate) head: CachePadded<Head>,
    /// Many producers, nobody sitting: every sequence below is published.
    complete: CachePadded<AtomicU64>,
    pub(crate) notices: CachePadded<Notices>,
    pub(crate) seats: [CachePadded<Seat>; MAX_CONSUMERS],
    topology: Mutex<Topology>,
}

// SAFETY: `T: Send` because events written by one thread are read by another; `T: Sync` because several consumers hold
// references to one slot at a time. Both are part of `Event`. Slots are accessed by the protocol of this module.
unsafe impl<T: Event> Sync for Shared<T> {}
// SAFETY: the memory of the slots belongs to this value and to no thread; `T: Send` as above.
unsafe impl<T: Event> Send for Shared<T> {}

fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(bit)
    })
}

impl<T: Event> Shared<T> {
    pub(crate) fn new(slots: Slots<T>, many: bool, strategy: WaitStrategy) -> Self {
        Self {
            slots,
            many,
            strategy,
            head: CachePadded::new(Head { sequence: AtomicU64::new(0), announced: AtomicU64::new(0) }),
            complete: CachePadded::new(AtomicU64::new(0)),
            notices: CachePadded::new(Notices {
                active: AtomicU64::new(0),
                taps: AtomicU64::new(0),
                tombstones: AtomicU64::new(0),
                failed: AtomicU64::new(0),
                closed: AtomicBool::new(false),
                producers: AtomicUsize::new(1),
                events: Bell::new(),
                room: Bell::new(),
            }),
            seats: std::array::from_fn(|_| {
                CachePadded::new(Seat {
                    next: AtomicU64::new(0),
                    after: AtomicU64::new(0),
                    followed: AtomicBool::new(false),
                })
            }),
            topology: Mutex::new(Topology { sitting: [0; MAX_CONSUMERS], last: 0 }),
        }
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.slots.capacity() as u64
    }

    /// The next sequence to be claimed.
    pub(crate) fn head(&self) -> u64 {
        self.head.sequence.load(Ordering::Acquire) & !CLOSED
    }

    /// A permission for the producer that has just seen `head`.
    ///
    /// The gate is the lowest of `head` and of the seats, all read *before* the fence; who sits is read once more
    /// after it. A newcomer ([`Shared::subscribe`]) writes its bit, passes a fence, and reads where to start. One of
    /// the two fences comes first. If the newcomer's, its bit is seen here, and its seat with it. If this one, the
    /// newcomer sees at least the head, and at least the published sequences, that the gate was made of, and starts at
    /// or above it. Either way invariant 2 holds; taps (invariant 3) do the same with their count.
    #[inline(never)]
    pub(crate) fn lease(&self, head: u64) -> Lease {
        loop {
            // Acquire: what a consumer has read before it left happens before it is overwritten.
            let active = self.notices.active.load(Ordering::Acquire);
            let mut gate = head;
            for seat in bits(active) {
                // Acquire: what a consumer has read before it released happens before it is overwritten.
                gate = gate.min(self.seats[seat].next.load(Ordering::Acquire));
            }
            if self.many && active == 0 {
                gate = self.advance_complete(head);
            }
            fence(Ordering::SeqCst);
            // Acquire, both: who has come and gone unseen since the first look has read before it is overwritten.
            if self.notices.active.load(Ordering::Acquire) & !active == 0 {
                let tapped = self.notices.taps.load(Ordering::Acquire) > 0;
                return Lease { limit: gate + self.capacity(), tapped };
            }
        }
    }

    /// The first sequence from `from` on, and below `head`, that is not published.
    fn first_unpublished(&self, from: u64, head: u64) -> u64 {
        // Everything a lap behind the head is published by invariant 1, and its slot may have been claimed anew. The
        // stamp of a later lap tells as much as its own: it is above it.
        let mut sequence = from.max(head.saturating_sub(self.capacity()));
        while sequence < head && self.slots.stamp(sequence).load(Ordering::Acquire) >= live(sequence) {
            sequence += 1;
        }
        sequence
    }

    fn advance_complete(&self, head: u64) -> u64 {
        let complete = self.first_unpublished(self.complete.load(Ordering::Acquire), head);
        self.complete.fetch_max(complete, Ordering::AcqRel);
        complete
    }

    /// Takes a seat after those of the given numbers: its index, its number, where it starts.
    pub(crate) fn subscribe(&self, after: &[u64]) -> Result<(usize, u64, u64), Error> {
        let mut topology = self.topology();
        if self.notices.closed.load(Ordering::Acquire) {
            return Err(Error::Closed);
        }
        let mut upstream = 0u64;
        for &number in after {
            let seat = topology.sitting.iter().position(|&sitting| sitting == number && number != 0);
            upstream |= 1 << seat.ok_or(Error::UnknownConsumer(number))?;
        }
        let seat = topology.sitting.iter().position(|&sitting| sitting == 0);
        let seat = seat.ok_or(Error::TooManyConsumers(MAX_CONSUMERS))?;

        // Releases: who reads a seat's new values sees that the old owner has left (`Consumer::refresh`).
        self.seats[seat].after.store(upstream, Ordering::Release);
        self.seats[seat].followed.store(false, Ordering::Relaxed);
        // Published, hence at or below where it will start: producers that see it early wait for nothing else.
        let early = self.start(0);
        self.seats[seat].next.store(early, Ordering::Release);
        self.notices.active.fetch_or(1 << seat, Ordering::AcqRel);
        fence(Ordering::SeqCst);
        let start = self.start(early);
        self.seats[seat].next.store(start, Ordering::Release);

        for other in bits(upstream) {
            self.seats[other].followed.store(true, Ordering::Relaxed);
        }
        topology.last += 1;
        topology.sitting[seat] = topology.last;
        Ok((seat, topology.last, start))
    }

    /// A sequence with all below it published, as late as can be seen.
    fn start(&self, from: u64) -> u64 {
        let head = self.head();
        if !self.many {
            return head;
        }
        // Everything below a seat is published as well: no need to look at it again.
        let seats = bits(self.notices.active.load(Ordering::Acquire));
        let seats = seats.map(|seat| self.seats[seat].next.load(Ordering::Acquire));
        let from = seats.max().unwrap_or(0).max(from).max(self.complete.load(Ordering::Acquire));
        self.first_unpublished(from.min(head), head)
    }

    /// Gives a seat back. Those who came after it come after whom it came after.
    pub(crate) fn leave(&self, seat: usize) {
        let mut topology = self.topology();
        let inherited = self.seats[seat].after.load(Ordering::Relaxed);
        for (other, &sitting) in topology.sitting.iter().enumerate() {
            if sitting == 0 {
                continue;
            }
            let after = self.seats[other].after.load(Ordering::Relaxed);
            if after & 1 << seat != 0 {
                self.seats[other].after.store(after & !(1 << seat) | inherited, Ordering::Release);
            }
        }
        // Release: what it has read happens before it is overwritten.
        self.notices.active.fetch_and(!(1 << seat), Ordering::Release);
        topology.sitting[seat] = 0;
        drop(topology);
        self.notices.room.wake();
        self.notices.events.wake();
    }

    fn topology(&self) -> impl std::ops::DerefMut<Target = Topology> + '_ {
        self.topology.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Ends the ring: nothing can be claimed any more, what is published can be read.
    pub(crate) fn close(&self) {
        if self.many {
            self.head.sequence.fetch_or(CLOSED, Ordering::AcqRel);
        }
        self.notices.closed.store(true, Ordering::Release);
        self.notices.room.wake();
        self.notices.events.wake();
    }

    /// The ring is closed and `next` is the last sequence it will ever give out, plus one.
    pub(crate) fn has_ended(&self, next: u64) -> bool {
        // Acquire: what was published before the ring was closed is seen in the head.
        self.notices.closed.load(Ordering::Acquire) && self.head() == next
    }

    /// Publishes a claim of which the first `written` events were written and the others never will be.
    pub(crate) fn publish(&self, first: u64, written: u64, claimed: u64) {
        if written < claimed {
            // Before they are published: who sees a tombstone sees that there are any.
            self.notices.tombstones.fetch_add(claimed - written, Ordering::Relaxed);
        }
        if self.many {
            // Release: the events happen before their stamps, all at once.
            fence(Ordering::Release);
            for sequence in first..first + written {
                self.slots.stamp(sequence).store(live(sequence), Ordering::Relaxed);
            }
            for sequence in first + written..first + claimed {
                self.slots.stamp(sequence).store(dead(sequence), Ordering::Relaxed);
            }
        } else {
            for sequence in first + written..first + claimed {
                self.slots.stamp(sequence).store(dead(sequence), Ordering::Relaxed);
            }
            self.head.sequence.store(first + claimed, Ordering::Release);
        }
        self.notices.events.ring();
    }
}
