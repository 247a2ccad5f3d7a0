//! What a strategy is: something that sees events and asks for orders.
//!
//! A strategy never touches the engine. It gets a [`Context`] - the time, its positions, a list to put
//! [`Command`]s in - and the engine carries the commands out after the call, through the risk checks.

mod expression;
mod target;

use std::ops::Range;
use std::sync::Arc;

pub use expression::ExprStrategy;
pub use target::TargetStrategy;

use crate::error::{Error, ErrorKind};
use crate::event::{Block, Event, SourceRows};
use crate::order::{Command, NewOrder, Order, OrderType, Report, TimeInForce};
use crate::types::{Instrument, InstrumentId, OrderId, Px, Qty, Side, Ts};

/// A bar that the engine built from ticks for a strategy; prices are floats, as a quote's mid lies on
/// half ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuiltBar {
    /// Of what.
    pub instrument: InstrumentId,
    /// Length of the interval, ns.
    pub timeframe: i64,
    /// Start of the interval.
    pub ts_open: Ts,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Volume in units; NaN if the data has none.
    pub volume: f64,
}

/// What a strategy may read and ask for during a call.
#[derive(Debug)]
pub struct Context<'a> {
    /// The local time: when what it is told of is seen.
    pub now: Ts,
    /// Whether the run's start date is still ahead: orders would be refused.
    pub warming_up: bool,
    /// The instruments of the run.
    pub instruments: &'a [Instrument],
    pub(crate) positions: &'a [Qty],
    pub(crate) working: &'a [Qty],
    pub(crate) next_order: &'a mut u64,
    pub(crate) commands: &'a mut Vec<Command>,
    pub(crate) requests: &'a mut Vec<Request>,
}

/// What a strategy asks for besides orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Bars of this length, ns, for every instrument.
    Bars(i64),
    /// A timer: first at `at`, then every `every` ns (0: once), told by `id`.
    Timer {
        /// Told back in [`Strategy::on_timer`].
        id: u64,
        /// First time.
        at: Ts,
        /// Period, ns; 0 for once.
        every: i64,
    },
    /// No more of this timer.
    CancelTimer(u64),
}

impl Context<'_> {
    /// The position the ledger knows, lots.
    #[inline]
    pub fn position(&self, instrument: InstrumentId) -> Qty {
        self.positions[instrument.index()]
    }

    /// The signed sum of what open orders have not filled yet, lots: position plus this is where the
    /// position is going.
    #[inline]
    pub fn working(&self, instrument: InstrumentId) -> Qty {
        self.working[instrument.index()]
    }

    /// The number that [`Self::next_order_id`] will give.
    #[inline]
    pub const fn peek_order_id(&self) -> OrderId {
        OrderId(*self.next_order + 1)
    }

    /// A number for a new order.
    pub fn next_order_id(&mut self) -> OrderId {
        *self.next_order += 1;
        OrderId(*self.next_order)
    }

    /// Asks for a market order.
    pub fn market(&mut self, instrument: InstrumentId, side: Side, qty: Qty) -> OrderId {
        let id = self.next_order_id();
        self.submit(NewOrder {
            id,
            instrument,
            side,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Gtc,
            qty,
            limit: None,
            stop: None,
        });
        id
    }

    /// Asks for a limit order, good till cancelled.
    pub fn limit(&mut self, instrument: InstrumentId, side: Side, qty: Qty, limit: Px) -> OrderId {
        let id = self.next_order_id();
        self.submit(NewOrder {
            id,
            instrument,
            side,
            order_type: OrderType::Limit,
            time_in_force: TimeInForce::Gtc,
            qty,
            limit: Some(limit),
            stop: None,
        });
        id
    }

    /// Asks for an order; its id comes from [`Self::next_order_id`].
    #[inline]
    pub fn submit(&mut self, order: NewOrder) {
        self.commands.push(Command::Submit(order));
    }

    /// Asks for whatever a command says.
    #[inline]
    pub fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Whether anything was asked for during the call.
    #[inline]
    pub const fn has_asked(&self) -> bool {
        !self.commands.is_empty() || !self.requests.is_empty()
    }

    /// Asks for bars or timers.
    pub fn request(&mut self, request: Request) {
        self.requests.push(request);
    }
}

/// A trading strategy. Every method does nothing unless it is given.
///
/// An `Err` ends the run; what was computed so far is kept.
pub trait Strategy {
    /// Whether it wants to be told of its orders: `false` leaves [`Self::on_report`] out.
    const WATCHES_ORDERS: bool = true;

    /// Whether [`Self::on_rows`] is given.
    const SEES_STRETCHES: bool = false;

