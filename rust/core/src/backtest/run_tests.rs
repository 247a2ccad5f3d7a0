//! Stretches against stepping row by row.

use proptest::prelude::{Just, any, prop, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as _;

use super::*;
use crate::backtest::{Outcome, Recorder};
use crate::data::Counts;
use crate::event::{BarColumns, Event, InstrumentColumn, QuoteColumns, SourceRows, TradeColumns};
use crate::order::{Command, NewOrder, Order, OrderType, Report, TimeInForce};
use crate::risk::{OrderLimits, RiskPolicy};
use crate::sim::{ConstantLatency, PercentFee, PercentSlippage, SimVenue, Through, VenueModels};
use crate::strategy::{BuiltBar, Context, Request, SignalStrategy};
use crate::types::{DAY_NS, Decimal, Instrument, MONEY_ONE, MaybePx, MaybeQty, OrderId, Px, Qty, Side};

/// A strategy that is shown no stretches, and may be told of its orders.
struct Stepped<S, const WATCHES: bool>(S);

impl<S: Strategy, const WATCHES: bool> Strategy for Stepped<S, WATCHES> {
    const WATCHES_ORDERS: bool = WATCHES;

    fn on_start(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        self.0.on_start(context)
    }

    fn prepare(&mut self, input: usize, block: &mut Block, instruments: &[Instrument]) -> Result<(), Error> {
        self.0.prepare(input, block, instruments)
    }

    fn cares(&self, event: &Event) -> bool {
        self.0.cares(event)
    }

    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        self.0.on_event(event, context)
    }

    fn on_bar(&mut self, bar: &BuiltBar, context: &mut Context<'_>) -> Result<(), Error> {
        self.0.on_bar(bar, context)
    }

    fn on_report(&mut self, _: &Report, _: &Order, _: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn on_timer(&mut self, id: u64, context: &mut Context<'_>) -> Result<(), Error> {
        self.0.on_timer(id, context)
    }
}

/// Does on each row what a script says, as a compiled function would.
struct Scripted {
    script: Vec<u32>,
    seen: usize,
    /// What it was shown, in one number.
    sum: i64,
}

impl Scripted {
    fn new(script: &[u32]) -> Self {
        Self { script: script.to_vec(), seen: 0, sum: 0 }
    }
}

impl Strategy for Scripted {
    const WATCHES_ORDERS: bool = false;
    const SEES_STRETCHES: bool = true;

    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        let word = self.script[self.seen % self.script.len()];
        let (what, amount) = (word % 64, i64::from(word >> 6) % 7);
        self.seen += 1;
        let place = context.position(event.instrument).0 + 3 * context.working(event.instrument).0;
        self.sum = self.sum.wrapping_mul(31).wrapping_add(event.ts_recv ^ context.now ^ place << 32);
        let side = if word >> 9 & 1 == 0 { Side::Buy } else { Side::Sell };
        let px = match event.record {
            Record::Quote(quote) | Record::Tick(quote, _) => quote.bid.get().map_or(100, |px| px.0),
            Record::Trade(trade) => trade.px.0,
            Record::Bar(bar) => bar.close.0,
        };
        let (limit, stop) = (Some(Px(px + amount - 3)), Some(Px(px + 3 - amount)));
        let (order_type, limit, stop) = match what {
            0..4 => (OrderType::Market, None, None),
            4 => (OrderType::Limit, limit, None),
            5 => (OrderType::Stop, None, stop),
            6 => (OrderType::StopLimit, limit, stop),
            7 => {
                context.command(Command::Cancel(OrderId(1 + word as u64 % 5)));
                return Ok(());
            }
            8 if amount == 0 => {
                context.market(event.instrument, side, Qty(1));
                return Err(Error::new(crate::error::ErrorKind::Strategy, 1, "row", "fails", word));
            }
            9 | 11..20 if amount == 1 => {
                context.request(Request::Timer { id: 1, at: context.now + 6, every: 45 });
                return Ok(());
            }
            9 if amount == 2 => {
                context.request(Request::Bars(64));
                return Ok(());
            }
            10 => {
                context.next_order_id();
                return Ok(());
            }
            _ => return Ok(()),
        };
        let time_in_force = [TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok, TimeInForce::Day];
        let order = NewOrder {
            id: context.next_order_id(),
            instrument: event.instrument,
            side,
            order_type,
            time_in_force: time_in_force[(word >> 10) as usize % 4],
            qty: Qty(amount),
            limit,
            stop,
        };
        context.submit(order);
        Ok(())
    }

    fn on_rows(
        &mut self,
        _input: usize,
        block: &Block,
        _instrument: InstrumentId,
        rows: std::ops::Range<usize>,
        context: &mut Context<'_>,
    ) -> (usize, Result<(), Error>) {
        for row in rows.clone() {
            context.now = block.known(row);
            let outcome = self.on_event(&block.event(row, 0), context);
            if outcome.is_err() || context.has_asked() {
                return (row, outcome);
            }
        }
        (rows.end, Ok(()))
    }

    fn on_bar(&mut self, bar: &BuiltBar, _: &mut Context<'_>) -> Result<(), Error> {
        self.sum = self.sum.wrapping_mul(31).wrapping_add(bar.close.to_bits() as i64);
        Ok(())
    }

    fn on_timer(&mut self, _: u64, context: &mut Context<'_>) -> Result<(), Error> {
        self.sum = self.sum.wrapping_mul(31).wrapping_add(context.now);
        if self.sum % 3 == 0 {
            context.market(InstrumentId(0), Side::Buy, Qty(1));
        }
        Ok(())
    }
}

