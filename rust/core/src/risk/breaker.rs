//! Circuit breakers: normal, warning, tripped; what trips stays so until somebody resets it.

use std::sync::Arc;

use super::Guard;
use super::policy::share;
use crate::types::{DAY_NS, Money, NEVER, Ts};

mod state;

pub use state::BreakerState;

/// What an incident was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// The loss of the day.
    DailyLoss = 0,
    /// The fall from the peak of equity.
    Drawdown = 1,
    /// Somebody pulled the kill switch.
    KillSwitch = 2,
    /// Somebody reset the breakers.
    Reset = 3,
}

impl Cause {
    /// The cause of a number.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::DailyLoss),
            1 => Some(Self::Drawdown),
            2 => Some(Self::KillSwitch),
            3 => Some(Self::Reset),
            _ => None,
        }
    }

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DailyLoss => "daily_loss",
            Self::Drawdown => "drawdown",
            Self::KillSwitch => "kill_switch",
            Self::Reset => "reset",
        }
    }
}

/// The state of the breakers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Condition {
    /// Nothing is near its limit.
    #[default]
    Normal = 0,
    /// A loss has passed three quarters of its limit since the last reset.
    Warning = 1,
    /// Nothing that adds risk is let through.
    Tripped = 2,
}

impl Condition {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Warning => "WARNING",
            Self::Tripped => "TRIPPED",
        }
    }
}

/// A change of the state of the breakers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// When.
    pub ts: Ts,
    /// Why.
    pub cause: Cause,
    /// What the state became.
    pub condition: Condition,
    /// The loss, where it is about one.
    pub loss: Money,
    /// The largest loss allowed.
    pub bound: Money,
}

/// One limit on losses.
#[derive(Clone, Copy, Debug, Default)]
struct Fuse {
    /// What losses are measured from.
    base: Money,
    /// The loss that trips it; `None` if there is no limit.
    bound: Option<Money>,
    /// The loss that warns.
    warning: Money,
    warned: bool,
    /// The largest loss so far as (loss, bound).
    worst: (Money, Money),
}

impl Fuse {
    fn new(base: Money, bound: Option<Money>) -> Self {
        let mut fuse = Self { base, ..Self::default() };
        fuse.set_bound(bound);
        fuse
    }

    fn set_bound(&mut self, bound: Option<Money>) {
        self.bound = bound;
        self.warning = bound.map_or(0, |bound| bound - bound / 4);
    }

    /// The loss and its bound, if equity has lost that much.
    #[inline]
    fn blown(&self, equity: Money) -> Option<(Money, Money)> {
        let bound = self.bound?;
        let loss = self.base.saturating_sub(equity);
        (loss > 0 && loss >= bound).then_some((loss, bound))
    }
}

/// The breakers of an account, and what they watch.
#[derive(Clone, Debug)]
pub struct Breakers {
    latches: bool,
    drawdown_ppm: Option<i64>,
    day_start: i64,
    day_starts: Option<Arc<[Ts]>>,
    cool_down: i64,
    day: Fuse,
    fall: Fuse,
    day_ends: Ts,
    /// Equity at the start of the day, resets or not.
    day_equity: Money,
    /// Equity when it was last seen.
    equity: Money,
    condition: Condition,
    tripped_at: Option<Ts>,
    killed: bool,
    incidents: Vec<Incident>,
    forgotten: u64,
}

impl Breakers {
    /// So many incidents are kept; later ones are counted.
    const INCIDENTS: usize = 10_000;

    pub(super) fn new(guard: Option<&Guard>, capital: Money) -> Self {
        let none = Guard::default();
        let guard = guard.unwrap_or(&none);
        let mut fresh = Self {
            latches: guard.breakers,
            drawdown_ppm: guard.drawdown_ppm,
            day_start: guard.day_start,
            day_starts: guard.day_starts.clone(),
            cool_down: guard.cool_down,
            day: Fuse::new(capital, guard.max_daily_loss),
            fall: Fuse::new(capital, None),
            day_ends: Ts::MIN,
            day_equity: capital,
            equity: capital,
            condition: Condition::Normal,
            tripped_at: None,
            killed: false,
            incidents: Vec::new(),
            forgotten: 0,
        };
        fresh.bound_fall();
        fresh
    }

    /// Whether there is anything to watch.
    pub(super) const fn watches(&self) -> bool {
        self.day.bound.is_some() || self.drawdown_ppm.is_some()
    }

    fn bound_fall(&mut self) {
        let peak = self.fall.base.max(0);
        self.fall.set_bound(self.drawdown_ppm.map(|ppm| share(peak, ppm)));
    }

