use super::atr::{ROWS, in_blocks, ranges_of};
use super::smoothing::{Eight, STRIDE, Smoothing, Stride};
use super::true_range::{TrueRange, range};
use crate::error::Error;
use crate::indicators::groups::{self, GROUP, Group, are_finite, groups, groups_mut};
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, each, prefetch};
use crate::indicators::spec::{Args, CLOSE, HIGH, LOW, Missing, Output, Param, Reach, make};
use crate::indicators::window::{Mean, Window};
use crate::indicators::{Indicator, Spec, all_finite, check_period};

/// Keltner channel.
pub(super) static SPEC: Spec = Spec {
    name: "keltner",
    class: "Keltner",
    title: "Keltner channel: an average price, and bands as far from it as the bars are long.",
    formula: "``upper = middle + width range``, ``lower = middle - width range``. By `style`: ``\"typical\"`` has ``middle = \
              ema((high + low + close) / 3, period)`` and ``range = atr(atr_period)``, as TA-Lib; ``\"close\"`` has ``middle = \
              ema(close, period)`` and the same range, as Linda Raschke and TradingView; ``\"chester\"`` has ``middle = \
              sma((high + low + close) / 3, period)`` and ``range = sma(high - low, period)``, as Chester Keltner. The first two \
              start both averages where the first band comes: each is then a plain mean of its last values.",
    inputs: &[HIGH, LOW, CLOSE],
    params: &[
        Param::rows("period", 20, 1, "Prices, >= 1."),
        Param::rows("atr_period", 10, 1, "True ranges, >= 1; of no meaning for ``\"chester\"``."),
        Param::number("width", 2.0, 0.0, f64::INFINITY, "Ranges to each side, >= 0."),
        Param::choice(
            "style",
            &["typical", "close", "chester"],
            "Which convention: ``\"typical\"``, ``\"close\"``, ``\"chester\"``.",
        ),
    ],
    outputs: &[
        Output { name: "upper", doc: "The upper band, in the unit of the prices." },
        Output { name: "middle", doc: "The average price." },
        Output { name: "lower", doc: "The lower band." },
    ],
    missing: |args| if is_windowed(args) { Missing::Restart } else { Missing::Hold },
    warm_up: |args| if is_windowed(args) { args.rows(0) - 1 } else { first_row(args.rows(0), args.rows(1)) },
    reach: |args| if is_windowed(args) { Reach::Rows(args.rows(0)) } else { Reach::All },
    source: "Chester W. Keltner, How to Make Money in Commodities, 1960; Linda Bradford Raschke for ``\"close\"``; TA-Lib \
             KC, also its seeds, for ``\"typical\"``, to 1e-12.",
    example: ">>> bands = ba.indicators.keltner([3.0, 4.0], [1.0, 2.0], [2.0, 3.0], 1, 1)\n\
              >>> bands.upper, bands.lower\n\
              (array([nan,  7.]), array([nan, -1.]))",
    make: |args| make(Keltner::try_new(args.rows(0), args.rows(1), args.number(2), args.choice(3))),
};

const CLOSES: usize = 1;
const CHESTER: usize = 2;

fn is_windowed(args: &Args) -> bool {
    args.choice(3) == CHESTER
}

fn first_row(period: usize, atr_period: usize) -> usize {
    (period - 1).max(atr_period)
}

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Keltner {
    width: f64,
    style: Style,
}

#[derive(Clone, Debug)]
enum Style {
    Smooth(Box<Smooth>),
    Chester(Box<Chester>),
}

/// Both lines are means of windows.
#[derive(Clone, Debug)]
struct Chester {
    middle: Window<Mean, 1, 1>,
    range: Window<Mean, 1, 1>,
    prices: Vec<f64>,
    ranges: Vec<f64>,
}

/// Both lines are exponential averages.
#[derive(Clone, Debug)]
struct Smooth {
    of_closes: bool,
    /// The row of the first value.
    first: usize,
    period: usize,
    atr_period: usize,
    /// Rows so far, up to the first value.
    seen: usize,
    ranges: TrueRange,
    middle: Smoothing,
    range: Smoothing,
}

