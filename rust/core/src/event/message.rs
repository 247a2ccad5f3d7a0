//! Fixed records of 64 bytes: what rings, journals and NumPy arrays hold.
//!
//! Prices and quantities are floats in units, as people send them: a record is made before the instrument's tick
//! is known, and is given back as it came. [`Message`] is the bytes, [`Body`] what they say.
//!
//! # Layout
//! Sixteen bytes of header, then six words of eight bytes. Byte 1 is a side (1, -1, 0 for none) or an action;
//! bytes 2 and 3 are an order type and a time in force, or one number; `published` is set where it is published.
//!
//! ```text
//! byte    0 kind   1 side   2 order_type   3 time_in_force   4..8 symbol   8..16 published (ns)
//! word         0          1          2          3           4           5
//! trade        ts_event   ts_recv    price      quantity    -           -
//! quote        ts_event   ts_recv    bid        ask         bid_size    ask_size
//! delta        ts_event   ts_recv    price      quantity    -           -
//! bar          ts         open       high       low         close       volume      (1: unit, 2..4: how many)
//! market data  timestamp  price      volume     -           -           -
//! signal       -          price      quantity   confidence  -           -           (1: action)
//! order        order_id   quantity   price      stop_price  -           -
//! cancel       order_id   -          -          -           -           -
//! fill         order_id   price      quantity   fee         ts_event    ts_recv     (2: liquidity)
//! update       order_id   client_id  quantity   filled      average     reject      (2: status)
//! control      code       argument   -          -           -           -
//! payload      length     -          -          -           -           -           (2: what it is)
//! ```

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::types::{Side, Ts};

/// What a [`Message`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum MessageKind {
    /// A trade.
    Trade = 1,
    /// Best bid and ask.
    Quote = 2,
    /// A change of one price level of a book.
    Delta = 3,
    /// A bar.
    Bar = 4,
    /// A last price and volume.
    MarketData = 5,
    /// A wish to trade, at the market.
    Signal = 6,
    /// An order to execute.
    Order = 7,
    /// A cancel of an order.
    Cancel = 8,
    /// A fill.
    Fill = 9,
    /// What became of an order.
    Update = 10,
    /// A command to whoever listens.
    Control = 11,
    /// A stand-in for something that is no fixed record: bytes, an Arrow table.
    Payload = 12,
}

impl MessageKind {
    const ALL: [Self; 12] = [
        Self::Trade,
        Self::Quote,
        Self::Delta,
        Self::Bar,
        Self::MarketData,
        Self::Signal,
        Self::Order,
        Self::Cancel,
        Self::Fill,
        Self::Update,
        Self::Control,
        Self::Payload,
    ];

    /// The kind of a number.
    #[inline]
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            1..=12 => Some(Self::ALL[number as usize - 1]),
            _ => None,
        }
    }
}

/// A record of 64 bytes, one cache line. Any bytes are one; [`Self::body`] says whether they mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct Message {
    /// A [`MessageKind`].
    pub kind: u8,
    /// 1 buy, -1 sell, 0 neither; or the action of a signal, or the unit of a bar's timeframe.
    pub side: i8,
    /// Two small numbers, as the kind has them.
    pub small: [u8; 2],
    /// The number of the symbol in the table of whoever made the record.
    pub symbol: u32,
    /// When it was published, ns since the epoch; 0 before.
    pub published: Ts,
    /// The rest, as the kind has it.
    pub words: [u64; 6],
}

const _: () = assert!(size_of::<Message>() == 64 && align_of::<Message>() == 64);

