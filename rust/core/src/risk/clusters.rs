//! Groups of names that move alike.
//!
//! Ward's linkage over the distance sqrt((1 - correlation) / 2), 0 for names that are the same and 1 for opposites
//! (R. Mantegna, "Hierarchical structure in financial markets", 1999; J. Ward, 1963). Of pairs at one distance the one
//! with the lowest numbers is joined first, so the tree is the same everywhere.
//!
//! # Rationale
//! The distance is half the straight line between the standardised returns of two names, for which Ward's rule (join
//! what adds least to the squares within groups) is exact. Single and average linkage add one name after another to one
//! large group where a market moves all of them.

use super::checked::{bad_data, bad_setting};
use super::matrix::Matrix;
use crate::error::Error;

/// Two groups become one. Names are groups 0..n; the k-th join makes group n + k.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Join {
    /// The group with the lower number.
    pub left: usize,
    /// The group with the higher number.
    pub right: usize,
    /// Ward's distance between the groups; for two names that of the names.
    pub distance: f64,
    /// Names in the group that is made.
    pub count: usize,
}

/// The tree of all names.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    names: usize,
    joins: Vec<Join>,
}

/// Where a group that still stands is kept, and who is nearest to it.
struct Nearest {
    distance: f64,
    place: usize,
}

impl Tree {
    /// Of a correlation matrix. O(n^2) to O(n^3) time, O(n^2) memory.
    ///
    /// # Errors
    /// `DataError` if a correlation is outside -1..=1.
    pub fn of(correlation: &Matrix) -> Result<Self, Error> {
        let names = correlation.size();
        if let Some(bad) = correlation.values().iter().find(|value| !(-1.0..=1.0).contains(*value)) {
            return Err(bad_data("correlation", "must be in [-1, 1]", bad));
        }
        let mut distance = correlation.map(|_, _, value| (0.5 * (1.0 - value)).sqrt());
        // Place p holds the group `group[p]`; of two that are joined, the lower place goes on and the other is empty.
        let mut group: Vec<Option<(usize, usize)>> = (0..names).map(|name| Some((name, 1))).collect();
        let mut nearest: Vec<Option<Nearest>> = (0..names).map(|p| seek(&distance, &group, p)).collect();
        let mut joins = Vec::with_capacity(names.saturating_sub(1));
        while let Some(low) = closest(&nearest) {
            let Some(Nearest { distance: height, place: high }) = nearest[low].take() else { break };
            let (Some((a, a_count)), Some((b, b_count))) = (group[low], group[high].take()) else { break };
            nearest[high] = None;
            let count = a_count + b_count;
            group[low] = Some((names + joins.len(), count));
            joins.push(Join { left: a.min(b), right: a.max(b), distance: height, count });
            for p in (0..names).filter(|&p| p != low && group[p].is_some()) {
                let others = group[p].map_or(0, |(_, count)| count) as f64;
                let square = |place: usize| distance.at(place, p) * distance.at(place, p);
                let both = (a_count as f64 + others) * square(low) + (b_count as f64 + others) * square(high);
                let made = ((both - others * height * height) / (count as f64 + others)).max(0.0).sqrt();
                distance.set_both(low, p, made);
            }
            for p in 0..names {
                let stale = nearest[p].as_ref().is_some_and(|found| found.place == low || found.place == high);
                if p == low || stale {
                    nearest[p] = seek(&distance, &group, p);
                } else if p < low && group[p].is_some() {
                    let new = distance.at(p, low);
                    if nearest[p].as_ref().is_some_and(|f| new < f.distance || (new == f.distance && low < f.place)) {
                        nearest[p] = Some(Nearest { distance: new, place: low });
                    }
                }
            }
        }
        Ok(Self { names, joins })
    }

    /// All joins, in order.
    pub fn joins(&self) -> &[Join] {
        &self.joins
    }

