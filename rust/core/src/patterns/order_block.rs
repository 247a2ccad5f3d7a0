use std::collections::VecDeque;

use super::candle::Candle;
use super::finding::{DIRECTION, END, Finding, START, level, row, strength, with};
use super::mean_true_range::MeanTrueRange;
use crate::error::Error;
use crate::indicators::ending::of_each;
use crate::indicators::lane_window::{Scratch, Windowed};
use crate::indicators::spec::{Args, CLOSE, HIGH, Input, LOW, Missing, OPEN, Output, Param, Reach, make};
use crate::indicators::{Indicator, Lane, Spec, check_period};

/// Order block.
pub(super) static SPEC: Spec = Spec {
    name: "order_block",
    class: "OrderBlock",
    title: "Order block: price back at the last candle against a strong move that began right after it.",
    formula: "A bullish block is a black candle (``close < open``) `k` bars ago, ``1 <= k <= lookback``, after which \
              the next bar closes above its high with a body ``close - open > factor atr``; `atr` is the mean true \
              range of the last `period` bars as of this bar (a simple mean). The newest such candle is the block, \
              its range is `bottom` to `top`, and this bar is at it if ``low <= top`` and ``close >= bottom``. \
              Bearish: the mirror image. If the bar is at a block of each side, the newer one counts.",
    inputs: &[
        OPEN,
        HIGH,
        LOW,
        CLOSE,
        Input { name: "volume", doc: "Volumes of the bars, units; may be left out.", optional: true },
    ],
    params: &[
        Param::rows("lookback", 20, 1, "Bars that a block may lie back, >= 1."),
        Param::rows("period", 20, 1, "Bars of the mean true range, >= 1."),
        Param::number(
            "factor",
            1.5,
            0.0,
            f64::INFINITY,
            "The body of the move is larger than so many mean true ranges, >= 0.",
        ),
        Param::choice("side", &["both", "bullish", "bearish"], "Which blocks count."),
    ],
    outputs: &[
        DIRECTION,
        START,
        END,
        level(
            "The end of the block that price meets first when it comes back: its top, or its bottom if it is bearish.",
        ),
        strength("``1 - factor atr / body`` with the body of the move: 0.5 for twice the move that is asked for."),
        Output {
            name: "top",
            doc: "The top of the block that the bar is at, else of the newest block; NaN if there is none.",
        },
        Output { name: "bottom", doc: "The bottom of that block; NaN if there is none." },
        Output {
            name: "volume",
            doc: "The volume of that candle and of the move after it, units; NaN if there is none.",
        },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0).max(args.rows(1)),
    reach: |args| Reach::Rows(args.rows(0).max(args.rows(1)) + 1),
    source: "Common usage of ICT and smart money concepts: the last opposite candle before a displacement.",
    example: ">>> open, high = [10.0, 10.0, 9.5], [10.5, 10.1, 11.0]\n\
              >>> low, close = [9.5, 9.3, 9.4], [10.0, 9.5, 10.9]\n\
              >>> ba.patterns.order_block(open, high, low, close, lookback=2, period=2, factor=1.0).direction\n\
              array([nan, nan,  1.])",
    make: |args| make(OrderBlock::of(args)),
};

/// A candle that may be a block: whether the move after it was large enough depends on the bar that asks.
#[derive(Clone, Copy, Debug)]
struct Block {
    bullish: bool,
    bar: u64,
    top: f64,
    bottom: f64,
    /// Of the move after it.
    body: f64,
    volume: f64,
}

impl Block {
    /// Of two candles, turned so that the first is black.
    #[inline]
    fn of(candle: Candle, after: Candle) -> Option<(f64, f64, f64)> {
        let is_one = candle.is_black() && after.close > candle.high;
        is_one.then_some((candle.high, candle.low, after.close - after.open))
    }

    fn is_met_by(&self, bar: Candle) -> bool {
        if self.bullish {
            bar.low <= self.top && bar.close >= self.bottom
        } else {
            bar.high >= self.bottom && bar.close <= self.top
        }
    }
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct OrderBlock {
    lookback: u64,
    warm_up: u64,
    factor: f64,
    /// Whether bullish and bearish ones count.
    sides: [bool; 2],
    true_range: MeanTrueRange,
    bars: u64,
    before: Option<(Candle, f64)>,
    /// Oldest first, bullish and bearish ones.
    blocks: [VecDeque<Block>; 2],
}

impl OrderBlock {
    /// Blocks of the last `lookback` bars with moves of more than `factor` mean true ranges of `period`
    /// bars; `sides` says whether bullish and bearish ones count.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(lookback: usize, period: usize, factor: f64, sides: [bool; 2]) -> Result<Self, Error> {
        Ok(Self {
            lookback: lookback as u64,
            warm_up: lookback.max(period) as u64,
            factor,
            sides,
            true_range: MeanTrueRange::new(check_period(period)?),
            bars: 0,
            before: None,
            blocks: [VecDeque::new(), VecDeque::new()],
        })
    }

