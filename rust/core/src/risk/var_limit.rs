//! A limit on the value at risk of all positions together.
//!
//! # Limitations
//! Returns are taken to be normal with a mean of zero and the covariance that was given; amounts are floats. What is
//! under way counts at the larger of both sides of its instrument.

use super::portfolio::PortfolioRisk;
use super::{Denied, Risk};
use crate::ledger::Ledger;
use crate::order::Reject;
use crate::types::{InstrumentId, MONEY_ONE, Money, money_to_f64};

/// The limit, with the positions as they were when last looked at.
#[derive(Clone, Debug)]
pub(super) struct VarLimit {
    model: PortfolioRisk,
    /// The name in the model by instrument.
    names: Vec<Option<usize>>,
    /// The value in the model by instrument.
    values: Vec<f64>,
    most: Money,
}

impl VarLimit {
    /// An instrument's value has moved.
    pub(super) fn update(&mut self, index: usize, value: Money) {
        if let Some(Some(name)) = self.names.get(index).copied() {
            let value = money_to_f64(value);
            // Names are those of the model and values are finite: nothing to refuse.
            if self.model.add(name, value - self.values[index]).is_ok() {
                self.values[index] = value;
            }
        }
    }

    /// Judges an order after which an instrument has this value. One that does not raise value at risk is let through.
    pub(super) fn judge(&self, index: usize, value: Money) -> Result<(Money, Money), Denied> {
        let unknown = Denied::from(Reject::ValueAtRisk);
        let name = self.names.get(index).copied().flatten().ok_or(unknown)?;
        let after = self.model.var_with(name, money_to_f64(value) - self.values[index]).map_err(|_| unknown)?;
        let amount = (after * MONEY_ONE as f64) as Money;
        if amount > self.most && after > self.model.var() {
            return Err(Denied::at(Reject::ValueAtRisk, amount, self.most));
        }
        Ok((amount, self.most))
    }
}

impl Risk {
    /// Limits the value at risk of a model without positions, whose names are these instruments, to `most`. An order that
    /// adds risk in another instrument is refused.
    pub fn limit_var(&mut self, model: PortfolioRisk, names: &[InstrumentId], most: Money, ledger: &Ledger) {
        let mut places = vec![None; self.lines.len()];
        for (name, id) in names.iter().enumerate() {
            places[id.index()] = Some(name);
        }
        let values = vec![0.0; self.lines.len()];
        self.var_limit = Some(VarLimit { model, names: places, values, most });
        names.iter().for_each(|id| self.moved(*id));
        self.refresh(ledger);
    }

    /// Lifts the limit on value at risk.
    pub fn lift_var_limit(&mut self) {
        self.var_limit = None;
    }
}
