//! The typed graph of an expression.

use std::collections::HashMap;

use super::call::{Call, Callee, MOST, Setting};
use super::node::{CallId, Kind, Node, NodeId, Period};
use crate::error::{Error, ErrorKind};
use crate::indicators::spec::ParamKind;

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
    calls: Vec<Call>,
    known_calls: HashMap<Call, CallId>,
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

    /// Its calls.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The call at a place that a node names.
    pub fn call(&self, id: CallId) -> &Call {
        &self.calls[id.index()]
    }

    /// The nodes that a node is computed from.
    pub fn operands(&self, node: Node) -> Vec<NodeId> {
        match node {
            Node::Input(_) | Node::Constant(_) | Node::Param(_) | Node::Session(_) => vec![],
            Node::Unary(_, a)
            | Node::Not(a)
            | Node::Lag(a, _)
            | Node::Trend(_, a, _)
            | Node::Frame(a, _)
            | Node::Section(_, a)
            | Node::Top(a, _) => vec![a],
            Node::Binary(_, a, b) | Node::Compare(_, a, b) | Node::Logic(_, a, b) | Node::Cross(_, a, b) => vec![a, b],
            Node::Where(c, a, b) => vec![c, a, b],
            Node::Output(call, _) => self.call(call).inputs.clone(),
        }
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

    /// Adds a call of an indicator, or finds the one that says the same. Its outputs are nodes
    /// [`Node::Output`].
    ///
    /// # Errors
    /// `ConfigError` if there is not one number an input, or a parameter cannot have its value.
    pub fn add_call(&mut self, callee: Callee, inputs: &[NodeId], settings: &[Setting]) -> Result<CallId, Error> {
        let name = callee.name().to_owned();
        if inputs.len() != callee.inputs() {
            return Err(config(&format!("inputs of {name}"), &format!("must be {}", callee.inputs()), inputs.len()));
        }
        if inputs.len() > MOST || callee.outputs() > MOST || callee.outputs() == 0 {
            return Err(config(&name, &format!("must have 1 to {MOST} outputs and at most {MOST} inputs"), "more"));
        }
        for input in inputs {
            self.expect(*input, Kind::Number)?;
        }
        let mut settings = settings.to_vec();
        if let Callee::Spec(spec) = &callee {
            if settings.len() > spec.params.len() {
                let rule = format!("must be at most {}", spec.params.len());
                return Err(config(&format!("parameters of {name}"), &rule, settings.len()));
            }
            settings.extend(spec.params[settings.len()..].iter().map(|param| Setting::number(param.default)));
            for (param, setting) in spec.params.iter().zip(&settings) {
                match setting {
                    Setting::Fixed(bits) => param.check(f64::from_bits(*bits))?,
                    Setting::Param(place) => self.check_param(*place)?,
                }
            }
        }
        let call = Call { callee, settings, inputs: inputs.to_vec() };
        if let Some(id) = self.known_calls.get(&call) {
            return Ok(*id);
        }
        let id = u32::try_from(self.calls.len()).map_err(|_| config("calls", "must be < 2^32", self.calls.len()))?;
        self.calls.push(call.clone());
        self.known_calls.insert(call, CallId(id));
        Ok(CallId(id))
    }

    /// The first output of an indicator with given numbers as parameters.
    ///
    /// # Errors
    /// As [`Self::add_call`], and if there is no indicator of that name.
    pub fn indicator(&mut self, name: &str, inputs: &[NodeId], params: &[f64]) -> Result<NodeId, Error> {
        let spec =
            super::spec_of(name).ok_or_else(|| config("indicator", "must be one of those that there are", name))?;
        let settings: Vec<Setting> = params.iter().map(|value| Setting::number(*value)).collect();
        let call = self.add_call(Callee::Spec(spec), inputs, &settings)?;
        self.add(Node::Output(call, 0))
    }

    fn expect(&self, id: NodeId, wanted: Kind) -> Result<(), Error> {
        match self.kinds.get(id.index()) {
            Some(kind) if *kind == wanted => Ok(()),
            Some(_) if wanted == Kind::Number => Err(config("operand", "must be a number", "a condition")),
            Some(_) => Err(config("operand", "must be a condition", "a number")),
            None => Err(config("operand", "must be a node of this graph", id.0)),
        }
    }

    fn check_param(&self, param: usize) -> Result<(), Error> {
        match self.params.get(param) {
            Some(_) => Ok(()),
            None => Err(config("parameter", &format!("must be < {}", self.params.len()), param)),
        }
    }

    fn check(&self, node: Node) -> Result<Kind, Error> {
        let number = |id| self.expect(id, Kind::Number);
        let condition = |id| self.expect(id, Kind::Condition);
        let period = |period, least: usize| match period {
            Period::Fixed(rows) if rows < least => Err(config("period", &format!("must be >= {least}"), rows)),
            Period::Fixed(_) => Ok(()),
            Period::Param(param) => self.check_param(param),
        };
        let nanos = |nanos: i64| match nanos {
            1.. => Ok(()),
            _ => Err(config("timeframe", "must be > 0", nanos)),
        };
        match node {
            Node::Input(_) | Node::Constant(_) => {}
            Node::Param(param) => self.check_param(param)?,
            Node::Unary(_, a) => number(a)?,
            Node::Binary(_, a, b) => number(a).and(number(b))?,
            Node::Output(call, output) => match self.calls.get(call.index()) {
                Some(call) if output < call.callee.outputs() => {}
                Some(call) => return Err(config("output", &format!("must be < {}", call.callee.outputs()), output)),
                None => return Err(config("call", "must be one of this graph", call.0)),
            },
            Node::Session(length) => nanos(length)?,
            Node::Frame(a, length) => {
                nanos(length)?;
                self.expect(a, self.kinds.get(a.index()).copied().unwrap_or(Kind::Number))?;
                return Ok(self.kind(a));
            }
            Node::Section(_, a) => number(a)?,
            Node::Top(a, rows) => {
                number(a).and(period(rows, 1))?;
                return Ok(Kind::Condition);
            }
            Node::Trend(_, a, rows) => {
                number(a).and(period(rows, 1))?;
                return Ok(Kind::Condition);
            }
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

    /// The values of a call's parameters, given those of the graph's.
    ///
    /// # Errors
    /// `ConfigError` that names the graph's parameter if its value is none for the call.
    pub fn settings(&self, call: &Call, values: &[f64]) -> Result<Vec<f64>, Error> {
        let value = |(place, setting): (usize, &Setting)| match setting {
            Setting::Fixed(bits) => Ok(f64::from_bits(*bits)),
            Setting::Param(param) => {
                let Callee::Spec(spec) = &call.callee else { return Ok(values[*param]) };
                if let ParamKind::Rows(least) = spec.params[place].kind {
                    self.rows(Period::Param(*param), values, least)?;
                }
                spec.params[place]
                    .check(values[*param])
                    .map_err(|error| config(&self.params[*param].name, error.rule(), error.value()))?;
                Ok(values[*param])
            }
        };
        call.settings.iter().enumerate().map(value).collect()
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
    use crate::expr::{Compare, Input, Unary};

    #[test]
    fn equal_nodes_are_one() {
        let mut graph = Graph::new();
        let close = graph.add(Node::Input(Input::Close)).unwrap();
        let one = graph.indicator("ema", &[close], &[20.0]).unwrap();
        let two = graph.indicator("ema", &[close], &[]).unwrap();
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
        let error = graph.indicator("ema", &[close], &[0.0]).unwrap_err().to_string();
        assert_eq!(error, "period must be >= 1, was 0");
        let error = graph.indicator("ema", &[close, close], &[]).unwrap_err().to_string();
        assert_eq!(error, "inputs of ema must be 1, was 2");
        assert!(graph.indicator("ema", &[above], &[]).is_err());
        assert_eq!(refused(Node::Frame(close, 0), &mut graph), "timeframe must be > 0, was 0");
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