    /// Whether [`Self::prepare`] fills [`Block::target`]: where records come one by one, it is shown blocks of one row.
    const DECIDES_BY_COLUMN: bool = false;

    /// Before the first event.
    ///
    /// # Errors
    /// Ends the run.
    fn on_start(&mut self, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// The run has one instrument more, the next by number.
    fn add_instrument(&mut self, _instrument: &Instrument) {}

    /// Sees a block of rows before its events, to fill [`Block::target`]. It must not use a row to
    /// decide on an earlier one.
    ///
    /// # Errors
    /// Ends the run.
    fn prepare(&mut self, _input: usize, _block: &mut Block, _instruments: &[Instrument]) -> Result<(), Error> {
        Ok(())
    }

    /// Whether it would do anything with a record: `false` leaves [`Self::on_event`] out.
    #[inline(always)]
    fn cares(&self, _event: &Event) -> bool {
        true
    }

    /// A market data record.
    ///
    /// # Errors
    /// Ends the run.
    fn on_event(&mut self, _event: &Event, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Some rows of a block of an input, all of one instrument and each known when it happens, in place of
    /// [`Self::on_event`] for each, with the same outcome: up to the first row on which it asks for something or
    /// fails, whose place it gives, with [`Context::now`] as it is then; else the end of `rows`.
    fn on_rows(
        &mut self,
        _input: usize,
        _block: &Block,
        _instrument: InstrumentId,
        rows: Range<usize>,
        _context: &mut Context<'_>,
    ) -> (usize, Result<(), Error>) {
        (rows.end, Ok(()))
    }

    /// A bar that was asked for with [`Request::Bars`].
    ///
    /// # Errors
    /// Ends the run.
    fn on_bar(&mut self, _bar: &BuiltBar, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// A report about an order, and the order after it.
    ///
    /// # Errors
    /// Ends the run.
    fn on_report(&mut self, _report: &Report, _order: &Order, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// A timer that was asked for with [`Request::Timer`].
    ///
    /// # Errors
    /// Ends the run.
    fn on_timer(&mut self, _id: u64, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// After the last event.
    ///
    /// # Errors
    /// Marks the result incomplete.
    fn on_stop(&mut self, _context: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Follows ready-made targets: -1, 0, 1 times a quantity, one a row of the primary table, which is the
/// first input; NaN holds.
#[derive(Debug)]
pub struct SignalStrategy {
    targets: Arc<[f64]>,
    quantity: f64,
    follow: TargetStrategy,
}

impl SignalStrategy {
    /// `targets` by row of the first input as it is given, rows that the reader leaves out included.
    pub fn new(targets: Arc<[f64]>, quantity: f64, instruments: usize) -> Self {
        Self { targets, quantity, follow: TargetStrategy::new(instruments) }
    }
}

impl Strategy for SignalStrategy {
    const WATCHES_ORDERS: bool = false;
    const SEES_STRETCHES: bool = true;
    const DECIDES_BY_COLUMN: bool = true;

    fn add_instrument(&mut self, instrument: &Instrument) {
        self.follow.add_instrument(instrument);
    }

    fn prepare(&mut self, input: usize, block: &mut Block, instruments: &[Instrument]) -> Result<(), Error> {
        block.target.clear();
        if input != 0 {
            return self.follow.prepare(input, block, instruments);
        }
        let (rows, quantity) = (block.len(), self.quantity);
        let in_a_row = match &block.rows {
            SourceRows::From(first) => usize::try_from(*first).ok(),
            SourceRows::Each(_) => None,
        };
        if let Some(targets) = in_a_row.and_then(|first| self.targets.get(first..first.checked_add(rows)?)) {
            block.target.extend(targets.iter().map(|target| target * quantity));
            return self.follow.prepare(input, block, instruments);
        }
        for row in 0..rows {
            let place = block.rows.at(row);
            let target = usize::try_from(place).ok().and_then(|place| self.targets.get(place)).ok_or_else(|| {
                let rule = format!("must have a value for every row of the primary table, also row {place}");
                Error::new(ErrorKind::Strategy, 1102, "targets", rule, format!("{} values", self.targets.len()))
            })?;
            block.target.push(target * quantity);
        }
        self.follow.prepare(input, block, instruments)
    }

    #[inline(always)]
    fn cares(&self, event: &Event) -> bool {
        self.follow.cares(event)
    }

    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        self.follow.on_event(event, context)
    }

    #[inline]
    fn on_rows(
        &mut self,
        input: usize,
        block: &Block,
        instrument: InstrumentId,
        rows: Range<usize>,
        context: &mut Context<'_>,
    ) -> (usize, Result<(), Error>) {
        self.follow.on_rows(input, block, instrument, rows, context)
    }
}
