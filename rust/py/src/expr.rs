//! Expressions: a graph as a list of nodes from Python, evaluated or made a strategy.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::expr::{
    Binary, Callee, Compare, Cross, ExprSignals as Signals, Graph, Input, Logic, Node, NodeId, Param, Period, Rules,
    Section, Setting, Table, Trend, Unary, spec_of,
};
use baconalgo_core::strategy::ExprStrategy;
use baconalgo_core::types::Ts;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::errors::to_py_err;

/// One node: what it does; of a call the name; its operands, places of earlier nodes, and lengths of time; its settings,
/// each one the place of a parameter or a number; a constant or the place of an output.
pub(crate) type NodeTuple = (String, String, Vec<usize>, Vec<(Option<usize>, f64)>, f64);
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
    pub(crate) ids: Vec<NodeId>,
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
        let (name, callee, operands, settings, value) = node;
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
                let spec = spec_of(callee).ok_or_else(|| wrong("must be a known indicator", callee))?;
                let call = self.graph.add_call(Callee::Spec(spec), &inputs, &settings)?;
                Node::Output(call, *value as usize)
            }
            "lag" => Node::Lag(id(0)?, period()?),
            "cross_above" => Node::Cross(Cross::Above, id(0)?, id(1)?),
            "cross_below" => Node::Cross(Cross::Below, id(0)?, id(1)?),
            _ => return Err(wrong("must be a known operation", name)),
        })
    }

    pub(crate) fn values(&self, changes: BTreeMap<String, f64>) -> Result<Vec<f64>, Error> {
        self.graph.values(&changes.into_iter().collect::<Vec<_>>())
    }
}

/// The columns by input.
fn table<'a>(columns: &'a Columns<'_>) -> Result<Table<'a>, Error> {
    let mut table: Table<'_> = Default::default();
    for (name, column) in columns {
        let Some(input) = Input::from_name(name) else { continue };
        let slice = column.as_slice().map_err(|_| {
            Error::new(ErrorKind::Data, 1001, name, "must be a contiguous array of float64", "a strided one")
        })?;
        table[input as usize] = Some(slice);
    }
    Ok(table)
}

/// The column of the last node over columns of floats; conditions as 0 and 1.
#[pyfunction]
pub(crate) fn evaluate<'py>(
    py: Python<'py>,
    nodes: Vec<NodeTuple>,
    params: Vec<ParamTuple>,
    values: BTreeMap<String, f64>,
    columns: Columns<'py>,
    rows: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let build = Build::new(&nodes, params).map_err(to_py_err)?;
    let values = build.values(values).map_err(to_py_err)?;
    let root = build.ids.last().copied().ok_or_else(|| to_py_err(wrong("must be given", "none")))?;
    let table = table(&columns).map_err(to_py_err)?;
    let column = py.detach(|| baconalgo_core::expr::evaluate(&build.graph, root, &values, &table, rows));
    Ok(column.map_err(to_py_err)?.into_pyarray(py))
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
        values: BTreeMap<String, f64>,
        rules: (usize, Option<usize>, Option<usize>, Option<usize>),
        quantity: f64,
    ) -> PyResult<Self> {
        let build = || {
            let build = Build::new(&nodes, params)?;
            let values = build.values(values)?;
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
    fn targets<'py>(&self, py: Python<'py>, columns: Columns<'py>, rows: usize) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let table = table(&columns).map_err(to_py_err)?;
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
