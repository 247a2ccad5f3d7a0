//! The guard of an account by itself, for `ba.RiskManager`: positions, marks and limits without an engine.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::ledger::Ledger;
use baconalgo_core::order::{Fill, Liquidity, NewOrder, OrderType, Reject, TimeInForce};
use baconalgo_core::risk::matrix::Matrix;
use baconalgo_core::risk::portfolio::PortfolioRisk;
use baconalgo_core::risk::{Denied, InstrumentLimits, Risk, SymbolRules};
use baconalgo_core::types::{
    Decimal, Instrument, InstrumentId, MONEY_ONE, Money, OrderId, Px, Qty, Side, Ts, money_to_f64,
};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::to_py_err;
use crate::risk::{dimension, money, policy, report};

/// A refusal: code, limit, reason, value, bound.
type Refusal = (u16, &'static str, &'static str, Option<f64>, Option<f64>);
/// A position: symbol, quantity, average price, mark, signed value, worst exposure, unrealised and realised P&L.
type PositionRow = (String, f64, f64, f64, f64, f64, f64, f64);

struct Book {
    risk: Risk,
    ledger: Ledger,
    instruments: Vec<Instrument>,
    places: BTreeMap<String, InstrumentId>,
}

/// Positions, marks and limits of an account.
#[pyclass(frozen, module = "baconalgo._core")]
pub(crate) struct RiskBook {
    book: Mutex<Book>,
}

/// The most symbols that a book holds.
const MOST_SYMBOLS: usize = 1_000_000;

fn amount_error(parameter: &str, rule: &str, value: f64) -> PyErr {
    to_py_err(Error::new(ErrorKind::Order, 1002, parameter, rule, value))
}

/// An amount as whole money, rounded to 1e-18.
fn as_money(parameter: &str, value: f64) -> PyResult<Money> {
    let most = 1e17;
    if !(value.is_finite() && value.abs() < most) {
        return Err(amount_error(parameter, "must be finite and below 1e17", value));
    }
    let whole = value.trunc();
    Ok(whole as i128 * MONEY_ONE + ((value - whole) * 1e18).round() as i128)
}

impl Book {
    fn place(&mut self, symbol: &str) -> PyResult<InstrumentId> {
        if let Some(id) = self.places.get(symbol) {
            return Ok(*id);
        }
        let step = Decimal::power_of_ten(8);
        self.add(Instrument::try_new(symbol, step, step).map_err(to_py_err)?)
    }

    fn add(&mut self, instrument: Instrument) -> PyResult<InstrumentId> {
        if self.instruments.len() >= MOST_SYMBOLS {
            let rule = format!("must be among at most {MOST_SYMBOLS} symbols");
            return Err(to_py_err(Error::new(ErrorKind::Config, 1009, "symbol", rule, instrument.symbol())));
        }
        let id = InstrumentId(self.instruments.len() as u32);
        self.risk.add_instrument(&instrument);
        self.ledger.add_instrument(&instrument);
        self.places.insert(instrument.symbol().to_owned(), id);
        self.instruments.push(instrument);
        Ok(id)
    }

    /// Whole ticks of a price; `None` if there is none.
    fn ticks(&self, id: InstrumentId, price: Option<f64>) -> Option<i64> {
        let (ticks, _) = self.instruments[id.index()].px_scale().nearest(price?);
        (ticks.abs() < (1i64 << 60) as f64).then_some(ticks as i64)
    }

    /// Whole lots of a quantity, away from zero: never less than is asked.
    fn lots(&self, id: InstrumentId, quantity: f64) -> Option<i64> {
        let (near, off) = self.instruments[id.index()].qty_scale().nearest(quantity);
        let lots = if off <= 1e-6 { near } else { near.signum() * (near.abs() + 1.0) };
        (lots.abs() < (1i64 << 60) as f64).then_some(lots as i64)
    }

    fn mark(&mut self, id: InstrumentId, ticks: i64, now: Ts) -> PyResult<bool> {
        self.ledger.mark(id, 2 * ticks).map_err(to_py_err)?;
        self.risk.moved(id);
        Ok(self.risk.watch(id, now, &self.ledger))
    }

    fn judge(&mut self, symbol: &str, quantity: f64, price: Option<f64>, now: Ts) -> PyResult<Result<(), Denied>> {
        let id = self.place(symbol)?;
        let Some(lots) = self.lots(id, quantity) else { return Ok(Err(Reject::Quantity.into())) };
        let Some(side) = Side::of(lots) else { return Ok(Err(Reject::Quantity.into())) };
        let ticks = self.ticks(id, price);
        if price.is_some_and(f64::is_finite) && ticks.is_none() {
            return Ok(Err(Reject::Price.into()));
        }
        if let (Some(ticks), None) = (ticks, self.ledger.mark2(id)) {
            // The only price there is.
            self.mark(id, ticks, now)?;
        }
        let order = NewOrder {
            id: OrderId(0),
            instrument: id,
            side,
            order_type: if ticks.is_some() { OrderType::Limit } else { OrderType::Market },
            time_in_force: TimeInForce::Gtc,
            qty: Qty(lots.abs()),
            limit: ticks.map(Px),
            stop: None,
        };
        // A price that is asked about and is none: nobody knows what it would cost.
        if price.is_some() && ticks.is_none() {
            self.risk.set_synced(id, false);
            let outcome = self.risk.what_if(&order, now, &self.ledger);
            self.risk.set_synced(id, true);
            return Ok(outcome);
        }
        Ok(self.risk.what_if(&order, now, &self.ledger))
    }
}

