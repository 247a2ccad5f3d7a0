//! The memory of a ring: slots for events, and one stamp a slot.
//!
//! # Rationale
//! Both are zeroed pages that the system hands out on first use: a ring costs what has been written to it. Slots
//! begin at a cache line, so an event of 64 bytes is one line.
//!
//! A slot is written in one of two ways. *Plain* is a copy, for rings that nobody taps. *Shared* is a row of relaxed
//! atomic words, so that the racy read of a tap is defined; whether what it read is worth anything is decided by
//! sequences afterwards. Consumers that hold the ring back never race with a writer and always read plainly.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::marker::PhantomData;
use std::mem::{MaybeUninit, size_of};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use crate::error::Error;
use crate::event::{Event, Pod};

/// Two lines: what the prefetcher fetches together.
const ALIGNMENT: usize = 128;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Bytes of the second cache of a core, about.
const NEAR: usize = 1 << 20;

/// Events of a short run: the system's copy, which is the fastest from some kilobytes on, is not for those.
const SHORT: usize = 64;

/// No page is smaller.
const PAGE: usize = 4096;

/// Zeroed memory that starts at a cache line.
///
/// The system's allocator hands out untouched pages only for ordinary alignments, and clears by hand what is asked
/// for with more: so a little more is taken and the start is moved.
struct Zeroed {
    base: NonNull<u8>,
    start: NonNull<u8>,
    layout: Layout,
}

impl Zeroed {
    fn new(bytes: usize, alignment: usize) -> Option<Self> {
        let alignment = alignment.max(ALIGNMENT);
        let layout = Layout::from_size_align(bytes.checked_add(alignment)?, 16).ok()?;
        // SAFETY: the size is at least `ALIGNMENT`, never zero.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        // SAFETY: `align_offset` is below `alignment`, and so many bytes were added to the allocation.
        let start = unsafe { base.add(base.as_ptr().align_offset(alignment)) };
        Some(Self { base, start, layout })
    }
}

impl Zeroed {
    /// Writes to every page, so that the system provides it now.
    fn touch(&mut self) {
        for offset in (0..self.layout.size()).step_by(PAGE) {
            // SAFETY: inside the allocation, which nobody else refers to: `self` is borrowed mutably.
            unsafe { self.base.as_ptr().add(offset).write_volatile(0) }
        }
    }
}

impl Drop for Zeroed {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this very layout, and freed once.
        unsafe { dealloc(self.base.as_ptr(), self.layout) }
    }
}

/// The slots of a ring and their stamps, addressed by sequence.
///
/// The methods are unsafe because they do not know who else is at a slot: the protocol of the ring does.
pub(crate) struct Slots<T> {
    events: Zeroed,
    stamps: Zeroed,
    mask: usize,
    /// All of it fits into the own cache of a core: what is written next was read a moment ago.
    near: bool,
    event: PhantomData<T>,
}

/// Copies a row of words, one side of it atomic.
macro_rules! words {
    ($bytes:expr, $copy:ident) => {
        match $bytes {
            n if n % 8 == 0 => $copy!(AtomicU64, u64, n / 8),
            n if n % 4 == 0 => $copy!(AtomicU32, u32, n / 4),
            n if n % 2 == 0 => $copy!(AtomicU16, u16, n / 2),
            n => $copy!(AtomicU8, u8, n),
        }
    };
}

impl<T: Event> Slots<T> {
    pub(crate) fn new(capacity: usize) -> Result<Self, Error> {
        let memory = || Error::Memory { capacity, event: size_of::<T>() };
        let bytes = capacity.checked_mul(size_of::<T>()).ok_or_else(memory)?;
        Ok(Self {
            events: Zeroed::new(bytes, align_of::<T>()).ok_or_else(memory)?,
            stamps: Zeroed::new(capacity * size_of::<AtomicU64>(), ALIGNMENT).ok_or_else(memory)?,
            mask: capacity - 1,
            near: bytes <= NEAR,
            event: PhantomData,
        })
    }

    /// Takes all memory from the system now, that of the stamps too if there are `many` producers.
    pub(crate) fn touch(&mut self, many: bool) {
        self.events.touch();
        if many {
            self.stamps.touch();
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.mask + 1
    }

    #[inline(always)]
    fn slot(&self, sequence: u64) -> *mut T {
        // SAFETY: the masked index is below the capacity, for which memory was allocated.
        unsafe { self.events.start.as_ptr().cast::<T>().add(sequence as usize & self.mask) }
    }

    /// The stamp of the slot of a sequence.
    #[inline(always)]
    pub(crate) fn stamp(&self, sequence: u64) -> &AtomicU64 {
        // SAFETY: as for `slot`; the memory is zeroed, aligned, only ever used as atomics, and lives as long as `self`.
        unsafe { &*self.stamps.start.as_ptr().cast::<AtomicU64>().add(sequence as usize & self.mask) }
    }

    /// Writes an event plainly.
    ///
    /// # Safety
    /// The caller alone has claimed the sequence, every consumer has released the slot's previous event, and no tap
    /// may read it.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, sequence: u64, event: T) {
        // SAFETY: the caller is alone at this slot.
        unsafe { self.slot(sequence).write(event) }
    }

