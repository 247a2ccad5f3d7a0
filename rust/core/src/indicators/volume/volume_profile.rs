use crate::error::{Error, ErrorKind};
use crate::indicators::spec::{CLOSE, Missing, Output, Param, Reach, VOLUME, make};
use crate::indicators::window::{Highest, History, Lowest, Window};
use crate::indicators::{Indicator, Spec, check_period};

/// Volume by price.
pub(super) static SPEC: Spec = Spec {
    name: "volume_profile",
    class: "VolumeProfile",
    title: "Volume by price in the last `period` bars: where most of it was, and the prices that most of it lies between.",
    formula: "The volumes of the last `period` bars are put into `bins` rows of equal height, from their lowest close to their \
              highest: ``row = min(bins - 1, floor((close - lowest) bins / (highest - lowest)))``. `poc` is the middle of \
              the row with the largest volume; of several the one nearest to the middle of the range, of two as near the \
              lower. The value area starts with that row and takes the two rows above or the two below, whichever hold more \
              (the ones above if neither does), until it holds `value_area` of the volume. All three are the price where \
              there is only one. NaN for a window without volume.",
    inputs: &[CLOSE, VOLUME],
    params: &[
        Param::rows("period", 100, 1, "Bars, >= 1."),
        Param::rows("bins", 24, 1, "Rows of prices, 1 to 65536."),
        Param::number("value_area", 0.7, 0.0, 1.0, "Share of the volume in the value area, above 0, at most 1."),
    ],
    outputs: &[
        Output { name: "poc", doc: "Point of control: the price with most volume." },
        Output { name: "value_high", doc: "Upper end of the value area, a price." },
        Output { name: "value_low", doc: "Lower end of the value area, a price." },
    ],
    missing: |_| Missing::Restart,
    warm_up: |args| args.rows(0) - 1,
    reach: |args| Reach::Rows(args.rows(0)),
    source: "Market Profile, Chicago Board of Trade, 1985: the value area from the larger of the next two rows.",
    example: ">>> p = ba.indicators.volume_profile([1.0, 2.0, 2.0, 5.0], [5.0, 9.0, 9.0, 5.0], 4, bins=4)\n\
              >>> p.poc[3], p.value_high[3], p.value_low[3]\n(np.float64(2.5), np.float64(5.0), np.float64(2.0))",
    make: |args| make(VolumeProfile::try_new(args.rows(0), args.rows(1), args.number(2))),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct VolumeProfile {
    period: usize,
    value_area: f64,
    highest: Window<Highest, 1, 1>,
    lowest: Window<Lowest, 1, 1>,
    close: History,
    volume: History,
    rows: Rows,
}

/// The volumes of the rows of prices.
#[derive(Clone, Debug)]
struct Rows {
    volumes: Vec<f64>,
    /// Four sums a row, that bars next to each other need not wait for one another.
    parts: Vec<[f64; 4]>,
    /// In which row each bar is.
    places: Vec<u32>,
}

impl VolumeProfile {
    /// Over `period` bars, with so many rows of prices, and a value area that holds so much of the volume.
    ///
    /// # Errors
    /// `period must be >= 1`, `bins must be in [1, 65536]`, `value_area must be > 0 and <= 1`.
    pub fn try_new(period: usize, bins: usize, value_area: f64) -> Result<Self, Error> {
        let period = check_period(period)?;
        if !(1..=65536).contains(&bins) {
            return Err(Error::new(ErrorKind::Config, 1001, "bins", "must be in [1, 65536]", bins));
        }
        if !(value_area > 0.0 && value_area <= 1.0) {
            return Err(Error::new(ErrorKind::Config, 1001, "value_area", "must be > 0 and <= 1", value_area));
        }
        Ok(Self {
            period,
            value_area,
            highest: Window::new(period),
            lowest: Window::new(period),
            close: History::new(period - 1),
            volume: History::new(period - 1),
            rows: Rows { volumes: vec![0.0; bins], parts: vec![[0.0; 4]; bins], places: Vec::new() },
        })
    }
}

impl Rows {
    /// The profile of a window: point of control, upper and lower end of the value area.
    fn profile(&mut self, close: &[f64], volume: &[f64], lowest: f64, highest: f64, value_area: f64) -> [f64; 3] {
        let (bins, range) = (self.volumes.len(), highest - lowest);
        self.fill(close, volume, lowest, range);
        let total: f64 = self.volumes.iter().sum();
        if total <= 0.0 {
            return [f64::NAN; 3];
        }
        if range == 0.0 {
            return [lowest; 3];
        }
        let centre = self.fullest();
        let (first, end) = self.area(centre, value_area * total);
        let height = range / bins as f64;
        let price = |rows: f64| height.mul_add(rows, lowest);
        [price(centre as f64 + 0.5), price(end as f64), price(first as f64)]
    }

    /// Puts the volumes into the rows.
    fn fill(&mut self, close: &[f64], volume: &[f64], lowest: f64, range: f64) {
        /// 2^52 plus a whole number is a float whose lowest bits are that number.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        let bins = self.volumes.len() as f64;
        let last = bins - 1.0;
        self.places.resize(close.len(), 0);
        for (place, close) in self.places.iter_mut().zip(close) {
            let exact = (close - lowest) * bins / range;
            // What is not a number is in the last row: then all is one price.
            let row = if exact < last { exact.floor() } else { last };
            *place = (row + WHOLE).to_bits() as u32;
        }
        self.parts.fill([0.0; 4]);
        let (places, last_places) = self.places.as_chunks::<4>();
        let (volumes, last_volumes) = volume.as_chunks::<4>();
        for (places, volumes) in places.iter().zip(volumes) {
            for part in 0..4 {
                self.parts[places[part] as usize][part] += volumes[part];
            }
        }
        for (part, (place, volume)) in last_places.iter().zip(last_volumes).enumerate() {
            self.parts[*place as usize][part] += volume;
        }
        for (volume, [a, b, c, d]) in self.volumes.iter_mut().zip(&self.parts) {
            *volume = (a + b) + (c + d);
        }
    }

    /// The row with the largest volume, nearest to the middle, the lower of two.
    fn fullest(&self) -> usize {
        let last = self.volumes.len() - 1;
        let from_middle = |row: usize| (2 * row).abs_diff(last);
        let mut best = 0;
        for (row, volume) in self.volumes.iter().enumerate() {
            if *volume > self.volumes[best] || (*volume == self.volumes[best] && from_middle(row) < from_middle(best)) {
                best = row;
            }
        }
        best
    }

    /// The first row of the value area, and the one after its last.
    fn area(&self, centre: usize, wanted: f64) -> (usize, usize) {
        let (mut first, mut end, bins) = (centre, centre + 1, self.volumes.len());
        let mut held = self.volumes[centre];
        while held < wanted && (first > 0 || end < bins) {
            let (lower, upper) = (first.saturating_sub(2), bins.min(end + 2));
            let below: f64 = self.volumes[lower..first].iter().sum();
            let above: f64 = self.volumes[end..upper].iter().sum();
            if end < bins && (above >= below || first == 0) {
                (end, held) = (upper, held + above);
            } else {
                (first, held) = (lower, held + below);
            }
        }
        (first, end)
    }
}

impl Indicator<2, 3> for VolumeProfile {
    fn update(&mut self, row: [f64; 2]) -> [f64; 3] {
        let mut outs = [[0.0]; 3];
        self.extend(row.each_ref().map(std::slice::from_ref), outs.each_mut().map(|out| &mut out[..]));
        outs.map(|[out]| out)
    }

    fn extend(&mut self, [close, volume]: [&[f64]; 2], [poc, high, low]: [&mut [f64]; 3]) {
        self.highest.extend([close], [high]);
        self.lowest.extend([close], [low]);
        let full = self.close.take(close);
        self.volume.take(volume);
        let blank = close.len() - full;
        poc[..blank].fill(f64::NAN);
        if full == 0 {
            return;
        }
        let closes = self.close.rows(self.period - 1 + full, 0).windows(self.period);
        let volumes = self.volume.rows(self.period - 1 + full, 0).windows(self.period);
        let outs = poc[blank..].iter_mut().zip(&mut high[blank..]).zip(&mut low[blank..]);
        for ((closes, volumes), ((poc, high), low)) in closes.zip(volumes).zip(outs) {
            [*poc, *high, *low] = self.rows.profile(closes, volumes, *low, *high, self.value_area);
        }
    }
}
