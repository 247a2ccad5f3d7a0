use super::session_sums::{EightSessions, SessionSums};
use crate::indicators::groups::{self, ANY_NUMBER, GROUP, Late, are_finite, groups, groups_mut};
use crate::indicators::lanes::{Abreast, LANES, Lane, Lanes, STRIP, each, strips};
use crate::indicators::spec::{CLOSE, HIGH, LOW, Missing, Output, Reach, SESSION, VOLUME, make};
use crate::indicators::{Indicator, Spec};

/// Volume-weighted average price.
pub(super) static SPEC: Spec = Spec {
    name: "vwap",
    class: "VWAP",
    title: "Volume-weighted average price: of all bars, of a session, or since an anchor.",
    formula: "``sum(p volume) / sum(volume)`` with ``p = (high + low + close) / 3``, over the bars since `session` last changed: \
              a number of the day for a VWAP of the day, a count of events for an anchored one. NaN while there was no \
              volume.",
    inputs: &[HIGH, LOW, CLOSE, VOLUME, SESSION],
    params: &[],
    outputs: &[Output { name: "vwap", doc: "The average, in the unit of prices." }],
    missing: |_| Missing::Hold,
    warm_up: |_| 0,
    reach: |_| Reach::All,
    source: "Berkowitz, Logue and Noser, The Total Cost of Transactions on the NYSE, 1988; TA-Lib VWAP to 1e-12.",
    example: ">>> ba.indicators.vwap([2.0, 4.0, 9.0], [2.0, 4.0, 9.0], [2.0, 4.0, 9.0], [1.0, 3.0, 1.0], [0, 0, 1])\n\
              array([2. , 3.5, 9. ])",
    make: |_| make(Ok(Vwap::new())),
};

/// See `SPEC`.
#[derive(Clone, Debug)]
pub struct Vwap {
    sums: SessionSums<2>,
    /// Volumes of a stretch of rows.
    volumes: Vec<f64>,
}

impl Default for Vwap {
    fn default() -> Self {
        Self::new()
    }
}

impl Vwap {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self { sums: SessionSums::new(), volumes: Vec::new() }
    }
}

#[inline(always)]
fn average(origin: f64, volume: f64, first: f64) -> f64 {
    // The distances are three times those of typical prices.
    let average = first / (3.0 * volume) + origin / 3.0;
    if volume > 0.0 { average } else { f64::NAN }
}

impl Indicator<5, 1> for Vwap {
    const ROWS: usize = ANY_NUMBER;

    fn update(&mut self, row: [f64; 5]) -> [f64; 1] {
        let (origin, [volume, first]) = self.sums.update(row);
        [average(origin, volume, first)]
    }

    fn extend(&mut self, inputs: [&[f64]; 5], [out]: [&mut [f64]; 1]) {
        self.volumes.resize(out.len(), 0.0);
        self.sums.extend(inputs, &mut [&mut self.volumes, out], |[volumes, out], rows, origin| {
            for (out, volume) in out[rows.clone()].iter_mut().zip(&volumes[rows]) {
                *out = average(origin, *volume, *out);
            }
        });
    }

    fn advance(&mut self, inputs: [&[f64]; 5], outputs: [&mut [f64]; 1]) -> usize {
        groups::advance(self, inputs, outputs, |vwap| vwap.sums.is_between_blocks(), Self::steady_rows)
    }
}

impl Vwap {
    fn steady_rows(&mut self, inputs: [&[f64]; 5], [out]: &mut [&mut [f64]; 1], mut row: usize) -> usize {
        let mut sums = self.sums.clone();
        let (session, origin) = (sums.session(), sums.origin());
        let [high, low, close, volume, sessions] = inputs.map(|column| groups(column, row));
        let finish = |[volume, first]: [f64; 2]| average(origin, volume, first);
        let mut late = Late::new();
        let columns = high.iter().zip(low).zip(close).zip(volume).zip(sessions).zip(groups_mut(out, row));
        for (((((high, low), close), volume), sessions), out) in columns {
            let goes_on = sessions.iter().fold(true, |same, value| same & (*value == session));
            if !goes_on || !are_finite([high, low, close, volume]) {
                break;
            }
            late.take(out, |parts| sums.take_group([high, low, close, volume], parts), finish);
            row += GROUP;
        }
        late.finish(finish);
        self.sums = sums;
        row
    }
}

impl Lanes<5, 1> for Vwap {
    type Abreast = EightSessions<2>;

    fn join(lanes: &[Self; LANES]) -> Option<EightSessions<2>> {
        EightSessions::of(lanes.each_ref().map(|lane| &lane.sums))
    }

    fn part(eight: &EightSessions<2>, lanes: &mut [Self; LANES]) {
        eight.put_back(lanes.each_mut().map(|lane| &mut lane.sums));
    }
}

#[inline(always)]
fn averages(origin: &Lane, [volumes, firsts]: [Lane; 2]) -> Lane {
    each(|lane| average(origin[lane], volumes[lane], firsts[lane]))
}

impl Abreast<5, 1> for EightSessions<2> {
    fn warming(&self) -> usize {
        0
    }

    fn stay(&self, [.., volumes, sessions]: [&[Lane]; 5]) -> usize {
        Self::stay(self, volumes, sessions)
    }

    fn update(&mut self, row: [&Lane; 5]) -> [Lane; 1] {
        let sums = Self::update(self, row);
        [averages(&self.origin, sums)]
    }

    fn extend(&mut self, inputs: [&[Lane]; 5], outputs: [&mut [Lane]; 1]) {
        let strip = |eight: &mut Self, [high, low, close, volume, _]: [&[Lane; STRIP]; 5]| {
            eight.add_strip([high, low, close, volume]);
        };
        strips(self, inputs, outputs, Self::is_between_blocks, strip, Abreast::update);
    }
}
