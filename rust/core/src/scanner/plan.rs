//! What a scan needs to compute: an expression graph, read backwards from the last bar.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::store::Store;
use crate::error::{Error, ErrorKind};
use crate::expr::{
    Binary, CallId, Callee, Compare, Cross, Graph, Input, Kind, Logic, Node, NodeId, Period, Program, Trend, Unary,
};
use crate::indicators::spec::{Missing, Reach};
use crate::indicators::{LaneStream, Spec, Stream};

/// A value: what step it comes from, and which of its outputs it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) step: usize,
    pub(super) output: usize,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// A column of the store.
    Input(usize),
    Constant(f64),
    Unary(Unary, Value),
    Binary(Binary, Value, Value),
    Compare(Compare, Value, Value),
    Logic(Logic, Value, Value),
    Not(Value),
    Where(Value, Value, Value),
    Lag(Value, usize),
    Cross(Cross, Value, Value),
    Trend(Trend, Value, usize),
    /// Values that are there already, one an instrument.
    Given(Arc<Vec<f64>>),
    /// A node that runs over the bars of one instrument after the other.
    Alone(Arc<Alone>),
    /// An indicator whose values depend on so many rows: it runs over them alone.
    Window {
        inputs: Vec<Value>,
        reach: usize,
        stream: Box<Stream>,
        outputs: usize,
    },
    /// An indicator whose values depend on all rows.
    Chain {
        inputs: Vec<Value>,
        stream: Box<LaneStream>,
    },
}

/// A node of a graph that is evaluated as a whole.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    pub(super) graph: Graph,
    pub(super) node: NodeId,
    pub(super) values: Vec<f64>,
    /// The columns of the store that are inputs.
    pub(super) columns: Vec<(Input, usize)>,
    /// How long a bar lasts, ns.
    pub(super) span: i64,
    /// What went wrong in it, if something did.
    pub(super) failure: OnceLock<Error>,
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Universe<'a> {
    pub(super) names: &'a [String],
    pub(super) span: i64,
}

/// Nodes whose values are there already, one an instrument.
pub(super) type Given = BTreeMap<NodeId, Arc<Vec<f64>>>;

/// All rows there are.
pub(super) const ALL: usize = usize::MAX;

/// A step, and how many of its last rows are needed.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    /// By a scan from nothing.
    pub(super) need: usize,
    /// After one more bar, when the indicators that depend on all rows have seen the others.
    pub(super) need_next: usize,
    /// Rows that pass before it has a value.
    pub(super) warm_up: usize,
    pub(super) is_condition: bool,
}

/// What some expressions need, in order, each part once.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) roots: Vec<Value>,
}

impl Plan {
    /// Plans the last rows of `roots`, as many as each one says, over the bars of a store.
    ///
    /// # Errors
    /// `ConfigError` for a column that is not there, a parameter that cannot be, and for a place among all
    /// instruments (`rank`, `zscore`, `top`): see [`super::ask`].
    pub fn try_new(graph: &Graph, roots: &[(NodeId, usize)], values: &[f64], store: &Store) -> Result<Self, Error> {
        Self::with_given(graph, roots, values, store.universe(), &Given::new())
    }

    pub(super) fn with_given(
        graph: &Graph,
        roots: &[(NodeId, usize)],
        values: &[f64],
        universe: Universe<'_>,
        given: &Given,
    ) -> Result<Self, Error> {
        let places = vec![None; graph.nodes().len()];
        let mut planner = Planner { graph, values, universe, given, steps: Vec::new(), places, calls: BTreeMap::new() };
        let ids: Vec<NodeId> = roots.iter().map(|(id, _)| *id).collect();
        planner.plan(&ids)?;
        let places: Vec<Value> = ids.iter().map(|id| planner.value(*id)).collect();
        let mut plan = Self { steps: planner.steps, roots: places };
        for (place, (_, rows)) in roots.iter().enumerate() {
            let step = &mut plan.steps[plan.roots[place].step];
            (step.need, step.need_next) = (step.need.max(*rows), step.need_next.max(*rows));
        }
        plan.propagate();
        let is_asked_of_the_past = |step: &Step| matches!(step.op, Op::Given(_)) && step.need > 1;
        if plan.steps.iter().any(is_asked_of_the_past) {
            let rule = "must use rank, zscore and top on the last bar only, not below an indicator, a lag or a cross";
            return Err(Error::new(ErrorKind::Config, 1001, "expression", rule, "on bars before it"));
        }
        Ok(plan)
    }

