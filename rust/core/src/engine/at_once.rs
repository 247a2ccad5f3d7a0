//! New orders: the check, and what becomes of them where nothing else can happen meanwhile.
//!
//! # Rationale
//! Most market orders of a backtest arrive and are filled before the next record, while nothing else is under way.
//! Such an order is filled where it is decided: no report travels, and it is never among the open orders. Whoever
//! watches sees the same calls at the same times as if it had been waited for.

use super::{Engine, Probe};
use crate::error::Error;
use crate::order::{Fill, Liquidity, NewOrder, Order, OrderStatus, Reject};
use crate::risk::Approved;
use crate::strategy::Strategy;
use crate::types::Ts;
use crate::venue::{Venue, WholeFill};

impl<V: Venue, S: Strategy> Engine<V, S> {
    /// Judges an order; `None` if it is refused, which is then done.
    #[inline(always)]
    pub(super) fn approve<'a>(
        &mut self,
        request: &'a NewOrder,
        probe: &mut impl Probe,
    ) -> Option<Approved<&'a NewOrder>> {
        self.audit.orders += 1;
        let checked = match self.instruments.get(request.instrument.index()) {
            Some(_) if self.now < self.trading_from => Err(Reject::WarmUp.into()),
            Some(_) if self.halted.is_some() => Err(Reject::Halted.into()),
            Some(_) => self.check(request),
            None => Err(Reject::UnknownInstrument.into()),
        };
        match checked {
            Ok(approved) => Some(approved),
            Err(denied) => {
                self.refuse(Order::new(*request, self.now), denied, probe);
                None
            }
        }
    }

    pub(super) fn submit(&mut self, approved: Approved<&NewOrder>) {
        self.open_new(approved.get());
        self.venue.submit(approved.copied(), self.now);
    }

    fn open_new(&mut self, request: &NewOrder) {
        self.open.work(request.instrument, request.side, request.qty.0);
        self.open.insert(Order { status: OrderStatus::Submitted, ..Order::new(*request, self.now) });
    }

    /// An order that is all there is to do, with nothing due and no market data before `until`.
    #[inline(always)]
    pub(super) fn submit_alone(&mut self, request: &NewOrder, until: Ts, probe: &mut impl Probe) -> Result<(), Error> {
        if let Some(approved) = self.approve(request, probe) {
            match self.venue.fill_at_once(approved, self.now, until) {
                Some(fill) => return self.see_whole(request, fill, probe),
                None => self.submit(approved),
            }
        }
        self.due = self.next_due();
        Ok(())
    }

    /// [`Engine::see`] of the only report about an order, which was never open. Time passes as it would have, had the
    /// order and its report been waited for.
    #[inline(always)]
    fn see_whole(&mut self, request: &NewOrder, whole: WholeFill, probe: &mut impl Probe) -> Result<(), Error> {
        let fill = fill_of(request, whole);
        if self.ledger.is_narrow(&fill) {
            self.see_fill::<true>(request, &fill, probe)
        } else {
            self.see_wide(request, whole, probe)
        }
    }

    #[cold]
    #[inline(never)]
    fn see_wide(&mut self, request: &NewOrder, whole: WholeFill, probe: &mut impl Probe) -> Result<(), Error> {
        self.see_fill::<false>(request, &fill_of(request, whole), probe)
    }

    #[inline(always)]
    fn see_fill<const NARROW: bool>(
        &mut self,
        request: &NewOrder,
        fill: &Fill,
        probe: &mut impl Probe,
    ) -> Result<(), Error> {
        let submitted = self.now;
        probe.on_time(fill.ts_event, &self.ledger);
        probe.on_time(fill.ts_recv, &self.ledger);
        self.now = fill.ts_recv;
        let applied = if NARROW { self.ledger.apply_narrow(fill) } else { self.ledger.apply(fill) };
        let closed = match applied {
            Ok(closed) => closed,
            Err(error) => {
                // As it stands while the report is on its way.
                self.open_new(request);
                return Err(error);
            }
        };
        self.audit.fills += 1;
        probe.on_fill(fill, &self.ledger);
        if let Some(trade) = &closed {
            probe.on_trade(trade);
        }
        self.risk.release(request, request.qty.0);
        self.risk.closed(request.id);
        probe.on_order_closed(&Order {
            request: *request,
            status: OrderStatus::Filled,
            filled: request.qty,
            filled_value: i128::from(fill.px.0) * i128::from(request.qty.0),
            reject: None,
            ts_submitted: submitted,
            ts_closed: fill.ts_event,
        });
        self.after_fill(request.instrument);
        Ok(())
    }
}

#[inline(always)]
const fn fill_of(request: &NewOrder, whole: WholeFill) -> Fill {
    let WholeFill { px, fee, ts_event, ts_recv } = whole;
    let NewOrder { id: order, instrument, side, qty, .. } = *request;
    Fill { order, instrument, side, px, qty, fee, liquidity: Liquidity::Taker, ts_event, ts_recv }
}