    /// The names from left to right, those that move alike beside each other: the order of a heat map.
    pub fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.names);
        let mut open = vec![(2 * self.names).saturating_sub(2)];
        while let Some(group) = open.pop() {
            match group.checked_sub(self.names).and_then(|k| self.joins.get(k)) {
                Some(join) => open.extend([join.right, join.left]),
                None => order.push(group),
            }
        }
        order
    }

    /// The group of each name if there are to be `count` groups; numbered from 0 in the order of their first names.
    ///
    /// # Errors
    /// `ConfigError` unless `count` is from 1 to the number of names.
    pub fn cut(&self, count: usize) -> Result<Vec<usize>, Error> {
        if count == 0 || count > self.names {
            return Err(bad_setting("clusters", format!("must be in [1, {}]", self.names), count));
        }
        let kept = self.names - count;
        let mut above: Vec<usize> = (0..self.names + kept).collect();
        for (k, join) in self.joins[..kept].iter().enumerate() {
            above[join.left] = self.names + k;
            above[join.right] = self.names + k;
        }
        let mut seen: Vec<usize> = Vec::new();
        let label = |name: usize| {
            let mut top = name;
            while above[top] != top {
                top = above[top];
            }
            seen.iter().position(|&known| known == top).unwrap_or_else(|| {
                seen.push(top);
                seen.len() - 1
            })
        };
        Ok((0..self.names).map(label).collect())
    }
}

/// The nearest group at a higher place.
fn seek(distance: &Matrix, group: &[Option<(usize, usize)>], p: usize) -> Option<Nearest> {
    group[p]?;
    let mut best: Option<Nearest> = None;
    for (other, standing) in group.iter().enumerate().skip(p + 1) {
        let near = distance.at(p, other);
        if standing.is_some() && best.as_ref().is_none_or(|found| near < found.distance) {
            best = Some(Nearest { distance: near, place: other });
        }
    }
    best
}

/// The place whose nearest is nearest of all; the lowest of equals.
fn closest(nearest: &[Option<Nearest>]) -> Option<usize> {
    let mut best: Option<(f64, usize)> = None;
    for (place, found) in nearest.iter().enumerate() {
        if let Some(found) = found
            && best.is_none_or(|(distance, _)| found.distance < distance)
        {
            best = Some((found.distance, place));
        }
    }
    best.map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_move_alike_are_joined_first() {
        let c = [1.0, 0.1, 0.9, 0.2, 0.1, 1.0, 0.0, 0.8, 0.9, 0.0, 1.0, 0.1, 0.2, 0.8, 0.1, 1.0];
        let tree = Tree::of(&Matrix::try_new("c", 4, &c).unwrap()).unwrap();
        let pairs: Vec<_> = tree.joins().iter().map(|join| (join.left, join.right, join.count)).collect();
        assert_eq!(pairs, [(0, 2, 2), (1, 3, 2), (4, 5, 4)]);
        assert_eq!(tree.order(), [0, 2, 1, 3]);
        assert_eq!(tree.cut(2).unwrap(), [0, 1, 0, 1]);
        assert_eq!(tree.cut(4).unwrap(), [0, 1, 2, 3]);
        assert_eq!(tree.cut(1).unwrap(), [0; 4]);
        assert!(tree.cut(0).is_err() && tree.cut(5).is_err());
    }

    #[test]
    fn equal_distances_are_joined_by_number_and_one_name_is_a_tree() {
        let tree = Tree::of(&Matrix::try_new("c", 3, &[1.0; 9]).unwrap()).unwrap();
        let pairs: Vec<_> = tree.joins().iter().map(|join| (join.left, join.right)).collect();
        assert_eq!(pairs, [(0, 1), (2, 3)]);
        let one = Tree::of(&Matrix::identity(1)).unwrap();
        assert_eq!((one.order(), one.joins().len()), (vec![0], 0));
        assert!(Tree::of(&Matrix::try_new("c", 1, &[1.5]).unwrap()).is_err());
    }
}
