use super::*;
use crate::types::DAY_NS;

fn guard() -> Guard {
    Guard { max_daily_loss: Some(2_000 * MONEY_ONE), drawdown_ppm: Some(100_000), breakers: true, ..Guard::default() }
}

fn causes(account: &Account) -> Vec<(Cause, Condition)> {
    account.risk.breakers().incidents().iter().map(|incident| (incident.cause, incident.condition)).collect()
}

#[test]
fn a_loss_warns_at_three_quarters_trips_at_its_limit_and_stays_tripped() {
    for side in [1, -1] {
        let mut account = Account::guarded(guard());
        account.hold(0, side * 100);
        assert!(!account.mark(0, 100 - side * 14));
        assert_eq!(account.risk.breakers().condition(), Condition::Normal);
        assert!(!account.mark(0, 100 - side * 15));
        assert_eq!(account.risk.breakers().condition(), Condition::Warning);
        assert_eq!(account.refusal(1, 1, None), None);
        assert!(!account.mark(0, 100 - side * 19));
        assert!(account.mark(0, 100 - side * 20));
        // A profit does not mend it.
        account.mark(0, 100 + side * 20);
        let denied = account.send(1, 1, None).unwrap_err();
        let loss = 2_000 * MONEY_ONE;
        assert_eq!(denied, Denied { reject: Reject::Breaker, amounts: Some((loss, loss)) });
        assert_eq!(account.refusal(0, -side * 100, None), None);
        assert_eq!(account.refusal(0, -side * 101, None), Some(Reject::Breaker));
        let expected = [(Cause::DailyLoss, Condition::Warning), (Cause::DailyLoss, Condition::Tripped)];
        assert_eq!(causes(&account), expected);
    }
}

#[test]
fn a_profit_never_trips_a_breaker() {
    let mut account = Account::guarded(guard());
    account.hold(0, 1_000);
    for px in 100..1_000 {
        assert!(!account.mark(0, px));
    }
    assert_eq!(account.risk.breakers().condition(), Condition::Normal);
    assert_eq!(account.risk.breakers().incidents(), []);
}

#[test]
fn the_drawdown_is_measured_from_the_peak_of_many_days() {
    let mut account = Account::guarded(Guard { max_daily_loss: None, ..guard() });
    account.hold(0, 1_000);
    account.mark(0, 120);
    // From 120,000 it may fall to 108,000, however slowly.
    for px in (109..120).rev() {
        account.now += DAY_NS;
        assert!(!account.mark(0, px));
    }
    account.now += DAY_NS;
    assert!(account.mark(0, 108));
    assert_eq!(causes(&account).last(), Some(&(Cause::Drawdown, Condition::Tripped)));
    assert_eq!(account.risk.breakers().worst()[1], (12_000 * MONEY_ONE, 12_000 * MONEY_ONE));
}

#[test]
fn a_new_day_forgets_the_loss_of_the_last_one_in_the_middle_of_a_trade() {
    let offset = DAY_NS / 4;
    let mut account = Account::guarded(Guard { day_start: offset, ..guard() });
    account.now = offset;
    account.hold(0, 100);
    account.mark(0, 85);
    assert_eq!(account.risk.breakers().condition(), Condition::Warning);
    account.now = offset + DAY_NS - 1;
    account.mark(0, 82);
    account.now = offset + DAY_NS;
    // Measured from 82, the last mark of the day before.
    assert!(!account.mark(0, 70));
    assert_eq!(account.risk.breakers().condition(), Condition::Normal);
    assert_eq!(account.risk.breakers().daily_pnl(), -1_200 * MONEY_ONE);
    assert!(account.mark(0, 62));
    assert_eq!(account.risk.breakers().daily_pnl(), -2_000 * MONEY_ONE);
    // Tripped is tripped, on the next day as well.
    account.now += DAY_NS;
    account.mark(0, 100);
    assert_eq!(account.refusal(1, 1, None), Some(Reject::Breaker));
}

