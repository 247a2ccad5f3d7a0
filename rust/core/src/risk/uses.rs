//! How close a run came to each of its limits.

use crate::order::Reject;
use crate::types::to_f64;

/// How a limit was used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Use {
    /// The limit, by what breaking it is called.
    pub limit: Reject,
    /// The largest value that it allowed, as a fraction of the bound; 0 if it was never asked.
    pub most: f64,
    /// How many orders it refused.
    pub refused: u64,
}

/// How each limit was used.
#[derive(Clone, Copy, Debug)]
pub struct Uses {
    most: [f64; Reject::RISK.len()],
    refused: [u64; Reject::RISK.len()],
}

impl Default for Uses {
    fn default() -> Self {
        Self { most: [0.0; Reject::RISK.len()], refused: [0; Reject::RISK.len()] }
    }
}

impl Uses {
    #[inline]
    pub(super) fn note(&mut self, limit: Reject, value: i128, bound: i128) {
        if bound > 0
            && value > 0
            && let Some(place) = limit.place()
        {
            let used = to_f64(value) / to_f64(bound);
            if used > self.most[place] {
                self.most[place] = used;
            }
        }
    }

    pub(super) fn refuse(&mut self, limit: Reject) {
        if let Some(place) = limit.place() {
            self.refused[place] += 1;
        }
    }

    /// One of each limit, in the order of the codes.
    pub fn iter(&self) -> impl Iterator<Item = Use> {
        let rows = Reject::RISK.iter().zip(self.most).zip(self.refused);
        rows.map(|((limit, most), refused)| Use { limit: *limit, most, refused })
    }
}