    /// Equity at `now`; gives whether that tripped a breaker.
    #[inline]
    pub(super) fn see(&mut self, now: Ts, equity: Money) -> bool {
        if now >= self.day_ends {
            self.new_day(now);
        }
        self.equity = equity;
        if equity > self.fall.base {
            self.fall.base = equity;
            self.bound_fall();
        }
        self.look(now, Cause::DailyLoss) | self.look(now, Cause::Drawdown)
    }

    /// The first start of a day after `now`.
    fn next_start(&self, now: Ts) -> Ts {
        let starts = self.day_starts.as_deref().unwrap_or_default();
        let next = starts.get(starts.partition_point(|start| *start <= now));
        next.copied().unwrap_or_else(|| {
            let since = starts.last().map_or(self.day_start, |last| last.rem_euclid(DAY_NS));
            let day = now.saturating_sub(since).div_euclid(DAY_NS).checked_add(1);
            let midnight = day.and_then(|day| day.checked_mul(DAY_NS));
            midnight.map_or(NEVER, |midnight| midnight.saturating_add(since))
        })
    }

    /// A day ends with the equity that was last seen in it.
    #[cold]
    fn new_day(&mut self, now: Ts) {
        let first = self.day_ends == Ts::MIN;
        self.day_ends = self.next_start(now);
        self.day_equity = self.equity;
        self.day.base = self.equity;
        self.day.warned = false;
        if !first && self.condition == Condition::Warning && !self.fall.warned {
            self.condition = Condition::Normal;
        }
    }

    #[inline]
    fn look(&mut self, now: Ts, cause: Cause) -> bool {
        let fuse = if cause == Cause::DailyLoss { &mut self.day } else { &mut self.fall };
        let Some(bound) = fuse.bound else { return false };
        let loss = fuse.base.saturating_sub(self.equity);
        if loss > fuse.worst.0 {
            fuse.worst = (loss, bound);
        }
        if loss <= 0 || loss < fuse.warning {
            return false;
        }
        let warns = !fuse.warned;
        fuse.warned = true;
        if warns {
            self.change(now, cause, self.condition.max(Condition::Warning), loss, bound);
        }
        if !(self.latches && loss >= bound && self.condition != Condition::Tripped) {
            return false;
        }
        self.tripped_at = Some(now);
        self.change(now, cause, Condition::Tripped, loss, bound);
        true
    }

    #[cold]
    fn change(&mut self, ts: Ts, cause: Cause, condition: Condition, loss: Money, bound: Money) {
        self.condition = condition;
        if self.incidents.len() < Self::INCIDENTS {
            self.incidents.push(Incident { ts, cause, condition, loss, bound });
        } else {
            self.forgotten += 1;
        }
    }

    /// Nothing that adds risk is let through from now on, until a reset.
    pub(super) fn kill(&mut self, now: Ts) -> bool {
        let news = !self.killed;
        self.killed = true;
        if news {
            self.tripped_at = Some(now);
            self.change(now, Cause::KillSwitch, Condition::Tripped, 0, 0);
        }
        news
    }

    /// Resets everything; losses are measured from the equity now on. Gives how long it is too soon, if it is.
    pub(super) fn reset(&mut self, now: Ts, equity: Money) -> Result<(), i64> {
        if let Some(at) = self.tripped_at {
            let wait = at.saturating_add(self.cool_down).saturating_sub(now);
            if wait > 0 {
                return Err(wait);
            }
        }
        (self.tripped_at, self.killed) = (None, false);
        self.equity = equity;
        (self.day.base, self.fall.base) = (equity, equity);
        (self.day.warned, self.fall.warned) = (false, false);
        self.bound_fall();
        self.change(now, Cause::Reset, Condition::Normal, 0, 0);
        Ok(())
    }

    /// Normal, warning or tripped.
    pub const fn condition(&self) -> Condition {
        self.condition
    }

    /// Whether the kill switch is on.
    pub const fn is_killed(&self) -> bool {
        self.killed
    }

    /// What happened, in order; at most 10,000.
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// How many more happened.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Profit or loss since the start of the day.
    pub const fn daily_pnl(&self) -> Money {
        self.equity - self.day_equity
    }

    /// The largest losses so far as (loss, bound): of a day, from a peak.
    pub const fn worst(&self) -> [(Money, Money); 2] {
        [self.day.worst, self.fall.worst]
    }

    /// The loss that tripped the breakers, and its bound.
    pub(super) fn tripped_by(&self) -> Option<(Money, Money)> {
        let trips = |incident: &&Incident| incident.condition == Condition::Tripped && incident.loss > 0;
        self.incidents.iter().rev().find(trips).map(|incident| (incident.loss, incident.bound))
    }

    pub(super) fn daily_loss(&self) -> Option<(Money, Money)> {
        self.day.blown(self.equity)
    }

    pub(super) fn drawdown(&self) -> Option<(Money, Money)> {
        self.fall.blown(self.equity)
    }
}
