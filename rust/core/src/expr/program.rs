//! From a graph to a flat list of operations on column registers.

use super::call::{Callee, Runner};
use super::frame::FrameProgram;
use super::graph::Graph;
use super::kernels::{CrossMemory, LagMemory, TrendMemory};
use super::machine::State;
use super::node::{Binary, CallId, Compare, Cross, Kind, Logic, Node, NodeId, Trend, Unary};
use super::{BLOCK, Input};
use crate::error::{Error, ErrorKind};
use crate::indicators::{Ema, Stream};

/// A column register; numbers and conditions have their own.
pub(super) type Register = usize;

/// One loop over columns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Load {
        input: Input,
        out: Register,
    },
    Unary {
        op: Unary,
        a: Register,
        out: Register,
    },
    Binary {
        op: Binary,
        a: Register,
        b: Register,
        out: Register,
    },
    Compare {
        op: Compare,
        a: Register,
        b: Register,
        out: Register,
    },
    Logic {
        op: Logic,
        a: Register,
        b: Register,
        out: Register,
    },
    Not {
        a: Register,
        out: Register,
    },
    Where {
        condition: Register,
        a: Register,
        b: Register,
        out: Register,
    },
    Ema {
        a: Register,
        out: Register,
        memory: usize,
    },
    /// Two averages of one input, in memories `memory` and `memory + 1`.
    EmaPair {
        a: Register,
        out: [Register; 2],
        memory: usize,
    },
    /// An entry of [`Program::calls`], with the memory of that place.
    Call {
        call: usize,
    },
    /// An entry of [`Program::frames`], with the memory of that place.
    Frame {
        frame: usize,
    },
    Session {
        nanos: i64,
        out: Register,
    },
    /// A column that was computed before.
    Given {
        slot: usize,
        kind: Kind,
        out: Register,
    },
    Trend {
        op: Trend,
        a: Register,
        out: Register,
        memory: usize,
    },
    Lag {
        a: Register,
        out: Register,
        memory: usize,
    },
    Cross {
        op: Cross,
        a: Register,
        b: Register,
        out: Register,
        memory: usize,
    },
}

/// The registers of a call.
#[derive(Clone, Debug)]
pub(super) struct CallRegisters {
    pub(super) inputs: Vec<Register>,
    /// One an output, and whether it is used.
    pub(super) outputs: Vec<(Register, bool)>,
}

/// What some nodes of a graph need, as operations in order.
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) calls: Vec<CallRegisters>,
    pub(super) frames: Vec<FrameProgram>,
    /// Number registers that hold a constant.
    pub(super) constants: Vec<(Register, f64)>,
    pub(super) numbers: usize,
    pub(super) conditions: usize,
    pub(super) roots: Vec<(Kind, Register)>,
    fresh: State,
}

impl Program {
    /// Compiles what `roots` need, with parameters at `values` (see [`Graph::values`]).
    ///
    /// # Errors
    /// `ConfigError` if a parameter's value is no period where it is used as one.
    pub fn try_new(graph: &Graph, roots: &[NodeId], values: &[f64]) -> Result<Self, Error> {
        Self::try_with_given(graph, roots, values, &[])
    }

    /// [`Self::try_new`] with nodes whose columns are computed already: they are read from
    /// [`super::Table::given`], in that order.
    ///
    /// # Errors
    /// As [`Self::try_new`].
    pub fn try_with_given(graph: &Graph, roots: &[NodeId], values: &[f64], given: &[NodeId]) -> Result<Self, Error> {
        Compiler::new(graph, roots, values, given).compile(roots)
    }

    /// The columns that it reads, each one once, in the order of [`Input::ALL`].
    pub fn inputs(&self) -> Vec<Input> {
        let mut read = [false; Input::ALL.len()];
        for op in &self.ops {
            match op {
                Op::Load { input, .. } => read[*input as usize] = true,
                Op::Frame { frame } => self.frames[*frame].inputs().for_each(|input| read[input as usize] = true),
                _ => {}
            }
        }
        Input::ALL.into_iter().filter(|input| read[*input as usize]).collect()
    }

