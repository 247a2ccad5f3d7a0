//! What positions lose if something happens at once.
//!
//! # Rationale
//! A scenario is data: by how much instruments, sectors and factors move, how much wider spreads become, and whether
//! prices gap. The most particular shock counts: that of the instrument, else that of its sector, else the sum of its
//! betas times the shocks of the factors.
//!
//! # Limitations
//! Linear in the price: options are not valued again.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::checked::{bad_data, bad_setting, finite, length};
use crate::error::Error;

/// What is held, one entry a position in every column.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// Market value in the currency of the account; a short is negative.
    pub values: Vec<f64>,
    /// The number of its sector, if it has one.
    pub sectors: Vec<Option<u32>>,
    /// Its beta to each factor: factor after factor, each as long as there are positions.
    pub betas: Vec<f64>,
    /// Its usual spread between bid and ask, as a fraction of the price.
    pub spreads: Vec<f64>,
    /// How far its stop is away, as a fraction of the price > 0; infinite without one.
    pub stops: Vec<f64>,
}

/// What happens. Shocks are fractions: -0.2 is a fall by 20 %.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// Shocks of positions, by number.
    pub instruments: Vec<(u32, f64)>,
    /// Shocks of sectors, by number.
    pub sectors: Vec<(u32, f64)>,
    /// Shocks of factors, by number.
    pub factors: Vec<(u32, f64)>,
    /// The spread at which positions are closed, in usual spreads; 0 leaves it out, 1 is an ordinary day.
    pub spread_multiple: f64,
    /// Whether prices jump through stops; else a loss ends at the stop.
    pub gap: bool,
}

impl Positions {
    fn check(&self) -> Result<usize, Error> {
        let count = self.values.len();
        length("sectors", self.sectors.len(), count)?;
        length("spreads", self.spreads.len(), count)?;
        length("stops", self.stops.len(), count)?;
        finite("values", &self.values)?;
        finite("betas", &self.betas)?;
        if let Some(bad) = self.spreads.iter().find(|&&spread| !(spread >= 0.0 && spread.is_finite())) {
            return Err(bad_data("spreads", "must be >= 0", bad));
        }
        if let Some(bad) = self.stops.iter().find(|stop| **stop <= 0.0 || stop.is_nan()) {
            return Err(bad_data("stops", "must be > 0", bad));
        }
        match self.betas.len().checked_div(count) {
            Some(factors) if factors * count == self.betas.len() => Ok(factors),
            None if self.betas.is_empty() => Ok(0),
            _ => Err(bad_data("betas", format!("must be factors x {count}"), self.betas.len())),
        }
    }
}

impl Scenario {
    fn check(&self, positions: usize, factors: usize) -> Result<(), Error> {
        let known = |name: &str, shocks: &[(u32, f64)], most: usize| {
            let bad = shocks.iter().find(|(number, shock)| *number as usize >= most || !shock.is_finite());
            bad.map_or(Ok(()), |(number, shock)| {
                let rule = format!("must be finite shocks of numbers below {most}");
                Err(bad_data(name, rule, format!("{shock} of {number}")))
            })
        };
        known("instruments", &self.instruments, positions)?;
        known("sectors", &self.sectors, usize::MAX)?;
        known("factors", &self.factors, factors)?;
        if self.spread_multiple >= 0.0 && self.spread_multiple.is_finite() {
            return Ok(());
        }
        Err(bad_setting("spread_multiple", "must be >= 0", self.spread_multiple))
    }
}

/// The profit or loss of every position in every scenario, scenario after scenario.
///
/// For value v, shock x and spread s: v x - |v| s multiple / 2. No price falls by more than all of itself: x >= -1.
/// With a stop at distance d and no gap a loss ends at it: x >= -d for a long, x <= d for a short position.
/// O(scenarios x positions x factors shocked).
///
/// # Errors
/// `DataError` if a column is not as long as the positions, a number is not finite or unknown, `ConfigError` if a
/// multiple is negative.
///
/// ```
/// use baconalgo_core::risk::stress::{Positions, Scenario, stress};
///
/// let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
/// let positions = Positions {
///     values: vec![1_000.0, -500.0],
///     sectors: vec![None, Some(3)],
///     betas: vec![1.0, 2.0],
///     spreads: vec![0.0, 0.0],
///     stops: vec![f64::INFINITY, f64::INFINITY],
/// };
/// let crash = Scenario { factors: vec![(0, -0.2)], ..Scenario::default() };
/// assert_eq!(stress(&positions, &[crash], &pool).unwrap(), [-200.0, 200.0]);
/// ```
pub fn stress(positions: &Positions, scenarios: &[Scenario], pool: &ThreadPool) -> Result<Vec<f64>, Error> {
    let factors = positions.check()?;
    let count = positions.values.len();
    scenarios.iter().try_for_each(|scenario| scenario.check(count, factors))?;
    let mut table = vec![0.0; scenarios.len() * count];
    if count > 0 {
        let rows = table.par_chunks_mut(count).zip(scenarios);
        pool.install(|| rows.with_min_len(16).for_each(|(row, scenario)| fill(row, positions, scenario)));
    }
    Ok(table)
}

