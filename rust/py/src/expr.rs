//! Expressions: a graph as a list of nodes from Python, evaluated or made a strategy.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::expr::{
    Binary, Callee, Compare, Cross, ExprSignals as Signals, Graph, Input, Live, Logic, Node, NodeId, Param, Period,
    Program, Rules, Section, Setting, Table, Trend, Unary, evaluate_many, spec_of,
};
use baconalgo_core::strategy::ExprStrategy;
use baconalgo_core::types::Ts;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::custom::CustomIndicator;
use crate::errors::to_py_err;
use crate::statistics::pool;

/// One node: what it does; of a call the name; its operands, places of earlier nodes, and lengths of time; its settings,
/// each one the place of a parameter or a number; a constant or the place of an output; what a user has written.
pub(crate) type NodeTuple = (String, String, Vec<usize>, Vec<(Option<usize>, f64)>, f64, Option<Py<CustomIndicator>>);
/// A parameter: name, low, high, default.
pub(crate) type ParamTuple = (String, f64, f64, f64);
/// Names and columns.
type Columns<'py> = BTreeMap<String, PyReadonlyArray1<'py, f64>>;

fn wrong(rule: &str, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Config, 1001, "node", rule, value)
}

pub(crate) struct Build {
    pub(crate) graph: Graph,
    /// Places in the list are not places in the graph: equal nodes are one there.
    ids: Vec<NodeId>,
}

impl Build {
    pub(crate) fn new(nodes: &[NodeTuple], params: Vec<ParamTuple>) -> Result<Self, Error> {
        let mut build = Self { graph: Graph::new(), ids: Vec::with_capacity(nodes.len()) };
        let params: Vec<usize> = params
            .into_iter()
            .map(|(name, low, high, default)| build.graph.param(Param { name, low, high, default }))
            .collect::<Result<_, _>>()?;
        for node in nodes {
            let node = build.node(node, &params)?;
            let id = build.graph.add(node)?;
            build.ids.push(id);
        }
        Ok(build)
    }

    pub(crate) fn id(&self, place: usize) -> Result<NodeId, Error> {
        self.ids.get(place).copied().ok_or_else(|| wrong("must use nodes before it", place))
    }

    fn node(&mut self, node: &NodeTuple, params: &[usize]) -> Result<Node, Error> {
        let (name, callee, operands, settings, value, custom) = node;
        let number = |place: usize| operands.get(place).copied().ok_or_else(|| wrong("must have its operands", name));
        let id = |place: usize| self.id(number(place)?);
        let param =
            |param: usize| params.get(param).copied().ok_or_else(|| wrong("must use parameters that are there", param));
        let period = || match settings.first() {
            Some((Some(place), _)) => param(*place).map(Period::Param),
            Some((None, rows)) => Ok(Period::Fixed(*rows as usize)),
            None => Err(wrong("must have a period", name)),
        };
        let nanos = |place| i64::try_from(number(place)?).map_err(|_| wrong("must have a length of time", name));
        if let Some(input) = Input::from_name(name) {
            return Ok(Node::Input(input));
        }
        Ok(match name.as_str() {
            "constant" => Node::Constant(value.to_bits()),
            "param" => Node::Param(param(number(0)?)?),
            "neg" => Node::Unary(Unary::Neg, id(0)?),
            "abs" => Node::Unary(Unary::Abs, id(0)?),
            "log" => Node::Unary(Unary::Log, id(0)?),
            "exp" => Node::Unary(Unary::Exp, id(0)?),
            "sqrt" => Node::Unary(Unary::Sqrt, id(0)?),
            "sign" => Node::Unary(Unary::Sign, id(0)?),
            "**" => Node::Binary(Binary::Pow, id(0)?, id(1)?),
            "+" => Node::Binary(Binary::Add, id(0)?, id(1)?),
            "-" => Node::Binary(Binary::Sub, id(0)?, id(1)?),
            "*" => Node::Binary(Binary::Mul, id(0)?, id(1)?),
            "/" => Node::Binary(Binary::Div, id(0)?, id(1)?),
            "minimum" => Node::Binary(Binary::Min, id(0)?, id(1)?),
            "maximum" => Node::Binary(Binary::Max, id(0)?, id(1)?),
            "<" => Node::Compare(Compare::Lt, id(0)?, id(1)?),
            "<=" => Node::Compare(Compare::Le, id(0)?, id(1)?),
            ">" => Node::Compare(Compare::Gt, id(0)?, id(1)?),
            ">=" => Node::Compare(Compare::Ge, id(0)?, id(1)?),
            "==" => Node::Compare(Compare::Eq, id(0)?, id(1)?),
            "!=" => Node::Compare(Compare::Ne, id(0)?, id(1)?),
            "&" => Node::Logic(Logic::And, id(0)?, id(1)?),
            "|" => Node::Logic(Logic::Or, id(0)?, id(1)?),
            "~" => Node::Not(id(0)?),
            "where" => Node::Where(id(0)?, id(1)?, id(2)?),
            "rising" => Node::Trend(Trend::Rising, id(0)?, period()?),
            "falling" => Node::Trend(Trend::Falling, id(0)?, period()?),
            "session" => Node::Session(nanos(0)?),
            "tf" => Node::Frame(id(0)?, nanos(1)?),
            "rank" => Node::Section(Section::Rank, id(0)?),
            "zscore" => Node::Section(Section::Zscore, id(0)?),
            "top" => Node::Top(id(0)?, period()?),
            "call" => {
                let inputs = operands.iter().map(|place| self.id(*place)).collect::<Result<Vec<_>, _>>()?;
                let setting = |(place, value): &(Option<usize>, f64)| match place {
                    Some(place) => param(*place).map(Setting::Param),
                    None => Ok(Setting::number(*value)),
                };
                let settings = settings.iter().map(setting).collect::<Result<Vec<_>, _>>()?;
                let callee = match custom {
                    Some(custom) => Callee::Custom(custom.get().definition()),
                    None => Callee::Spec(spec_of(callee).ok_or_else(|| wrong("must be a known indicator", callee))?),
                };
                let call = self.graph.add_call(callee, &inputs, &settings)?;
                Node::Output(call, *value as usize)
            }
            "lag" => Node::Lag(id(0)?, period()?),
            "cross_above" => Node::Cross(Cross::Above, id(0)?, id(1)?),
            "cross_below" => Node::Cross(Cross::Below, id(0)?, id(1)?),
            _ => return Err(wrong("must be a known operation", name)),
        })
    }

