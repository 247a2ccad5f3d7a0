use super::*;

/// A limit, the largest order that it lets through, and what the first beyond it is called.
struct Case {
    name: &'static str,
    limits: OrderLimits,
    guard: Guard,
    own: InstrumentLimits,
    most: i64,
    reject: Reject,
    /// Whether orders that only reduce pass it, too large as they may be.
    spares_reductions: bool,
}

/// Marks are at 100: ten lots are 1,000 of the currency.
fn cases() -> Vec<Case> {
    let case = |name, reject| Case {
        name,
        limits: no_order_limits(),
        guard: Guard::default(),
        own: InstrumentLimits::default(),
        most: 10,
        reject,
        spares_reductions: true,
    };
    let thousand = Some(1_000 * MONEY_ONE);
    let mut gross = case("gross", Reject::GrossExposure);
    gross.guard.max_gross = thousand;
    let mut net = case("net", Reject::NetExposure);
    net.guard.max_net = thousand;
    let mut instrument = case("instrument", Reject::InstrumentExposure);
    instrument.guard.max_instrument = thousand;
    let mut own = case("an instrument's own", Reject::InstrumentExposure);
    own.own.max_exposure = thousand;
    own.guard.max_instrument = Some(CAPITAL);
    let mut concentration = case("concentration", Reject::Concentration);
    concentration.guard.concentration_ppm = Some(10_000);
    let mut leverage = case("leverage", Reject::Leverage);
    leverage.limits.leverage_ppm = 10_000;
    let mut margin = case("margin", Reject::Margin);
    margin.guard.margin_ppm = Some(100_000_000);
    let mut own_margin = case("an instrument's own margin", Reject::Margin);
    own_margin.own.margin_ppm = Some(100_000_000);
    let mut position = case("position", Reject::PositionLimit);
    position.limits.max_position = Some(vec![Qty(10); 4]);
    let mut own_position = case("an instrument's own position", Reject::PositionLimit);
    own_position.own.max_position = Some(Qty(10));
    let mut size = case("size", Reject::OrderSize);
    size.limits.max_order_qty = Some(vec![Qty(10); 4]);
    size.spares_reductions = false;
    let mut own_size = case("an instrument's own size", Reject::OrderSize);
    own_size.own.max_order_qty = Some(Qty(10));
    own_size.spares_reductions = false;
    let mut notional = case("notional", Reject::Notional);
    notional.limits.max_notional = thousand;
    notional.spares_reductions = false;
    let mut own_notional = case("an instrument's own notional", Reject::Notional);
    own_notional.own.max_notional = thousand;
    own_notional.spares_reductions = false;
    vec![
        gross,
        net,
        instrument,
        own,
        concentration,
        leverage,
        margin,
        own_margin,
        position,
        own_position,
        size,
        own_size,
        notional,
        own_notional,
    ]
}

fn account(case: &Case) -> Account {
    let mut account = Account::new(case.limits.clone(), case.guard.clone(), 4);
    (0..4).for_each(|n| assert!(!account.mark(n, 100)));
    account.risk.limit_instrument(InstrumentId(0), case.own);
    account
}

#[test]
fn each_limit_passes_just_below_and_is_refused_just_above_long_short_and_flipping_through_zero() {
    for case in cases() {
        for side in [1, -1] {
            let mut flat = account(&case);
            assert_eq!(flat.refusal(0, side * case.most, None), None, "{}", case.name);
            assert_eq!(flat.refusal(0, side * (case.most + 1), None), Some(case.reject), "{}", case.name);

            // Half of it in place, half under way.
            let mut working = account(&case);
            working.hold(0, side * (case.most - 4));
            if case.spares_reductions {
                working.send(0, side * 2, Some(100)).unwrap();
                assert_eq!(working.refusal(0, side * 2, None), None, "{}", case.name);
                assert_eq!(working.refusal(0, side * 3, None), Some(case.reject), "{}", case.name);
            }

            // Through zero: only what is beyond counts.
            let mut through = account(&case);
            through.hold(0, -side * 5);
            let most = if case.spares_reductions { case.most + 5 } else { case.most };
            assert_eq!(through.refusal(0, side * most, None), None, "{}", case.name);
            assert_eq!(through.refusal(0, side * (most + 1), None), Some(case.reject), "{}", case.name);
        }
    }
}