    /// With parameters as `SPEC` has them.
    pub(crate) fn of(args: &Args) -> Result<Self, Error> {
        let sides = [args.choice(3) != 2, args.choice(3) != 1];
        Self::try_new(args.rows(0), args.rows(1), args.number(2), sides)
    }

    /// The blocks, bullish and bearish, that a candle and the one after it make.
    #[inline]
    fn blocks_of(&self, candle: Candle, after: Candle, volume: f64, bar: u64) -> [Option<Block>; 2] {
        let (black, white) = (Block::of(candle, after), Block::of(candle.mirrored(), after.mirrored()));
        [
            black.filter(|_| self.sides[0]).map(|(top, bottom, body)| Block {
                bullish: true,
                bar,
                top,
                bottom,
                body,
                volume,
            }),
            white.filter(|_| self.sides[1]).map(|(top, bottom, body)| Block {
                bullish: false,
                bar,
                top: -bottom,
                bottom: -top,
                body,
                volume,
            }),
        ]
    }
}

impl Indicator<5, 8> for OrderBlock {
    #[inline]
    fn update(&mut self, [open, high, low, close, volume]: [f64; 5]) -> [f64; 8] {
        let bar = Candle { open, high, low, close };
        self.true_range.push(high, low, close);
        if let Some((candle, before)) = self.before.replace((bar, volume)) {
            let made = self.blocks_of(candle, bar, before + volume, self.bars - 1);
            for (blocks, made) in self.blocks.iter_mut().zip(made) {
                blocks.extend(made);
                while blocks.front().is_some_and(|block| self.bars - block.bar > self.lookback) {
                    blocks.pop_front();
                }
            }
        }
        self.bars += 1;
        let Some(least) = self.true_range.mean().filter(|_| self.bars > self.warm_up).map(|mean| self.factor * mean)
        else {
            return [f64::NAN; 8];
        };
        let newest = self.blocks.each_ref().map(|blocks| blocks.iter().rev().find(|block| block.body > least).copied());
        says(newest, bar, least, self.bars - 1)
    }
}

/// The row of a bar, given the newest block of each side.
#[inline]
fn says(newest: [Option<Block>; 2], bar: Candle, least: f64, now: u64) -> [f64; 8] {
    let newer = |[a, b]: [Option<Block>; 2]| a.into_iter().chain(b).max_by_key(|block| block.bar);
    let met = newer(newest.map(|block| block.filter(|block| block.is_met_by(bar))));
    let found = met.map(|block| Finding {
        bullish: block.bullish,
        start: now - block.bar,
        end: 0,
        level: if block.bullish { block.top } else { block.bottom },
        strength: 1.0 - least / block.body,
    });
    let shown = met.or_else(|| newer(newest));
    with(row(found), shown.map_or([f64::NAN; 3], |block| [block.top, block.bottom, block.volume]))
}

impl Windowed<5, 8> for OrderBlock {
    fn of_eight(&self, rows: [&[Lane]; 5], _: &mut Scratch) -> [Lane; 8] {
        let [_, highs, lows, closes, _] = rows;
        let means = self.true_range.of([highs, lows, closes]);
        of_each(rows, |lane, rows| {
            let candle = |row: usize| {
                let [open, high, low, close, volume] = rows.row(row);
                (Candle { open, high, low, close }, volume)
            };
            let (last, least) = (rows.len() - 1, self.factor * means[lane]);
            let mut newest = [None; 2];
            let mut after = candle(last);
            for row in (last.saturating_sub(self.lookback as usize)..last).rev() {
                let before = candle(row);
                let made = self.blocks_of(before.0, after.0, before.1 + after.1, row as u64);
                for (newest, made) in newest.iter_mut().zip(made) {
                    *newest = newest.or(made.filter(|block| block.body > least));
                }
                after = before;
            }
            says(newest, candle(last).0, least, last as u64)
        })
    }
}