    /// How many bars of history the values of a root need before there is one: bars before the first
    /// value.
    pub fn warm_up(&self, root: usize) -> usize {
        self.steps[self.roots[root].step].warm_up
    }

    /// What went wrong in a function that the user has written, if something did.
    pub fn failure(&self) -> Option<&Error> {
        self.steps.iter().find_map(|step| match &step.op {
            Op::Alone(alone) => alone.failure.get(),
            _ => None,
        })
    }

    /// The columns that it reads.
    pub fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.steps.iter().filter_map(|step| match step.op {
            Op::Input(column) => Some(column),
            _ => None,
        })
    }

    /// From what uses a value to the value: every step knows its need before its operands do.
    fn propagate(&mut self) {
        for index in (0..self.steps.len()).rev() {
            let Step { need, need_next, .. } = self.steps[index];
            let (more, chain) = match &self.steps[index].op {
                Op::Lag(_, rows) => (*rows, false),
                Op::Cross(..) => (1, false),
                Op::Trend(_, _, rows) => (*rows, false),
                Op::Window { reach, .. } => (reach - 1, false),
                Op::Chain { .. } => (0, true),
                _ => (0, false),
            };
            let wanted = if chain { ALL } else { need.saturating_add(more) };
            let wanted_next = if chain { 1 } else { need_next.saturating_add(more) };
            for operand in operands(&self.steps[index].op) {
                let operand = &mut self.steps[operand.step];
                operand.need = operand.need.max(wanted);
                operand.need_next = operand.need_next.max(wanted_next);
            }
        }
    }
}

fn operands(op: &Op) -> Vec<Value> {
    match op {
        Op::Input(_) | Op::Constant(_) | Op::Given(_) | Op::Alone(_) => Vec::new(),
        Op::Unary(_, a) | Op::Not(a) | Op::Lag(a, _) | Op::Trend(_, a, _) => vec![*a],
        Op::Binary(_, a, b) | Op::Compare(_, a, b) | Op::Logic(_, a, b) | Op::Cross(_, a, b) => vec![*a, *b],
        Op::Where(c, a, b) => vec![*c, *a, *b],
        Op::Window { inputs, .. } | Op::Chain { inputs, .. } => inputs.clone(),
    }
}

struct Planner<'a> {
    graph: &'a Graph,
    values: &'a [f64],
    universe: Universe<'a>,
    given: &'a Given,
    steps: Vec<Step>,
    calls: BTreeMap<CallId, Value>,
    places: Vec<Option<Value>>,
}

