use std::collections::VecDeque;

use crate::types::{NEVER, Ts};

/// Things that are due at a time; those of one time come out in the order they went in.
///
/// With constant latencies they go in in order, so this is a queue that can bear exceptions: pushing is
/// O(number of later entries), popping O(1).
#[derive(Debug)]
pub(crate) struct Schedule<T> {
    entries: VecDeque<(Ts, T)>,
}

impl<T> Schedule<T> {
    pub(crate) fn new() -> Self {
        Self { entries: VecDeque::with_capacity(64) }
    }

    #[inline]
    pub(crate) fn due(&self) -> Ts {
        self.entries.front().map_or(NEVER, |(ts, _)| *ts)
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, ts: Ts, thing: T) {
        if self.entries.back().is_none_or(|(last, _)| *last <= ts) {
            self.entries.push_back((ts, thing));
        } else {
            self.insert(ts, thing);
        }
    }

    #[cold]
    fn insert(&mut self, ts: Ts, thing: T) {
        let later = self.entries.iter().rev().take_while(|(other, _)| *other > ts).count();
        self.entries.insert(self.entries.len() - later, (ts, thing));
    }

    /// Whether something is due at just this time.
    pub(crate) fn has(&self, ts: Ts) -> bool {
        self.entries.iter().rev().map(|(other, _)| *other).find(|other| *other <= ts) == Some(ts)
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(Ts, T)> {
        self.entries.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_out_by_time_and_then_by_arrival() {
        let mut schedule = Schedule::new();
        for (ts, name) in [(5, 'a'), (3, 'b'), (5, 'c'), (4, 'd'), (3, 'e')] {
            schedule.push(ts, name);
        }
        assert_eq!(schedule.due(), 3);
        let order: String = std::iter::from_fn(|| schedule.pop()).map(|(_, name)| name).collect();
        assert_eq!(order, "bedac");
        assert_eq!(schedule.due(), NEVER);
    }
}