impl Keltner {
    /// With lines over `period` prices and `atr_period` true ranges; `style` is 0 for typical prices,
    /// 1 for closes and 2 for the windows of Chester Keltner.
    ///
    /// # Errors
    /// `period must be >= 1`, `atr_period` likewise.
    pub fn try_new(period: usize, atr_period: usize, width: f64, style: usize) -> Result<Self, Error> {
        let (period, atr_period) = (check_period(period)?, check_period(atr_period)?);
        let style = if style == CHESTER {
            let (middle, range) = (Window::new(period), Window::new(period));
            Style::Chester(Box::new(Chester { middle, range, prices: Vec::new(), ranges: Vec::new() }))
        } else {
            Style::Smooth(Box::new(Smooth {
                of_closes: style == CLOSES,
                first: first_row(period, atr_period),
                period,
                atr_period,
                seen: 0,
                ranges: TrueRange::new(),
                middle: Smoothing::exponential(period),
                range: Smoothing::wilder(atr_period),
            }))
        };
        Ok(Self { width, style })
    }
}

#[inline(always)]
fn typical(high: f64, low: f64, close: f64) -> f64 {
    (high + low + close) / 3.0
}

impl Smooth {
    #[inline]
    fn price(&self, [high, low, close]: [f64; 3]) -> f64 {
        if self.of_closes { close } else { typical(high, low, close) }
    }

    /// Middle and range.
    fn update(&mut self, row: [f64; 3]) -> [f64; 2] {
        let [range] = self.ranges.update(row);
        let price = self.price(row);
        if self.seen <= self.first {
            // Each average sees as many values up to the first row as it averages.
            let left = self.first - self.seen;
            self.seen += 1;
            let middle = if left < self.period { self.middle.update(price) } else { f64::NAN };
            let range = if left < self.atr_period { self.range.update(range) } else { f64::NAN };
            return if left == 0 { [middle, range] } else { [f64::NAN; 2] };
        }
        [self.middle.update(price), self.range.update(range)]
    }

    fn extend(&mut self, [high, low, close]: [&[f64]; 3], [middle, ranges]: [&mut [f64]; 2]) {
        let warming = (self.first + 1 - self.seen).min(close.len());
        for row in 0..warming {
            [middle[row], ranges[row]] = self.update([high[row], low[row], close[row]]);
        }
        let (high, low, close) = (&high[warming..], &low[warming..], &close[warming..]);
        let (middle, ranges) = (&mut middle[warming..], &mut ranges[warming..]);
        self.ranges.extend([high, low, close], [&mut *ranges]);
        if self.of_closes {
            middle.copy_from_slice(close);
        } else {
            for (((price, high), low), close) in middle.iter_mut().zip(high).zip(low).zip(close) {
                *price = typical(*high, *low, *close);
            }
        }
        self.middle.extend(middle);
        self.range.extend(ranges);
    }
}

impl Chester {
    /// Middle and range.
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        match (self.middle.update([typical(high, low, close)]), self.range.update([high - low])) {
            (Some([middle]), Some([range])) => [middle, range],
            _ => [f64::NAN; 2],
        }
    }

    fn extend(&mut self, inputs: [&[f64]; 3], [middle, range]: [&mut [f64]; 2]) {
        let rows = middle.len();
        let [high, low, close] = inputs.map(|column| &column[..rows]);
        self.prices.resize(rows, 0.0);
        self.ranges.resize(rows, 0.0);
        for (row, (price, range)) in self.prices.iter_mut().zip(&mut self.ranges).enumerate() {
            (*price, *range) = (typical(high[row], low[row], close[row]), high[row] - low[row]);
        }
        self.middle.extend([&self.prices], [middle]);
        self.range.extend([&self.ranges], [range]);
    }
}

#[inline(always)]
fn bands(middle: f64, range: f64, width: f64) -> [f64; 3] {
    let half = width * range;
    [middle + half, middle, middle - half]
}

impl Indicator<3, 3> for Keltner {
    const ROWS: usize = 1 << 14;

