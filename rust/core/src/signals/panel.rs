use crate::bar::FloatBar;
use crate::error::Error;
use crate::indicators::{Stream, spec_of};
use crate::types::DAY_NS;

/// An indicator that votes on each bar.
///
/// | member | long | short |
/// |---|---|---|
/// | RSI(14) | below 30 | above 70 |
/// | Stochastic(14, 3, 3) | both lines below 20, %K above %D | both above 80, %K below %D |
/// | Williams %R(14) | below -80 | above -20 |
/// | CCI(20) | below -100 | above 100 |
/// | MFI(14) | below 20 | above 80 |
/// | EMA | EMA(12) above EMA(26) | below |
/// | SMA | SMA(20) above SMA(50) | below |
/// | MACD(12, 26, 9) | histogram above 0 | below 0 |
/// | Bollinger(20, 2) | close below the lower band | above the upper band |
/// | Keltner(20, 10, 2) | close above the upper line | below the lower line |
/// | Ichimoku(9, 26, 52) | close above the cloud, Tenkan above Kijun | below, below |
/// | OBV | above its EMA(20) | below |
/// | VWAP | close above (of the UTC day on bars shorter than one) | below |
/// | Volume profile(50) | close above the value area | below it |
/// | CVD | above its EMA(20) | below |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it, the table says the rest")]
pub enum Member {
    Rsi,
    Stochastic,
    WilliamsR,
    Cci,
    Mfi,
    Ema,
    Sma,
    Macd,
    Bollinger,
    Keltner,
    Ichimoku,
    Obv,
    Vwap,
    VolumeProfile,
    Cvd,
}

/// All members, in order.
pub const MEMBERS: [Member; 15] = [
    Member::Rsi,
    Member::Stochastic,
    Member::WilliamsR,
    Member::Cci,
    Member::Mfi,
    Member::Ema,
    Member::Sma,
    Member::Macd,
    Member::Bollinger,
    Member::Keltner,
    Member::Ichimoku,
    Member::Obv,
    Member::Vwap,
    Member::VolumeProfile,
    Member::Cvd,
];

impl Member {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsi => "RSI",
            Self::Stochastic => "Stochastic",
            Self::WilliamsR => "Williams %R",
            Self::Cci => "CCI",
            Self::Mfi => "MFI",
            Self::Ema => "EMA",
            Self::Sma => "SMA",
            Self::Macd => "MACD",
            Self::Bollinger => "Bollinger",
            Self::Keltner => "Keltner",
            Self::Ichimoku => "Ichimoku",
            Self::Obv => "OBV",
            Self::Vwap => "VWAP",
            Self::VolumeProfile => "Volume profile",
            Self::Cvd => "CVD",
        }
    }

    /// Its weight unless it is set: those that bet on a return count less, as a trend may stay
    /// overbought for long.
    pub const fn default_weight(self) -> f64 {
        match self {
            Self::Rsi | Self::Stochastic | Self::WilliamsR | Self::Cci | Self::Mfi | Self::Bollinger => 0.4,
            _ => 1.0,
        }
    }

    /// Whether it has nothing to say on data without volume.
    const fn needs_volume(self) -> bool {
        matches!(self, Self::Mfi | Self::Obv | Self::Vwap | Self::VolumeProfile | Self::Cvd)
    }
}

/// The members for the bars of one timeframe of one symbol.
#[derive(Clone, Debug)]
pub struct Panel {
    rsi: Stream,
    stochastic: Stream,
    williams_r: Stream,
    cci: Stream,
    mfi: Stream,
    ema: [Stream; 2],
    sma: [Stream; 2],
    macd: Stream,
    bollinger: Stream,
    keltner: Stream,
    ichimoku: Stream,
    obv: [Stream; 2],
    vwap: Stream,
    volume_profile: Stream,
    cvd: [Stream; 2],
    atr: Stream,
}

/// +1, -1 or 0; `None` while there is no value.
type Vote = Option<i8>;

/// Long where `up` holds, short where `down` does.
fn either(known: bool, up: bool, down: bool) -> Vote {
    known.then_some(i8::from(up) - i8::from(down))
}

/// Long above, short below.
fn against(a: f64, b: f64) -> Vote {
    either(!a.is_nan() && !b.is_nan(), a > b, a < b)
}

/// Long below `low`, short above `high`.
fn outside(x: f64, low: f64, high: f64) -> Vote {
    either(!x.is_nan(), x < low, x > high)
}

fn one(stream: &mut Stream, row: &[f64]) -> f64 {
    stream.update(row)[0]
}