#[test]
fn what_only_reduces_passes_every_limit_that_is_broken_already() {
    for case in cases().into_iter().filter(|case| case.spares_reductions) {
        for side in [1, -1] {
            let mut account = account(&case);
            account.hold(0, side * case.most);
            // The market triples what is held: all limits on values are broken.
            account.mark(0, 300);
            assert_eq!(account.refusal(0, -side, None), None, "{}", case.name);
            assert_eq!(account.refusal(0, -side * case.most, None), None, "{}", case.name);
            assert!(account.refusal(0, side, None).is_some(), "{}", case.name);
            // One beyond flat is a new position of one, which is allowed if nothing else is.
            assert_eq!(account.refusal(0, -side * (case.most + 1), None), None, "{}", case.name);
        }
    }
}

#[test]
fn a_refusal_says_the_value_and_the_bound() {
    let mut account = Account::guarded(Guard { max_gross: Some(1_000 * MONEY_ONE), ..Guard::default() });
    account.hold(1, -4);
    let denied = account.send(0, 7, None).unwrap_err();
    assert_eq!(denied, Denied { reject: Reject::GrossExposure, amounts: Some((1_100 * MONEY_ONE, 1_000 * MONEY_ONE)) });
    let instrument = Instrument::try_new("X", Decimal::power_of_ten(2), Decimal::power_of_ten(2)).unwrap();
    assert_eq!(denied.for_people(&instrument), Some((1_100.0, 1_000.0)));
    let size = Denied { reject: Reject::OrderSize, amounts: Some((150, 100)) };
    assert_eq!(size.for_people(&instrument), Some((1.5, 1.0)));
    let collar = Denied { reject: Reject::Collar, amounts: Some((300, 200)) };
    assert_eq!(collar.for_people(&instrument), Some((1.5, 1.0)));
}

#[test]
fn groups_have_limits_of_their_own() {
    let limits = [
        (Dimension::Sector, Reject::SectorExposure),
        (Dimension::Strategy, Reject::StrategyExposure),
        (Dimension::Venue, Reject::VenueExposure),
        (Dimension::Currency, Reject::CurrencyExposure),
    ];
    for (dimension, reject) in limits {
        let mut account = Account::guarded(Guard::default());
        for instrument in [0, 1] {
            account.risk.assign(InstrumentId(instrument), dimension, "one");
        }
        account.risk.assign(InstrumentId(2), dimension, "other");
        account.hold(0, 6);
        account.risk.limit_group(dimension, "one", Some(1_000 * MONEY_ONE));
        assert_eq!(account.refusal(1, -4, None), None);
        assert_eq!(account.refusal(1, -5, None), Some(reject));
        assert_eq!(account.refusal(2, 500, None), None);
        // It takes its exposure along.
        account.risk.assign(InstrumentId(0), dimension, "other");
        assert_eq!(account.refusal(1, 10, None), None);
        account.risk.limit_group(dimension, "one", None);
        assert_eq!(account.refusal(1, 500, None), None);
    }
}

#[test]
fn shorts_add_to_gross_exposure_and_offset_net_exposure() {
    let thousand = Some(1_000 * MONEY_ONE);
    let mut gross = Account::guarded(Guard { max_gross: thousand, ..Guard::default() });
    gross.hold(0, 6);
    assert_eq!(gross.refusal(1, -5, None), Some(Reject::GrossExposure));
    let mut net = Account::guarded(Guard { max_net: thousand, ..Guard::default() });
    net.hold(0, 6);
    assert_eq!(net.refusal(1, -16, None), None);
    assert_eq!(net.refusal(1, -17, None), Some(Reject::NetExposure));
    // What is only under way on the other side cannot be counted on.
    net.send(1, -16, Some(100)).unwrap();
    assert_eq!(net.refusal(0, 5, None), Some(Reject::NetExposure));
}

