//! Wanted positions from up to four conditions.

mod relevant;

use super::graph::Graph;
use super::input::{Source, Table, check_lengths};
use super::node::{Kind, NodeId};
use super::{BLOCK, Machine, Program, State};
use crate::error::{Error, ErrorKind};
use crate::event::{Block, InstrumentColumn};
use crate::types::{Instrument, InstrumentId, Ts};
use relevant::{Conditions, Position, Relevant, word_of};

/// The conditions of a strategy: nodes of one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Be long.
    pub entry: NodeId,
    /// Leave a long position.
    pub exit: Option<NodeId>,
    /// Be short.
    pub short_entry: Option<NodeId>,
    /// Leave a short position.
    pub short_exit: Option<NodeId>,
}

/// Fills [`Block::target`] with the position that the conditions want, instrument by instrument.
///
/// # Rules
/// On each row, in this order:
/// 1. long, and `exit` or `short_entry` holds: flat;
/// 2. short, and `short_exit` or `entry` holds: flat;
/// 3. flat, and `entry` holds but not `short_entry`: long `quantity`;
/// 4. flat, and `short_entry` holds but not `entry`: short `quantity`.
///
/// So a flip takes one row, `entry` wins over an `exit` on the same row, and `entry` together with
/// `short_entry` means flat. A row on which an input or an indicator of the strategy has no number
/// changes nothing.
#[derive(Clone, Debug)]
pub struct ExprSignals {
    machine: Machine,
    /// Places of exit, short entry and short exit among the roots; entry is the first.
    exit: Option<usize>,
    short_entry: Option<usize>,
    short_exit: Option<usize>,
    quantity: f64,
    /// Rows known before this only bring the indicators forward.
    start: Ts,
    books: Vec<Option<Follower>>,
    /// Rows of each instrument of a block, while it is worked on.
    rows: Vec<Vec<u32>>,
    relevant: Box<Relevant>,
}

/// One instrument: its indicators and the side it is on.
#[derive(Clone, Debug)]
struct Follower {
    state: State,
    side: Position,
}

/// When a row is known: a bar at its end, which is a nanosecond after its place in the order.
fn known(block: &Block, ts_event: Ts) -> Ts {
    ts_event + Ts::from(block.kind() == crate::event::Kind::Bar)
}

impl ExprSignals {
    /// Conditions of a graph, with parameters at `values` (see [`Graph::values`]), for orders of
    /// `quantity` units.
    ///
    /// # Errors
    /// `ConfigError` if a rule is not a condition, `quantity` is not above 0, or a period is not one.
    pub fn try_new(graph: &Graph, rules: Rules, values: &[f64], quantity: f64) -> Result<Self, Error> {
        if !(quantity > 0.0 && quantity.is_finite()) {
            return Err(Error::new(ErrorKind::Config, 1002, "quantity", "must be > 0", quantity));
        }
        let mut roots = Vec::new();
        let mut root = |name: &str, node: Option<NodeId>| {
            let Some(node) = node else { return Ok(None) };
            if graph.kind(node) != Kind::Condition {
                return Err(Error::new(ErrorKind::Config, 1001, name, "must be a condition", "a number"));
            }
            roots.push(node);
            Ok(Some(roots.len() - 1))
        };
        root("entry", Some(rules.entry))?;
        let exit = root("exit", rules.exit)?;
        let short_entry = root("short_entry", rules.short_entry)?;
        let short_exit = root("short_exit", rules.short_exit)?;
        Ok(Self {
            machine: Machine::new(Program::try_new(graph, &roots, values)?),
            exit,
            short_entry,
            short_exit,
            quantity,
            start: Ts::MIN,
            books: Vec::new(),
            rows: Vec::new(),
            relevant: Box::default(),
        })
    }

    /// From `start` on; on rows known before it, conditions count as false.
    #[must_use]
    pub const fn starting(mut self, start: Ts) -> Self {
        self.start = start;
        self
    }

    /// The position size, units.
    pub const fn quantity(&self) -> f64 {
        self.quantity
    }

    /// How many loops over columns a block takes.
    pub fn operations(&self) -> usize {
        self.machine.program().len()
    }

    /// Forgets all rows.
    pub fn reset(&mut self) {
        self.books.clear();
    }

    /// Fills the wanted positions of a block of rows that follows the blocks before.
    ///
    /// # Errors
    /// `ConfigError` if the block lacks a column that a condition uses.
    pub fn fill_targets(&mut self, block: &mut Block, instruments: &[Instrument]) -> Result<(), Error> {
        self.fill_targets_where(block, instruments, |_| true)
    }