/// What a message says. Floats are in units of the instrument; NaN is no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Body {
    /// A trade.
    Trade {
        /// When it happened, ns.
        ts_event: Ts,
        /// When it was seen, ns.
        ts_recv: Ts,
        /// Price.
        price: f64,
        /// Quantity; NaN if unknown.
        quantity: f64,
        /// The aggressor, if known.
        side: Option<Side>,
    },
    /// Best bid and ask; an absent side or size is NaN.
    Quote {
        /// When it happened, ns.
        ts_event: Ts,
        /// When it was seen, ns.
        ts_recv: Ts,
        /// Best bid.
        bid: f64,
        /// Best ask.
        ask: f64,
        /// Size at the bid.
        bid_size: f64,
        /// Size at the ask.
        ask_size: f64,
    },
    /// A price level of a book now has this quantity; 0 removes it.
    Delta {
        /// When it happened, ns.
        ts_event: Ts,
        /// When it was seen, ns.
        ts_recv: Ts,
        /// Side of the book.
        side: Side,
        /// The level.
        price: f64,
        /// What stands there.
        quantity: f64,
    },
    /// A bar over `[ts, ts + timeframe)`.
    Bar {
        /// Start, ns.
        ts: Ts,
        /// Length, ns.
        timeframe: i64,
        /// First price.
        open: f64,
        /// Highest price.
        high: f64,
        /// Lowest price.
        low: f64,
        /// Last price.
        close: f64,
        /// Volume; NaN if unknown.
        volume: f64,
    },
    /// A last price and its volume.
    MarketData {
        /// When, ns.
        timestamp: Ts,
        /// Price.
        price: f64,
        /// Volume; NaN if unknown.
        volume: f64,
    },
    /// A wish to buy, to sell, or (`None`) to hold.
    Signal {
        /// What to do.
        side: Option<Side>,
        /// The price it was decided at.
        price: f64,
        /// How much.
        quantity: f64,
        /// 0 to 1.
        confidence: f64,
    },
    /// An order.
    Order {
        /// Its sender's number for it.
        order_id: u64,
        /// Buy or sell.
        side: Side,
        /// As `crate::order::OrderType` numbers them.
        order_type: u8,
        /// As `crate::order::TimeInForce` numbers them.
        time_in_force: u8,
        /// How much.
        quantity: f64,
        /// Limit price; for a market order the price it was decided at; NaN for none.
        price: f64,
        /// Stop price; NaN for none.
        stop_price: f64,
    },
    /// A cancel.
    Cancel {
        /// Its sender's number for the order.
        order_id: u64,
    },
    /// A fill.
    Fill {
        /// The engine's number of the order.
        order_id: u64,
        /// Buy or sell.
        side: Side,
        /// As `crate::order::Liquidity` numbers them.
        liquidity: u8,
        /// Price.
        price: f64,
        /// Quantity.
        quantity: f64,
        /// Commission.
        fee: f64,
        /// When, at the venue, ns.
        ts_event: Ts,
        /// When seen, ns.
        ts_recv: Ts,
    },
    /// Where an order stands.
    Update {
        /// The engine's number of the order.
        order_id: u64,
        /// Its sender's number; 0 if it had none.
        client_id: u64,
        /// Buy or sell.
        side: Side,
        /// As `crate::order::OrderStatus` numbers them.
        status: u8,
        /// The code of the reject, 0 if none.
        reject: u16,
        /// Quantity asked for.
        quantity: f64,
        /// Filled so far.
        filled: f64,
        /// Average price of the fills; NaN if none.
        average: f64,
    },
    /// A command.
    Control {
        /// Which.
        code: u64,
        /// With what.
        argument: u64,
    },
    /// Something that is kept elsewhere.
    Payload {
        /// Bytes.
        length: u64,
        /// What it is, as whoever keeps it numbers them.
        form: u8,
    },
}

/// Units of a bar's timeframe, ns; the largest that divides it is stored, so that 16 bits hold how many.
const UNITS: [i64; 7] =
    [604_800_000_000_000, 86_400_000_000_000, 3_600_000_000_000, 60_000_000_000, 1_000_000_000, 1_000_000, 1];

fn side_of(number: i8) -> Option<Side> {
    match number {
        1 => Some(Side::Buy),
        -1 => Some(Side::Sell),
        _ => None,
    }
}

fn number_of(side: Option<Side>) -> i8 {
    side.map_or(0, |side| side as i8)
}

