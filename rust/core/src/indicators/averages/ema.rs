use super::chain::{EightChains, Step};
use crate::error::Error;
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, drive, each};
use crate::indicators::spec::{Missing, Output, Param, Reach, X, make};
use crate::indicators::{Indicator, Spec, all_finite, check_period};

/// Rows that are looked at together for missing values: they stay in the first-level cache.
const CHUNK: usize = 1024;

/// Exponential moving average.
pub(super) static SPEC: Spec = Spec {
    name: "ema",
    class: "EMA",
    title: "Exponential moving average.",
    formula: "``e = e (1 - k) + x k`` with ``k = 2 / (period + 1)``, seeded with the mean of the first `period` values. The \
              two weights sum to 1 exactly: a flat market has an exactly flat average.",
    inputs: &[X],
    params: &[Param::rows("period", 20, 1, "Values, >= 1.")],
    outputs: &[Output { name: "ema", doc: "The average, in the unit of `x`." }],
    missing: |_| Missing::Hold,
    warm_up: |args| args.rows(0) - 1,
    reach: |_| Reach::All,
    source: "TA-Lib EMA to 1e-12.",
    example: ">>> ba.indicators.ema([1.0, 2.0, 3.0, 5.0], 3)\narray([nan, nan, 2. , 3.5])",
    make: |args| make(Ema::try_new(args.rows(0))),
};

/// Exponential moving average.
///
/// `e = e (1 - k) + x k` with `k = 2 / (period + 1)`, seeded with the mean of the first `period` values,
/// as TA-Lib does.
///
/// # Formula
/// The two weights are floats that sum to 1 exactly, the step is one `mul_add`, and the seed is
/// `x0 + sum(x - x0) / period`: a market that does not move has an average that does not move, to the
/// last bit.
///
/// # Warm-up
/// `period - 1` values give nothing; missing values do not count.
///
/// # Example
/// ```
/// use baconalgo_core::indicators::Ema;
/// let mut ema = Ema::try_new(3)?;
/// assert_eq!([1.0, 2.0, 3.0, 5.0].map(|x| ema.update(x)), [None, None, Some(2.0), Some(3.5)]);
/// # Ok::<(), baconalgo_core::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ema {
    period: usize,
    /// Weight of the past, `1 - k`.
    keep: f64,
    /// Weight of the new value, `k`.
    weight: f64,
    /// Values seen, up to `period`.
    seen: usize,
    first: f64,
    sum: f64,
    value: f64,
}

impl Ema {
    /// An average over `period` values.
    ///
    /// # Errors
    /// `period must be >= 1`.
    pub fn try_new(period: usize) -> Result<Self, Error> {
        let period = check_period(period)?;
        let (keep, weight) = weights(period);
        Ok(Self { period, keep, weight, seen: 0, first: 0.0, sum: 0.0, value: f64::NAN })
    }

    /// The period.
    pub const fn period(&self) -> usize {
        self.period
    }

    /// The weights of the past and of the new value; they sum to 1 exactly.
    pub const fn weights(&self) -> (f64, f64) {
        (self.keep, self.weight)
    }

    /// Whether there is a value.
    #[inline]
    pub const fn is_ready(&self) -> bool {
        self.seen >= self.period
    }

    /// The average of what was seen so far.
    pub fn value(&self) -> Option<f64> {
        self.is_ready().then_some(self.value)
    }

    /// Forgets everything but the period.
    pub fn reset(&mut self) {
        self.seen = 0;
        self.value = f64::NAN;
    }