    /// The memory of all its indicators before the first row.
    pub fn fresh_state(&self) -> State {
        self.fresh.clone()
    }

    /// How many operations a block takes.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

/// Registers of one kind: the free ones are taken again, so that few columns stay in the cache.
#[derive(Default)]
struct Registers {
    free: Vec<Register>,
    count: usize,
}

impl Registers {
    fn take(&mut self) -> Register {
        self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }
}

struct Compiler<'a> {
    graph: &'a Graph,
    values: &'a [f64],
    given: &'a [NodeId],
    /// How many users of a node's register are still to come; 0 for nodes that nobody needs.
    uses: Vec<usize>,
    place: Vec<Option<Register>>,
    numbers: Registers,
    conditions: Registers,
    ops: Vec<Op>,
    calls: Vec<CallRegisters>,
    frames: Vec<FrameProgram>,
    constants: Vec<(Register, f64)>,
    state: State,
}

impl<'a> Compiler<'a> {
    fn new(graph: &'a Graph, roots: &[NodeId], values: &'a [f64], given: &'a [NodeId]) -> Self {
        let nodes = graph.nodes();
        let mut compiler = Self {
            graph,
            values,
            given,
            uses: vec![0; nodes.len()],
            place: vec![None; nodes.len()],
            numbers: Registers::default(),
            conditions: Registers::default(),
            ops: Vec::new(),
            calls: Vec::new(),
            frames: Vec::new(),
            constants: Vec::new(),
            state: State::default(),
        };
        for root in roots {
            compiler.uses[root.index()] += 1;
        }
        // Backwards: whether a node is needed is known before its operands are looked at. A call reads its
        // inputs once, however many of its outputs are needed.
        let mut called = vec![false; graph.calls().len()];
        for index in (0..nodes.len()).rev() {
            if compiler.uses[index] == 0 {
                continue;
            }
            if let Node::Output(call, _) = nodes[index]
                && std::mem::replace(&mut called[call.index()], true)
            {
                continue;
            }
            for operand in compiler.operands(index) {
                compiler.uses[operand.index()] += 1;
            }
        }
        compiler
    }

    /// The nodes whose columns a node reads: not those that are evaluated elsewhere.
    fn operands(&self, index: usize) -> Vec<NodeId> {
        let node = self.graph.nodes()[index];
        if matches!(node, Node::Frame(..)) || self.slot(index).is_some() {
            return Vec::new();
        }
        self.graph.operands(node)
    }

    fn slot(&self, index: usize) -> Option<usize> {
        self.given.iter().position(|given| given.index() == index)
    }

    fn compile(mut self, roots: &[NodeId]) -> Result<Program, Error> {
        for index in 0..self.graph.nodes().len() {
            if self.uses[index] > 0 && self.place[index].is_none() {
                self.emit(index)?;
            }
        }
        let roots = roots.iter().map(|root| (self.graph.kind(*root), self.register(*root))).collect();
        Ok(Program {
            ops: self.ops,
            calls: self.calls,
            frames: self.frames,
            constants: self.constants,
            numbers: self.numbers.count,
            conditions: self.conditions.count,
            roots,
            fresh: self.state,
        })
    }

    fn register(&self, node: NodeId) -> Register {
        self.place[node.index()].unwrap_or_else(|| unreachable!("operands come before what uses them"))
    }

    /// A register for the node's column; it is not the register of any of its operands.
    fn take(&mut self, index: usize) -> Register {
        let register = match self.graph.kind(NodeId(index as u32)) {
            Kind::Number => self.numbers.take(),
            Kind::Condition => self.conditions.take(),
        };
        self.place[index] = Some(register);
        register
    }