#[test]
fn counts_of_positions_and_orders_are_limited() {
    let mut positions = Account::guarded(Guard { max_positions: Some(2), ..Guard::default() });
    positions.hold(0, 5);
    positions.send(1, -5, Some(100)).unwrap();
    assert_eq!(positions.refusal(2, 1, None), Some(Reject::Positions));
    assert_eq!(positions.refusal(0, 5, None), None);
    positions.cancel(0);
    assert_eq!(positions.refusal(2, 1, None), None);

    let mut orders = Account::guarded(Guard { max_open_orders: Some(2), ..Guard::default() });
    orders.hold(0, 5);
    orders.send(1, 1, Some(90)).unwrap();
    orders.send(1, 2, Some(90)).unwrap();
    assert_eq!(orders.refusal(1, 3, Some(90)), Some(Reject::OpenOrders));
    assert_eq!(orders.refusal(0, -5, None), None);
    orders.cancel(1);
    assert_eq!(orders.refusal(1, 3, Some(90)), None);
}

#[test]
fn rates_of_orders_and_messages_are_limited_for_what_adds_risk() {
    let rate = Some(Rate { most: 2, window: 1_000 });
    let mut orders = Account::guarded(Guard { order_rate: rate, ..Guard::default() });
    orders.hold(0, 1);
    orders.now = 500;
    orders.hold(0, 1);
    orders.now = 999;
    assert_eq!(orders.refusal(0, 1, None), Some(Reject::OrderRate));
    assert_eq!(orders.refusal(0, -1, None), None);
    orders.now = 1_000;
    assert_eq!(orders.refusal(0, 1, None), None);

    let mut messages = Account::guarded(Guard { message_rate: rate, ..Guard::default() });
    messages.hold(0, 1);
    messages.risk.message(0);
    assert_eq!(messages.refusal(0, 1, None), Some(Reject::MessageRate));
}

#[test]
fn duplicates_and_orders_against_our_own_are_refused() {
    let mut twice = Account::guarded(Guard { duplicate_window: Some(1_000), ..Guard::default() });
    twice.send(0, 5, Some(90)).unwrap();
    twice.now = 999;
    assert_eq!(twice.refusal(0, 5, Some(90)), Some(Reject::Duplicate));
    assert_eq!(twice.refusal(0, 6, Some(90)), None);
    assert_eq!(twice.refusal(1, 5, Some(90)), None);
    twice.now = 1_000;
    assert_eq!(twice.refusal(0, 5, Some(90)), None);

    let guard = Guard { refuse_self_cross: true, ..Guard::default() };
    let limits = OrderLimits { collar_ppm: Some(50_000), ..no_order_limits() };
    let mut cross = Account::new(limits, guard, 1);
    cross.mark(0, 100);
    cross.send(0, -5, Some(104)).unwrap();
    let far = cross.send(0, -5, Some(103)).unwrap();
    assert_eq!(cross.send(0, 1, Some(103)).unwrap_err().reject, Reject::SelfCross);
    assert!(cross.send(0, 1, Some(102)).is_ok());
    // A market order reaches to 105.
    assert_eq!(cross.send(0, 1, None).unwrap_err().reject, Reject::SelfCross);
    cross.cancel(far);
    assert!(cross.send(0, 1, Some(103)).is_ok());
    assert_eq!(cross.send(0, 1, Some(104)).unwrap_err().reject, Reject::SelfCross);
    assert_eq!(cross.send(0, -1, Some(103)).unwrap_err().reject, Reject::SelfCross);
}

#[test]
fn the_worst_case_of_a_market_order_is_its_collar_and_of_a_limit_order_its_price() {
    let limits = OrderLimits { collar_ppm: Some(250_000), ..no_order_limits() };
    let guard = Guard { max_gross: Some(1_000 * MONEY_ONE), ..Guard::default() };
    let mut account = Account::new(limits, guard, 1);
    account.mark(0, 100);
    assert_eq!(account.refusal(0, 8, None), None);
    assert_eq!(account.refusal(0, 9, None), Some(Reject::GrossExposure));
    assert_eq!(account.refusal(0, 9, Some(111)), None);
    assert_eq!(account.refusal(0, 9, Some(112)), Some(Reject::GrossExposure));
    assert_eq!(account.refusal(0, 1, Some(125)), None);
    assert_eq!(account.refusal(0, 1, Some(126)), Some(Reject::Collar));
    assert_eq!(account.refusal(0, -1, Some(74)), Some(Reject::Collar));
    // It counts as such while it is under way, and at the mark once it is filled.
    let place = account.send(0, 8, None).unwrap();
    assert_eq!(account.refusal(0, 1, None), Some(Reject::GrossExposure));
    account.fill(place, 8, 100);
    assert_eq!(account.refusal(0, 1, None), None);
}