impl Planner<'_> {
    fn value(&self, id: NodeId) -> Value {
        self.places[id.index()].unwrap_or_else(|| unreachable!("operands come before what uses them"))
    }

    fn push(&mut self, op: Op, is_condition: bool) -> Value {
        let before = operands(&op).iter().map(|value| self.steps[value.step].warm_up).max().unwrap_or(0);
        let own = match &op {
            Op::Lag(_, rows) | Op::Trend(_, _, rows) => *rows,
            Op::Cross(..) => 1,
            Op::Window { stream, .. } => (stream.spec().warm_up)(stream.args()),
            _ => 0,
        };
        let warm_up = before.saturating_add(own);
        self.steps.push(Step { op, need: 0, need_next: 0, warm_up, is_condition });
        Value { step: self.steps.len() - 1, output: 0 }
    }

    fn call(&mut self, spec: &'static Spec, args: &[f64], inputs: Vec<Value>) -> Result<Value, Error> {
        let stream = Stream::try_new(spec, args)?;
        let checked = stream.args();
        let outputs = spec.outputs.len();
        let warm_up = (spec.warm_up)(checked);
        let op = match ((spec.reach)(checked), (spec.missing)(checked)) {
            (Reach::Rows(reach), Missing::Restart) => {
                Op::Window { inputs, reach: reach.max(1), stream: Box::new(stream), outputs }
            }
            _ => Op::Chain { inputs, stream: Box::new(LaneStream::try_new(spec, args)?) },
        };
        let is_chain = matches!(op, Op::Chain { .. });
        let value = self.push(op, false);
        if is_chain {
            let step = &mut self.steps[value.step];
            step.warm_up = step.warm_up.saturating_add(warm_up);
        }
        Ok(value)
    }

    fn plan(&mut self, roots: &[NodeId]) -> Result<(), Error> {
        let mut needed = vec![false; self.graph.nodes().len()];
        for root in roots {
            needed[root.index()] = true;
        }
        for index in (0..needed.len()).rev() {
            if needed[index] {
                if self.ends(index) {
                    continue;
                }
                for operand in self.graph.operands(self.graph.nodes()[index]) {
                    needed[operand.index()] = true;
                }
            }
        }
        for (index, _) in needed.iter().enumerate().filter(|(_, needed)| **needed) {
            self.places[index] = Some(self.lower(index)?);
        }
        Ok(())
    }

    fn rows(&self, period: Period, least: usize) -> Result<usize, Error> {
        self.graph.rows(period, self.values, least)
    }

    /// Whether a node is computed without its operands.
    fn ends(&self, index: usize) -> bool {
        let is_custom = |call: CallId| matches!(self.graph.call(call).callee, Callee::Custom(_));
        match self.graph.nodes()[index] {
            Node::Frame(..) | Node::Session(_) | Node::Section(..) | Node::Top(..) => true,
            Node::Output(call, _) => is_custom(call),
            _ => false,
        }
    }

    fn lower(&mut self, index: usize) -> Result<Value, Error> {
        let node = self.graph.nodes()[index];
        let id = self.graph.id(index)?;
        let get = |id: NodeId| self.value(id);
        let (op, is_condition) = match node {
            Node::Section(..) | Node::Top(..) => match self.given.get(&id) {
                Some(values) => (Op::Given(values.clone()), self.graph.kind(id) == Kind::Condition),
                None => {
                    let rule = "must not compare instruments (rank, zscore, top) here";
                    return Err(Error::new(ErrorKind::Config, 1001, "expression", rule, "one that does"));
                }
            },
            _ if self.ends(index) => (self.alone(id)?, self.graph.kind(id) == Kind::Condition),
            Node::Output(call, output) => {
                let Value { step, .. } = self.called(call)?;
                return Ok(Value { step, output });
            }
            Node::Input(input) => (Op::Input(self.column(input)?), false),
            Node::Constant(bits) => (Op::Constant(f64::from_bits(bits)), false),
            Node::Param(param) => (Op::Constant(self.values[param]), false),
            Node::Unary(op, a) => (Op::Unary(op, get(a)), false),
            Node::Binary(op, a, b) => (Op::Binary(op, get(a), get(b)), false),
            Node::Compare(op, a, b) => (Op::Compare(op, get(a), get(b)), true),
            Node::Logic(op, a, b) => (Op::Logic(op, get(a), get(b)), true),
            Node::Not(a) => (Op::Not(get(a)), true),
            Node::Where(c, a, b) => (Op::Where(get(c), get(a), get(b)), false),
            Node::Lag(a, rows) => (Op::Lag(get(a), self.rows(rows, 0)?), false),
            Node::Cross(op, a, b) => (Op::Cross(op, get(a), get(b)), true),
            Node::Trend(op, a, rows) => (Op::Trend(op, get(a), self.rows(rows, 1)?), true),
            Node::Frame(..) | Node::Session(_) => unreachable!("these end the plan"),
        };
        Ok(self.push(op, is_condition))
    }

    fn alone(&self, node: NodeId) -> Result<Op, Error> {
        for input in Program::try_new(self.graph, &[node], self.values)?.inputs() {
            self.column(input)?;
        }
        let columns = self.universe.names.iter().enumerate();
        let columns = columns.filter_map(|(place, name)| Some((Input::from_name(name)?, place))).collect();
        let (graph, values, span) = (self.graph.clone(), self.values.to_vec(), self.universe.span);
        Ok(Op::Alone(Arc::new(Alone { graph, node, values, columns, span, failure: OnceLock::new() })))
    }

    /// The place of an input among the columns.
    fn column(&self, input: Input) -> Result<usize, Error> {
        let name = input.name();
        let place = self.universe.names.iter().position(|known| known == name);
        place.ok_or_else(|| {
            let rule = format!("must use columns of the data: {}", self.universe.names.join(", "));
            Error::new(ErrorKind::Config, 1001, "expression", rule, name)
        })
    }

    fn called(&mut self, id: CallId) -> Result<Value, Error> {
        if let Some(value) = self.calls.get(&id) {
            return Ok(*value);
        }
        let call = self.graph.call(id);
        let Callee::Spec(spec) = call.callee else { unreachable!("a user's own runs alone") };
        let inputs = call.inputs.iter().map(|input| self.value(*input)).collect();
        let value = self.call(spec, &self.graph.settings(call, self.values)?, inputs)?;
        self.calls.insert(id, value);
        Ok(value)
    }
}
