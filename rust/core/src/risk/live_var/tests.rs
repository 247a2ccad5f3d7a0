use super::*;
use crate::rng::Rng;
use crate::types::Px;

const CAPITAL: Money = 100_000 * MONEY_ONE;

fn rule() -> VarRule {
    VarRule { most: 1_000 * MONEY_ONE, confidence: 0.95, interval: 60, horizon: 6_000, decay: 0.98, warm_up: 5 }
}

fn live(names: usize, rule: VarRule) -> LiveVar {
    let mut live = LiveVar::new(rule, CAPITAL);
    (0..names).for_each(|_| live.add_instrument());
    live
}

fn mark(live: &mut LiveVar, index: usize, now: Ts, mark2: Option<i64>) {
    live.mark(index, now, mark2, &[], 0);
}

/// Holds a value in money.
fn hold(live: &mut LiveVar, index: usize, value: Money) {
    let seen = live.names[index].seen;
    let held = (i64::from(value != 0), Working::default(), Working::default());
    let before = std::mem::replace(&mut live.names[index].held, held).0;
    live.strangers = (i64::from(live.strangers) + if seen < live.rule.warm_up { held.0 - before } else { 0 }) as u32;
    let units = live.units(value);
    live.update(index, units);
}

/// Judges an order that leads to a value.
fn judge(live: &LiveVar, index: usize, value: Money) -> Result<(Money, Money), Denied> {
    live.judge(index, live.names[index].value as Money * live.unit, value)
}

/// A walk of each price, `minutes` intervals with two marks of each name.
fn walk(live: &mut LiveVar, rng: &mut Rng, from: i64, minutes: i64, prices: &mut [f64]) -> Vec<Vec<f64>> {
    let mut closes = Vec::new();
    for minute in from..from + minutes {
        for second in [1, 30] {
            let common = rng.next_f64() - 0.5;
            for (name, price) in prices.iter_mut().enumerate() {
                *price *= 1.0 + 0.002 * (common + rng.next_f64() - 0.5);
                mark(live, name, 60 * minute + second, Some((1e6 * *price) as i64));
            }
        }
        closes.push(prices.iter().map(|price| (1e6 * price).trunc()).collect());
    }
    closes
}

/// The plain formula over all closes.
fn plain(rule: &VarRule, closes: &[Vec<f64>], values: &[f64]) -> f64 {
    let (mut squares, mut weights, mut weight) = (0.0, 0.0, 1.0);
    for rows in closes.windows(2).rev() {
        let made: f64 = values.iter().enumerate().map(|(n, value)| value * (rows[1][n] / rows[0][n]).ln()).sum();
        squares += weight * made * made;
        weights += weight;
        weight *= rule.decay;
    }
    1.644_853_626_951_472_7 * (rule.horizon as f64 / rule.interval as f64 * squares / weights).sqrt()
}

#[test]
fn it_is_the_weighted_covariance_of_the_values_that_orders_lead_to() {
    let rule = VarRule { decay: 0.99, ..rule() };
    let mut live = live(3, rule);
    let mut rng = Rng::new(1, 0);
    let closes = walk(&mut live, &mut rng, 0, 300, &mut [1.0, 20.0, 300.0]);
    mark(&mut live, 0, 60 * 300, Some(1_000_000));
    let mut values = [0.0; 3];
    for _ in 0..1_000 {
        let (name, value) = (rng.below(3) as usize, 1_000.0 * (rng.below(101) as f64 - 50.0));
        let before = live.with(name, 0.0, (live.units(value as Money * MONEY_ONE) - live.names[name].value) as f64).1;
        values[name] = value;
        hold(&mut live, name, value as Money * MONEY_ONE);
        let (now, expected) = (live.with(0, 0.0, 0.0).0, plain(&rule, &closes, &values));
        assert_eq!(now, before, "what would be is what then is");
        // A hundredth of the weight is left out, and values are rounded.
        assert!((now - expected).abs() < 0.01 * expected + 1.0, "{now} {expected}");
    }
}

