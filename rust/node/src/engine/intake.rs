//! From the floats of a message to whole ticks and lots: all of the work that needs nothing but the symbol's grid.
//!
//! # Rationale
//! A message is data from outside: what it cannot mean is a reject with a code, never an error. The result depends on
//! the message and the grid alone, so it may be worked out ahead by another thread.

use baconalgo_core::event::{Bar, Basis, Body, Event, Message, Quote, Record, Trade};
use baconalgo_core::order::{OrderType, Reject, TimeInForce};
use baconalgo_core::types::{Decimal, Instrument, InstrumentId, MaybePx, MaybeQty, Px, Qty, Side, TickScale, Ts};

use crate::symbols::{NO_SYMBOL, Symbols};

/// What prices and quantities of a symbol are counted in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    px: TickScale,
    qty: TickScale,
    /// Whether a value between two steps goes to the nearest one. Nobody chose the steps then.
    rounds: bool,
}

/// The grids of all symbols.
#[derive(Debug)]
pub(super) struct Grids {
    /// By number of the symbol, if there is a list of instruments.
    given: Option<Vec<Option<Grid>>>,
    unseen: Grid,
}

/// Steps of prices and quantities of a symbol that nobody described: 1e-8.
pub(super) const UNSEEN_STEP: Decimal = Decimal::power_of_ten(8);

impl Grids {
    /// Those of a list of instruments, by the numbers of their symbols; or one for every symbol.
    pub(super) fn new(instruments: Option<(&[Instrument], &[u32])>) -> Self {
        let step = TickScale::new(UNSEEN_STEP);
        let given = instruments.map(|(instruments, symbols)| {
            let room = symbols.iter().max().map_or(0, |most| *most as usize + 1);
            let mut grids = vec![None; room];
            for (instrument, symbol) in instruments.iter().zip(symbols) {
                grids[*symbol as usize] =
                    Some(Grid { px: instrument.px_scale(), qty: instrument.qty_scale(), rounds: false });
            }
            grids
        });
        Self { given, unseen: Grid { px: step, qty: step, rounds: true } }
    }

    fn of(&self, symbol: u32) -> Option<&Grid> {
        match &self.given {
            None => (symbol != NO_SYMBOL).then_some(&self.unseen),
            Some(given) => given.get(symbol as usize)?.as_ref(),
        }
    }
}

/// An order, in whole ticks and lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Its sender's number, if it has one.
    pub(super) client: Option<u64>,
    pub(super) side: Side,
    pub(super) order_type: OrderType,
    pub(super) time_in_force: TimeInForce,
    pub(super) qty: Qty,
    pub(super) limit: Option<Px>,
    pub(super) stop: Option<Px>,
    /// The price it was decided at: the mark of an instrument that has none yet.
    pub(super) mark: Option<Px>,
}

/// What a message asks of the engine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Intent {
    /// Market data; its instrument and, unless time is replayed, its times are yet to be filled in.
    Record(Event, Basis),
    /// An order.
    Order(Wanted),
    /// A cancel of an order, by its sender's number.
    Cancel(u64),
    /// Nothing.
    Hold,
    /// A command, as `crate::control` numbers them.
    Control(u64),
    /// It cannot be meant.
    Refused(Reject),
}

/// A message, converted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prepared {
    pub(super) intent: Intent,
    /// Whether a value was taken to the nearest step.
    pub(super) rounded: bool,
}

/// Rounds, and remembers that it did.
struct Rounding<'a> {
    grid: &'a Grid,
    rounded: bool,
}

