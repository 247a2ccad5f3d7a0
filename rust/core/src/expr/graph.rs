//! The typed graph of an expression.

use std::collections::HashMap;

use super::Input;
use crate::error::{Error, ErrorKind};

/// The place of a node in its [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A condition.
    Condition,
}

/// Operations on one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-a`
    Neg,
    /// `|a|`
    Abs,
}

/// Operations on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// The smaller; NaN if either is.
    Min,
    /// The larger; NaN if either is.
    Max,
}

/// Comparisons; with NaN all are false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
    /// `a == b`
    Eq,
    /// `a != b`, both numbers
    Ne,
}

/// Operations on two conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Logic {
    /// Both.
    And,
    /// At least one.
    Or,
}

/// Directions of a cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cross {
    /// `a > b` now, `a <= b` on the row before.
    Above,
    /// `a < b` now, `a >= b` on the row before.
    Below,
}

/// A number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// Given.
    Fixed(usize),
    /// The value of a parameter, by its place in [`Graph::params`].
    Param(usize),
}

/// A node; its operands are nodes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A column of the data.
    Input(Input),
    /// The bits of a constant; see [`Graph::constant`].
    Constant(u64),
    /// A parameter, by its place in [`Graph::params`].
    Param(usize),
    /// One number.
    Unary(Unary, NodeId),
    /// Two numbers.
    Binary(Binary, NodeId, NodeId),
    /// A comparison.
    Compare(Compare, NodeId, NodeId),
    /// Two conditions.
    Logic(Logic, NodeId, NodeId),
    /// The opposite of a condition.
    Not(NodeId),
    /// The second where the first holds, else the third.
    Where(NodeId, NodeId, NodeId),
    /// [`crate::indicators::Ema`]
    Ema(NodeId, Period),
    /// [`crate::indicators::Sma`]
    Sma(NodeId, Period),
    /// The value so many rows ago.
    Lag(NodeId, Period),
    /// Two numbers cross.
    Cross(Cross, NodeId, NodeId),
}

/// A named number that can be set without building the graph again.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// The smallest value of a search.
    pub low: f64,
    /// The largest value of a search.
    pub high: f64,
    /// The value it has unless it is set.
    pub default: f64,
}

/// Nodes in an order in which every operand comes before what uses it; equal nodes are one.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    kinds: Vec<Kind>,
    known: HashMap<Node, NodeId>,
    params: Vec<Param>,
}