impl Message {
    /// A record; `None` if a bar's timeframe is none that 16 bits of a unit can say.
    #[inline]
    pub fn new(symbol: u32, body: Body) -> Option<Self> {
        let ts = |ts: Ts| ts as u64;
        let f = f64::to_bits;
        let (kind, side, small, words) = match body {
            Body::Trade { ts_event, ts_recv, price, quantity, side } => {
                let words = [ts(ts_event), ts(ts_recv), f(price), f(quantity), 0, 0];
                (MessageKind::Trade, number_of(side), [0; 2], words)
            }
            Body::Quote { ts_event, ts_recv, bid, ask, bid_size, ask_size } => {
                let words = [ts(ts_event), ts(ts_recv), f(bid), f(ask), f(bid_size), f(ask_size)];
                (MessageKind::Quote, 0, [0; 2], words)
            }
            Body::Delta { ts_event, ts_recv, side, price, quantity } => {
                let words = [ts(ts_event), ts(ts_recv), f(price), f(quantity), 0, 0];
                (MessageKind::Delta, side as i8, [0; 2], words)
            }
            Body::Bar { ts: start, timeframe, open, high, low, close, volume } => {
                let unit = UNITS.iter().position(|unit| timeframe > 0 && timeframe % unit == 0)?;
                let count = u16::try_from(timeframe / UNITS[unit]).ok()?;
                let words = [ts(start), f(open), f(high), f(low), f(close), f(volume)];
                (MessageKind::Bar, unit as i8, count.to_le_bytes(), words)
            }
            Body::MarketData { timestamp, price, volume } => {
                (MessageKind::MarketData, 0, [0; 2], [ts(timestamp), f(price), f(volume), 0, 0, 0])
            }
            Body::Signal { side, price, quantity, confidence } => {
                (MessageKind::Signal, number_of(side), [0; 2], [0, f(price), f(quantity), f(confidence), 0, 0])
            }
            Body::Order { order_id, side, order_type, time_in_force, quantity, price, stop_price } => {
                let words = [order_id, f(quantity), f(price), f(stop_price), 0, 0];
                (MessageKind::Order, side as i8, [order_type, time_in_force], words)
            }
            Body::Cancel { order_id } => (MessageKind::Cancel, 0, [0; 2], [order_id, 0, 0, 0, 0, 0]),
            Body::Fill { order_id, side, liquidity, price, quantity, fee, ts_event, ts_recv } => {
                let words = [order_id, f(price), f(quantity), f(fee), ts(ts_event), ts(ts_recv)];
                (MessageKind::Fill, side as i8, [liquidity, 0], words)
            }
            Body::Update { order_id, client_id, side, status, reject, quantity, filled, average } => {
                let words = [order_id, client_id, f(quantity), f(filled), f(average), u64::from(reject)];
                (MessageKind::Update, side as i8, [status, 0], words)
            }
            Body::Control { code, argument } => (MessageKind::Control, 0, [0; 2], [code, argument, 0, 0, 0, 0]),
            Body::Payload { length, form } => (MessageKind::Payload, 0, [form, 0], [length, 0, 0, 0, 0, 0]),
        };
        Some(Self { kind: kind as u8, side, small, symbol, published: 0, words })
    }