#[test]
fn missing_stale_and_gapped_data_denies_what_adds_and_allows_what_reduces() {
    let guard = Guard { max_data_age: Some(1_000), ..Guard::default() };
    let mut account = Account::new(no_order_limits(), guard, 2);
    assert_eq!(account.refusal(0, 1, None), Some(Reject::NoMarket));
    account.mark(0, 100);
    account.hold(0, 5);
    account.now = 1_000;
    assert_eq!(account.refusal(0, 1, None), None);
    account.now = 1_001;
    assert_eq!(account.refusal(0, 1, None), Some(Reject::StaleData));
    assert_eq!(account.refusal(0, -5, None), None);
    assert_eq!(account.refusal(0, -6, None), Some(Reject::StaleData));
    account.mark(0, 100);
    account.risk.set_synced(InstrumentId(0), false);
    assert_eq!(account.refusal(0, 1, None), Some(Reject::UnsyncedData));
    assert_eq!(account.refusal(0, -5, None), None);
}

#[test]
fn without_equity_nothing_is_added() {
    let mut account = Account::new(OrderLimits::default(), Guard::default(), 2);
    (0..2).for_each(|n| assert!(!account.mark(n, 100)));
    account.hold(0, 1_000);
    account.mark(0, 1);
    account.ledger.apply(&fee(CAPITAL)).unwrap();
    assert!(account.ledger.equity() < 0);
    assert_eq!(account.refusal(1, 1, None), Some(Reject::Leverage));
    assert_eq!(account.refusal(0, -1_000, None), None);
}

fn fee(fee: Money) -> Fill {
    Fill {
        order: OrderId(0),
        instrument: InstrumentId(1),
        side: Side::Buy,
        px: Px(100),
        qty: Qty(0),
        fee,
        liquidity: Liquidity::Taker,
        ts_event: 0,
        ts_recv: 0,
    }
}

#[test]
fn prices_of_zero_and_below_expose_to_what_they_are_away_from_zero() {
    let mut account = Account::guarded(Guard { max_gross: Some(1_000 * MONEY_ONE), ..Guard::default() });
    account.mark(0, 0);
    assert_eq!(account.refusal(0, 1_000_000, None), None);
    account.mark(0, -100);
    for side in [1, -1] {
        assert_eq!(account.refusal(0, side * 10, None), None);
        assert_eq!(account.refusal(0, side * 11, None), Some(Reject::GrossExposure));
    }
}

#[test]
fn a_limit_changed_while_orders_are_under_way_judges_the_next_order() {
    let mut account = Account::guarded(Guard::default());
    let place = account.send(0, 10, Some(100)).unwrap();
    let limits = InstrumentLimits { max_position: Some(Qty(5)), ..InstrumentLimits::default() };
    account.risk.limit_instrument(InstrumentId(0), limits);
    assert_eq!(account.refusal(0, 1, None), Some(Reject::PositionLimit));
    account.fill(place, 10, 100);
    assert_eq!(account.refusal(0, 1, None), Some(Reject::PositionLimit));
    assert_eq!(account.refusal(0, -15, None), None);
    assert_eq!(account.refusal(0, -16, None), Some(Reject::PositionLimit));
}

#[test]
fn fills_beyond_what_was_ordered_and_positions_opened_outside_count() {
    let mut account = Account::guarded(Guard { max_gross: Some(1_000 * MONEY_ONE), ..Guard::default() });
    let place = account.send(0, 5, None).unwrap();
    account.fill(place, 9, 100);
    assert_eq!(account.refusal(0, 1, None), None);
    assert_eq!(account.refusal(0, 2, None), Some(Reject::GrossExposure));
    assert_eq!(account.refusal(0, -19, None), None);

    let outside = Fill { instrument: InstrumentId(1), qty: Qty(9), ..fee(0) };
    account.ledger.apply(&outside).unwrap();
    account.risk.moved(InstrumentId(1));
    assert_eq!(account.refusal(0, 1, None), Some(Reject::GrossExposure));
    assert_eq!(account.refusal(1, -9, None), None);
}

