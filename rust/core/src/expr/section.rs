//! Expressions that compare instruments at the same time.
//!
//! An expression is evaluated in stages: what is compared is computed for every instrument, then
//! compared at each time, and goes into the next stage as a column that is given.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::graph::Graph;
use super::input::{Table, check_lengths};
use super::machine::evaluate_many;
use super::node::{Node, NodeId, Section};
use super::program::Program;
use crate::error::{Error, ErrorKind};
use crate::types::Ts;

/// What each of some numbers is among them; NaN where it is missing, which the others do not count.
///
/// # Formula
/// Rank: the mean place among equals, from 0 to 1; alone: 0.5. Z-score: `(x - mean) / std`, ddof 0, 0 if
/// all are equal. `order` is scratch.
pub fn compare(section: Section, values: &mut [f64], order: &mut Vec<u32>) {
    order.clear();
    order.extend((0..values.len() as u32).filter(|place| !values[*place as usize].is_nan()));
    if order.is_empty() {
        return;
    }
    match section {
        Section::Rank => rank(values, order),
        Section::Zscore => zscore(values, order),
    }
}

fn rank(values: &mut [f64], order: &mut [u32]) {
    let at = |values: &[f64], place: u32| values[place as usize];
    order.sort_unstable_by(|a, b| at(values, *a).partial_cmp(&at(values, *b)).unwrap_or(Ordering::Equal));
    let most = (order.len() - 1) as f64;
    let mut from = 0;
    while from < order.len() {
        let value = at(values, order[from]);
        let equal = order[from..].iter().take_while(|place| at(values, **place) == value).count();
        let middle = from as f64 + (equal - 1) as f64 * 0.5;
        for place in &order[from..from + equal] {
            values[*place as usize] = if most == 0.0 { 0.5 } else { middle / most };
        }
        from += equal;
    }
}

fn zscore(values: &mut [f64], order: &[u32]) {
    let count = order.len() as f64;
    let first = values[order[0] as usize];
    let sum: f64 = order.iter().map(|place| values[*place as usize] - first).sum();
    let mean = first + sum / count;
    let squares: f64 = order.iter().map(|place| (values[*place as usize] - mean).powi(2)).sum();
    let deviation = (squares / count).sqrt();
    for place in order {
        let value = &mut values[*place as usize];
        *value = if deviation == 0.0 { 0.0 } else { (*value - mean) / deviation };
    }
}

/// Which of some numbers are among the `count` largest: 1, else 0; what equals the last of them is.
pub fn top(values: &mut [f64], count: usize, order: &mut Vec<u32>) {
    order.clear();
    order.extend((0..values.len() as u32).filter(|place| !values[*place as usize].is_nan()));
    let least = if count >= order.len() {
        f64::NEG_INFINITY
    } else {
        let descending =
            |a: &u32, b: &u32| values[*b as usize].partial_cmp(&values[*a as usize]).unwrap_or(Ordering::Equal);
        let (_, place, _) = order.select_nth_unstable_by(count.saturating_sub(1), descending);
        values[*place as usize]
    };
    for value in values {
        *value = f64::from(u8::from(*value >= least));
    }
}

