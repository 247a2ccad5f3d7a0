//! Numbers among those of all instruments.

use std::sync::Arc;

use rayon::ThreadPool;

use super::plan::{Given, Plan};
use super::store::Store;
use super::{Values, best, scan};
use crate::error::Error;
use crate::expr::{Graph, Node, NodeId, Section};

/// Computes the last value of every root for every instrument that is wanted, as [`scan`], with places
/// among these instruments (`rank`, `zscore`, `top`), each with the last value that it has. Says also how
/// many bars pass before each root has a value.
///
/// # Errors
/// As [`Plan::try_new`], and if such a place is asked of earlier bars.
pub fn ask(
    store: &Store,
    graph: &Graph,
    roots: &[NodeId],
    values: &[f64],
    wanted: Option<&[bool]>,
    pool: &ThreadPool,
    keep_going: &(dyn Fn() -> bool + Sync),
) -> Result<(Values, Vec<usize>), Error> {
    let mut given = Given::new();
    let needed = needed(graph, roots);
    for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| needed[*index]) {
        let operand = match node {
            Node::Section(_, operand) | Node::Top(operand, _) => *operand,
            _ => continue,
        };
        let plan = Plan::with_given(graph, &[(operand, 1)], values, store.universe(), &given)?;
        let numbers = scan(store, &plan, wanted, pool, keep_going).roots.swap_remove(0);
        let places = match node {
            Node::Section(Section::Rank, _) => ranks(&numbers),
            Node::Section(Section::Zscore, _) => scores(&numbers),
            Node::Top(_, rows) => top(&numbers, graph.rows(*rows, values, 1)?),
            _ => unreachable!("only these have an operand here"),
        };
        given.insert(graph.id(index)?, Arc::new(places));
    }
    let last: Vec<(NodeId, usize)> = roots.iter().map(|root| (*root, 1)).collect();
    let plan = Plan::with_given(graph, &last, values, store.universe(), &given)?;
    let warm_ups = (0..roots.len()).map(|root| plan.warm_up(root)).collect();
    let values = scan(store, &plan, wanted, pool, keep_going);
    match plan.failure() {
        Some(error) => Err(error.clone()),
        None => Ok((values, warm_ups)),
    }
}

fn needed(graph: &Graph, roots: &[NodeId]) -> Vec<bool> {
    let mut needed = vec![false; graph.nodes().len()];
    for root in roots {
        needed[root.index()] = true;
    }
    for index in (0..needed.len()).rev() {
        if needed[index] {
            for operand in graph.operands(graph.nodes()[index]) {
                needed[operand.index()] = true;
            }
        }
    }
    needed
}

fn known(numbers: &[f64]) -> Vec<usize> {
    (0..numbers.len()).filter(|place| !numbers[*place].is_nan()).collect()
}

/// From 0 for the smallest to 1 for the largest; equal ones share the mean of their ranks; a single one
/// has 0.5.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order = known(numbers);
    order.sort_by(|one, other| numbers[*one].total_cmp(&numbers[*other]));
    let mut ranks = vec![f64::NAN; numbers.len()];
    let last = order.len().saturating_sub(1);
    let mut before = 0;
    for equal in order.chunk_by(|one, other| numbers[*one] == numbers[*other]) {
        let mean = before as f64 + (equal.len() - 1) as f64 * 0.5;
        for place in equal {
            ranks[*place] = if last == 0 { 0.5 } else { mean / last as f64 };
        }
        before += equal.len();
    }
    ranks
}

/// Distances from the mean, in standard deviations (ddof 0); all equal: 0.
fn scores(numbers: &[f64]) -> Vec<f64> {
    let places = known(numbers);
    let count = places.len() as f64;
    let mean = places.iter().map(|place| numbers[*place]).sum::<f64>() / count;
    let variance = places.iter().map(|place| (numbers[*place] - mean).powi(2)).sum::<f64>() / count;
    let is_flat = places.iter().all(|place| numbers[*place] == numbers[places[0]]);
    let score = |number: &f64| if is_flat && !number.is_nan() { 0.0 } else { (number - mean) / variance.sqrt() };
    numbers.iter().map(score).collect()
}

/// Whether a number is among so many largest; equal to the last of them is among them.
fn top(numbers: &[f64], rows: usize) -> Vec<f64> {
    let last = best(numbers, known(numbers), rows).last().map_or(f64::NAN, |place| numbers[*place]);
    numbers.iter().map(|number| f64::from(u8::from(*number >= last))).collect()
}
