//! The memory of a ring for the model checker, which sees every access and reports every race.
//!
//! The model has no slot that is accessed both ways. What consumers read is `cells`; what taps read is `words`, which
//! plain writes fill as well. That no plain write happens while a tap reads is the claim that `plain` checks.

use std::mem::{MaybeUninit, size_of};

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU64, Ordering};

use crate::error::Error;
use crate::event::{Event, Pod};

pub(crate) struct Slots<T> {
    cells: Vec<UnsafeCell<MaybeUninit<T>>>,
    words: Vec<Vec<AtomicU64>>,
    plain: Vec<UnsafeCell<()>>,
    stamps: Vec<AtomicU64>,
}

impl<T: Event> Slots<T> {
    pub(crate) fn new(capacity: usize) -> Result<Self, Error> {
        assert_eq!(size_of::<T>() % 8, 0, "models use events of whole words");
        let each = 0..capacity;
        Ok(Self {
            cells: each.clone().map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect(),
            words: each.clone().map(|_| (0..size_of::<T>() / 8).map(|_| AtomicU64::new(0)).collect()).collect(),
            plain: each.clone().map(|_| UnsafeCell::new(())).collect(),
            stamps: each.map(|_| AtomicU64::new(0)).collect(),
        })
    }

    /// Models take all they need at once.
    pub(crate) fn touch(&mut self, _: bool) {}

    pub(crate) fn capacity(&self) -> usize {
        self.cells.len()
    }

    fn index(&self, sequence: u64) -> usize {
        sequence as usize & (self.cells.len() - 1)
    }

    pub(crate) fn stamp(&self, sequence: u64) -> &AtomicU64 {
        &self.stamps[self.index(sequence)]
    }

    /// # Safety
    /// As for the real one.
    pub(crate) unsafe fn write(&self, sequence: u64, event: T) {
        // SAFETY: the model checks it.
        self.plain[self.index(sequence)].with_mut(|_| unsafe { self.write_shared(sequence, &event) });
    }

    /// # Safety
    /// As for the real one.
    pub(crate) unsafe fn write_run(&self, first: u64, events: &[T]) {
        for (sequence, event) in (first..).zip(events) {
            // SAFETY: as the caller promises.
            unsafe { self.write(sequence, *event) }
        }
    }

    /// A hint, of which a model knows nothing.
    pub(crate) fn expect_writes(&self, _: u64, _: usize) {}

    /// A hint, of which a model knows nothing.
    pub(crate) fn expect_reads(&self, _: u64, _: usize) {}

    /// # Safety
    /// As for the real one.
    pub(crate) unsafe fn write_shared(&self, sequence: u64, event: &T) {
        let index = self.index(sequence);
        // SAFETY: the model checks it.
        self.cells[index].with_mut(|cell| unsafe { (*cell).write(*event) });
        for (i, word) in self.words[index].iter().enumerate() {
            // SAFETY: inside the event, which consists of whole words.
            let value = unsafe { std::ptr::from_ref(event).cast::<u64>().add(i).read_unaligned() };
            word.store(value, Ordering::Relaxed);
        }
    }

    /// # Safety
    /// As for the real one.
    pub(crate) unsafe fn read(&self, sequence: u64) -> T {
        // SAFETY: the model checks it.
        self.cells[self.index(sequence)].with(|cell| unsafe { (*cell).assume_init() })
    }
}

impl<T: Pod> Slots<T> {
    /// # Safety
    /// As for the real one.
    pub(crate) unsafe fn read_shared(&self, sequence: u64) -> T {
        let index = self.index(sequence);
        let mut event = MaybeUninit::<T>::uninit();
        self.plain[index].with(|_| {
            for (i, word) in self.words[index].iter().enumerate() {
                // SAFETY: inside the event, which consists of whole words.
                unsafe { event.as_mut_ptr().cast::<u64>().add(i).write_unaligned(word.load(Ordering::Relaxed)) };
            }
        });
        // SAFETY: every byte was written, and any bytes are a value of this type.
        unsafe { event.assume_init() }
    }
}