    /// The wanted positions over columns of floats of one instrument, from the first row on.
    ///
    /// # Errors
    /// As [`super::evaluate`].
    pub fn targets(&mut self, table: &Table<'_>, rows: usize) -> Result<Vec<f64>, Error> {
        check_lengths(table, rows)?;
        let mut follower = Follower { state: self.machine.program().fresh_state(), side: Position::Flat };
        let mut target = vec![f64::NAN; rows];
        for (chunk, target) in target.chunks_mut(BLOCK).enumerate() {
            self.machine.run(&mut follower.state, Source::Table(table), chunk * BLOCK, target.len())?;
            self.combine(target.len(), 0);
            follower.side = self.relevant.follow(follower.side, self.quantity, target);
        }
        Ok(target)
    }

    /// [`Self::fill_targets`] for the instruments that `mine` says; NaN for all others.
    pub(crate) fn fill_targets_where(
        &mut self,
        block: &mut Block,
        instruments: &[Instrument],
        mut mine: impl FnMut(InstrumentId) -> bool,
    ) -> Result<(), Error> {
        let rows = block.len();
        let mut target = std::mem::take(&mut block.target);
        target.clear();
        target.resize(rows, f64::NAN);
        let done = match &block.instrument {
            InstrumentColumn::One(id) if mine(*id) => self.fill_one(block, *id, instruments, &mut target),
            InstrumentColumn::One(_) => Ok(()),
            InstrumentColumn::Each(ids) => self.fill_each(block, ids, instruments, mine, &mut target),
        };
        block.target = target;
        done
    }

    fn follower(&mut self, id: InstrumentId) -> Follower {
        if self.books.len() <= id.index() {
            self.books.resize(id.index() + 1, None);
        }
        self.books[id.index()]
            .take()
            .unwrap_or_else(|| Follower { state: self.machine.program().fresh_state(), side: Position::Flat })
    }

    fn fill_one(
        &mut self,
        block: &Block,
        id: InstrumentId,
        instruments: &[Instrument],
        target: &mut [f64],
    ) -> Result<(), Error> {
        let source = source(block, &instruments[id.index()], None);
        let mut follower = self.follower(id);
        let warming = block.ts_event.partition_point(|ts| known(block, *ts) < self.start);
        for (chunk, target) in target.chunks_mut(BLOCK).enumerate() {
            self.machine.run(&mut follower.state, source, chunk * BLOCK, target.len())?;
            self.combine(target.len(), warming.saturating_sub(chunk * BLOCK).min(target.len()));
            follower.side = self.relevant.follow(follower.side, self.quantity, target);
        }
        self.books[id.index()] = Some(follower);
        Ok(())
    }

    fn fill_each(
        &mut self,
        block: &Block,
        ids: &[InstrumentId],
        instruments: &[Instrument],
        mut mine: impl FnMut(InstrumentId) -> bool,
        target: &mut [f64],
    ) -> Result<(), Error> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.resize(instruments.len(), Vec::new());
        for (row, id) in ids.iter().enumerate() {
            rows[id.index()].push(row as u32);
        }
        let mut wanted = [0.0; BLOCK];
        for (index, pick) in rows.iter_mut().enumerate().filter(|(_, pick)| !pick.is_empty()) {
            let id = InstrumentId(index as u32);
            if mine(id) {
                let source = source(block, &instruments[index], Some(pick));
                let mut follower = self.follower(id);
                let warming = pick.partition_point(|row| known(block, block.ts_event[*row as usize]) < self.start);
                for start in (0..pick.len()).step_by(BLOCK) {
                    let count = BLOCK.min(pick.len() - start);
                    self.machine.run(&mut follower.state, source, start, count)?;
                    self.combine(count, warming.saturating_sub(start).min(count));
                    follower.side = self.relevant.follow(follower.side, self.quantity, &mut wanted[..count]);
                    for (row, wanted) in pick[start..start + count].iter().zip(&wanted) {
                        target[*row as usize] = *wanted;
                    }
                }
                self.books[index] = Some(follower);
            }
            pick.clear();
        }
        self.rows = rows;
        Ok(())
    }

    /// Combines the conditions of the rows that have just been run, the first ones of which only warm up.
    fn combine(&mut self, rows: usize, warming: usize) {
        let column = |root: Option<usize>| root.map(|root| self.machine.condition(root));
        let (entry, exit) = (column(Some(0)), column(self.exit));
        let (short_entry, short_exit) = (column(self.short_entry), column(self.short_exit));
        let ready = self.machine.ready();
        self.relevant.take(rows, warming, |word| {
            let ready = ready.map_or(u64::MAX, |ready| word_of(Some(ready), word));
            Conditions {
                entry: word_of(entry, word) & ready,
                exit: word_of(exit, word) & ready,
                short_entry: word_of(short_entry, word) & ready,
                short_exit: word_of(short_exit, word) & ready,
            }
        });
    }
}

fn source<'a>(block: &'a Block, instrument: &Instrument, pick: Option<&'a [u32]>) -> Source<'a> {
    let (px, qty) = (instrument.px_scale(), instrument.qty_scale());
    Source::Block { columns: &block.columns, ts_event: &block.ts_event, px, qty, pick }
}