    fn update(&mut self, row: [f64; 3]) -> [f64; 3] {
        let [middle, range] = match &mut self.style {
            Style::Smooth(lines) => lines.update(row),
            Style::Chester(lines) => lines.update(row),
        };
        bands(middle, range, self.width)
    }

    fn extend(&mut self, inputs: [&[f64]; 3], [upper, middle, lower]: [&mut [f64]; 3]) {
        match &mut self.style {
            Style::Smooth(lines) => lines.extend(inputs, [&mut *middle, &mut *upper]),
            Style::Chester(lines) => lines.extend(inputs, [&mut *middle, &mut *upper]),
        }
        let width = self.width;
        for ((upper, middle), lower) in upper.iter_mut().zip(middle).zip(lower) {
            [*upper, _, *lower] = bands(*middle, *upper, width);
        }
    }

    fn advance(&mut self, inputs: [&[f64]; 3], outputs: [&mut [f64]; 3]) -> usize {
        match &self.style {
            Style::Smooth(_) => groups::advance(self, inputs, outputs, Self::is_smooth, Self::steady_rows),
            Style::Chester(_) if inputs.iter().all(|column| all_finite(column)) => {
                self.extend(inputs, outputs);
                inputs[0].len()
            }
            Style::Chester(_) => 0,
        }
    }
}

impl Keltner {
    fn is_smooth(&self) -> bool {
        let is_steady = |lines: &Smooth| lines.middle.is_steady() && lines.range.is_steady();
        self.lines().is_some_and(is_steady)
    }

    fn steady_rows(&mut self, inputs: [&[f64]; 3], outputs: &mut [&mut [f64]; 3], mut row: usize) -> usize {
        let ([high, low, close], width) = (inputs, self.width);
        let Style::Smooth(lines) = &mut self.style else { return row };
        let of_closes = lines.of_closes;
        let (mut middles, mut spans) = (lines.middle.strides(), lines.range.strides());
        let columns = groups(high, row).iter().zip(groups(low, row)).zip(groups(close, row));
        let [uppers, means, lowers] = outputs.each_mut().map(|out| groups_mut(out, row));
        let outs = uppers.iter_mut().zip(means).zip(lowers);
        for ((((high, low), close), before), ((upper, middle), lower)) in columns.zip(groups(close, row - 1)).zip(outs)
        {
            if !are_finite([high, low, close]) {
                break;
            }
            let prices: Group =
                if of_closes { *close } else { std::array::from_fn(|i| typical(high[i], low[i], close[i])) };
            let ranges: Group = std::array::from_fn(|i| range(high[i], low[i], before[i]));
            let outs = upper.as_chunks_mut().0.iter_mut().zip(middle.as_chunks_mut().0).zip(lower.as_chunks_mut().0);
            for ((prices, ranges), ((upper, middle), lower)) in
                prices.as_chunks().0.iter().zip(ranges.as_chunks().0).zip(outs)
            {
                let (mean, span) = (middles.take(*prices), spans.take(*ranges));
                let side = |side: usize| -> Stride { std::array::from_fn(|i| bands(mean[i], span[i], width)[side]) };
                (*upper, *middle, *lower) = (side(0), mean, side(2));
            }
            row += GROUP;
        }
        lines.middle.resume(&middles);
        lines.range.resume(&spans);
        lines.ranges.before = close[row - 1];
        row
    }
}

impl Keltner {
    fn lines(&self) -> Option<&Smooth> {
        match &self.style {
            Style::Smooth(lines) => Some(lines),
            Style::Chester { .. } => None,
        }
    }
}

/// Eight in step. What says where the rest is comes first.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct EightKeltners {
    width: f64,
    of_closes: bool,
    first: usize,
    period: usize,
    atr_period: usize,
    seen: usize,
    before: Lane,
    middle: Eight,
    range: Eight,
}

impl Lanes<3, 3> for Keltner {
    type Abreast = EightKeltners;