fn config(parameter: &str, rule: &str, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Config, 1001, parameter, rule, value)
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Its parameters.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Whether a node is a number or a condition.
    pub fn kind(&self, node: NodeId) -> Kind {
        self.kinds[node.index()]
    }

    /// The node at a place of [`Self::nodes`].
    ///
    /// # Errors
    /// If there is none.
    pub fn id(&self, index: usize) -> Result<NodeId, Error> {
        match u32::try_from(index) {
            Ok(id) if index < self.nodes.len() => Ok(NodeId(id)),
            _ => Err(config("node", &format!("must be < {}", self.nodes.len()), index)),
        }
    }

    /// A constant.
    ///
    /// # Errors
    /// If there are too many nodes.
    pub fn constant(&mut self, value: f64) -> Result<NodeId, Error> {
        self.add(Node::Constant(value.to_bits()))
    }

    /// A parameter; the same name again must be the same parameter.
    ///
    /// # Errors
    /// `ConfigError` unless `low <= default <= high` and the name is new or says the same.
    pub fn param(&mut self, param: Param) -> Result<usize, Error> {
        let Param { low, high, default, ref name } = param;
        // Written so that NaN fails.
        if !(low <= default && default <= high && low.is_finite() && high.is_finite()) {
            return Err(config(name, "must have low <= default <= high", format!("({low}, {high}, {default})")));
        }
        match self.params.iter().position(|known| known.name == *name) {
            Some(place) if self.params[place] == param => Ok(place),
            Some(_) => Err(config(name, "must be one parameter", format!("another ({low}, {high}, {default})"))),
            None => {
                self.params.push(param);
                Ok(self.params.len() - 1)
            }
        }
    }

    /// Adds a node, or finds the one that says the same.
    ///
    /// # Errors
    /// `ConfigError` if an operand is missing or of the wrong kind, or a period too short.
    pub fn add(&mut self, node: Node) -> Result<NodeId, Error> {
        if let Some(id) = self.known.get(&node) {
            return Ok(*id);
        }
        let kind = self.check(node)?;
        let id = u32::try_from(self.nodes.len()).map_err(|_| config("nodes", "must be < 2^32", self.nodes.len()))?;
        self.nodes.push(node);
        self.kinds.push(kind);
        self.known.insert(node, NodeId(id));
        Ok(NodeId(id))
    }

    fn check(&self, node: Node) -> Result<Kind, Error> {
        let expect = |id: NodeId, wanted: Kind| match self.kinds.get(id.index()) {
            Some(kind) if *kind == wanted => Ok(()),
            Some(_) if wanted == Kind::Number => Err(config("operand", "must be a number", "a condition")),
            Some(_) => Err(config("operand", "must be a condition", "a number")),
            None => Err(config("operand", "must be a node of this graph", id.0)),
        };
        let number = |id| expect(id, Kind::Number);
        let condition = |id| expect(id, Kind::Condition);
        let place = |param: usize| match self.params.get(param) {
            Some(_) => Ok(()),
            None => Err(config("parameter", &format!("must be < {}", self.params.len()), param)),
        };
        let period = |period, least: usize| match period {
            Period::Fixed(rows) if rows < least => Err(config("period", &format!("must be >= {least}"), rows)),
            Period::Fixed(_) => Ok(()),
            Period::Param(param) => place(param),
        };
        match node {
            Node::Input(_) | Node::Constant(_) => {}
            Node::Param(param) => place(param)?,
            Node::Unary(_, a) => number(a)?,
            Node::Binary(_, a, b) => number(a).and(number(b))?,
            Node::Ema(a, rows) | Node::Sma(a, rows) => number(a).and(period(rows, 1))?,
            Node::Lag(a, rows) => number(a).and(period(rows, 0))?,
            Node::Where(c, a, b) => condition(c).and(number(a)).and(number(b))?,
            Node::Compare(_, a, b) | Node::Cross(_, a, b) => {
                number(a).and(number(b))?;
                return Ok(Kind::Condition);
            }
            Node::Logic(_, a, b) => {
                condition(a).and(condition(b))?;
                return Ok(Kind::Condition);
            }
            Node::Not(a) => {
                condition(a)?;
                return Ok(Kind::Condition);
            }
        }
        Ok(Kind::Number)
    }

    /// The rows of a period, given the parameters' values.
    pub(crate) fn rows(&self, period: Period, values: &[f64], least: usize) -> Result<usize, Error> {
        match period {
            Period::Fixed(rows) => Ok(rows),
            Period::Param(param) => {
                let value = values[param];
                // Above 2^53 a float does not count by ones any more.
                if value >= least as f64 && value.fract() == 0.0 && value < 9.0e15 {
                    return Ok(value as usize);
                }
                Err(config(&self.params[param].name, &format!("must be a whole number >= {least}"), value))
            }
        }
    }

    /// The values of all parameters: their defaults, changed by name.
    ///
    /// # Errors
    /// `ConfigError` for a name that is not there and a value outside `[low, high]`.
    pub fn values(&self, changes: &[(String, f64)]) -> Result<Vec<f64>, Error> {
        let mut values: Vec<f64> = self.params.iter().map(|param| param.default).collect();
        for (name, value) in changes {
            let Some(place) = self.params.iter().position(|param| param.name == *name) else {
                let names: Vec<&str> = self.params.iter().map(|param| param.name.as_str()).collect();
                return Err(config("parameter", &format!("must be one of {names:?}"), name));
            };
            let Param { low, high, .. } = self.params[place];
            if !(low <= *value && *value <= high) {
                return Err(config(name, &format!("must be in [{low}, {high}]"), value));
            }
            values[place] = *value;
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_nodes_are_one() {
        let mut graph = Graph::new();
        let close = graph.add(Node::Input(Input::Close)).unwrap();
        let one = graph.add(Node::Ema(close, Period::Fixed(5))).unwrap();
        let two = graph.add(Node::Ema(close, Period::Fixed(5))).unwrap();
        assert_eq!(one, two);
        assert_eq!(graph.nodes().len(), 2);
    }

    #[test]
    fn operands_of_the_wrong_kind_and_empty_periods_are_refused() {
        let mut graph = Graph::new();
        let close = graph.add(Node::Input(Input::Close)).unwrap();
        let above = graph.add(Node::Compare(Compare::Gt, close, close)).unwrap();
        let refused = |node, graph: &mut Graph| graph.add(node).unwrap_err().to_string();
        assert_eq!(refused(Node::Not(close), &mut graph), "operand must be a condition, was a number");
        assert_eq!(refused(Node::Unary(Unary::Neg, above), &mut graph), "operand must be a number, was a condition");
        assert_eq!(refused(Node::Ema(close, Period::Fixed(0)), &mut graph), "period must be >= 1, was 0");
        assert!(graph.add(Node::Not(NodeId(99))).is_err());
        assert!(graph.add(Node::Param(0)).is_err());
    }

    #[test]
    fn parameters_are_set_by_name_and_within_their_range() {
        let mut graph = Graph::new();
        let fast = Param { name: "fast".into(), low: 5.0, high: 50.0, default: 10.0 };
        assert_eq!(graph.param(fast.clone()).unwrap(), 0);
        assert_eq!(graph.param(fast.clone()).unwrap(), 0);
        assert!(graph.param(Param { default: 11.0, ..fast.clone() }).is_err());
        assert!(graph.param(Param { default: 51.0, name: "x".into(), ..fast }).is_err());
        assert_eq!(graph.values(&[("fast".into(), 7.0)]).unwrap(), [7.0]);
        let error = graph.values(&[("slow".into(), 7.0)]).unwrap_err().to_string();
        assert_eq!(error, "parameter must be one of [\"fast\"], was slow");
        assert_eq!(graph.values(&[("fast".into(), 99.0)]).unwrap_err().to_string(), "fast must be in [5, 50], was 99");
        assert!(graph.rows(Period::Param(0), &[7.5], 1).is_err());
    }
}