impl Rounding<'_> {
    #[inline]
    fn steps(&mut self, scale: TickScale, value: f64, off: Reject) -> Result<i64, Reject> {
        if !value.is_finite() {
            return Err(Reject::Amount);
        }
        if value <= 0.0 {
            return Err(off);
        }
        let (whole, away) = scale.nearest(value);
        if whole > TickScale::MOST_TICKS as f64 {
            return Err(Reject::Amount);
        }
        if away > TickScale::tolerance(whole) {
            if !self.grid.rounds {
                return Err(off);
            }
            self.rounded = true;
        }
        if whole < 1.0 { Err(off) } else { Ok(whole as i64) }
    }

    #[inline]
    fn px(&mut self, price: f64) -> Result<Px, Reject> {
        self.steps(self.grid.px, price, Reject::Price).map(Px)
    }

    fn qty(&mut self, quantity: f64) -> Result<Qty, Reject> {
        self.steps(self.grid.qty, quantity, Reject::Quantity).map(Qty)
    }

    /// A price that may be absent.
    fn maybe_px(&mut self, price: f64) -> Result<MaybePx, Reject> {
        if price.is_nan() { Ok(MaybePx::NONE) } else { self.px(price).map(MaybePx::from) }
    }

    /// A size that may be unknown, or zero.
    #[inline]
    fn size(&mut self, quantity: f64) -> Result<MaybeQty, Reject> {
        if quantity.is_nan() {
            return Ok(MaybeQty::NONE);
        }
        if quantity == 0.0 {
            return Ok(Qty(0).into());
        }
        // A size is what others did: less than a step is nothing, and no reason to lose the price.
        match self.steps(self.grid.qty, quantity, Reject::Quantity) {
            Ok(lots) => Ok(Qty(lots).into()),
            Err(Reject::Quantity) if quantity > 0.0 => {
                self.rounded = true;
                Ok(Qty(self.grid.qty.nearest(quantity).0 as i64).into())
            }
            Err(reject) => Err(reject),
        }
    }
}

const fn event(ts_event: Ts, ts_recv: Ts, record: Record) -> Event {
    Event { ts_event, ts_recv, instrument: InstrumentId(u32::MAX), target: f64::NAN, record }
}

pub(super) fn order_type(number: u8) -> Option<OrderType> {
    [OrderType::Market, OrderType::Limit, OrderType::Stop, OrderType::StopLimit].get(usize::from(number)).copied()
}

pub(super) fn time_in_force(number: u8) -> Option<TimeInForce> {
    [TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok, TimeInForce::Day].get(usize::from(number)).copied()
}

/// Converts a message.
#[inline]
pub(super) fn prepare(message: &Message, grids: &Grids) -> Prepared {
    let Some(body) = message.body() else {
        return Prepared { intent: Intent::Refused(Reject::Malformed), rounded: false };
    };
    match body {
        Body::Cancel { order_id } => return Prepared { intent: Intent::Cancel(order_id), rounded: false },
        Body::Control { code, .. } => return Prepared { intent: Intent::Control(code), rounded: false },
        _ => {}
    }
    let Some(grid) = grids.of(message.symbol) else {
        return Prepared { intent: Intent::Refused(Reject::UnknownInstrument), rounded: false };
    };
    let mut rounding = Rounding { grid, rounded: false };
    let intent = intent(&body, &mut rounding).unwrap_or_else(Intent::Refused);
    Prepared { intent, rounded: rounding.rounded }
}