/// A run: its data and its settings.
#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    /// Gap to the row before, step of the price, spread, size, and a word of flags.
    rows: Vec<(u8, i8, i8, u8, u8)>,
    block: usize,
    seen_late: bool,
    feed_latency: i64,
    entry: i64,
    response: i64,
    sample: i64,
    warm_up: i64,
    end: i64,
    large: bool,
    bounded: bool,
    targets: Vec<f64>,
    script: Vec<u32>,
}

/// A little before a midnight.
const START: Ts = 19_000 * DAY_NS - 300;

fn cases() -> impl proptest::strategy::Strategy<Value = Case> {
    let kinds = prop::sample::select(vec![Kind::Quote, Kind::Tick, Kind::Trade, Kind::Bar]);
    let gap = prop_oneof![3 => 0u8..3, 2 => 3u8..40, 1 => 100u8..255];
    let row = (gap, -2i8..3, -1i8..4, 0u8..6, any::<u8>());
    let rows = prop::collection::vec(row, 1..160);
    let settings = (1usize..90, 0u8..8, 0u8..8, prop::sample::select(vec![0i64, 1, 2, 7, 60, 400]));
    let more = (
        prop::sample::select(vec![0i64, 1, 5, 90]),
        prop::sample::select(vec![30i64, 64, 200, 5_000]),
        prop_oneof![3 => Just(0i64), 1 => 0i64..600],
        prop_oneof![3 => Just(100_000i64), 1 => 0i64..900],
        0u8..10,
        any::<bool>(),
    );
    let wanted = prop_oneof![6 => Just(f64::NAN), 6 => Just(1.0), 4 => Just(-1.0), 2 => Just(0.0), 1 => Just(3.0),
        1 => Just(0.5)];
    let targets = (0u8..12, prop::collection::vec(wanted, 160)).prop_map(|(hold, targets)| {
        // Mostly the same for a while, as signals are.
        let mut held = 0.0;
        let hold = usize::from(hold) + 1;
        let held = targets.iter().enumerate().map(|(row, wanted)| {
            held = if row % hold == 0 { *wanted } else { held };
            held
        });
        held.collect::<Vec<f64>>()
    });
    let script = prop::collection::vec(prop_oneof![3 => Just(63u32), 2 => any::<u32>()], 1..160);
    (kinds, rows, settings, more, targets, script).prop_map(|(kind, rows, settings, more, targets, script)| {
        let (block, late, feed, entry) = settings;
        let (response, sample, warm_up, end, large, bounded) = more;
        Case {
            kind,
            rows,
            block,
            seen_late: late == 0,
            feed_latency: i64::from(feed == 0) * 5,
            entry,
            response,
            sample,
            warm_up,
            end,
            large: large == 0,
            bounded,
            targets,
            script,
        }
    })
}

impl Case {
    fn blocks(&self) -> Vec<Block> {
        let mut first = 0;
        let (mut ts, mut px, mut seen) = (START, if self.large { 1i64 << 55 } else { 1_000 }, START);
        let chunks = self.rows.chunks(self.block).map(|rows| {
            let (mut times, mut recv) = (Vec::new(), Vec::new());
            let (mut quotes, mut trades, mut bars) =
                (QuoteColumns::default(), TradeColumns::default(), BarColumns::default());
            for (gap, step, spread, size, flags) in rows {
                ts += i64::from(*gap);
                let leap = if self.large && *flags > 240 { 1i64 << 53 } else { 1 };
                px = (px + i64::from(*step) * leap).max(1);
                seen = seen.max(ts + i64::from(flags % 3));
                times.push(ts);
                recv.push(seen);
                let absent = |bit: u8| flags & 0x70 == bit << 4;
                quotes.bid.push(if absent(1) { MaybePx::NONE } else { Px(px).into() });
                quotes.ask.push(if absent(2) { MaybePx::NONE } else { Px(px + i64::from(*spread)).into() });
                let size = if *size == 0 { MaybeQty::NONE } else { Qty(i64::from(*size)).into() };
                quotes.bid_qty.push(size);
                quotes.ask_qty.push(Qty(i64::from(*flags >> 5)).into());
                trades.px.push(Px(px));
                trades.qty.push(size);
                bars.ts_open.push(ts - 40);
                bars.open.push(Px(px - i64::from(*step)));
                bars.high.push(Px(px + 3));
                bars.low.push(Px(px - 3));
                bars.close.push(Px(px));
            }
            let place = SourceRows::From(first);
            first += rows.len() as u64;
            Block {
                ts_event: times,
                ts_recv: if self.seen_late { recv } else { Vec::new() },
                instrument: InstrumentColumn::One(InstrumentId(0)),
                columns: match self.kind {
                    Kind::Quote => Columns::Quotes(quotes),
                    Kind::Tick => Columns::Ticks(quotes, trades),
                    Kind::Trade => Columns::Trades(trades),
                    Kind::Bar => Columns::Bars(bars),
                },
                rows: place,
                target: Vec::new(),
            }
        });
        chunks.collect()
    }