#[test]
fn the_way_on_which_positions_came_about_leaves_no_trace() {
    let mut rng = Rng::new(2, 0);
    let (mut straight, mut winding) = (live(4, rule()), live(4, rule()));
    for live in [&mut straight, &mut winding] {
        walk(live, &mut Rng::new(3, 0), 0, 100, &mut [1.0, 2.0, 3.0, 4.0]);
    }
    for _ in 0..10_000 {
        hold(&mut winding, rng.below(4) as usize, (rng.below(2_000_001) as i128 - 1_000_000) * MONEY_ONE / 7);
    }
    // Beyond what it can sum up, and back.
    hold(&mut winding, 0, CAPITAL * 600);
    assert_eq!(winding.now().0, None);
    assert_eq!(judge(&winding, 1, MONEY_ONE), Err(Reject::VarUnknown.into()));
    for (name, value) in [(0, 3), (1, -5), (2, 11), (3, -2)] {
        hold(&mut straight, name, value * 10_000 * MONEY_ONE / 3);
        hold(&mut winding, name, value * 10_000 * MONEY_ONE / 3);
    }
    assert_eq!(straight.made, winding.made);
    assert_eq!(straight.now(), winding.now());
}

#[test]
fn an_engine_that_starts_again_goes_on_with_the_same_bits() {
    for before in [3, 17, 100, 1_000] {
        let mut first = live(2, rule());
        let (mut rng, mut prices) = (Rng::new(4, 0), [1.0, 2.0]);
        walk(&mut first, &mut rng, 0, before, &mut prices);
        hold(&mut first, 0, CAPITAL);
        let mut second = live(2, rule());
        second.restore(Some(&first.state()));
        hold(&mut second, 0, CAPITAL);
        assert_eq!(first.state(), second.state());
        for live in [&mut first, &mut second] {
            walk(live, &mut Rng::new(5, 0), before, 40, &mut [1.1, 2.1]);
        }
        assert_eq!(first.now(), second.now());
        assert_eq!(first.state(), second.state());
        // On another grid it starts anew, and with a longer memory it keeps what there is.
        let mut other = live(2, VarRule { interval: 30, ..rule() });
        other.restore(Some(&first.state()));
        assert_eq!(other.closes, 0);
        let mut longer = live(2, VarRule { decay: 0.99, ..rule() });
        longer.restore(Some(&first.state()));
        assert_eq!(longer.names[0].seen, first.names[0].seen);
        assert_eq!(longer.state().names[0].3, first.state().names[0].3);
    }
}

#[test]
fn what_is_not_known_is_refused_until_there_are_enough_returns() {
    let mut live = live(2, rule());
    for minute in 0..6 {
        assert_eq!(judge(&live, 0, MONEY_ONE), Err(Denied::at(Reject::VarUnknown, (minute - 2).max(0), 5)));
        mark(&mut live, 0, 60 * minute as i64, Some(100));
    }
    // A mark alone is no return, and the last one is not over yet.
    mark(&mut live, 0, 360, Some(100));
    assert!(judge(&live, 0, MONEY_ONE).is_ok());
    // Something held that is not known: what that could lose is not known either.
    hold(&mut live, 1, 1_000 * MONEY_ONE);
    assert_eq!(judge(&live, 0, MONEY_ONE), Err(Denied::at(Reject::VarUnknown, 0, 5)));
    assert_eq!(live.now().0, None);
    hold(&mut live, 1, 0);
    assert!(judge(&live, 0, MONEY_ONE).is_ok());
    // Without a price above zero there are no returns.
    for price in [Some(-100), None, Some(0)] {
        for price in [price, Some(100)] {
            let ends = live.ends;
            mark(&mut live, 0, ends, price);
        }
        assert_eq!(judge(&live, 0, MONEY_ONE), Err(Denied::at(Reject::VarUnknown, 0, 5)));
    }
}

#[test]
fn intervals_without_a_mark_fade_nothing_and_the_last_mark_counts() {
    let mut live = live(1, rule());
    mark(&mut live, 0, 0, Some(1_000));
    mark(&mut live, 0, 59, Some(2_000));
    mark(&mut live, 0, 60, Some(4_000));
    mark(&mut live, 0, 60 * 1_000, Some(8_000));
    assert_eq!((live.closes, live.names[0].seen), (1, 1));
    assert_eq!(live.names[0].returns[0], (2f64.ln() * RETURN_ONE).round() as i32);
    // Late marks count as of the open interval.
    mark(&mut live, 0, 59_999, Some(9_000));
    assert_eq!((live.closes, live.ends), (1, 60 * 1_001));
    // A price that goes up a million times is as far as it can go.
    mark(&mut live, 0, 60 * 1_001, Some(i64::MAX));
    mark(&mut live, 0, 60 * 1_002, Some(1));
    mark(&mut live, 0, 60 * 1_003, Some(1));
    assert_eq!(live.names[0].returns[2], 4 << 24);
    assert_eq!(live.names[0].returns[3], -4 << 24);
}