/// The columns of an expression over the tables of many instruments, one an instrument; conditions as 0
/// and 1.
///
/// # Errors
/// As [`super::evaluate`]; `DataError` if instruments are compared and a table has no times, or not
/// increasing ones.
pub fn evaluate_universe(
    graph: &Graph,
    root: NodeId,
    values: &[f64],
    tables: &[(Table<'_>, usize)],
    pool: &rayon::ThreadPool,
) -> Result<Vec<Vec<f64>>, Error> {
    for (table, rows) in tables {
        check_lengths(table, *rows)?;
    }
    let needed = sections(graph, root);
    let mut given: Vec<NodeId> = Vec::new();
    // For each instrument the columns that are given.
    let mut columns: Vec<Vec<Vec<f64>>> = vec![Vec::new(); tables.len()];
    let times = if needed.is_empty() { Times::default() } else { Times::try_new(tables)? };
    let run = |root: NodeId, given: &[NodeId], columns: &[Vec<Vec<f64>>]| {
        let program = Program::try_with_given(graph, &[root], values, given)?;
        let one = |((table, rows), columns): (&(Table<'_>, usize), &Vec<Vec<f64>>)| {
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let table = Table { given: &columns, ..*table };
            Ok(evaluate_many(program.clone(), &table, *rows)?.swap_remove(0))
        };
        pool.install(|| tables.par_iter().zip(columns).map(one).collect::<Result<Vec<Vec<f64>>, Error>>())
    };
    for id in needed {
        let node = graph.nodes()[id.index()];
        let (of, count) = match node {
            Node::Section(_, of) => (of, 0),
            Node::Top(of, count) => (of, graph.rows(count, values, 1)?),
            _ => continue,
        };
        let mut compared = run(of, &given, &columns)?;
        let (mut scratch, mut order) = (Vec::new(), Vec::new());
        for places in times.at.chunk_by(|a, b| a.0 == b.0) {
            scratch.clear();
            scratch.extend(places.iter().map(|(_, table, row)| compared[*table as usize][*row as usize]));
            match node {
                Node::Section(section, _) => compare(section, &mut scratch, &mut order),
                _ => top(&mut scratch, count, &mut order),
            }
            for ((_, table, row), value) in places.iter().zip(&scratch) {
                compared[*table as usize][*row as usize] = *value;
            }
        }
        for (columns, column) in columns.iter_mut().zip(compared) {
            columns.push(column);
        }
        given.push(id);
    }
    run(root, &given, &columns)
}

/// The nodes that compare instruments, below a node, operands first.
pub fn sections(graph: &Graph, root: NodeId) -> Vec<NodeId> {
    let mut needed = vec![false; graph.nodes().len()];
    needed[root.index()] = true;
    for index in (0..needed.len()).rev().filter(|index| *index <= root.index()) {
        if needed[index] {
            for operand in graph.operands(graph.nodes()[index]) {
                needed[operand.index()] = true;
            }
        }
    }
    let compares = |index: &usize| matches!(graph.nodes()[*index], Node::Section(..) | Node::Top(..));
    (0..needed.len()).filter(|index| needed[*index]).filter(compares).map(|index| NodeId(index as u32)).collect()
}

/// The rows of all tables in the order of their times.
#[derive(Default)]
struct Times {
    /// Time, table, row.
    at: Vec<(Ts, u32, u32)>,
}

impl Times {
    fn try_new(tables: &[(Table<'_>, usize)]) -> Result<Self, Error> {
        let refuse = |rule: &str, value: String| Error::new(ErrorKind::Data, 1102, "ts", rule, value);
        let mut at = Vec::new();
        for (place, (table, _)) in tables.iter().enumerate() {
            let ts = table.ts.ok_or_else(|| refuse("must be given where instruments are compared", "none".into()))?;
            if let Some(row) = ts.windows(2).position(|pair| pair[0] >= pair[1]) {
                let rule = "must increase from row to row where instruments are compared";
                return Err(refuse(rule, format!("{} after {}", ts[row + 1], ts[row])));
            }
            at.extend(ts.iter().enumerate().map(|(row, ts)| (*ts, place as u32, row as u32)));
        }
        at.sort_unstable();
        Ok(Self { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_run_from_0_to_1_and_equal_numbers_share_theirs() {
        let ranked = |mut values: Vec<f64>| {
            compare(Section::Rank, &mut values, &mut Vec::new());
            values
        };
        assert_eq!(ranked(vec![3.0, 1.0, 2.0, 2.0, 9.0]), [0.75, 0.0, 0.375, 0.375, 1.0]);
        assert_eq!(ranked(vec![7.0]), [0.5]);
        let with_a_gap = ranked(vec![3.0, f64::NAN, 5.0]);
        assert!(with_a_gap[1].is_nan());
        assert_eq!([with_a_gap[0], with_a_gap[2]], [0.0, 1.0]);
    }

    #[test]
    fn scores_of_equal_numbers_are_0() {
        let mut values = vec![0.1; 3];
        compare(Section::Zscore, &mut values, &mut Vec::new());
        assert_eq!(values, [0.0; 3]);
        let mut values = vec![1.0, 3.0];
        compare(Section::Zscore, &mut values, &mut Vec::new());
        assert_eq!(values, [-1.0, 1.0]);
    }

    #[test]
    fn the_largest_are_those_with_fewer_than_so_many_above_them() {
        let largest = |mut values: Vec<f64>, count| {
            top(&mut values, count, &mut Vec::new());
            values
        };
        assert_eq!(largest(vec![1.0, 5.0, 3.0, f64::NAN], 2), [0.0, 1.0, 1.0, 0.0]);
        assert_eq!(largest(vec![1.0, 5.0, 1.0], 2), [1.0, 1.0, 1.0]);
        assert_eq!(largest(vec![1.0, f64::NAN], 7), [1.0, 0.0]);
    }
}