fn fill(row: &mut [f64], positions: &Positions, scenario: &Scenario) {
    let count = row.len();
    for &(factor, shock) in &scenario.factors {
        let betas = &positions.betas[factor as usize * count..][..count];
        for (change, beta) in row.iter_mut().zip(betas) {
            *change = beta.mul_add(shock, *change);
        }
    }
    if !scenario.sectors.is_empty() {
        for (change, sector) in row.iter_mut().zip(&positions.sectors) {
            let found = scenario.sectors.iter().find(|(number, _)| Some(*number) == *sector);
            *change = found.map_or(*change, |(_, shock)| *shock);
        }
    }
    for &(position, shock) in &scenario.instruments {
        row[position as usize] = shock;
    }
    let half = 0.5 * scenario.spread_multiple;
    let columns = positions.values.iter().zip(&positions.stops).zip(&positions.spreads);
    for (change, ((&value, &stop), &spread)) in row.iter_mut().zip(columns) {
        let floor = if scenario.gap || value < 0.0 { -1.0 } else { (-stop).max(-1.0) };
        let ceiling = if scenario.gap || value >= 0.0 { f64::INFINITY } else { stop };
        let moved = change.max(floor).min(ceiling);
        // + 0: a short that does not move loses 0, not -0.
        *change = value * moved - value.abs() * spread * half + 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
    }

    fn book() -> Positions {
        Positions {
            values: vec![100.0, 200.0, -300.0],
            sectors: vec![Some(0), Some(1), None],
            betas: vec![1.0, 0.5, 1.0, 0.0, 0.0, 2.0],
            spreads: vec![0.01, 0.02, 0.0],
            stops: vec![0.05, f64::INFINITY, 0.1],
        }
    }

    fn run(scenario: Scenario) -> Vec<f64> {
        stress(&book(), &[scenario], &pool()).unwrap()
    }

    #[test]
    fn the_most_particular_shock_counts() {
        let all = Scenario {
            factors: vec![(0, -0.1), (1, 0.2)],
            sectors: vec![(1, -0.3)],
            instruments: vec![(0, 0.01)],
            gap: true,
            ..Scenario::default()
        };
        // The third one: -0.1 + 2 x 0.2 = 0.3 on a short of 300.
        assert_eq!(run(all), [1.0, -60.0, -90.00000000000001]);
    }

    #[test]
    fn stops_hold_unless_prices_gap() {
        let crash = Scenario { factors: vec![(0, -0.5)], ..Scenario::default() };
        assert_eq!(run(crash.clone()), [-5.0, -50.0, 150.0]);
        assert_eq!(run(Scenario { gap: true, ..crash }), [-50.0, -50.0, 150.0]);
        let rise = Scenario { factors: vec![(0, 0.5)], ..Scenario::default() };
        assert_eq!(run(rise), [50.0, 50.0, -30.0]);
    }

    #[test]
    fn no_price_falls_below_zero_and_wide_spreads_cost() {
        let end = Scenario { factors: vec![(0, -5.0)], gap: true, spread_multiple: 10.0, ..Scenario::default() };
        assert_eq!(run(end), [-105.0, -220.0, 300.0]);
    }

    #[test]
    fn unknown_numbers_and_bad_columns_are_refused() {
        let bad = |change: fn(&mut Positions)| {
            let mut positions = book();
            change(&mut positions);
            stress(&positions, &[Scenario::default()], &pool()).is_err()
        };
        assert!(bad(|p| p.values[0] = f64::NAN));
        assert!(bad(|p| p.stops[0] = 0.0));
        assert!(bad(|p| p.spreads[0] = -1.0));
        assert!(bad(|p| p.betas.truncate(2)));
        assert!(bad(|p| p.sectors.truncate(2)));
        for scenario in [
            Scenario { factors: vec![(2, 0.1)], ..Scenario::default() },
            Scenario { instruments: vec![(3, 0.1)], ..Scenario::default() },
            Scenario { instruments: vec![(0, f64::NAN)], ..Scenario::default() },
            Scenario { spread_multiple: -1.0, ..Scenario::default() },
        ] {
            assert!(stress(&book(), &[scenario], &pool()).is_err());
        }
        assert!(stress(&Positions::default(), &[Scenario::default()], &pool()).unwrap().is_empty());
    }
}
