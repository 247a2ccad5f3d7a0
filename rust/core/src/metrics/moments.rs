//! Sums over returns that can be joined: central moments, gains and losses.

use super::wealth::lower;

/// The larger one, in one instruction.
#[inline(always)]
fn higher(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Sums about a shift near the mean, over a block short enough to lose nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    /// The sums of d, d^2, d^3 and d^4 with d = r - shift.
    pub(super) powers: [f64; 4],
    /// The sum of max(r, 0).
    pub(super) gains: f64,
    /// The sum of min(r, 0).
    pub(super) losses: f64,
    /// The sum of min(r, 0)^2.
    pub(super) squared_losses: f64,
    pub(super) worst: f64,
    pub(super) best: f64,
}

impl Sums {
    pub(super) const ZERO: Self = Self {
        powers: [0.0; 4],
        gains: 0.0,
        losses: 0.0,
        squared_losses: 0.0,
        worst: f64::INFINITY,
        best: f64::NEG_INFINITY,
    };

    /// One more return.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, shift: f64) {
        let d = value - shift;
        let square = d * d;
        self.powers[0] += d;
        self.powers[1] += square;
        self.powers[2] += square * d;
        self.powers[3] += square * square;
        let loss = lower(value, 0.0);
        self.gains += higher(value, 0.0);
        self.losses += loss;
        self.squared_losses += loss * loss;
        self.worst = lower(value, self.worst);
        self.best = higher(value, self.best);
    }

    /// The sums of two lanes about one shift.
    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.powers.iter_mut().zip(other.powers) {
            *mine += theirs;
        }
        self.gains += other.gains;
        self.losses += other.losses;
        self.squared_losses += other.squared_losses;
        self.worst = lower(other.worst, self.worst);
        self.best = higher(other.best, self.best);
    }
}

/// Count, mean and central moments of all returns so far, with the sums of gains and losses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) count: f64,
    pub(super) mean: f64,
    /// Sums of (r - mean)^2, ^3 and ^4.
    pub(super) m2: f64,
    pub(super) m3: f64,
    pub(super) m4: f64,
    pub(super) gains: f64,
    pub(super) losses: f64,
    pub(super) squared_losses: f64,
    pub(super) worst: f64,
    pub(super) best: f64,
}

impl Moments {
    pub(super) const EMPTY: Self = Self {
        count: 0.0,
        mean: 0.0,
        m2: 0.0,
        m3: 0.0,
        m4: 0.0,
        gains: 0.0,
        losses: 0.0,
        squared_losses: 0.0,
        worst: f64::INFINITY,
        best: f64::NEG_INFINITY,
    };

    /// The moments of one block of `count` > 0 returns from its sums about `shift`.
    pub(super) fn of_block(count: usize, shift: f64, sums: &Sums) -> Self {
        let n = count as f64;
        let [s1, s2, s3, s4] = sums.powers;
        let d = s1 / n;
        Self {
            count: n,
            mean: shift + d,
            m2: s2 - s1 * d,
            m3: s3 - 3.0 * d * s2 + 2.0 * d * d * s1,
            m4: s4 - 4.0 * d * s3 + 6.0 * d * d * s2 - 3.0 * d * d * d * s1,
            gains: sums.gains,
            losses: sums.losses,
            squared_losses: sums.squared_losses,
            worst: sums.worst,
            best: sums.best,
        }
    }

    /// The moments of both, by the update of P. Pebay (Sandia report SAND2008-6212, 2008).
    pub(super) fn join(&mut self, other: &Self) {
        if self.count == 0.0 {
            *self = *other;
            return;
        }
        let (na, nb) = (self.count, other.count);
        let n = na + nb;
        let delta = other.mean - self.mean;
        let step = delta / n;
        let product = na * nb;
        self.m4 += other.m4
            + delta * step * step * step * product * (na * na - product + nb * nb)
            + 6.0 * step * step * (na * na * other.m2 + nb * nb * self.m2)
            + 4.0 * step * (na * other.m3 - nb * self.m3);
        self.m3 += other.m3 + delta * step * step * product * (na - nb) + 3.0 * step * (na * other.m2 - nb * self.m2);
        self.m2 += other.m2 + delta * step * product;
        self.mean += step * nb;
        self.count = n;
        self.gains += other.gains;
        self.losses += other.losses;
        self.squared_losses += other.squared_losses;
        self.worst = lower(other.worst, self.worst);
        self.best = higher(other.best, self.best);
    }

    /// Whether all returns are one and the same number.
    pub(super) fn is_constant(&self) -> bool {
        self.worst == self.best
    }
}