    fn release(&mut self, operands: &[NodeId]) {
        for operand in operands {
            let index = operand.index();
            self.uses[index] -= 1;
            let keeps = matches!(self.graph.nodes()[index], Node::Constant(_) | Node::Param(_));
            if self.uses[index] == 0 && !keeps {
                let register = self.register(*operand);
                match self.graph.kind(*operand) {
                    Kind::Number => self.numbers.free.push(register),
                    Kind::Condition => self.conditions.free.push(register),
                }
            }
        }
    }

    fn constant(&mut self, index: usize, value: f64) {
        // Never a freed register: constants are written once, before the first block.
        let register = self.numbers.count;
        self.numbers.count += 1;
        self.place[index] = Some(register);
        self.constants.push((register, value));
    }

    fn emit(&mut self, index: usize) -> Result<(), Error> {
        let node = self.graph.nodes()[index];
        let op = match node {
            Node::Constant(bits) => {
                self.constant(index, f64::from_bits(bits));
                return Ok(());
            }
            Node::Param(param) => {
                self.constant(index, self.values[param]);
                return Ok(());
            }
            _ if self.slot(index).is_some() => {
                let slot = self.slot(index).unwrap_or_default();
                Op::Given { slot, kind: self.graph.kind(NodeId(index as u32)), out: self.take(index) }
            }
            Node::Output(call, _) if is_ema(self.graph, call) => return self.emit_ema(index, call),
            Node::Output(call, _) => return self.emit_call(call),
            Node::Frame(_, nanos) => return self.emit_frame(nanos),
            Node::Section(..) | Node::Top(..) => {
                let rule = "must not compare instruments here: rank, zscore and top need a table of all of them";
                return Err(Error::new(ErrorKind::Config, 1001, "expression", rule, "rank, zscore or top"));
            }
            Node::Session(nanos) => Op::Session { nanos, out: self.take(index) },
            Node::Trend(op, a, rows) => {
                self.state.trends.push(TrendMemory::new(self.graph.rows(rows, self.values, 1)?));
                let memory = self.state.trends.len() - 1;
                Op::Trend { op, a: self.register(a), out: self.take(index), memory }
            }
            Node::Input(input) => Op::Load { input, out: self.take(index) },
            Node::Unary(op, a) => Op::Unary { op, a: self.register(a), out: self.take(index) },
            Node::Not(a) => Op::Not { a: self.register(a), out: self.take(index) },
            Node::Binary(op, a, b) => {
                Op::Binary { op, a: self.register(a), b: self.register(b), out: self.take(index) }
            }
            Node::Compare(op, a, b) => {
                Op::Compare { op, a: self.register(a), b: self.register(b), out: self.take(index) }
            }
            Node::Logic(op, a, b) => Op::Logic { op, a: self.register(a), b: self.register(b), out: self.take(index) },
            Node::Where(c, a, b) => Op::Where {
                condition: self.register(c),
                a: self.register(a),
                b: self.register(b),
                out: self.take(index),
            },
            Node::Lag(a, rows) => {
                self.state.lags.push(LagMemory::new(self.graph.rows(rows, self.values, 0)?));
                Op::Lag { a: self.register(a), out: self.take(index), memory: self.state.lags.len() - 1 }
            }
            Node::Cross(op, a, b) => {
                self.state.crosses.push(CrossMemory::new());
                let memory = self.state.crosses.len() - 1;
                Op::Cross { op, a: self.register(a), b: self.register(b), out: self.take(index), memory }
            }
        };
        self.ops.push(op);
        self.release(&self.operands(index));
        Ok(())
    }