impl RiskBook {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl RiskBook {
    #[new]
    fn new(settings: &Bound<'_, PyDict>, capital: &str) -> PyResult<Self> {
        let capital = money(capital)?;
        let risk = Risk::new(policy(settings, None)?, &[], capital);
        let ledger = Ledger::new(&[], capital);
        Ok(Self { book: Mutex::new(Book { risk, ledger, instruments: Vec::new(), places: BTreeMap::new() }) })
    }

    /// An instrument with its own tick and lot; without it, both are 1e-8.
    fn add(&self, symbol: &str, tick_size: &str, lot_size: &str, multiplier: &str, currency: &str) -> PyResult<()> {
        let decimal = |text: &str| text.parse::<Decimal>().map_err(to_py_err);
        let (tick, lot, multiplier) = (decimal(tick_size)?, decimal(lot_size)?, decimal(multiplier)?);
        let instrument = Instrument::try_with(symbol, tick, lot, multiplier, currency).map_err(to_py_err)?;
        let mut book = self.lock();
        if book.places.contains_key(symbol) {
            return Err(to_py_err(Error::new(ErrorKind::Config, 1001, "symbol", "must be new", symbol)));
        }
        book.add(instrument).map(|_| ())
    }

    /// Why a trade would be refused; None if it would not.
    fn judge(&self, symbol: &str, quantity: f64, price: Option<f64>, now: Ts) -> PyResult<Option<Refusal>> {
        let mut book = self.lock();
        let outcome = book.judge(symbol, quantity, price, now)?;
        let id = book.place(symbol)?;
        let instrument = &book.instruments[id.index()];
        Ok(outcome.err().map(|denied| {
            let (value, bound) = denied.for_people(instrument).unzip();
            (denied.reject.code(), denied.reject.limit(), denied.reject.reason(), value, bound)
        }))
    }

    /// A price; NaN says that there is none any more. Gives whether it tripped a breaker.
    fn mark(&self, symbol: &str, price: f64, now: Ts) -> PyResult<bool> {
        let mut book = self.lock();
        let id = book.place(symbol)?;
        let ticks = book.ticks(id, Some(price));
        book.risk.set_synced(id, ticks.is_some());
        ticks.map_or(Ok(false), |ticks| book.mark(id, ticks, now))
    }

    /// A fill of a signed quantity, of an order of ours or not. Gives whether it tripped a breaker.
    fn fill(&self, symbol: &str, quantity: f64, price: f64, fee: f64, now: Ts) -> PyResult<bool> {
        let mut book = self.lock();
        let id = book.place(symbol)?;
        let lots = book.instruments[id.index()].qty_scale().to_ticks(quantity);
        let side = lots.and_then(Side::of);
        let (Some(lots), Some(side)) = (lots, side) else {
            return Err(amount_error("quantity", "must be a whole number of lots, not 0", quantity));
        };
        let ticks = book.ticks(id, Some(price)).ok_or_else(|| amount_error("price", "must be a price", price))?;
        let fill = Fill {
            order: OrderId(0),
            instrument: id,
            side,
            px: Px(ticks),
            qty: Qty(lots.abs()),
            fee: as_money("fee", fee)?,
            liquidity: Liquidity::Taker,
            ts_event: now,
            ts_recv: now,
        };
        book.ledger.apply(&fill).map_err(to_py_err)?;
        book.risk.moved(id);
        let Book { risk, ledger, .. } = &mut *book;
        Ok(risk.traded(id, now, ledger))
    }

    /// Sets a symbol's own limits in place of those it has: order quantity, position, notional, exposure, margin in
    /// parts per million; None is no limit.
    #[allow(clippy::too_many_arguments, reason = "one for each limit")]
    fn limit_instrument(
        &self,
        symbol: &str,
        max_order_quantity: Option<f64>,
        max_position: Option<f64>,
        max_notional: Option<&str>,
        max_exposure: Option<&str>,
        margin_ppm: Option<i64>,
    ) -> PyResult<()> {
        let rules = SymbolRules {
            max_order_quantity,
            max_position,
            max_notional: max_notional.map(money).transpose()?,
            max_exposure: max_exposure.map(money).transpose()?,
            margin_ppm,
            ..SymbolRules::default()
        };
        let mut book = self.lock();
        let id = book.place(symbol)?;
        let instrument = &book.instruments[id.index()];
        let limits =
            book.risk.policy().guard().map_or_else(InstrumentLimits::default, |g| g.limits_of(instrument, &rules));
        book.risk.limit_instrument(id, limits);
        Ok(())
    }

