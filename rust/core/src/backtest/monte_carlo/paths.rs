//! Sixteen paths from start to end.

use super::account::Account;
use super::draw::{CHUNK, Draw, LANES, Rule};

/// What all groups of paths share.
pub(super) struct Job<'a> {
    /// The history, prepared for the account: one number a step.
    pub(super) table: &'a [f64],
    pub(super) rule: Rule,
    pub(super) seed: u64,
    /// Steps of each path.
    pub(super) steps: usize,
    /// After how many steps equity is noted, ascending, none beyond `steps`.
    pub(super) marks: &'a [usize],
}

/// The ends of sixteen paths, in units of the capital.
pub(super) struct Group {
    pub(super) final_equity: [f64; LANES],
    pub(super) lowest: [f64; LANES],
    pub(super) drawdown: [f64; LANES],
    /// Equity at each mark.
    pub(super) marked: Vec<[f64; LANES]>,
}

impl Job<'_> {
    /// Paths `first_path`, `first_path + 1` and so on. Each depends on the seed and its own number only.
    pub(super) fn run<A: Account>(&self, first_path: u64, noted: bool) -> Group {
        let mut draw = Draw::new(self.rule, self.table.len() as u32, self.seed, first_path);
        let mut account = A::open();
        let mut places = [[0; LANES]; CHUNK];
        let mut values = [[0.0; LANES]; CHUNK];
        let marks = if noted { self.marks } else { &[] };
        let mut marked = Vec::with_capacity(marks.len());
        let mut done = 0;
        while done < self.steps {
            draw.fill(&mut places);
            for (row, places) in values.iter_mut().zip(&places) {
                for lane in 0..LANES {
                    row[lane] = self.table[places[lane] as usize];
                }
            }
            // Paths always draw whole chunks, so that neither the marks nor the end move a draw.
            let end = self.steps.min(done + CHUNK);
            let mut from = done;
            while from < end {
                while marks.get(marked.len()) == Some(&from) {
                    marked.push(equity(&account));
                }
                let to = marks.get(marked.len()).map_or(end, |&mark| mark.min(end));
                for row in &values[from - done..to - done] {
                    account.step(row);
                }
                from = to;
            }
            done = end;
        }
        marked.resize_with(marks.len(), || equity(&account));
        Group {
            final_equity: equity(&account),
            lowest: std::array::from_fn(|lane| account.lowest(lane)),
            drawdown: std::array::from_fn(|lane| account.drawdown(lane)),
            marked,
        }
    }
}

fn equity<A: Account>(account: &A) -> [f64; LANES] {
    std::array::from_fn(|lane| account.equity(lane))
}
