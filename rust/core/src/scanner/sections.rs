//! Numbers among those of all instruments.

use std::sync::Arc;

use rayon::ThreadPool;

use super::plan::{Given, Plan};
use super::store::Store;
use super::{Values, history, scan};
use crate::error::Error;
use crate::expr::{Graph, Node, NodeId, compare, sections, top};

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
    let mut order = Vec::new();
    for id in roots.iter().flat_map(|root| sections(graph, *root)) {
        let (Node::Section(_, operand) | Node::Top(operand, _)) = graph.nodes()[id.index()] else { continue };
        if given.contains_key(&id) {
            continue;
        }
        let plan = Plan::with_given(graph, &[(operand, 1)], values, store.universe(), &given)?;
        let mut numbers = scan(store, &plan, wanted, pool, keep_going).roots.swap_remove(0);
        match graph.nodes()[id.index()] {
            Node::Section(section, _) => compare(section, &mut numbers, &mut order),
            Node::Top(_, rows) => top(&mut numbers, graph.rows(rows, values, 1)?, &mut order),
            _ => {}
        }
        given.insert(id, Arc::new(numbers));
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

/// All values of every root, by root, then by instrument, one a bar, as [`history`]; a place among all
/// instruments is one among those that have a bar of the same time.
///
/// # Errors
/// As [`Plan::try_new`].
pub fn ask_history(
    store: &Store,
    graph: &Graph,
    roots: &[NodeId],
    values: &[f64],
    pool: &ThreadPool,
) -> Result<Vec<Vec<Vec<f64>>>, Error> {
    let compares = |root: &NodeId| !sections(graph, *root).is_empty();
    let mut found = Vec::with_capacity(roots.len());
    for root in roots {
        if compares(root) {
            found.push(store.evaluate(graph, *root, values, pool)?);
            continue;
        }
        let plan = Plan::try_new(graph, &[(*root, usize::MAX)], values, store)?;
        found.extend(history(store, &plan, pool));
        if let Some(error) = plan.failure() {
            return Err(error.clone());
        }
    }
    Ok(found)
}
