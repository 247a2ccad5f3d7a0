//! Random streams of orders, fills and prices against the obvious account: everything summed up anew each time.

use proptest::prelude::*;

use super::*;
use crate::rng::Rng;

const INSTRUMENTS: u32 = 5;
const STEPS: usize = 400;

#[derive(Clone, Copy, Debug)]
struct Bounds {
    gross: i64,
    net: i64,
    instrument: i64,
    sector: i64,
    position: i64,
    positions: u32,
    collar_ppm: i64,
}

fn bounds() -> impl Strategy<Value = Bounds> {
    (
        500i64..20_000,
        300i64..20_000,
        300i64..9_000,
        300i64..15_000,
        1i64..80,
        1u32..6,
        prop_oneof![Just(0), 1i64..300_000],
    )
        .prop_map(|(gross, net, instrument, sector, position, positions, collar_ppm)| Bounds {
            gross,
            net,
            instrument,
            sector,
            position,
            positions,
            collar_ppm,
        })
}

fn money(whole: i64) -> Money {
    Money::from(whole) * MONEY_ONE
}

/// A half tick of a lot, in the currency.
const HALF: Money = MONEY_ONE / 2;

impl Account {
    fn mark2(&self, instrument: u32) -> i128 {
        i128::from(self.ledger.mark2(InstrumentId(instrument)).unwrap_or(0)).abs()
    }

    /// The value of a position if all open orders of a side fill at their worst prices.
    fn filled(&self, instrument: u32, side: Side, collar_ppm: i64) -> Money {
        let mark2 = self.mark2(instrument);
        let beyond = |twice: i128| twice + (twice * i128::from(collar_ppm) + 999_999) / 1_000_000;
        let ours = self.open.iter().filter(|o| o.request.instrument.0 == instrument && o.request.side == side);
        let (mut at_market, mut priced, mut at_mark) = (0, 0, 0);
        for order in ours {
            let lots = i128::from(order.leaves().0);
            match order.request.limit {
                None => at_market += lots * beyond(mark2),
                Some(limit) => {
                    priced += lots * i128::from(2 * limit.0);
                    at_mark += lots * mark2;
                }
            }
        }
        let held = i128::from(self.ledger.positions()[instrument as usize].0) * mark2;
        (held + i128::from(side.sign()) * (at_market + priced.max(at_mark))) * HALF
    }

    fn worst(&self, instrument: u32, collar_ppm: i64) -> Money {
        let [long, short] = [Side::Buy, Side::Sell].map(|side| self.filled(instrument, side, collar_ppm).abs());
        long.max(short)
    }

    /// The first limit that the last open order breaks if all that works on its side fills.
    fn broken(&self, bounds: &Bounds) -> Option<Reject> {
        let order = self.open.last().unwrap().request;
        let (instrument, side) = (order.instrument.0, order.side);
        let signed = self.filled(instrument, side, bounds.collar_ppm);
        let others = |among: &dyn Fn(u32) -> bool| -> Money {
            let others = (0..INSTRUMENTS).filter(|other| *other != instrument && among(*other));
            others.map(|other| self.worst(other, bounds.collar_ppm)).sum()
        };
        let net: Money = (0..INSTRUMENTS).map(|other| self.filled(other, side, bounds.collar_ppm)).sum();
        let position: i64 =
            self.ledger.positions()[instrument as usize].0 * side.sign() + self.leaves(instrument, side);
        let open = (0..INSTRUMENTS).filter(|other| {
            self.ledger.positions()[*other as usize].0 != 0
                || self.leaves(*other, Side::Buy) + self.leaves(*other, Side::Sell) > 0
        });
        let rules = [
            (Reject::PositionLimit, position > bounds.position),
            (Reject::Positions, open.count() > bounds.positions as usize),
            (Reject::GrossExposure, others(&|_| true) + signed.abs() > money(bounds.gross)),
            (Reject::NetExposure, net * Money::from(side.sign()) > money(bounds.net)),
            (Reject::InstrumentExposure, signed.abs() > money(bounds.instrument)),
            (Reject::SectorExposure, {
                let sector = instrument % 2;
                others(&|other| other % 2 == sector) + signed.abs() > money(bounds.sector)
            }),
        ];
        rules.iter().find(|(_, broken)| *broken).map(|(reject, _)| *reject)
    }

    fn leaves(&self, instrument: u32, side: Side) -> i64 {
        let ours = self.open.iter().filter(|o| o.request.instrument.0 == instrument && o.request.side == side);
        ours.map(|order| order.leaves().0).sum()
    }

    /// Lots that an order would add to a position, whatever else happens.
    fn adds(&self, instrument: u32, side: Side, lots: i64) -> bool {
        let held = -side.sign() * self.ledger.positions()[instrument as usize].0;
        lots > (held - self.leaves(instrument, side)).max(0)
    }
}