    /// What it says; `None` if its bytes mean nothing.
    #[inline]
    pub fn body(&self) -> Option<Body> {
        let w = &self.words;
        let ts = |word: usize| w[word] as Ts;
        let f = |word: usize| f64::from_bits(w[word]);
        let side = side_of(self.side);
        Some(match MessageKind::of(self.kind)? {
            MessageKind::Trade => Body::Trade { ts_event: ts(0), ts_recv: ts(1), price: f(2), quantity: f(3), side },
            MessageKind::Quote => {
                Body::Quote { ts_event: ts(0), ts_recv: ts(1), bid: f(2), ask: f(3), bid_size: f(4), ask_size: f(5) }
            }
            MessageKind::Delta => {
                Body::Delta { ts_event: ts(0), ts_recv: ts(1), side: side?, price: f(2), quantity: f(3) }
            }
            MessageKind::Bar => {
                let unit = UNITS.get(usize::try_from(self.side).ok()?)?;
                Body::Bar {
                    ts: ts(0),
                    timeframe: unit.checked_mul(i64::from(u16::from_le_bytes(self.small)))?,
                    open: f(1),
                    high: f(2),
                    low: f(3),
                    close: f(4),
                    volume: f(5),
                }
            }
            MessageKind::MarketData => Body::MarketData { timestamp: ts(0), price: f(1), volume: f(2) },
            MessageKind::Signal => Body::Signal { side, price: f(1), quantity: f(2), confidence: f(3) },
            MessageKind::Order => Body::Order {
                order_id: w[0],
                side: side?,
                order_type: self.small[0],
                time_in_force: self.small[1],
                quantity: f(1),
                price: f(2),
                stop_price: f(3),
            },
            MessageKind::Cancel => Body::Cancel { order_id: w[0] },
            MessageKind::Fill => Body::Fill {
                order_id: w[0],
                side: side?,
                liquidity: self.small[0],
                price: f(1),
                quantity: f(2),
                fee: f(3),
                ts_event: ts(4),
                ts_recv: ts(5),
            },
            MessageKind::Update => Body::Update {
                order_id: w[0],
                client_id: w[1],
                side: side?,
                status: self.small[0],
                reject: u16::try_from(w[5]).ok()?,
                quantity: f(2),
                filled: f(3),
                average: f(4),
            },
            MessageKind::Control => Body::Control { code: w[0], argument: w[1] },
            MessageKind::Payload => Body::Payload { length: w[0], form: self.small[0] },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODIES: [Body; 12] = [
        Body::Trade { ts_event: -1, ts_recv: 2, price: 0.1, quantity: 3.0, side: Some(Side::Sell) },
        Body::Quote { ts_event: 1, ts_recv: 2, bid: 1.0, ask: 1.1, bid_size: 5.0, ask_size: 6.0 },
        Body::Delta { ts_event: 1, ts_recv: 2, side: Side::Buy, price: 1.0, quantity: 0.0 },
        Body::Bar { ts: 5, timeframe: 300_000_000_000, open: 1.0, high: 2.0, low: 0.5, close: 1.5, volume: 9.0 },
        Body::MarketData { timestamp: 7, price: 50_000.0, volume: 1.0 },
        Body::Signal { side: Some(Side::Buy), price: 50_000.0, quantity: 0.1, confidence: 0.95 },
        Body::Order {
            order_id: u64::MAX,
            side: Side::Sell,
            order_type: 1,
            time_in_force: 2,
            quantity: 1.0,
            price: 2.0,
            stop_price: 3.0,
        },
        Body::Cancel { order_id: 3 },
        Body::Fill {
            order_id: 3,
            side: Side::Buy,
            liquidity: 1,
            price: 1.0,
            quantity: 2.0,
            fee: -0.5,
            ts_event: 1,
            ts_recv: 2,
        },
        Body::Update {
            order_id: 1,
            client_id: 2,
            side: Side::Buy,
            status: 5,
            reject: 2006,
            quantity: 1.0,
            filled: 0.5,
            average: 7.0,
        },
        Body::Control { code: 1, argument: 2 },
        Body::Payload { length: 10, form: 2 },
    ];

    #[test]
    fn what_is_said_is_what_is_heard() {
        for (place, body) in BODIES.into_iter().enumerate() {
            let message = Message::new(17, body).unwrap();
            assert_eq!(usize::from(message.kind), place + 1, "{body:?}");
            assert_eq!((message.symbol, message.published), (17, 0));
            assert_eq!(message.body(), Some(body));
            assert_eq!(Message::read_from_bytes(message.as_bytes()).unwrap(), message);
        }
    }

    #[test]
    fn bytes_that_mean_nothing_say_nothing() {
        let none = Message { kind: 0, side: 0, small: [0; 2], symbol: 0, published: 0, words: [0; 6] };
        assert_eq!(none.body(), None);
        assert_eq!(Message { kind: 13, ..none }.body(), None);
        assert_eq!(Message { kind: MessageKind::Delta as u8, ..none }.body(), None);
        assert_eq!(Message { kind: MessageKind::Bar as u8, side: 7, ..none }.body(), None);
        assert_eq!(Message { kind: MessageKind::Bar as u8, side: -1, ..none }.body(), None);
    }

    #[test]
    fn timeframes_of_bars_are_whole_numbers_of_a_unit() {
        let bar = |timeframe| {
            Message::new(0, Body::Bar { ts: 0, timeframe, open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 })
        };
        let length = |timeframe| bar(timeframe).and_then(|message| message.body());
        for timeframe in [1, 250_000_000, 1_000_000_000, 14_400_000_000_000, 604_800_000_000_000] {
            assert!(matches!(length(timeframe), Some(Body::Bar { timeframe: read, .. }) if read == timeframe));
        }
        assert!(bar(0).is_none() && bar(-60).is_none() && bar(65_537_000_000_001).is_none());
    }
}