    /// Writes a run of events plainly.
    ///
    /// # Safety
    /// As for `write`, for every sequence of the run; the run is no longer than the ring.
    #[inline]
    pub(crate) unsafe fn write_run(&self, first: u64, events: &[T]) {
        let before_end = events.len().min(self.capacity() - (first as usize & self.mask));
        if events.len() <= SHORT {
            for (sequence, event) in (first..).zip(events) {
                // SAFETY: the caller is alone at these slots.
                unsafe { self.slot(sequence).write(*event) }
            }
            return;
        }
        let (head, tail) = events.split_at(before_end);
        // SAFETY: the caller is alone at these slots; `head` ends at the end of the ring, `tail` starts at its start.
        unsafe {
            self.slot(first).copy_from_nonoverlapping(head.as_ptr(), head.len());
            self.events.start.as_ptr().cast::<T>().copy_from_nonoverlapping(tail.as_ptr(), tail.len());
        }
    }

    /// Asks for the lines of slots that are written soon, up to the end of the ring, where that pays: stores of a short
    /// run wait for their lines one after another while these are with a consumer. A hint, which changes nothing.
    #[inline]
    pub(crate) fn expect_writes(&self, first: u64, len: usize) {
        if self.near && len <= SHORT {
            self.lines(first, len, |_line| {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: prefetching accesses nothing, whatever the address.
                unsafe {
                    std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_ET0 }>(_line);
                }
            });
        }
    }

    /// Asks for the lines of slots that are read soon, up to the end of the ring, where that pays: what is no longer
    /// with the producer can be fetched without disturbing it. A hint, which changes nothing.
    #[inline]
    pub(crate) fn expect_reads(&self, first: u64, len: usize) {
        if !self.near {
            self.lines(first, len, |_line| {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: prefetching accesses nothing, whatever the address.
                unsafe {
                    std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(_line);
                }
            });
        }
    }

    /// The lines of a run of slots, up to the end of the ring.
    #[inline(always)]
    fn lines(&self, first: u64, len: usize, each: impl Fn(*const i8)) {
        let before_end = len.min(self.capacity() - (first as usize & self.mask));
        let start = self.slot(first).cast::<i8>();
        for offset in (0..before_end * size_of::<T>()).step_by(LINE) {
            each(start.wrapping_add(offset));
        }
    }

    /// Writes an event as relaxed atomic words.
    ///
    /// # Safety
    /// The caller alone has claimed the sequence, every consumer has released the slot's previous event, and `T` has
    /// no padding: the ring was tapped, which only a ring of [`Pod`] can be.
    #[inline]
    pub(crate) unsafe fn write_shared(&self, sequence: u64, event: &T) {
        let (to, from) = (self.slot(sequence), std::ptr::from_ref(event));
        macro_rules! store {
            ($atomic:ty, $word:ty, $count:expr) => {
                for i in 0..$count {
                    // SAFETY: `i` is inside the event. The slot is aligned to the word: slots start at a cache line
                    // and their size is a multiple of the word's. Every byte of the event is initialised. Nobody
                    // accesses the slot otherwise than by these atomics meanwhile.
                    unsafe {
                        (*to.cast::<$atomic>().add(i))
                            .store(from.cast::<$word>().add(i).read_unaligned(), Ordering::Relaxed)
                    }
                }
            };
        }
        words!(size_of::<T>(), store);
    }

    /// An event.
    ///
    /// # Safety
    /// It was published, that is seen by the caller, and the caller has not released it.
    #[inline(always)]
    pub(crate) unsafe fn read(&self, sequence: u64) -> T {
        // SAFETY: written before it was published, and not overwritten before it is released.
        unsafe { self.slot(sequence).read() }
    }

    /// A run of events, in two parts where it passes the end of the ring.
    ///
    /// # Safety
    /// As for `read`, for every sequence of the run and as long as the slices live; it is no longer than the ring.
    #[inline]
    pub(crate) unsafe fn run(&self, first: u64, len: usize) -> (&[T], &[T]) {
        let before_end = len.min(self.capacity() - (first as usize & self.mask));
        // SAFETY: written before they were published, and not overwritten before they are released.
        unsafe {
            (
                std::slice::from_raw_parts(self.slot(first), before_end),
                std::slice::from_raw_parts(self.events.start.as_ptr().cast::<T>(), len - before_end),
            )
        }
    }
}

impl<T: Pod> Slots<T> {
    /// What stands in a slot, perhaps torn: worth something only if the sequence has not been claimed anew.
    ///
    /// # Safety
    /// The sequence was published, that is seen by the caller, and whoever claims its slot later writes it as words.
    #[inline]
    pub(crate) unsafe fn read_shared(&self, sequence: u64) -> T {
        let mut event = MaybeUninit::<T>::uninit();
        let (from, to) = (self.slot(sequence), event.as_mut_ptr());
        macro_rules! load {
            ($atomic:ty, $word:ty, $count:expr) => {
                for i in 0..$count {
                    // SAFETY: `i` is inside the event, and the slot aligned as in `write_shared`. Plain writes to
                    // the slot happened before; the only ones that may happen meanwhile are atomic.
                    unsafe {
                        let word = (*from.cast::<$atomic>().add(i)).load(Ordering::Relaxed);
                        to.cast::<$word>().add(i).write_unaligned(word);
                    }
                }
            };
        }
        words!(size_of::<T>(), load);
        // SAFETY: every byte was written, and any bytes are a value of this type.
        unsafe { event.assume_init() }
    }
}