    pub(crate) fn defaults(&self) -> Vec<f64> {
        self.graph.params().iter().map(|param| param.default).collect()
    }
}

/// A table: columns by name, rows, times of the rows, how long a row lasts.
type PyTable<'py> = (Columns<'py>, usize, Option<PyReadonlyArray1<'py, i64>>, i64);

/// The columns by input, the times.
fn table<'a>((columns, _, ts, span): &'a PyTable<'_>) -> Result<Table<'a>, Error> {
    let strided = |name: &str| Error::new(ErrorKind::Data, 1001, name, "must be a contiguous array", "a strided one");
    let ts = ts.as_ref().map(|ts| ts.as_slice().map_err(|_| strided("ts"))).transpose()?;
    let mut table = Table { ts, span: *span, ..Table::default() };
    for (name, column) in columns {
        let Some(input) = Input::from_name(name) else { continue };
        table[input as usize] = Some(column.as_slice().map_err(|_| strided(name))?);
    }
    Ok(table)
}

/// The columns of the nodes at some places over columns of floats; conditions as 0 and 1.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the parts of a graph and of a table")]
pub(crate) fn evaluate<'py>(
    py: Python<'py>,
    nodes: Vec<NodeTuple>,
    params: Vec<ParamTuple>,
    roots: Vec<usize>,
    columns: Columns<'py>,
    rows: usize,
    ts: Option<PyReadonlyArray1<'py, i64>>,
    span: i64,
) -> PyResult<Vec<Bound<'py, PyArray1<f64>>>> {
    let given = (columns, rows, ts, span);
    let compute = || {
        let build = Build::new(&nodes, params)?;
        let roots = roots.into_iter().map(|root| build.id(root)).collect::<Result<Vec<_>, _>>()?;
        let program = Program::try_new(&build.graph, &roots, &build.defaults())?;
        let table = table(&given)?;
        py.detach(|| evaluate_many(program, &table, rows))
    };
    let columns = compute().map_err(to_py_err)?;
    Ok(columns.into_iter().map(|column| column.into_pyarray(py)).collect())
}