    /// All that a run of it comes to, as a text.
    fn run<S: Strategy>(&self, strategy: S, show: impl Fn(&S) -> String) -> String {
        let tick: Decimal = "0.01".parse().unwrap();
        let lot: Decimal = if self.large { "1000" } else { "1" }.parse().unwrap();
        let instruments = vec![Instrument::try_new("X", tick, lot).unwrap()];
        let basis = vec![Basis::from(self.kind)];
        let (pct, none) = ("0.013".parse().unwrap(), "0".parse().unwrap());
        let models = VenueModels {
            latency: Box::new(ConstantLatency { entry: self.entry, cancel: self.entry, response: self.response }),
            fees: Box::new(PercentFee::new(pct, pct)),
            slippage: Box::new(PercentSlippage::new(none)),
            fill: Box::new(Through),
            bounded_by_size: self.bounded,
        };
        let venue = SimVenue::new(&instruments, &basis, models);
        let limits = OrderLimits {
            max_order_qty: None,
            max_position: None,
            max_notional: None,
            collar_ppm: None,
            leverage_ppm: 1_500_000,
        };
        let mut recorder = Recorder::new(self.sample, START + self.warm_up);
        let outcome_of_rows = Outcome::new(vec![instruments[0].half_unit()]);
        let capital = if self.large { 1 << 119 } else { 30 * MONEY_ONE };
        let policy = RiskPolicy::new(limits);
        let mut engine = Engine::new(instruments, basis, venue, strategy, policy, capital, self.feed_latency);
        engine.warm_up_until(START + self.warm_up);
        let mut source = Memory(self.blocks().into_iter(), Counts::default());
        let options = RunOptions { feed_latency: self.feed_latency, end: START + self.end };
        let mut events = 0;
        let go_on = |_: &mut Recorder, _| ControlFlow::Continue(());
        let outcome = run(&mut engine, &mut [&mut source], options, &mut recorder, &mut events, go_on);
        let outcome = outcome.and_then(|ending| engine.finish(&mut recorder).map(|()| ending));
        recorder.finish(engine.ledger(), &engine.open_orders());
        format!(
            "{outcome:?} {events} {} {:?} {:?} {:?} {:x?} {:?} {:?} {}",
            engine.now(),
            engine.ledger(),
            recorder.rows(),
            recorder.samples(),
            outcome_of_rows.finish(&recorder, engine.ledger()),
            engine.ledger().max_drawdown(),
            engine.venue().counts(),
            show(engine.strategy()),
        )
    }
}

struct Memory(std::vec::IntoIter<Block>, Counts);

impl BlockSource for Memory {
    fn next_block(&mut self) -> Result<Option<Block>, Error> {
        Ok(self.0.next())
    }

    fn counts(&self) -> &Counts {
        &self.1
    }
}

proptest! {
    #[test]
    fn stretches_come_to_what_stepping_row_by_row_comes_to(case in cases()) {
        let targets = || SignalStrategy::new(case.targets.clone().into(), 1.0, 1);
        let at_once = case.run(targets(), |_| String::new());
        prop_assert_eq!(&at_once, &case.run(Stepped::<_, false>(targets()), |_| String::new()));
        // Reports that nobody listens to change nothing, told or not.
        prop_assert_eq!(&at_once, &case.run(Stepped::<_, true>(targets()), |_| String::new()));

        let scripted = || Scripted::new(&case.script);
        let show = |scripted: &Scripted| format!("{} {}", scripted.seen, scripted.sum);
        let at_once = case.run(scripted(), show);
        prop_assert_eq!(&at_once, &case.run(Stepped::<_, false>(scripted()), |stepped| show(&stepped.0)));
        prop_assert_eq!(&at_once, &case.run(Stepped::<_, true>(scripted()), |stepped| show(&stepped.0)));
    }
}