#[inline(always)]
fn intent(body: &Body, grid: &mut Rounding<'_>) -> Result<Intent, Reject> {
    match *body {
        Body::MarketData { timestamp, price, volume } => {
            let trade = Trade { px: grid.px(price)?, qty: grid.size(volume)?, side: None };
            Ok(Intent::Record(event(timestamp, timestamp, Record::Trade(trade)), Basis::Trades))
        }
        Body::Trade { ts_event, ts_recv, price, quantity, side } => {
            let trade = Trade { px: grid.px(price)?, qty: grid.size(quantity)?, side };
            Ok(Intent::Record(event(ts_event, ts_recv, Record::Trade(trade)), Basis::Trades))
        }
        Body::Quote { ts_event, ts_recv, bid, ask, bid_size, ask_size } => {
            let quote = Quote {
                bid: grid.maybe_px(bid)?,
                ask: grid.maybe_px(ask)?,
                bid_qty: grid.size(bid_size)?,
                ask_qty: grid.size(ask_size)?,
            };
            if !quote.bid.is_some() && !quote.ask.is_some() {
                return Err(Reject::Amount);
            }
            Ok(Intent::Record(event(ts_event, ts_recv, Record::Quote(quote)), Basis::Quotes))
        }
        Body::Bar { ts, timeframe, open, high, low, close, volume } => {
            let bar = Bar {
                ts_open: ts,
                ts_close: ts.checked_add(timeframe).ok_or(Reject::Malformed)?,
                open: grid.px(open)?,
                high: grid.px(high)?,
                low: grid.px(low)?,
                close: grid.px(close)?,
                volume: grid.size(volume)?,
            };
            if bar.high < bar.open.max(bar.close) || bar.low > bar.open.min(bar.close) {
                return Err(Reject::Price);
            }
            Ok(Intent::Record(event(bar.ts_close - 1, bar.ts_close, Record::Bar(bar)), Basis::Bars))
        }
        Body::Signal { side, price, quantity, confidence } => {
            if !(0.0..=1.0).contains(&confidence) {
                return Err(Reject::Amount);
            }
            let Some(side) = side else { return Ok(Intent::Hold) };
            Ok(Intent::Order(Wanted {
                client: None,
                side,
                order_type: OrderType::Market,
                time_in_force: TimeInForce::Gtc,
                qty: grid.qty(quantity)?,
                limit: None,
                stop: None,
                mark: Some(grid.px(price)?),
            }))
        }
        Body::Order { order_id, side, order_type: kind, time_in_force: time, quantity, price, stop_price } => {
            let kind = order_type(kind).ok_or(Reject::Malformed)?;
            let time_in_force = time_in_force(time).ok_or(Reject::Malformed)?;
            let qty = grid.qty(quantity)?;
            let price = if price.is_nan() { None } else { Some(grid.px(price)?) };
            let stop = if stop_price.is_nan() { None } else { Some(grid.px(stop_price)?) };
            let limits = matches!(kind, OrderType::Limit | OrderType::StopLimit);
            if limits && price.is_none() {
                return Err(Reject::Price);
            }
            Ok(Intent::Order(Wanted {
                client: Some(order_id),
                side,
                order_type: kind,
                time_in_force,
                qty,
                limit: price.filter(|_| limits),
                stop,
                mark: price.filter(|_| !limits),
            }))
        }
        _ => Err(Reject::Malformed),
    }
}

