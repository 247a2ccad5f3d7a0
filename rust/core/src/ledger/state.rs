use super::{Ledger, OpenTrade, Position, limit_for};
use crate::error::{Error, ErrorKind};
use crate::types::{Instrument, Money, Qty};

/// A position, as a snapshot keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionState {
    /// Lots, signed.
    pub lots: i64,
    /// Twice the mark in ticks, if there is one.
    pub mark2: Option<i64>,
    /// Sum of px x lots at average cost, signed as the position.
    pub cost: i128,
    /// Profit realised, fees left out.
    pub realized: Money,
    /// The trade it belongs to.
    pub trade: OpenTrade,
}

/// An account, as a snapshot keeps it. Equity is not kept: cash and marked positions say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerState {
    /// Cash.
    pub cash: Money,
    /// Fees paid.
    pub fees: Money,
    /// The highest equity so far.
    pub peak: Money,
    /// The lowest equity since.
    pub trough: Money,
    /// The largest fall before that, as the bits of a fraction.
    pub max_drawdown: u64,
    /// One an instrument.
    pub positions: Vec<PositionState>,
}

fn damaged(what: &str, rule: &str, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Engine, 8005, what, rule, value)
}

impl Ledger {
    /// All there is to know of the account.
    pub fn state(&self) -> LedgerState {
        let position = |(lots, position): (&Qty, &Position)| PositionState {
            lots: lots.0,
            mark2: position.marked.then_some(position.mark2),
            cost: position.cost,
            realized: position.realized,
            trade: position.trade,
        };
        LedgerState {
            cash: self.cash,
            fees: self.fees,
            peak: self.peak,
            trough: self.trough,
            max_drawdown: self.max_drawdown.to_bits(),
            positions: self.lots.iter().zip(&self.positions).map(position).collect(),
        }
    }

    /// The account of a state.
    ///
    /// # Errors
    /// `EngineError` if the state is none that a ledger of these instruments can be in.
    pub fn restore(instruments: &[Instrument], state: &LedgerState) -> Result<Self, Error> {
        if instruments.len() != state.positions.len() {
            return Err(damaged("positions", "must be one an instrument", state.positions.len()));
        }
        let mut ledger = Self::new(instruments, state.cash);
        for (index, kept) in state.positions.iter().enumerate() {
            let position = &mut ledger.positions[index];
            let value = i128::from(kept.lots).checked_mul(position.half_unit);
            let value = value.filter(|value| value.unsigned_abs() < Self::LIMIT.unsigned_abs());
            position.half_tick_value = value.ok_or_else(|| damaged("position", "must fit the ledger", kept.lots))?;
            position.mark2_limit = limit_for(position.half_tick_value);
            let mark2 = kept.mark2.unwrap_or(0);
            let bounded = mark2.unsigned_abs() <= position.mark2_limit.unsigned_abs();
            if !bounded || kept.lots != 0 && kept.mark2.is_none() {
                return Err(damaged("mark", "must be a price of its position that fits the ledger", mark2));
            }
            (position.mark2, position.marked) = (mark2, kept.mark2.is_some());
            (position.cost, position.realized, position.trade) = (kept.cost, kept.realized, kept.trade);
            ledger.lots[index] = Qty(kept.lots);
            ledger.open_positions += u32::from(kept.lots != 0);
            let equity = ledger.equity.checked_add(ledger.positions[index].half_tick_value * i128::from(mark2));
            ledger.equity = equity.ok_or_else(|| damaged("equity", "must fit the ledger", state.cash))?;
        }
        (ledger.fees, ledger.peak, ledger.trough) = (state.fees, state.peak, state.trough);
        ledger.max_drawdown = f64::from_bits(state.max_drawdown);
        if !(0.0..=f64::MAX).contains(&ledger.max_drawdown) || state.trough > state.peak || ledger.equity > state.peak {
            return Err(damaged("drawdown", "must be that of its equity", ledger.max_drawdown));
        }
        Ok(ledger)
    }
}
