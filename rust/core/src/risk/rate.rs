use super::Rate;
use crate::types::Ts;

/// The last times at which something was done: exact for every window, in constant time.
#[derive(Clone, Debug)]
pub(super) struct Window {
    rate: Rate,
    /// A ring; the oldest one stands at `next`.
    times: Vec<Ts>,
    next: usize,
}

impl Window {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, times: vec![Ts::MIN; rate.most.max(1) as usize], next: 0 }
    }

    /// Whether one more at `now` is within the rate.
    #[inline]
    pub(super) fn has_room(&self, now: Ts) -> bool {
        // Time that seems to go back counts as none.
        let oldest = self.times[self.next];
        self.rate.most > 0 && (oldest == Ts::MIN || now.saturating_sub(oldest) >= self.rate.window)
    }

    pub(super) const fn most(&self) -> u32 {
        self.rate.most
    }

    /// How many were done within the window that ends at `now`.
    #[cfg(test)]
    pub(super) fn used(&self, now: Ts) -> usize {
        let fresh = |ts: &&Ts| **ts != Ts::MIN && now.saturating_sub(**ts) < self.rate.window;
        self.times.iter().filter(fresh).count()
    }

    /// When the last ones were done, the oldest first.
    pub(super) fn times(&self) -> Vec<Ts> {
        let (newer, older) = self.times.split_at(self.next);
        older.iter().chain(newer).copied().filter(|ts| *ts != Ts::MIN).collect()
    }

    /// One was done.
    #[inline]
    pub(super) fn note(&mut self, now: Ts) {
        self.times[self.next] = now;
        self.next = if self.next + 1 == self.times.len() { 0 } else { self.next + 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_ever_holds_more_than_the_rate() {
        let mut rng = crate::rng::Rng::new(4, 0);
        let mut window = Window::new(Rate { most: 3, window: 100 });
        let (mut now, mut done) = (0, Vec::new());
        for _ in 0..10_000 {
            now += rng.below(60) as i64;
            let within = done.iter().filter(|ts| now - **ts < 100).count();
            assert_eq!(window.used(now), within);
            assert_eq!(window.has_room(now), within < 3);
            if window.has_room(now) {
                window.note(now);
                done.push(now);
            }
        }
        assert!(done.len() > 1_000);
    }
}
