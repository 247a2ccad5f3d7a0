//! Why an order was refused, with the value and the bound.

use crate::order::{Reject, Unit};
use crate::types::{Instrument, Qty, money_to_f64};

/// A refusal: which rule, and how far off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The rule.
    pub reject: Reject,
    /// The value that the order would have led to and the bound that it breaks, in whole units of
    /// [`Reject::unit`]; `None` where the rule has none.
    pub amounts: Option<(i128, i128)>,
}

impl From<Reject> for Denied {
    fn from(reject: Reject) -> Self {
        Self { reject, amounts: None }
    }
}

impl Denied {
    /// A refusal with value and bound.
    #[cold]
    pub(super) const fn at(reject: Reject, value: i128, bound: i128) -> Self {
        Self { reject, amounts: Some((value, bound)) }
    }

    /// Value and bound for people: in the currency, units, prices, seconds, percent or a count.
    pub fn for_people(&self, instrument: &Instrument) -> Option<(f64, f64)> {
        let (value, bound) = self.amounts?;
        let shown = |amount: i128| match self.reject.unit() {
            Unit::Money => money_to_f64(amount),
            Unit::Lots => instrument.quantity(Qty(i64::try_from(amount).unwrap_or(i64::MAX))),
            Unit::HalfTicks => instrument.average_price(amount, 2),
            Unit::Nanoseconds => amount as f64 / 1e9,
            Unit::Count => amount as f64,
        };
        Some((shown(value), shown(bound)))
    }
}