    /// Takes a value, gives the average after it; `None` while warming up and for a missing value.
    #[inline]
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !x.is_finite() {
            return None;
        }
        if self.is_ready() {
            self.value = step(self.value, x, self.keep, self.weight);
            return Some(self.value);
        }
        self.warm_up(x)
    }

    #[cold]
    fn warm_up(&mut self, x: f64) -> Option<f64> {
        if self.seen == 0 {
            self.first = x;
            self.sum = 0.0;
        }
        self.sum += x - self.first;
        self.seen += 1;
        if self.is_ready() {
            self.value = self.first + self.sum / self.period as f64;
        }
        self.value()
    }

    /// Takes many values, writes the average after each; NaN where [`Self::update`] gives `None`.
    /// Says whether all of them are numbers.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn extend(&mut self, input: &[f64], out: &mut [f64]) -> bool {
        assert_eq!(input.len(), out.len(), "Invariant: one output a row");
        let mut complete = true;
        for (input, out) in input.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
            if self.is_ready() && all_finite(input) {
                let Self { keep, weight, mut value, .. } = *self;
                for (x, out) in input.iter().zip(out) {
                    value = step(value, *x, keep, weight);
                    *out = value;
                }
                self.value = value;
            } else {
                complete &= self.extend_slowly(input, out);
            }
        }
        complete
    }

    /// [`Self::extend`] for two averages of one input at once: neither waits for the other's chain.
    pub(crate) fn extend_pair(pair: [&mut Self; 2], input: &[f64], out: [&mut [f64]; 2]) -> bool {
        let [one, two] = pair;
        let [out_one, out_two] = out;
        let mut complete = true;
        let outs = out_one.chunks_mut(CHUNK).zip(out_two.chunks_mut(CHUNK));
        for (input, (out_one, out_two)) in input.chunks(CHUNK).zip(outs) {
            if one.is_ready() && two.is_ready() && all_finite(input) {
                let (mut a, mut b) = (one.value, two.value);
                let (keep_a, weight_a, keep_b, weight_b) = (one.keep, one.weight, two.keep, two.weight);
                for ((x, out_a), out_b) in input.iter().zip(out_one).zip(out_two) {
                    a = step(a, *x, keep_a, weight_a);
                    b = step(b, *x, keep_b, weight_b);
                    *out_a = a;
                    *out_b = b;
                }
                (one.value, two.value) = (a, b);
            } else {
                complete &= one.extend_slowly(input, out_one);
                complete &= two.extend_slowly(input, out_two);
            }
        }
        complete
    }

    fn extend_slowly(&mut self, input: &[f64], out: &mut [f64]) -> bool {
        let mut complete = true;
        for (x, out) in input.iter().zip(out) {
            let value = self.update(*x);
            complete &= value.is_some();
            *out = value.unwrap_or(f64::NAN);
        }
        complete
    }
}

impl Indicator<1, 1> for Ema {
    const ROWS: usize = 256;

    #[inline]
    fn update(&mut self, [x]: [f64; 1]) -> [f64; 1] {
        [Self::update(self, x).unwrap_or(f64::NAN)]
    }

    fn extend(&mut self, [input]: [&[f64]; 1], [out]: [&mut [f64]; 1]) {
        Self::extend(self, input, out);
    }
}

impl Lanes<1, 1> for Ema {
    type Abreast = EightChains;

    fn join(lanes: &[Self; LANES]) -> Option<EightChains> {
        let Self { period, keep, weight, seen, .. } = lanes[0];
        lanes.iter().all(|lane| lane.seen == seen).then(|| EightChains {
            step: Step::new((keep, weight)),
            period,
            seen,
            value: each(|lane| lanes[lane].value),
            first: each(|lane| lanes[lane].first),
            sum: each(|lane| lanes[lane].sum),
        })
    }

    fn part(eight: &EightChains, lanes: &mut [Self; LANES]) {
        for (place, lane) in lanes.iter_mut().enumerate() {
            lane.seen = eight.seen;
            (lane.value, lane.first, lane.sum) = (eight.value[place], eight.first[place], eight.sum[place]);
        }
    }
}

impl Abreast<1, 1> for EightChains {
    fn warming(&self) -> usize {
        Self::warming(self)
    }

    fn update(&mut self, [x]: [&Lane; 1]) -> [Lane; 1] {
        Self::update(self, x);
        [self.value]
    }

    fn prefetch(&self) {
        Self::prefetch(self);
    }

