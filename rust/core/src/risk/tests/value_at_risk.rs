//! Random streams against the plain formula: no order that is let through takes value at risk beyond its limit.

use proptest::prelude::*;

use super::*;
use crate::rng::Rng;

const NAMES: usize = 4;
const MINUTE: i64 = 60;
/// 0.9^44 < 0.01: what is older is left out.
const ROWS: usize = 44;

/// The plain account: all closes.
struct Plain {
    rule: VarRule,
    closes: Vec<[f64; NAMES]>,
    open: [f64; NAMES],
}

impl Plain {
    /// Value at risk of values at worst, summed up anew.
    fn at_risk(&self, values: [f64; NAMES]) -> f64 {
        let (mut squares, mut weights, mut weight) = (0.0, 0.0, 1.0);
        for rows in self.closes.windows(2).rev().take(ROWS) {
            let made: f64 = (0..NAMES).map(|n| values[n] * (rows[1][n] / rows[0][n]).ln()).sum();
            squares += weight * made * made;
            weights += weight;
            weight *= self.rule.decay;
        }
        let horizon = self.rule.horizon as f64 / self.rule.interval as f64;
        if weights > 0.0 { 1.644_853_626_951_472_7 * (horizon * squares / weights).sqrt() } else { 0.0 }
    }
}

impl Account {
    /// Lots held if all that works on a side fills.
    fn lots(&self, name: usize, side: Side) -> i64 {
        let ours = self.open.iter().filter(|o| o.request.instrument.index() == name && o.request.side == side);
        self.ledger.positions()[name].0 + side.sign() * ours.map(|order| order.leaves().0).sum::<i64>()
    }

    fn worst_lots(&self, name: usize) -> i64 {
        let [long, short] = [Side::Buy, Side::Sell].map(|side| self.lots(name, side));
        if long.abs() >= short.abs() { long } else { short }
    }
}

fn stream(seed: u64, most: i64, steps: usize) -> (u32, u32) {
    let (horizon, interval) = (25 * MINUTE, MINUTE);
    let most = Money::from(most) * MONEY_ONE;
    let rule = VarRule { most, confidence: 0.95, interval, horizon, decay: 0.9, warm_up: 4 };
    let mut account = Account::new(no_order_limits(), Guard { var: Some(rule), ..Guard::default() }, NAMES);
    let mut plain = Plain { rule, closes: Vec::new(), open: [1_000.0; NAMES] };
    let (mut rng, mut minute, mut sent, mut refused) = (Rng::new(seed, 0), 0, 0, 0);
    for _ in 0..steps {
        account.now += rng.below(20) as i64;
        if account.now / MINUTE > minute {
            minute = account.now / MINUTE;
            plain.closes.push(plain.open);
        }
        // Every name has a price in every interval, so that this grid is that one.
        for name in 0..NAMES {
            let px = (plain.open[name] as i64 + rng.below(21) as i64 - 10).clamp(500, 2_000);
            plain.open[name] = px as f64;
            account.mark(name as u32, px);
        }
        let name = rng.below(NAMES as u64) as usize;
        let lots = rng.below(41) as i64 - 20;
        match rng.below(4) {
            0 if !account.open.is_empty() => {
                let place = rng.below(account.open.len() as u64) as usize;
                let (left, of) = (account.open[place].leaves().0, account.open[place].request.instrument);
                let px = account.ledger.mark2(of).unwrap() / 2;
                account.fill(place, 1 + rng.below(left as u64) as i64, px);
            }
            1 if !account.open.is_empty() => account.cancel(rng.below(account.open.len() as u64) as usize),
            _ if lots != 0 => {
                let side = Side::of(lots).unwrap();
                let last = plain.closes.last().copied().unwrap_or(plain.open);
                let mut values: [f64; NAMES] = std::array::from_fn(|n| account.worst_lots(n) as f64 * last[n]);
                values[name] = account.worst_lots(name) as f64 * plain.open[name];
                let before = plain.at_risk(values);
                let adds = account.lots(name, side).abs() < (account.lots(name, side) + lots).abs();
                match account.send(name as u32, lots, None) {
                    Ok(_) if adds => {
                        sent += 1;
                        values[name] = account.lots(name, side) as f64 * plain.open[name];
                        let (after, bound) = (plain.at_risk(values), most as f64 / MONEY_ONE as f64);
                        // Values are rounded to 0.4, returns to 6e-8.
                        let room = 1e-3 * bound.max(before) + 0.5;
                        assert!(after <= bound + room || after <= before + room, "{after} {before} {bound}");
                    }
                    Ok(_) => {}
                    Err(denied) => {
                        refused += 1;
                        let known = plain.closes.len() > rule.warm_up as usize;
                        let expected = if known { Reject::ValueAtRisk } else { Reject::VarUnknown };
                        assert_eq!(denied.reject, expected);
                    }
                }
            }
            _ => {}
        }
    }
    (sent, refused)
}

proptest! {
    #[test]
    fn no_order_that_is_let_through_takes_value_at_risk_beyond_its_limit(seed in 0u64..1 << 40, most in 200i64..5_000) {
        stream(seed, most, 300);
    }
}

#[test]
fn the_random_streams_are_let_through_and_refused() {
    let (sent, refused) = stream(1, 1_500, 20_000);
    assert!(sent > 1_000 && refused > 1_000, "{sent} {refused}");
}