/// The instrument that stands for a symbol that nobody described; `None` if its number was never given.
pub(super) fn unseen_instrument(symbol: u32) -> Option<Instrument> {
    let name = Symbols::of_process().name(symbol)?;
    Instrument::try_new(name, UNSEEN_STEP, UNSEEN_STEP).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(grids: &Grids, body: Body) -> Prepared {
        prepare(&Message::new(1, body).unwrap(), grids)
    }

    fn refused(grids: &Grids, body: Body) -> Option<Reject> {
        match prepared(grids, body).intent {
            Intent::Refused(reject) => Some(reject),
            _ => None,
        }
    }

    fn coarse() -> Grids {
        let instrument = Instrument::try_new("X", "0.25".parse().unwrap(), "10".parse().unwrap()).unwrap();
        Grids::new(Some((&[instrument], &[1])))
    }

    fn signal(price: f64, quantity: f64, confidence: f64) -> Body {
        Body::Signal { side: Some(Side::Buy), price, quantity, confidence }
    }

    #[test]
    fn what_cannot_be_meant_is_a_reject_with_a_code() {
        let any = Grids::new(None);
        let data = |price| Body::MarketData { timestamp: 0, price, volume: 1.0 };
        for (price, reject) in [
            (f64::NAN, Reject::Amount),
            (f64::INFINITY, Reject::Amount),
            (1e300, Reject::Amount),
            (-1.0, Reject::Price),
            (0.0, Reject::Price),
            (1e-12, Reject::Price),
        ] {
            assert_eq!(refused(&any, data(price)), Some(reject), "{price}");
            assert_eq!(refused(&any, signal(price, 1.0, 0.5)), Some(reject), "{price}");
        }
        for (quantity, reject) in
            [(f64::NAN, Reject::Amount), (1e300, Reject::Amount), (0.0, Reject::Quantity), (-1.0, Reject::Quantity)]
        {
            assert_eq!(refused(&any, signal(1.0, quantity, 0.5)), Some(reject), "{quantity}");
        }
        for confidence in [-0.1, 1.1, f64::NAN] {
            assert_eq!(refused(&any, signal(1.0, 1.0, confidence)), Some(Reject::Amount), "{confidence}");
        }
        let bar = |high, low| Body::Bar { ts: 0, timeframe: 60, open: 2.0, high, low, close: 2.5, volume: 1.0 };
        assert_eq!(refused(&any, bar(2.5, 2.0)), None);
        assert_eq!(refused(&any, bar(2.4, 2.0)), Some(Reject::Price));
        assert_eq!(refused(&any, bar(2.5, 2.1)), Some(Reject::Price));
        let limit = Body::Order {
            order_id: 1,
            side: Side::Buy,
            order_type: 1,
            time_in_force: 0,
            quantity: 1.0,
            price: f64::NAN,
            stop_price: f64::NAN,
        };
        assert_eq!(refused(&any, limit), Some(Reject::Price));
    }

    #[test]
    fn bytes_that_mean_nothing_are_malformed() {
        let mut message = Message::new(1, signal(1.0, 1.0, 1.0)).unwrap();
        message.kind = 200;
        let intent = prepare(&message, &Grids::new(None)).intent;
        assert!(matches!(intent, Intent::Refused(Reject::Malformed)));
    }

    #[test]
    fn a_symbol_that_is_not_in_the_list_is_unknown() {
        let mut message = Message::new(2, signal(1.0, 10.0, 1.0)).unwrap();
        for symbol in [0, 2, u32::MAX] {
            message.symbol = symbol;
            let intent = prepare(&message, &coarse()).intent;
            assert!(matches!(intent, Intent::Refused(Reject::UnknownInstrument)), "{symbol}");
        }
    }

    #[test]
    fn given_steps_are_kept_to_and_steps_that_nobody_chose_are_rounded_to() {
        let (any, coarse) = (Grids::new(None), coarse());
        assert_eq!(refused(&coarse, signal(10.25, 20.0, 1.0)), None);
        assert_eq!(refused(&coarse, signal(10.3, 20.0, 1.0)), Some(Reject::Price));
        assert_eq!(refused(&coarse, signal(10.25, 25.0, 1.0)), Some(Reject::Quantity));
        let third = prepared(&any, signal(1.0 / 3.0, 1.0, 1.0));
        assert!(third.rounded);
        assert!(matches!(third.intent, Intent::Order(Wanted { mark: Some(Px(33_333_333)), .. })));
        // The float nearest to a step is that step.
        assert!(!prepared(&any, signal(50_000.3, 0.1, 1.0)).rounded);
        // The size of somebody's trade is no reason to lose its price.
        let odd = Body::MarketData { timestamp: 0, price: 10.25, volume: 3.0 };
        assert!(matches!(prepared(&coarse, odd).intent, Intent::Record(..)));
    }

    #[test]
    fn a_signal_to_hold_is_nothing_whatever_its_price() {
        let hold = Body::Signal { side: None, price: f64::NAN, quantity: f64::NAN, confidence: 0.5 };
        assert!(matches!(prepared(&Grids::new(None), hold).intent, Intent::Hold));
    }
}
