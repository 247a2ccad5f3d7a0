//! Positions as others see them, without stopping the engine.
//!
//! # Rationale
//! The engine's thread writes an instrument's line whenever a batch changed it; anybody reads it without a lock: a
//! reader that meets a writer reads again (a sequence lock: odd while it is written). The words are atomics, so a
//! torn read is no data race, only a read to be repeated.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use baconalgo_core::types::Ts;
use parking_lot::RwLock;

/// A position as of some moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionView {
    /// The number of the symbol.
    pub symbol: u32,
    /// Units; negative when short.
    pub quantity: f64,
    /// Average price of what is open; NaN when flat.
    pub average_price: f64,
    /// The price it is marked at; NaN before there was one.
    pub mark_price: f64,
    /// Profit of what is open, fees left out.
    pub unrealized_pnl: f64,
    /// Profit of what was closed, fees left out.
    pub realized_pnl: f64,
    /// When the engine wrote this, ns.
    pub timestamp: Ts,
}

const WORDS: usize = 7;

#[derive(Debug, Default)]
#[repr(align(64))]
struct Line {
    sequence: AtomicU64,
    words: [AtomicU64; WORDS],
}

/// One line an instrument.
#[derive(Debug)]
pub(super) struct PositionBoard {
    lines: Box<[Line]>,
    /// Lines ever written are the first ones.
    used: AtomicU32,
    open: AtomicU32,
    /// Lines by the number of the symbol; written when an instrument turns up.
    by_symbol: RwLock<HashMap<u32, u32>>,
}

impl PositionBoard {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            lines: (0..capacity).map(|_| Line::default()).collect(),
            used: AtomicU32::new(0),
            open: AtomicU32::new(0),
            by_symbol: RwLock::new(HashMap::new()),
        }
    }

    /// Says which line is a symbol's.
    pub(super) fn name(&self, line: u32, symbol: u32) {
        self.by_symbol.write().insert(symbol, line);
    }

    /// The line of a symbol.
    pub(super) fn of(&self, symbol: u32) -> Option<PositionView> {
        let line = self.by_symbol.read().get(&symbol).copied()?;
        self.read(line as usize)
    }

    /// Writes a line. One thread only.
    pub(super) fn write(&self, index: usize, view: &PositionView) {
        let line = &self.lines[index];
        let words = [
            u64::from(view.symbol),
            view.quantity.to_bits(),
            view.average_price.to_bits(),
            view.mark_price.to_bits(),
            view.unrealized_pnl.to_bits(),
            view.realized_pnl.to_bits(),
            view.timestamp as u64,
        ];
        let before = line.sequence.load(Ordering::Relaxed);
        line.sequence.store(before + 1, Ordering::Relaxed);
        // The words must not become visible before the odd number.
        fence(Ordering::Release);
        for (word, value) in line.words.iter().zip(words) {
            word.store(value, Ordering::Relaxed);
        }
        line.sequence.store(before + 2, Ordering::Release);
        if index as u32 >= self.used.load(Ordering::Relaxed) {
            self.used.store(index as u32 + 1, Ordering::Release);
        }
    }

    /// A line; `None` if the instrument was never traded.
    pub(super) fn read(&self, index: usize) -> Option<PositionView> {
        let line = self.lines.get(index)?;
        loop {
            let before = line.sequence.load(Ordering::Acquire);
            if before == 0 {
                return None;
            }
            let words: [u64; WORDS] = std::array::from_fn(|word| line.words[word].load(Ordering::Relaxed));
            // The words must be read before the number is looked at again.
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && line.sequence.load(Ordering::Relaxed) == before {
                return Some(PositionView {
                    symbol: words[0] as u32,
                    quantity: f64::from_bits(words[1]),
                    average_price: f64::from_bits(words[2]),
                    mark_price: f64::from_bits(words[3]),
                    unrealized_pnl: f64::from_bits(words[4]),
                    realized_pnl: f64::from_bits(words[5]),
                    timestamp: words[6] as Ts,
                });
            }
            std::hint::spin_loop();
        }
    }

    /// All lines ever written, in the order of the instruments.
    pub(super) fn all(&self) -> impl Iterator<Item = PositionView> + '_ {
        let used = self.used.load(Ordering::Acquire) as usize;
        (0..used).filter_map(|index| self.read(index))
    }

    pub(super) fn set_open(&self, positions: u32) {
        self.open.store(positions, Ordering::Relaxed);
    }

    /// How many positions are open.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    fn view(n: u32) -> PositionView {
        let f = f64::from(n);
        PositionView {
            symbol: n,
            quantity: f,
            average_price: f,
            mark_price: f,
            unrealized_pnl: f,
            realized_pnl: f,
            timestamp: Ts::from(n),
        }
    }

    #[test]
    fn a_reader_sees_whole_lines_while_they_are_written() {
        let board = PositionBoard::new(2);
        assert_eq!(board.read(1), None);
        board.write(1, &view(1));
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = 0;
                while !over.load(Ordering::Relaxed) {
                    let line = board.read(1).unwrap();
                    assert_eq!(line, view(line.symbol));
                    assert!(line.symbol >= seen);
                    seen = line.symbol;
                }
            });
            for n in 2..200_000 {
                board.write(1, &view(n));
            }
            over.store(true, Ordering::Relaxed);
            reader.join().unwrap();
        });
        assert_eq!(board.all().collect::<Vec<_>>(), [view(199_999)]);
    }
}