    fn join(lanes: &[Self; LANES]) -> Option<EightKeltners> {
        let mut lines = [lanes[0].lines()?; LANES];
        for (line, lane) in lines.iter_mut().zip(lanes) {
            *line = lane.lines()?;
        }
        let Smooth { of_closes, first, period, atr_period, seen, .. } = *lines[0];
        if lines.iter().any(|lines| lines.seen != seen) {
            return None;
        }
        Some(EightKeltners {
            middle: Eight::of(lines.map(|lines| &lines.middle))?,
            range: Eight::of(lines.map(|lines| &lines.range))?,
            before: each(|lane| lines[lane].ranges.before),
            width: lanes[0].width,
            of_closes,
            first,
            period,
            atr_period,
            seen,
        })
    }

    fn part(eight: &EightKeltners, lanes: &mut [Self; LANES]) {
        let mut lines = lanes.each_mut().map(|lane| match &mut lane.style {
            Style::Smooth(lines) => lines,
            Style::Chester { .. } => unreachable!("windows are never in step"),
        });
        for (lines, before) in lines.iter_mut().zip(eight.before) {
            (lines.seen, lines.ranges.before) = (eight.seen, before);
        }
        eight.middle.put_back(lines.each_mut().map(|lines| &mut lines.middle));
        eight.range.put_back(lines.each_mut().map(|lines| &mut lines.range));
    }
}

impl EightKeltners {
    #[inline(always)]
    fn prices(&self, [high, low, close]: [&Lane; 3]) -> Lane {
        if self.of_closes { *close } else { each(|lane| typical(high[lane], low[lane], close[lane])) }
    }

    #[inline(always)]
    fn bands(&self, middle: &Lane, range: &Lane) -> [Lane; 3] {
        let band = |side: usize| each(|lane| bands(middle[lane], range[lane], self.width)[side]);
        [band(0), *middle, band(2)]
    }
}

impl Abreast<3, 3> for EightKeltners {
    fn warming(&self) -> usize {
        // Both lines have their first average at the first row.
        match self.first + 1 - self.seen {
            0 => self.middle.warming().max(self.range.warming()),
            left => left + STRIDE - 1,
        }
    }

    fn update(&mut self, row: [&Lane; 3]) -> [Lane; 3] {
        let ranges = ranges_of(row, &mut self.before);
        let prices = self.prices(row);
        if self.seen <= self.first {
            let left = self.first - self.seen;
            self.seen += 1;
            if left < self.period {
                self.middle.update(&prices);
            }
            if left < self.atr_period {
                self.range.update(&ranges);
            }
            if left > 0 {
                return [[f64::NAN; LANES]; 3];
            }
            return self.bands(self.middle.value(), self.range.value());
        }
        let (middle, range) = (self.middle.update(&prices), self.range.update(&ranges));
        self.bands(&middle, &range)
    }

    fn prefetch(&self) {
        prefetch(&self.width);
        prefetch(&self.before);
        // Both lines have their first average at the same row, so that their rings are at the same place.
        let at = self.middle.at();
        self.middle.prefetch(at);
        self.range.prefetch(at);
    }

    fn extend(&mut self, inputs: [&[Lane]; 3], [upper, middle, lower]: [&mut [Lane]; 3]) {
        let (silent, width, of_closes) = (inputs[0].len() - upper.len(), self.width, self.of_closes);
        let Self { middle: middles, range, before, .. } = self;
        let mut prices = [[0.0; LANES]; ROWS];
        in_blocks(inputs, before, |from, ranges, [high, low, close]| {
            let (first, silent) = (from.max(silent) - silent, silent.saturating_sub(from));
            // The range waits in the place of the upper band.
            range.extend(ranges, silent, |row, value| upper[first + row] = value);
            let prices = if of_closes {
                close
            } else {
                let prices = &mut prices[..close.len()];
                for (row, price) in prices.iter_mut().enumerate() {
                    *price = each(|lane| typical(high[row][lane], low[row][lane], close[row][lane]));
                }
                prices
            };
            middles.extend(prices, silent, |row, value| middle[first + row] = value);
        });
        for ((upper, middle), lower) in upper.iter_mut().zip(middle).zip(lower) {
            for lane in 0..LANES {
                [upper[lane], _, lower[lane]] = bands(middle[lane], upper[lane], width);
            }
        }
    }
}