#[test]
fn the_limit_binds_at_its_value_and_spares_what_lowers_the_risk() {
    let mut live = live(2, rule());
    let (mut rng, mut price) = (Rng::new(6, 0), 1.0);
    for minute in 0..200 {
        price *= 1.0 + 0.002 * (rng.next_f64() - 0.5);
        for name in [0, 1] {
            mark(&mut live, name, 60 * minute, Some((1e6 * price) as i64));
        }
    }
    // What one of the currency risks.
    let each = live.with(0, 0.0, live.units(CAPITAL) as f64).1 / 100_000.0;
    let most = (1_000.0 / each) as Money * MONEY_ONE;
    for side in [1, -1] {
        assert!(judge(&live, 0, side * most * 999 / 1_000).is_ok());
        let denied = judge(&live, 0, side * most * 1_001 / 1_000).unwrap_err();
        assert_eq!(denied.reject, Reject::ValueAtRisk);
        let (value, bound) = denied.amounts.unwrap();
        assert!(value > bound && value < bound * 1_002 / 1_000 && bound == rule().most);
    }
    // Held beyond the limit: more is refused, a hedge in the twin passes, however large, until it turns around.
    hold(&mut live, 0, 2 * most);
    assert!(judge(&live, 0, 2 * most + most / 100).is_err());
    assert!(judge(&live, 1, most).is_err());
    for hedge in [most / 10, most, 2 * most, 3 * most] {
        assert!(judge(&live, 1, -hedge).is_ok(), "{hedge}");
    }
    assert!(judge(&live, 1, -5 * most).is_err());
}

#[test]
fn in_the_check_it_comes_after_exposure_and_lets_through_what_reduces() {
    use crate::order::{NewOrder, OrderType, TimeInForce};
    use crate::risk::{Guard, OrderLimits, RiskPolicy};
    use crate::types::{Decimal, Instrument, InstrumentId, OrderId, Qty, Side};

    let tick: Decimal = "0.01".parse().unwrap();
    let instruments = ["A", "B"].map(|name| Instrument::try_new(name, tick, Decimal::power_of_ten(0)).unwrap());
    let guard = Guard { var: Some(rule()), ..Guard::default() };
    let limits = OrderLimits { leverage_ppm: 5_000_000, ..OrderLimits::default() };
    let mut risk = Risk::new(RiskPolicy::guarded(limits, guard), &instruments, CAPITAL);
    let mut ledger = Ledger::new(&instruments, CAPITAL);
    let mut rng = Rng::new(7, 0);
    let order = |lots: i64, limit: Option<i64>| NewOrder {
        id: OrderId(1),
        instrument: InstrumentId(0),
        side: Side::of(lots).unwrap(),
        order_type: if limit.is_some() { OrderType::Limit } else { OrderType::Market },
        time_in_force: TimeInForce::Gtc,
        qty: Qty(lots.abs()),
        limit: limit.map(Px),
        stop: None,
    };
    let refused = |risk: &mut Risk, ledger: &Ledger, lots: i64| {
        risk.what_if(&order(lots, None), 0, ledger).err().map(|denied| denied.reject)
    };
    assert!(risk.is_watching());
    for minute in 0..100 {
        for index in [0, 1] {
            let id = InstrumentId(index);
            ledger.mark(id, 20_000 + rng.below(100) as i64).unwrap();
            risk.touch(id, &ledger);
            risk.watch(id, 60 * minute, &ledger);
            if minute == 3 && index == 1 {
                assert_eq!(refused(&mut risk, &ledger, 1), Some(Reject::VarUnknown));
            }
        }
    }
    assert_eq!(risk.live_var(&ledger), Some((Some(0), rule().most)));
    let most = (1..).find(|lots| refused(&mut risk, &ledger, *lots).is_some()).unwrap() - 1;
    assert_eq!(refused(&mut risk, &ledger, most + 1), Some(Reject::ValueAtRisk));
    assert_eq!(refused(&mut risk, &ledger, 5_001), Some(Reject::Leverage));
    // What is under way counts: half at a limit, and half is left.
    risk.check(order(most / 2, Some(10_000)), 0, &ledger).unwrap();
    assert_eq!(refused(&mut risk, &ledger, most / 2 - 1), None);
    assert_eq!(refused(&mut risk, &ledger, most / 2 + 2), Some(Reject::ValueAtRisk));
    let (value, bound) = risk.live_var(&ledger).unwrap();
    let used = value.unwrap() as f64 / bound as f64;
    assert!((0.45..0.55).contains(&used), "{used}");
    let uses = risk.uses().iter().find(|used| used.limit == Reject::ValueAtRisk).unwrap();
    assert!((uses.most - used).abs() < 0.01, "{} {used}", uses.most);
}
