//! What a scan needs to compute: an expression graph, read backwards from the last bar.

use crate::error::{Error, ErrorKind};
use crate::expr::{Binary, Compare, Cross, Graph, Logic, Node, NodeId, Period, Unary};
use crate::indicators::spec::{Missing, Reach};
use crate::indicators::{LaneStream, Spec, Stream, spec_of};

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
    /// An indicator whose values depend on so many rows: it runs over them alone.
    Window { inputs: Vec<Value>, reach: usize, stream: Box<Stream>, outputs: usize },
    /// An indicator whose values depend on all rows.
    Chain { inputs: Vec<Value>, stream: Box<LaneStream>, outputs: usize },
}

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
    /// Plans the last rows of `roots`, as many as each one says, over columns of these names.
    ///
    /// # Errors
    /// `ConfigError` for a column that is not there and a parameter that cannot be.
    pub fn try_new(graph: &Graph, roots: &[(NodeId, usize)], values: &[f64], names: &[String]) -> Result<Self, Error> {
        let mut planner = Planner { graph, values, names, steps: Vec::new(), places: vec![None; graph.nodes().len()] };
        let ids: Vec<NodeId> = roots.iter().map(|(id, _)| *id).collect();
        planner.plan(&ids)?;
        let places: Vec<Value> = ids.iter().map(|id| planner.value(*id)).collect();
        let mut plan = Self { steps: planner.steps, roots: places };
        for (place, (_, rows)) in roots.iter().enumerate() {
            let step = &mut plan.steps[plan.roots[place].step];
            (step.need, step.need_next) = (step.need.max(*rows), step.need_next.max(*rows));
        }
        plan.propagate();
        Ok(plan)
    }

    /// How many bars of history the values of a root need before there is one: bars before the first
    /// value.
    pub fn warm_up(&self, root: usize) -> usize {
        self.steps[self.roots[root].step].warm_up
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
        Op::Input(_) | Op::Constant(_) => Vec::new(),
        Op::Unary(_, a) | Op::Not(a) | Op::Lag(a, _) => vec![*a],
        Op::Binary(_, a, b) | Op::Compare(_, a, b) | Op::Logic(_, a, b) | Op::Cross(_, a, b) => vec![*a, *b],
        Op::Where(c, a, b) => vec![*c, *a, *b],
        Op::Window { inputs, .. } | Op::Chain { inputs, .. } => inputs.clone(),
    }
}

struct Planner<'a> {
    graph: &'a Graph,
    values: &'a [f64],
    names: &'a [String],
    steps: Vec<Step>,
    places: Vec<Option<Value>>,
}

impl Planner<'_> {
    fn value(&self, id: NodeId) -> Value {
        self.places[id.index()].unwrap_or_else(|| unreachable!("operands come before what uses them"))
    }

    fn push(&mut self, op: Op, is_condition: bool) -> Value {
        let before = operands(&op).iter().map(|value| self.steps[value.step].warm_up).max().unwrap_or(0);
        let own = match &op {
            Op::Lag(_, rows) => *rows,
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
            _ => Op::Chain { inputs, stream: Box::new(LaneStream::try_new(spec, args)?), outputs },
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
                for operand in crate::expr::operands(self.graph.nodes()[index]) {
                    needed[operand.index()] = true;
                }
            }
        }
        for (index, _) in needed.iter().enumerate().filter(|(_, needed)| **needed) {
            self.places[index] = Some(self.lower(self.graph.nodes()[index])?);
        }
        Ok(())
    }

    fn rows(&self, period: Period, least: usize) -> Result<usize, Error> {
        self.graph.rows(period, self.values, least)
    }

    fn lower(&mut self, node: Node) -> Result<Value, Error> {
        let get = |id: NodeId| self.value(id);
        let (op, is_condition) = match node {
            Node::Input(input) => {
                let name = input.name();
                let place = self.names.iter().position(|known| known == name);
                let place = place.ok_or_else(|| {
                    let rule = format!("must use columns of the data: {}", self.names.join(", "));
                    Error::new(ErrorKind::Config, 1001, "expression", rule, name)
                })?;
                (Op::Input(place), false)
            }
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
            Node::Ema(a, period) => return self.named("ema", self.rows(period, 1)?, get(a)),
            Node::Sma(a, period) => return self.named("sma", self.rows(period, 1)?, get(a)),
        };
        Ok(self.push(op, is_condition))
    }

    fn named(&mut self, name: &str, period: usize, input: Value) -> Result<Value, Error> {
        let spec = spec_of(name).unwrap_or_else(|| unreachable!("it is one of them"));
        self.call(spec, &[period as f64], vec![input])
    }
}