#[test]
fn a_change_counts_as_the_worse_of_both_until_it_is_answered() {
    let mut account = Account::guarded(Guard { max_gross: Some(1_000 * MONEY_ONE), ..Guard::default() });
    let place = account.send(0, 5, Some(100)).unwrap();
    account.change(place, 8, None, false).unwrap();
    assert_eq!(account.refusal(1, 2, None), None);
    assert_eq!(account.refusal(1, 3, None), Some(Reject::GrossExposure));
    account.risk.change_answered(account.open[place].request.id);
    assert_eq!(account.refusal(1, 5, None), None);
    assert_eq!(account.change(place, 11, None, true).unwrap_err().reject, Reject::GrossExposure);
    account.change(place, 10, None, true).unwrap();
    assert_eq!(account.refusal(1, 1, None), Some(Reject::GrossExposure));
    // Less is never refused, and not given back before it is certain.
    account.mark(0, 200);
    account.change(place, 7, None, false).unwrap();
    account.answer(place, 7, None);
    account.cancel(place);
    assert_eq!(account.refusal(1, 10, None), None);
}

#[test]
fn limits_say_how_close_they_were() {
    let mut account = Account::guarded(Guard { max_gross: Some(1_000 * MONEY_ONE), ..Guard::default() });
    account.hold(0, 5);
    account.hold(0, -2);
    assert!(account.send(0, 9, None).is_err());
    let gross = account.risk.uses().iter().find(|used| used.limit == Reject::GrossExposure).unwrap();
    assert_eq!((gross.most, gross.refused), (0.5, 1));
}

#[test]
fn codes_have_their_places() {
    for (place, reject) in Reject::RISK.iter().enumerate() {
        assert_eq!(usize::from(reject.code()), 2001 + place);
        assert_eq!(reject.place(), Some(place));
        assert_ne!(reject.limit(), "order", "{reject:?}");
    }
    assert_eq!(Reject::TooLate.place(), None);
}

#[test]
fn value_at_risk_is_limited_and_a_hedge_passes_where_the_same_on_top_does_not() {
    use crate::risk::matrix::Matrix;
    use crate::risk::portfolio::PortfolioRisk;

    // Two instruments that move by 1 % and nearly alike, and a third one that nobody knows.
    let covariance = Matrix::try_new("covariance", 2, &[1e-4, 0.9e-4, 0.9e-4, 1e-4]).unwrap();
    let model = PortfolioRisk::try_new(covariance, 0.95).unwrap();
    let mut account = Account::guarded(Guard::default());
    account.hold(0, 100);
    // 1.645 % of 10,000 is 164.5.
    account.risk.limit_var(model, &[InstrumentId(0), InstrumentId(1)], 200 * MONEY_ONE, &account.ledger);
    assert_eq!(account.refusal(0, 21, None), None);
    assert_eq!(account.refusal(0, 22, None), Some(Reject::ValueAtRisk));
    assert_eq!(account.refusal(1, 23, None), None);
    assert_eq!(account.refusal(1, 24, None), Some(Reject::ValueAtRisk));
    assert_eq!(account.refusal(1, -150, None), None);
    assert_eq!(account.refusal(2, 1, None), Some(Reject::ValueAtRisk));
    assert_eq!(account.refusal(0, -100, None), None);
    // Prices move the positions: 180 are now at risk of 200.
    account.mark(0, 110);
    assert_eq!(account.refusal(0, 10, None), None);
    assert_eq!(account.refusal(0, 11, None), Some(Reject::ValueAtRisk));
    account.mark(0, 150);
    assert_eq!(account.refusal(0, 1, None), Some(Reject::ValueAtRisk));
    assert_eq!(account.refusal(1, -10, None), None);
    account.risk.lift_var_limit();
    assert_eq!(account.refusal(2, 1, None), None);
}