/// The column of a node over the tables of many instruments, one an instrument.
#[pyfunction]
pub(crate) fn evaluate_universe<'py>(
    py: Python<'py>,
    nodes: Vec<NodeTuple>,
    params: Vec<ParamTuple>,
    root: usize,
    tables: Vec<PyTable<'py>>,
) -> PyResult<Vec<Bound<'py, PyArray1<f64>>>> {
    let pool = pool()?;
    let compute = || {
        let build = Build::new(&nodes, params)?;
        let root = build.id(root)?;
        let values = build.defaults();
        let tables = tables.iter().map(|one| Ok((table(one)?, one.1))).collect::<Result<Vec<_>, Error>>()?;
        py.detach(|| baconalgo_core::expr::evaluate_universe(&build.graph, root, &values, &tables, pool))
    };
    let columns = compute().map_err(to_py_err)?;
    Ok(columns.into_iter().map(|column| column.into_pyarray(py)).collect())
}

/// An expression that takes one row at a time.
#[pyclass(frozen, module = "baconalgo._core")]
#[derive(Debug)]
pub(crate) struct ExprStream(Mutex<Live>);

#[pymethods]
impl ExprStream {
    #[new]
    fn new(nodes: Vec<NodeTuple>, params: Vec<ParamTuple>, root: usize) -> PyResult<Self> {
        let build = || {
            let build = Build::new(&nodes, params)?;
            let root = build.id(root)?;
            Ok(Live::new(Program::try_new(&build.graph, &[root], &build.defaults())?))
        };
        Ok(Self(Mutex::new(build().map_err(to_py_err)?)))
    }

    /// The columns that a row has, in order.
    #[getter]
    fn inputs(&self) -> Vec<&'static str> {
        self.lock().inputs().iter().map(|input| input.name()).collect()
    }

    /// Takes a row, returns the value after it.
    fn update(&self, row: Vec<f64>, ts: i64, span: i64) -> PyResult<f64> {
        let mut live = self.lock();
        if row.len() != live.inputs().len() {
            let rule = format!("must have {} values", live.inputs().len());
            return Err(to_py_err(Error::new(ErrorKind::Data, 1001, "row", rule, row.len())));
        }
        live.update(&row, ts, span).map_err(to_py_err)
    }

    /// Forgets all rows.
    fn reset(&self) {
        self.lock().reset();
    }
}

impl ExprStream {
    fn lock(&self) -> MutexGuard<'_, Live> {
        // Nothing panics while it is held; a poisoned state is still a state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The conditions of a strategy, ready to run.
#[pyclass(frozen, module = "baconalgo._core")]
#[derive(Debug)]
pub(crate) struct ExprSignals(Mutex<Signals>);

impl ExprSignals {
    /// A strategy that starts from nothing.
    pub(crate) fn strategy(&self, instruments: usize, start: Ts) -> ExprStrategy {
        ExprStrategy::new(self.fresh().starting(start), instruments)
    }

    fn fresh(&self) -> Signals {
        // Never run in place: what is locked is always as it was built.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[pymethods]
impl ExprSignals {
    /// `rules`: the places of entry, exit, short entry and short exit in the list of nodes.
    #[new]
    fn new(
        nodes: Vec<NodeTuple>,
        params: Vec<ParamTuple>,
        rules: (usize, Option<usize>, Option<usize>, Option<usize>),
        quantity: f64,
    ) -> PyResult<Self> {
        let build = || {
            let build = Build::new(&nodes, params)?;
            let values = build.defaults();
            let place = |place: Option<usize>| place.map(|place| build.id(place)).transpose();
            let (entry, exit, short_entry, short_exit) = rules;
            let rules = Rules {
                entry: build.id(entry)?,
                exit: place(exit)?,
                short_entry: place(short_entry)?,
                short_exit: place(short_exit)?,
            };
            Signals::try_new(&build.graph, rules, &values, quantity)
        };
        Ok(Self(Mutex::new(build().map_err(to_py_err)?)))
    }

    /// The wanted position on each row of columns of floats.
    fn targets<'py>(
        &self,
        py: Python<'py>,
        columns: Columns<'py>,
        rows: usize,
        ts: Option<PyReadonlyArray1<'py, i64>>,
        span: i64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let given = (columns, rows, ts, span);
        let table = table(&given).map_err(to_py_err)?;
        let mut signals = self.fresh();
        let targets = py.detach(|| signals.targets(&table, rows));
        Ok(targets.map_err(to_py_err)?.into_pyarray(py))
    }

    /// The position size, units.
    #[getter]
    fn quantity(&self) -> f64 {
        self.fresh().quantity()
    }

    /// How many loops over columns a block of rows takes.
    #[getter]
    fn operations(&self) -> usize {
        self.fresh().operations()
    }
}