    fn emit_call(&mut self, id: CallId) -> Result<(), Error> {
        let graph = self.graph;
        let call = graph.call(id);
        let settings = graph.settings(call, self.values)?;
        self.state.calls.push(match &call.callee {
            Callee::Spec(spec) => Runner::Stream(Stream::try_new(spec, &settings)?),
            Callee::Custom(custom) => Runner::Custom(custom.make()),
        });
        let inputs = call.inputs.iter().map(|input| self.register(*input)).collect();
        let mut outputs: Vec<Option<Register>> = vec![None; call.callee.outputs()];
        for index in 0..graph.nodes().len() {
            if let Node::Output(other, output) = graph.nodes()[index]
                && other == id
                && self.uses[index] > 0
                && self.slot(index).is_none()
            {
                outputs[output] = Some(self.take(index));
            }
        }
        // What nobody reads is written all the same, to columns that are free again afterwards.
        let outputs: Vec<(Register, bool)> =
            outputs.into_iter().map(|used| (used.unwrap_or_else(|| self.numbers.take()), used.is_some())).collect();
        self.numbers.free.extend(outputs.iter().filter(|(_, used)| !used).map(|(register, _)| *register));
        self.ops.push(Op::Call { call: self.calls.len() });
        self.calls.push(CallRegisters { inputs, outputs });
        self.release(&call.inputs);
        Ok(())
    }

    /// All nodes of a timeframe at once: its bars are built once, and what they share is computed once.
    fn emit_frame(&mut self, nanos: i64) -> Result<(), Error> {
        let graph = self.graph;
        let (mut roots, mut outs) = (Vec::new(), Vec::new());
        for index in 0..graph.nodes().len() {
            if let Node::Frame(root, length) = graph.nodes()[index]
                && length == nanos
                && self.uses[index] > 0
                && self.slot(index).is_none()
            {
                roots.push(root);
                outs.push(self.take(index));
            }
        }
        let frame = FrameProgram::try_new(nanos, Program::try_new(graph, &roots, self.values)?, outs)?;
        self.state.frames.push(frame.fresh_state());
        self.ops.push(Op::Frame { frame: self.frames.len() });
        self.frames.push(frame);
        Ok(())
    }

    /// Another average of the same input that is needed and not computed yet.
    fn partner(&self, index: usize, input: NodeId) -> Option<(usize, CallId)> {
        let nodes = self.graph.nodes();
        (index + 1..nodes.len()).find_map(|other| match nodes[other] {
            Node::Output(call, _)
                if self.uses[other] > 0
                    && self.place[other].is_none()
                    && self.slot(other).is_none()
                    && is_ema(self.graph, call)
                    && self.graph.call(call).inputs[0] == input =>
            {
                Some((other, call))
            }
            _ => None,
        })
    }

    /// Averages of one input two at a time: neither waits for the other's chain.
    fn emit_ema(&mut self, index: usize, call: CallId) -> Result<(), Error> {
        let input = self.graph.call(call).inputs[0];
        let partner = self.partner(index, input);
        let a = self.register(input);
        let memory = self.state.emas.len();
        for call in [Some(call), partner.map(|(_, call)| call)].into_iter().flatten() {
            let settings = self.graph.settings(self.graph.call(call), self.values)?;
            self.state.emas.push(Ema::try_new(settings[0] as usize)?);
        }
        let out = self.take(index);
        let op = match partner {
            None => Op::Ema { a, out, memory },
            Some((partner, _)) => Op::EmaPair { a, out: [out, self.take(partner)], memory },
        };
        self.ops.push(op);
        let users = 1 + usize::from(partner.is_some());
        self.release(&[input; 2][..users]);
        Ok(())
    }
}

fn is_ema(graph: &Graph, call: CallId) -> bool {
    matches!(&graph.call(call).callee, Callee::Spec(spec) if spec.name == "ema")
}

/// Columns for a program's registers, with the constants in place.
pub(super) fn columns(program: &Program) -> (Vec<Vec<f64>>, Vec<Vec<u8>>) {
    let mut numbers = vec![vec![f64::NAN; BLOCK]; program.numbers];
    for (register, value) in &program.constants {
        numbers[*register].fill(*value);
    }
    (numbers, vec![vec![0; BLOCK]; program.conditions])
}