    fn extend(&mut self, inputs: [&[Lane]; 1], outputs: [&mut [Lane]; 1]) {
        let step = self.step;
        self.value = drive(
            self.value,
            inputs,
            outputs,
            |value, [x]| *value = each(|lane| step.of(value[lane], x[lane])),
            |value| [*value],
        );
    }
}

/// The recursion, in its one form: a single rounding on the chain.
#[inline(always)]
fn step(value: f64, x: f64, keep: f64, weight: f64) -> f64 {
    value.mul_add(keep, weight * x)
}

/// `1 - k` and `k` as floats whose sum is 1 exactly: the larger one is rounded, the other is what is
/// left of 1, which is exact for a float in [0.5, 1].
pub(super) fn weights(period: usize) -> (f64, f64) {
    let k = 2.0 / (period as f64 + 1.0);
    if k > 0.5 {
        (1.0 - k, k)
    } else {
        let keep = 1.0 - k;
        (keep, 1.0 - keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_period_of_zero_is_refused_in_words() {
        assert_eq!(Ema::try_new(0).unwrap_err().to_string(), "period must be >= 1, was 0");
    }

    #[test]
    fn a_flat_market_has_a_flat_average() {
        let prices = (1..400)
            .flat_map(|i| [f64::from(i) * 0.01, f64::from(i) * 1.386_27e-5, 1.0 / f64::from(i), 1e9 / f64::from(i)]);
        let prices: Vec<f64> = prices.collect();
        for period in 1..=300 {
            let (keep, weight) = weights(period);
            assert_eq!(keep + weight, 1.0);
            assert_eq!(1.0 - keep, weight);
            for &price in prices.iter().chain([-1.1, 0.1 + 0.2, f64::MIN_POSITIVE * 3.3, 0.0].iter()) {
                assert_eq!(step(price, price, keep, weight), price, "{period} {price}");
            }
            let mut ema = Ema::try_new(period).unwrap();
            for i in 0..period + 50 {
                assert_eq!(ema.update(1.386_27), (i + 1 >= period).then_some(1.386_27));
            }
        }
    }

    #[test]
    fn a_missing_value_gives_nothing_and_changes_nothing() {
        let mut ema = Ema::try_new(2).unwrap();
        let got = [1.0, f64::NAN, 3.0, f64::NAN, f64::INFINITY, 5.0].map(|x| ema.update(x));
        let mut clean = Ema::try_new(2).unwrap();
        assert_eq!([got[0], got[2], got[5]], [1.0, 3.0, 5.0].map(|x| clean.update(x)));
        assert_eq!([got[1], got[3], got[4]], [None; 3]);
        assert_eq!(ema, clean);
    }

    proptest! {
        #[test]
        fn batch_is_stream_however_it_is_cut(
            values in prop::collection::vec(prop_oneof![20 => -1e3..1e3f64, 1 => Just(f64::NAN)], 0..400),
            period in 1usize..40, cuts in prop::collection::vec(1usize..70, 1..20),
        ) {
            let mut stream = Ema::try_new(period).unwrap();
            let wanted: Vec<u64> = values.iter().map(|x| stream.update(*x).unwrap_or(f64::NAN).to_bits()).collect();
            let (mut batch, mut one, mut two) = (Ema::try_new(period).unwrap(), Ema::try_new(period).unwrap(), Ema::try_new(7).unwrap());
            let (mut got, mut pair, mut other) = (vec![0.0; values.len()], vec![0.0; values.len()], vec![0.0; values.len()]);
            let (mut at, mut cuts) = (0, cuts.iter().cycle());
            while at < values.len() {
                let end = values.len().min(at + cuts.next().unwrap());
                batch.extend(&values[at..end], &mut got[at..end]);
                Ema::extend_pair([&mut one, &mut two], &values[at..end], [&mut pair[at..end], &mut other[at..end]]);
                at = end;
            }
            prop_assert_eq!(got.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), wanted.clone());
            prop_assert_eq!(pair.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), wanted);
        }
    }
}