    /// Puts a symbol in a group.
    fn assign(&self, symbol: &str, word: &str, name: &str) -> PyResult<()> {
        let dimension = dimension(word)?;
        let mut book = self.lock();
        let id = book.place(symbol)?;
        book.risk.assign(id, dimension, name);
        Ok(())
    }

    /// Sets or lifts the limit on the exposure of a group.
    fn limit_group(&self, word: &str, name: &str, limit: Option<&str>) -> PyResult<()> {
        let (dimension, limit) = (dimension(word)?, limit.map(money).transpose()?);
        self.lock().risk.limit_group(dimension, name, limit);
        Ok(())
    }

    /// Limits the value at risk of all positions together; None lifts the limit.
    fn limit_var(
        &self,
        symbols: Vec<String>,
        covariance: PyReadonlyArray2<'_, f64>,
        confidence: f64,
        most: Option<&str>,
    ) -> PyResult<()> {
        let book = &mut *self.lock();
        let Some(most) = most.map(money).transpose()? else {
            book.risk.lift_var_limit();
            return Ok(());
        };
        let values: Vec<f64> = covariance.as_array().iter().copied().collect();
        let matrix = Matrix::try_new("covariance", symbols.len(), &values).map_err(to_py_err)?;
        let model = PortfolioRisk::try_new(matrix, confidence).map_err(to_py_err)?;
        let ids = symbols.iter().map(|symbol| book.place(symbol)).collect::<PyResult<Vec<_>>>()?;
        book.risk.limit_var(model, &ids, most, &book.ledger);
        Ok(())
    }

    /// Whether an instrument trades.
    fn set_trading(&self, symbol: &str, trades: bool) -> PyResult<()> {
        let mut book = self.lock();
        let id = book.place(symbol)?;
        book.risk.set_trading(id, trades);
        Ok(())
    }

    fn set_reduce_only(&self, only: bool) {
        self.lock().risk.set_reduce_only(only);
    }

    /// The kill switch; gives whether it was off.
    fn kill(&self, now: Ts) -> bool {
        self.lock().risk.kill(now)
    }

    /// Resets the breakers; gives how long it is too soon, ns, or 0.
    fn reset(&self, now: Ts) -> i64 {
        let book = &mut *self.lock();
        book.risk.reset(now, &book.ledger).err().unwrap_or(0)
    }

    /// One row a position.
    fn positions(&self) -> Vec<PositionRow> {
        let book = &mut *self.lock();
        let held = (0..book.instruments.len()).filter(|index| book.ledger.positions()[*index].0 != 0);
        let row = |index: usize| {
            let (id, instrument) = (InstrumentId(index as u32), &book.instruments[index]);
            let tick = instrument.px_scale().mantissa / instrument.px_scale().power;
            let state = book.risk.instrument(id, &book.ledger);
            let mark2 = book.ledger.mark2(id).unwrap_or(0);
            let value = i128::from(mark2) * i128::from(state.position.0) * instrument.half_unit();
            (
                instrument.symbol().to_owned(),
                instrument.quantity(state.position),
                book.ledger.average_px(id).map_or(f64::NAN, |px| px * tick),
                instrument.average_price(i128::from(mark2), 2),
                money_to_f64(value),
                money_to_f64(state.exposure),
                money_to_f64(book.ledger.unrealized(id)),
                money_to_f64(book.ledger.realized(id)),
            )
        };
        held.map(row).collect()
    }

    /// The account as a whole, and how its limits were used.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (risk, ledger, totals, var) = {
            let book = &mut *self.lock();
            let totals = book.risk.totals(&book.ledger);
            let var = book.risk.live_var(&book.ledger);
            (book.risk.clone(), book.ledger.clone(), totals, var)
        };
        let dict = report(py, &risk)?;
        let open = ledger.positions().iter().filter(|lots| lots.0 != 0).count();
        let amounts = [
            ("equity", ledger.equity()),
            ("cash", ledger.cash()),
            ("fees", ledger.fees()),
            ("gross", totals.gross),
            ("net", totals.net_long),
            ("margin", totals.margin),
            ("daily_pnl", risk.breakers().daily_pnl()),
        ];
        for (name, amount) in amounts {
            dict.set_item(name, money_to_f64(amount))?;
        }
        dict.set_item("live_var", var.map(|(value, bound)| (value.map(money_to_f64), money_to_f64(bound))))?;
        dict.set_item("open_positions", open)?;
        dict.set_item("drawdown_pct", 100.0 * ledger.drawdown())?;
        dict.set_item("max_drawdown_pct", 100.0 * ledger.max_drawdown())?;
        dict.set_item("killed", risk.breakers().is_killed())?;
        let groups: Vec<_> = risk
            .groups()
            .map(|(dimension, name, gross, limit)| {
                (dimension.word(), name.to_owned(), money_to_f64(gross), limit.map(money_to_f64))
            })
            .collect();
        dict.set_item("groups", groups)?;
        Ok(dict)
    }
}