#[test]
fn days_start_when_a_calendar_says_so_and_after_its_end_every_24_hours() {
    let hour = DAY_NS / 24;
    // A day of 23 hours, then one of 25; then the list ends.
    let starts = [17 * hour, 40 * hour, 65 * hour];
    let mut account = Account::guarded(Guard { day_starts: Some(starts.into()), drawdown_ppm: None, ..guard() });
    account.hold(0, 100);
    let mut px = 100;
    for start in [17, 40, 65, 89, 113] {
        account.now = start * hour - 1;
        px -= 15;
        assert!(!account.mark(0, px));
        assert_eq!(account.risk.breakers().daily_pnl(), -1_500 * MONEY_ONE, "{start}");
        account.now = start * hour;
        account.mark(0, px);
        assert_eq!(account.risk.breakers().daily_pnl(), 0, "{start}");
        assert_eq!(account.risk.breakers().condition(), Condition::Normal);
    }
}

#[test]
fn a_reset_waits_for_the_cool_down_and_measures_anew() {
    let mut account = Account::guarded(Guard { cool_down: 1_000, flatten: true, ..guard() });
    account.hold(0, 100);
    assert!(account.mark(0, 79));
    assert!(account.risk.wants_flat());
    account.now = 999;
    assert_eq!(account.risk.reset(account.now, &account.ledger), Err(1));
    account.now = 1_000;
    assert_eq!(account.risk.reset(account.now, &account.ledger), Ok(()));
    assert!(!account.risk.wants_flat());
    assert_eq!(account.refusal(1, 1, None), None);
    assert!(!account.mark(0, 60));
    assert!(account.mark(0, 59));
}

#[test]
fn the_kill_switch_stops_what_adds_risk_until_it_is_reset() {
    let mut account = Account::guarded(Guard::default());
    account.hold(0, 10);
    assert!(account.risk.kill(5));
    assert!(!account.risk.kill(6));
    assert_eq!(account.refusal(0, 1, None), Some(Reject::KillSwitch));
    assert_eq!(account.refusal(0, -10, None), None);
    assert_eq!(account.risk.reset(7, &account.ledger), Ok(()));
    assert_eq!(account.refusal(0, 1, None), None);
    assert_eq!(causes(&account), [(Cause::KillSwitch, Condition::Tripped), (Cause::Reset, Condition::Normal)]);
}

#[test]
fn limits_on_losses_without_breakers_refuse_while_the_loss_lasts() {
    for (guard, reject) in [
        (Guard { drawdown_ppm: None, breakers: false, ..guard() }, Reject::DailyLoss),
        (Guard { max_daily_loss: None, drawdown_ppm: Some(20_000), breakers: false, ..guard() }, Reject::Drawdown),
    ] {
        let mut account = Account::guarded(guard);
        account.hold(0, 100);
        assert!(!account.mark(0, 81));
        assert_eq!(account.refusal(0, 1, None), None);
        assert!(!account.mark(0, 80));
        assert_eq!(account.refusal(0, 1, None), Some(reject));
        assert_eq!(account.refusal(0, -100, None), None);
        account.mark(0, 81);
        assert_eq!(account.refusal(0, 1, None), None);
    }
}

#[test]
fn reduce_only_lets_only_reductions_through() {
    let mut account = Account::guarded(Guard::default());
    account.hold(0, 10);
    account.risk.set_reduce_only(true);
    assert_eq!(account.refusal(0, 1, None), Some(Reject::ReduceOnly));
    assert_eq!(account.refusal(0, -10, None), None);
    assert_eq!(account.refusal(0, -11, None), Some(Reject::ReduceOnly));
    // What is under way reduces already.
    account.send(0, -6, Some(100)).unwrap();
    assert_eq!(account.refusal(0, -4, None), None);
    assert_eq!(account.refusal(0, -5, None), Some(Reject::ReduceOnly));
}

#[test]
fn flattening_passes_every_limit_but_the_state_of_the_instrument() {
    let mut account = Account::guarded(guard());
    account.hold(0, 100);
    account.mark(0, 50);
    account.risk.kill(0);
    let flatten = |account: &mut Account, lots: i64| {
        let request = account.request(0, lots, None);
        account.risk.approve_flatten(request, &account.ledger, 0).is_some()
    };
    assert!(!flatten(&mut account, 1));
    assert!(!flatten(&mut account, -101));
    account.risk.set_trading(InstrumentId(0), false);
    assert!(!flatten(&mut account, -100));
    assert_eq!(account.refusal(0, -1, None), Some(Reject::InstrumentHalted));
    account.risk.set_trading(InstrumentId(0), true);
    assert!(flatten(&mut account, -100));
}
