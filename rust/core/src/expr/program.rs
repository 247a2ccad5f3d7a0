//! From a graph to a flat list of operations on column registers.

use super::graph::{Binary, Compare, Cross, Graph, Kind, Logic, Node, NodeId, Unary};
use super::kernels::{CrossMemory, LagMemory};
use super::machine::State;
use super::{BLOCK, Input};
use crate::error::Error;
use crate::indicators::{Ema, Stream, spec_of};

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
    Sma {
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

/// What some nodes of a graph need, as operations in order.
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) ops: Vec<Op>,
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
        Compiler::new(graph, roots, values).compile(roots)
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
    /// How many users of a node's register are still to come; 0 for nodes that nobody needs.
    uses: Vec<usize>,
    place: Vec<Option<Register>>,
    numbers: Registers,
    conditions: Registers,
    ops: Vec<Op>,
    constants: Vec<(Register, f64)>,
    state: State,
}

pub(crate) fn operands(node: Node) -> impl Iterator<Item = NodeId> {
    let list = match node {
        Node::Input(_) | Node::Constant(_) | Node::Param(_) => [None; 3],
        Node::Unary(_, a) | Node::Not(a) | Node::Ema(a, _) | Node::Sma(a, _) | Node::Lag(a, _) => [Some(a), None, None],
        Node::Binary(_, a, b) | Node::Compare(_, a, b) | Node::Logic(_, a, b) | Node::Cross(_, a, b) => {
            [Some(a), Some(b), None]
        }
        Node::Where(c, a, b) => [Some(c), Some(a), Some(b)],
    };
    list.into_iter().flatten()
}

impl<'a> Compiler<'a> {
    fn new(graph: &'a Graph, roots: &[NodeId], values: &'a [f64]) -> Self {
        let nodes = graph.nodes();
        let mut uses = vec![0; nodes.len()];
        for root in roots {
            uses[root.index()] += 1;
        }
        // Backwards: whether a node is needed is known before its operands are looked at.
        for (index, node) in nodes.iter().enumerate().rev() {
            if uses[index] > 0 {
                for operand in operands(*node) {
                    uses[operand.index()] += 1;
                }
            }
        }
        Self {
            graph,
            values,
            uses,
            place: vec![None; nodes.len()],
            numbers: Registers::default(),
            conditions: Registers::default(),
            ops: Vec::new(),
            constants: Vec::new(),
            state: State::default(),
        }
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

    fn release_operands(&mut self, node: Node) {
        for operand in operands(node) {
            let index = operand.index();
            self.uses[index] -= 1;
            let keeps = matches!(self.graph.nodes()[index], Node::Constant(_) | Node::Param(_));
            if self.uses[index] == 0 && !keeps {
                let register = self.register(operand);
                match self.graph.kind(operand) {
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
            Node::Ema(a, _) => {
                let partner = self.partner(index, a);
                return self.emit_ema(index, partner, a);
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
            Node::Sma(a, period) => {
                let period = self.graph.rows(period, self.values, 1)? as f64;
                let spec = spec_of("sma").unwrap_or_else(|| unreachable!("it is one of them"));
                self.state.smas.push(Stream::try_new(spec, &[period])?);
                Op::Sma { a: self.register(a), out: self.take(index), memory: self.state.smas.len() - 1 }
            }
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
        self.release_operands(node);
        Ok(())
    }

    /// Another average of the same input that is needed and not computed yet.
    fn partner(&self, index: usize, input: NodeId) -> Option<usize> {
        let nodes = self.graph.nodes();
        (index + 1..nodes.len()).find(|&other| {
            self.uses[other] > 0 && self.place[other].is_none() && matches!(nodes[other], Node::Ema(a, _) if a == input)
        })
    }

    fn emit_ema(&mut self, index: usize, partner: Option<usize>, input: NodeId) -> Result<(), Error> {
        let a = self.register(input);
        let memory = self.state.emas.len();
        for index in [Some(index), partner].into_iter().flatten() {
            if let Node::Ema(_, period) = self.graph.nodes()[index] {
                self.state.emas.push(Ema::try_new(self.graph.rows(period, self.values, 1)?)?);
            }
        }
        let out = self.take(index);
        let op = match partner {
            None => Op::Ema { a, out, memory },
            Some(partner) => Op::EmaPair { a, out: [out, self.take(partner)], memory },
        };
        self.ops.push(op);
        self.release_operands(self.graph.nodes()[index]);
        if let Some(partner) = partner {
            self.release_operands(self.graph.nodes()[partner]);
        }
        Ok(())
    }
}

/// Columns for a program's registers, with the constants in place.
pub(super) fn columns(program: &Program) -> (Vec<Vec<f64>>, Vec<Vec<u8>>) {
    let mut numbers = vec![vec![f64::NAN; BLOCK]; program.numbers];
    for (register, value) in &program.constants {
        numbers[*register].fill(*value);
    }
    (numbers, vec![vec![0; BLOCK]; program.conditions])
}
