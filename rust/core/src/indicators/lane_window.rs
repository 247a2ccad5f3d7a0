//! One window of eight instruments at once.

use std::fmt::Debug;

use super::lanes::{LANES, Lane};
use super::spec::{Args, Spec};
use super::{Indicator, averages, momentum, volatility};
use crate::error::Error;

/// Memory for rows that are computed on the way, kept from window to window.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) rows: Vec<Lane>,
    pub(crate) more: Vec<Lane>,
    /// Of [`Window::of_eight`](super::window::Window).
    pub(crate) tree: Vec<Lane>,
}

/// An indicator over a window that can be computed of its last row alone, for eight instruments.
pub(crate) trait Windowed<const I: usize, const O: usize>: Indicator<I, O> {
    /// The outputs after the last of `rows`, which are those of the window, all finite: the bits of
    /// [`Indicator::extend`].
    fn of_eight(&self, rows: [&[Lane]; I], scratch: &mut Scratch) -> [Lane; O];
}

trait Erased: Debug + Send + Sync {
    fn last(&mut self, rows: &[&[Lane]], out: &mut [Lane]);
}

#[derive(Debug)]
struct Erase<T, const I: usize, const O: usize>(T, Scratch);

impl<T: Windowed<I, O>, const I: usize, const O: usize> Erased for Erase<T, I, O> {
    fn last(&mut self, rows: &[&[Lane]], out: &mut [Lane]) {
        out.copy_from_slice(&self.0.of_eight(std::array::from_fn(|input| rows[input]), &mut self.1));
    }
}

fn boxed<T: Windowed<I, O>, const I: usize, const O: usize>(made: T) -> Option<Box<dyn Erased>> {
    Some(Box::new(Erase(made, Scratch::default())))
}

/// The last values of an indicator over a window, of eight instruments in vectors.
#[derive(Debug)]
pub struct LaneWindow(Box<dyn Erased>);

impl LaneWindow {
    /// For a window with these parameters; `None` if the indicator has no such way.
    ///
    /// # Errors
    /// `ConfigError` for a value that a parameter cannot take.
    pub fn try_new(spec: &Spec, args: &Args) -> Result<Option<Self>, Error> {
        let made = match spec.name {
            "sma" => boxed(averages::Sma::try_new(args.rows(0))?),
            "williams_r" => boxed(momentum::WilliamsR::try_new(args.rows(0))?),
            "cci" => boxed(momentum::Cci::try_new(args.rows(0))?),
            "mfi" => boxed(momentum::Mfi::try_new(args.rows(0))?),
            "stochastic" => boxed(momentum::Stochastic::try_new(args.rows(0), args.rows(1), args.rows(2))?),
            "bollinger" => boxed(volatility::Bollinger::try_new(args.rows(0), args.number(1))?),
            "donchian" => boxed(volatility::Donchian::try_new(args.rows(0))?),
            _ => None,
        };
        Ok(made.map(Self))
    }

    /// For an indicator that has such a way.
    pub(crate) fn of<const I: usize, const O: usize>(made: impl Windowed<I, O>) -> Self {
        Self(Box::new(Erase(made, Scratch::default())))
    }

    /// The outputs after the last of the rows of the window, which have no missing values.
    pub fn last(&mut self, rows: &[&[Lane]], out: &mut [Lane]) {
        debug_assert!(rows.iter().all(|column| column.as_flattened().iter().all(|value| value.is_finite())));
        debug_assert!(out.iter().all(|row| row.len() == LANES));
        self.0.last(rows, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::{Stream, specs};
    use crate::rng::Rng;

    #[test]
    fn every_window_of_every_length_has_the_bits_of_a_stream() {
        let mut rng = Rng::new(7, 7);
        // Rounded, so that there are equal ones; now and then a zero, of either sign.
        let mut value = |row: usize| match row % 13 {
            5 => [0.0, -0.0][rng.next_u64() as usize % 2],
            _ => (rng.next_f64() * 400.0).round() / 100.0,
        };
        let columns: Vec<Vec<Lane>> =
            (0..5).map(|_| (0..160).map(|row| std::array::from_fn(|_| value(row))).collect()).collect();
        for spec in specs().filter(|spec| !spec.params.is_empty()) {
            for length in 1..=70 {
                let mut stream = Stream::try_new(spec, &[f64::from(length)]).unwrap();
                let Some(mut window) = LaneWindow::try_new(spec, stream.args()).unwrap() else { break };
                let super::super::spec::Reach::Rows(reach) = (spec.reach)(stream.args()) else { break };
                let rows: Vec<&[Lane]> = columns[..spec.inputs.len()].iter().map(|column| &column[..reach]).collect();
                let mut out = vec![[0.0; LANES]; spec.outputs.len()];
                window.last(&rows, &mut out);
                for lane in 0..LANES {
                    stream.reset();
                    for row in 0..reach - 1 {
                        stream.update(&rows.iter().map(|column| column[row][lane]).collect::<Vec<_>>());
                    }
                    let last: Vec<f64> = rows.iter().map(|column| column[reach - 1][lane]).collect();
                    let wanted: Vec<u64> = stream.update(&last).iter().map(|value| value.to_bits()).collect();
                    let got: Vec<u64> = out.iter().map(|values| values[lane].to_bits()).collect();
                    assert_eq!(got, wanted, "{} {length} {lane}", spec.name);
                }
            }
        }
    }
}