fn stream(seed: u64, bounds: Bounds) {
    let limits = OrderLimits {
        max_position: Some(vec![Qty(bounds.position); INSTRUMENTS as usize]),
        collar_ppm: (bounds.collar_ppm > 0).then_some(bounds.collar_ppm),
        ..no_order_limits()
    };
    let guard = Guard {
        max_gross: Some(money(bounds.gross)),
        max_net: Some(money(bounds.net)),
        max_instrument: Some(money(bounds.instrument)),
        max_positions: Some(bounds.positions),
        ..Guard::default()
    };
    let mut account = Account::new(limits, guard, INSTRUMENTS as usize);
    for instrument in 0..INSTRUMENTS {
        account.mark(instrument, 100);
        let sector = if instrument % 2 == 0 { "even" } else { "odd" };
        account.risk.assign(InstrumentId(instrument), Dimension::Sector, sector);
        account.risk.limit_group(Dimension::Sector, sector, Some(money(bounds.sector)));
    }
    let mut rng = Rng::new(seed, 0);
    let mut accepted = 0;
    for _ in 0..STEPS {
        account.now += 1;
        let instrument = rng.below(u64::from(INSTRUMENTS)) as u32;
        match rng.below(10) {
            0..2 => {
                let px = (account.mark2(instrument) / 2) as i64 + rng.below(21) as i64 - 10;
                account.mark(instrument, px.max(0));
            }
            2..7 => {
                let lots = (1 + rng.below(40) as i64) * if rng.below(2) == 0 { 1 } else { -1 };
                let px = (account.mark2(instrument) / 2) as i64 + rng.below(21) as i64 - 10;
                let limit = (rng.below(2) == 0).then_some(px.max(1));
                let request = account.request(instrument, lots, limit);
                let adds = account.adds(instrument, request.side, request.qty.0);
                let outcome = account.risk.check(request, account.now, &account.ledger);
                account.open.push(Order::new(request, account.now));
                let broken = account.broken(&bounds);
                match outcome {
                    Ok(_) if adds => {
                        assert_eq!(broken, None, "{request:?} was let through");
                        accepted += 1;
                    }
                    Ok(_) => assert_ne!(broken, Some(Reject::PositionLimit)),
                    Err(denied) => {
                        account.open.pop();
                        if denied.reject != Reject::Collar {
                            assert_eq!(broken, Some(denied.reject), "{request:?} was refused");
                        }
                        assert!(adds || denied.reject == Reject::Collar);
                    }
                }
            }
            7..9 if !account.open.is_empty() => {
                let place = rng.below(account.open.len() as u64) as usize;
                let order = account.open[place];
                let lots = 1 + rng.below(order.leaves().0 as u64) as i64;
                let px = order
                    .request
                    .limit
                    .map_or_else(|| (account.mark2(order.request.instrument.0) / 2) as i64, |px| px.0);
                account.fill(place, lots, px);
            }
            9 if !account.open.is_empty() => {
                let place = rng.below(account.open.len() as u64) as usize;
                account.cancel(place);
            }
            _ => {}
        }
        let gross: Money = (0..INSTRUMENTS).map(|other| account.worst(other, bounds.collar_ppm)).sum();
        assert_eq!(account.risk.totals(&account.ledger).gross, gross);
    }
    assert!(accepted > 0 || bounds.position < 5 || bounds.net < 1_000 || bounds.instrument < 1_000);
}

proptest! {
    #[test]
    fn no_order_that_is_let_through_breaks_a_limit_at_its_worst_fill_and_none_is_refused_that_does_not(
        seed in any::<u64>(),
        bounds in bounds(),
    ) {
        stream(seed, bounds);
    }
}

#[test]
fn among_ten_thousand_instruments_the_sums_are_those_of_all() {
    let guard = Guard { max_gross: Some(CAPITAL), ..Guard::default() };
    let mut account = Account::new(no_order_limits(), guard, 10_000);
    let mut rng = Rng::new(9, 0);
    for instrument in 0..10_000 {
        account.mark(instrument, 100 + rng.below(10) as i64);
    }
    let mut lots = 0;
    while let Ok(place) = account.send(rng.below(10_000) as u32, 1 + rng.below(3) as i64, None) {
        lots += 1;
        let request = account.open[place].request;
        account.fill(place, request.qty.0, 100);
        account.mark(rng.below(10_000) as u32, 100 + rng.below(10) as i64);
    }
    assert!(lots > 100);
    let gross = account.risk.totals(&account.ledger).gross;
    assert_eq!(gross, account.ledger.gross_exposure());
    assert!(gross > CAPITAL - money(400));
}

#[test]
fn an_instrument_that_was_alone_counts_once_there_is_another() {
    let one = |symbol: &str| Instrument::try_new(symbol, Decimal::power_of_ten(0), Decimal::power_of_ten(0)).unwrap();
    let mut account = Account::new(OrderLimits::default(), Guard::default(), 1);
    account.risk = Risk::new(RiskPolicy::new(OrderLimits::default()), &[one("A")], CAPITAL);
    account.mark(0, 100);
    account.hold(0, 600);
    account.risk.add_instrument(&one("B"));
    account.ledger.add_instrument(&one("B"));
    account.mark(1, 100);
    assert_eq!(account.refusal(1, 400, None), None);
    assert_eq!(account.refusal(1, 401, None), Some(Reject::Leverage));
}