fn some<const N: usize>(stream: &mut Stream, row: &[f64]) -> [f64; N] {
    let out = stream.update(row);
    std::array::from_fn(|place| out[place])
}

impl Panel {
    /// Members that have seen nothing.
    ///
    /// # Errors
    /// If the period of the average true range is none.
    pub fn try_new(atr_period: usize) -> Result<Self, Error> {
        let make = |name: &str, values: &[f64]| {
            let spec = spec_of(name).unwrap_or_else(|| unreachable!("{name} is an indicator"));
            Stream::try_new(spec, values)
        };
        Ok(Self {
            rsi: make("rsi", &[14.0])?,
            stochastic: make("stochastic", &[14.0, 3.0, 3.0])?,
            williams_r: make("williams_r", &[14.0])?,
            cci: make("cci", &[20.0])?,
            mfi: make("mfi", &[14.0])?,
            ema: [make("ema", &[12.0])?, make("ema", &[26.0])?],
            sma: [make("sma", &[20.0])?, make("sma", &[50.0])?],
            macd: make("macd", &[12.0, 26.0, 9.0])?,
            bollinger: make("bollinger", &[20.0, 2.0])?,
            keltner: make("keltner", &[20.0, 10.0, 2.0])?,
            ichimoku: make("ichimoku", &[9.0, 26.0, 52.0, 26.0])?,
            obv: [make("obv", &[])?, make("ema", &[20.0])?],
            vwap: make("vwap", &[])?,
            volume_profile: make("volume_profile", &[50.0])?,
            cvd: [make("cvd", &[])?, make("ema", &[20.0])?],
            atr: make("atr", &[atr_period as f64])?,
        })
    }

    /// Takes a bar that has closed; gives the votes, once every member that needs no volume has a value.
    pub fn update(&mut self, bar: &FloatBar) -> Option<[i8; MEMBERS.len()]> {
        let FloatBar { high, low, close, volume, buy_volume, .. } = *bar;
        let day = if bar.end - bar.start < DAY_NS { bar.start.div_euclid(DAY_NS) as f64 } else { 0.0 };
        let [k, d] = some(&mut self.stochastic, &[high, low, close]);
        let [_, _, histogram] = some::<3>(&mut self.macd, &[close]);
        let [upper, _, lower] = some(&mut self.bollinger, &[close]);
        let [top, _, bottom] = some(&mut self.keltner, &[high, low, close]);
        let [tenkan, kijun, cloud_a, cloud_b] = some(&mut self.ichimoku, &[high, low, close]);
        let [_, area_high, area_low] = some::<3>(&mut self.volume_profile, &[close, volume]);
        let obv = one(&mut self.obv[0], &[close, volume]);
        let cvd = one(&mut self.cvd[0], &[volume, buy_volume]);
        let (cloud, clouded) = ([cloud_a.min(cloud_b), cloud_a.max(cloud_b)], !(cloud_a + cloud_b).is_nan());
        one(&mut self.atr, &[high, low, close]);
        let votes = [
            outside(one(&mut self.rsi, &[close]), 30.0, 70.0),
            either(!d.is_nan(), k < 20.0 && d < 20.0 && k > d, k > 80.0 && d > 80.0 && k < d),
            outside(one(&mut self.williams_r, &[high, low, close]), -80.0, -20.0),
            outside(one(&mut self.cci, &[high, low, close]), -100.0, 100.0),
            outside(one(&mut self.mfi, &[high, low, close, volume]), 20.0, 80.0),
            against(one(&mut self.ema[0], &[close]), one(&mut self.ema[1], &[close])),
            against(one(&mut self.sma[0], &[close]), one(&mut self.sma[1], &[close])),
            against(histogram, 0.0),
            either(!lower.is_nan(), close < lower, close > upper),
            either(!bottom.is_nan(), close > top, close < bottom),
            either(clouded, close > cloud[1] && tenkan > kijun, close < cloud[0] && tenkan < kijun),
            against(obv, one(&mut self.obv[1], &[obv])),
            against(close, one(&mut self.vwap, &[high, low, close, volume, day])),
            either(!area_low.is_nan(), close > area_high, close < area_low),
            against(cvd, one(&mut self.cvd[1], &[cvd])),
        ];
        let ready = MEMBERS.iter().zip(&votes).all(|(member, vote)| vote.is_some() || member.needs_volume());
        ready.then(|| votes.map(Option::unwrap_or_default))
    }

    /// The average true range after the last bar; NaN while there is none.
    pub fn atr(&self) -> f64 {
        self.atr.value()[0]
    }
}
