//! Indicators and patterns: what each one is, one function that runs any of them over arrays, one streaming class.

use std::sync::{Mutex, MutexGuard, PoisonError};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::indicators::spec::{Missing, ParamKind, Reach, Spec};
use baconalgo_core::indicators::{Ema, Stream, spec_of, specs};
use baconalgo_core::patterns;
use numpy::ndarray::{ArrayView2, ArrayViewMut2, Axis, Ix2};
use numpy::{PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyReadwriteArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use rayon::prelude::*;

use crate::errors::to_py_err;
use crate::statistics::pool;

/// Rows of a matrix that are worked on together.
const ROWS: usize = 1024;
/// Columns of a matrix that are worked on together: a cache line of each of its rows.
const COLUMNS: usize = 8;

fn data_error(parameter: &str, rule: &str, value: impl std::fmt::Display) -> PyErr {
    to_py_err(Error::new(ErrorKind::Data, 1001, parameter, rule, value))
}

fn spec(name: &str) -> PyResult<&'static Spec> {
    spec_of(name).or_else(|| patterns::spec_of(name)).ok_or_else(|| {
        to_py_err(Error::new(ErrorKind::Config, 1001, "indicator", "must be one of those that there are", name))
    })
}

/// What every indicator is, as dicts.
#[pyfunction]
pub(crate) fn indicator_specs(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    specs().map(|spec| describe(py, spec)).collect()
}

/// What every pattern is, as dicts.
#[pyfunction]
pub(crate) fn pattern_specs(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    patterns::SPECS.iter().map(|spec| describe(py, spec)).collect()
}

fn describe<'py>(py: Python<'py>, spec: &Spec) -> PyResult<Bound<'py, PyDict>> {
    let entry = PyDict::new(py);
    entry.set_item("name", spec.name)?;
    entry.set_item("class", spec.class)?;
    entry.set_item("title", spec.title)?;
    entry.set_item("formula", spec.formula)?;
    entry.set_item("source", spec.source)?;
    entry.set_item("example", spec.example)?;
    entry.set_item(
        "inputs",
        spec.inputs.iter().map(|input| (input.name, input.doc, input.optional)).collect::<Vec<_>>(),
    )?;
    entry.set_item("outputs", spec.outputs.iter().map(|output| (output.name, output.doc)).collect::<Vec<_>>())?;
    let params = spec.params.iter().map(|param| {
        let entry = PyDict::new(py);
        entry.set_item("name", param.name)?;
        entry.set_item("doc", param.doc)?;
        match param.kind {
            ParamKind::Rows(least) => {
                entry.set_item("kind", "rows")?;
                entry.set_item("low", least)?;
                entry.set_item("default", param.default as u64)?;
            }
            ParamKind::Number(low, high) => {
                entry.set_item("kind", "number")?;
                entry.set_item("low", low)?;
                entry.set_item("high", high)?;
                entry.set_item("default", param.default)?;
            }
            ParamKind::Choice(words) => {
                entry.set_item("kind", "choice")?;
                entry.set_item("words", words)?;
                entry.set_item("default", words[param.default as usize])?;
            }
        }
        Ok(entry)
    });
    entry.set_item("params", params.collect::<PyResult<Vec<_>>>()?)?;
    let args = spec.args(&[]).map_err(to_py_err)?;
    let holds = (spec.missing)(&args) == Missing::Hold;
    entry.set_item("missing", if holds { "hold" } else { "restart" })?;
    Ok(entry)
}

/// With parameters at some values: the rows before every output has one, and the rows that a value
/// depends on (None: all).
#[pyfunction]
pub(crate) fn indicator_needs(name: &str, params: Vec<f64>) -> PyResult<(usize, Option<usize>)> {
    let spec = spec(name)?;
    let args = spec.args(&params).map_err(to_py_err)?;
    let reach = match (spec.reach)(&args) {
        Reach::Rows(rows) => Some(rows),
        Reach::All => None,
    };
    Ok(((spec.warm_up)(&args), reach))
}

type Inputs<'py> = Vec<Option<PyReadonlyArrayDyn<'py, f64>>>;

/// Runs an indicator over columns, or over each column of matrices, into `outputs`; an optional input
/// may be None.
#[pyfunction]
pub(crate) fn compute_indicator<'py>(
    py: Python<'py>,
    name: &str,
    params: Vec<f64>,
    inputs: Inputs<'py>,
    outputs: Vec<Bound<'py, PyArrayDyn<f64>>>,
) -> PyResult<()> {
    let stream = Stream::try_new(spec(name)?, &params).map_err(to_py_err)?;
    run(py, stream, &inputs, outputs).map(|_| ())
}

fn run<'py>(
    py: Python<'py>,
    mut stream: Stream,
    inputs: &Inputs<'py>,
    outputs: Vec<Bound<'py, PyArrayDyn<f64>>>,
) -> PyResult<Stream> {
    let spec = stream.spec();
    if inputs.len() != spec.inputs.len() || outputs.len() != spec.outputs.len() {
        let rule = format!("must be {} for {}", spec.inputs.len(), spec.name);
        return Err(data_error("inputs", &rule, inputs.len()));
    }
    let mut outputs: Vec<PyReadwriteArrayDyn<'_, f64>> = outputs
        .iter()
        .map(|out| out.try_readwrite().map_err(|_| data_error("out", "must be writeable", "a read-only array")))
        .collect::<PyResult<_>>()?;
    let shape = outputs[0].shape().to_vec();
    for array in inputs.iter().flatten() {
        if array.shape() != shape {
            return Err(data_error("inputs", &format!("must be of shape {shape:?}"), format!("{:?}", array.shape())));
        }
    }
    if shape.len() == 1 {
        let wrong = || data_error("inputs", "must be contiguous arrays", "a strided one");
        let columns: Vec<Option<&[f64]>> = inputs
            .iter()
            .map(|input| input.as_ref().map(|array| array.as_slice().map_err(|_| wrong())).transpose())
            .collect::<PyResult<_>>()?;
        let outs: Vec<&mut [f64]> =
            outputs.iter_mut().map(|out| out.as_slice_mut().map_err(|_| wrong())).collect::<PyResult<_>>()?;
        py.detach(|| run_column(&mut stream, &columns, outs));
        return Ok(stream);
    }
    let wrong = |_| data_error("inputs", "must have one or two dimensions", shape.len());
    let matrices: Vec<Option<ArrayView2<'_, f64>>> = inputs
        .iter()
        .map(|input| {
            input.as_ref().map(|array| array.as_array().into_dimensionality::<Ix2>().map_err(wrong)).transpose()
        })
        .collect::<PyResult<_>>()?;
    let outs: Vec<ArrayViewMut2<'_, f64>> = outputs
        .iter_mut()
        .map(|out| out.as_array_mut().into_dimensionality::<Ix2>().map_err(wrong))
        .collect::<PyResult<_>>()?;
    let pool = pool()?;
    py.detach(|| pool.install(|| run_matrix(&stream, &matrices, outs)));
    Ok(stream)
}

/// In one go; an absent column is one of zeros, a stretch at a time.
fn run_column(stream: &mut Stream, inputs: &[Option<&[f64]>], mut outputs: Vec<&mut [f64]>) {
    const STRETCH: usize = 4096;
    static ABSENT: [f64; STRETCH] = [0.0; STRETCH];
    if let Some(columns) = inputs.iter().copied().collect::<Option<Vec<_>>>() {
        stream.extend(&columns, &mut outputs);
        return;
    }
    let rows = outputs[0].len();
    let mut columns: Vec<&[f64]> = Vec::with_capacity(inputs.len());
    for start in (0..rows).step_by(STRETCH) {
        let end = rows.min(start + STRETCH);
        columns.clear();
        columns.extend(inputs.iter().map(|input| input.map_or(&ABSENT[..end - start], |column| &column[start..end])));
        let mut outs: Vec<&mut [f64]> = outputs.iter_mut().map(|out| &mut out[start..end]).collect();
        stream.extend(&columns, &mut outs);
    }
}

/// Each column by itself, eight next to each other in one go.
fn run_matrix(stream: &Stream, inputs: &[Option<ArrayView2<'_, f64>>], mut outputs: Vec<ArrayViewMut2<'_, f64>>) {
    let mut tiles: Vec<(usize, Vec<ArrayViewMut2<'_, f64>>)> = Vec::new();
    for out in &mut outputs {
        for (place, tile) in out.axis_chunks_iter_mut(Axis(1), COLUMNS).enumerate() {
            if tiles.len() == place {
                tiles.push((place * COLUMNS, Vec::new()));
            }
            tiles[place].1.push(tile);
        }
    }
    tiles.into_par_iter().for_each(|(first, mut outs)| {
        let (rows, count) = outs[0].dim();
        let mut streams = vec![stream.clone(); count];
        let column = || vec![0.0; ROWS];
        let mut gathered: Vec<Vec<Vec<f64>>> = inputs.iter().map(|_| (0..count).map(|_| column()).collect()).collect();
        let mut made: Vec<Vec<f64>> = outs.iter().map(|_| column()).collect();
        for start in (0..rows).step_by(ROWS) {
            let length = ROWS.min(rows - start);
            for (columns, input) in gathered.iter_mut().zip(inputs) {
                let Some(input) = input else { continue };
                for row in 0..length {
                    for (place, column) in columns.iter_mut().enumerate() {
                        column[row] = input[[start + row, first + place]];
                    }
                }
            }
            for (place, stream) in streams.iter_mut().enumerate() {
                let columns: Vec<&[f64]> = gathered.iter().map(|columns| &columns[place][..length]).collect();
                let mut slices: Vec<&mut [f64]> = made.iter_mut().map(|column| &mut column[..length]).collect();
                stream.extend(&columns, &mut slices);
                for (out, column) in outs.iter_mut().zip(&made) {
                    for (row, value) in column[..length].iter().enumerate() {
                        out[[start + row, place]] = *value;
                    }
                }
            }
        }
    });
}

/// A streaming indicator; `baconalgo.indicators` has a class for each one.
#[pyclass(frozen, subclass, module = "baconalgo._core")]
#[derive(Debug)]
pub(crate) struct Indicator {
    stream: Mutex<Stream>,
    /// Makes the value of several outputs from a tuple.
    outputs: Option<Py<PyAny>>,
}

impl Indicator {
    fn lock(&self) -> MutexGuard<'_, Stream> {
        // Nothing panics while it is held; a poisoned state is still a state.
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown<'py>(&self, py: Python<'py>, values: &[f64]) -> PyResult<Option<Bound<'py, PyAny>>> {
        if values.iter().all(|value| value.is_nan()) {
            return Ok(None);
        }
        match &self.outputs {
            Some(outputs) => outputs.bind(py).call1(PyTuple::new(py, values)?).map(Some),
            None => values[0].into_pyobject(py).map(|value| Some(value.into_any())).map_err(PyErr::from),
        }
    }
}

#[pymethods]
impl Indicator {
    #[new]
    #[pyo3(signature = (name, params, outputs=None))]
    fn new(name: &str, params: Vec<f64>, outputs: Option<Py<PyAny>>) -> PyResult<Self> {
        let stream = Stream::try_new(spec(name)?, &params).map_err(to_py_err)?;
        Ok(Self { stream: Mutex::new(stream), outputs })
    }

    /// Takes one row, returns what comes of it: a number or a named tuple, or None.
    #[pyo3(signature = (*row))]
    fn update<'py>(&self, py: Python<'py>, row: &Bound<'py, PyTuple>) -> PyResult<Option<Bound<'py, PyAny>>> {
        const MOST: usize = 8;
        let mut stream = self.lock();
        let inputs = stream.spec().inputs;
        let least = inputs.iter().filter(|input| !input.optional).count();
        if row.len() < least || row.len() > inputs.len() {
            let names: Vec<&str> = inputs.iter().map(|input| input.name).collect();
            let rule = format!("must be {}", names.join(", "));
            return Err(data_error("arguments of update", &rule, format!("{} values", row.len())));
        }
        let mut values = [0.0; MOST];
        for (value, given) in values.iter_mut().zip(row) {
            *value = given.extract()?;
        }
        self.shown(py, stream.update(&values[..inputs.len()]))
    }

    /// Takes many rows, writes what comes of them into `outputs`.
    fn extend<'py>(
        &self,
        py: Python<'py>,
        inputs: Inputs<'py>,
        outputs: Vec<Bound<'py, PyArrayDyn<f64>>>,
    ) -> PyResult<()> {
        let mut stream = self.lock();
        *stream = run(py, stream.clone(), &inputs, outputs)?;
        Ok(())
    }

    /// The value after the last row, or None.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let stream = self.lock();
        self.shown(py, stream.value())
    }

    /// Whether every output has a value.
    #[getter]
    fn is_ready(&self) -> bool {
        self.lock().is_ready()
    }

    /// Forgets all rows.
    fn reset(&self) {
        self.lock().reset();
    }

    /// Takes over what another one has seen, and its parameters.
    fn go_on_from(&self, other: &Self) {
        let seen = other.lock().clone();
        *self.lock() = seen;
    }

    /// The values of the parameters, in order; a choice as its place.
    #[getter]
    fn args(&self) -> Vec<f64> {
        self.lock().args().values().to_vec()
    }
}

/// The two weights of an EMA, of the past and of the new value, for states kept outside.
#[pyfunction]
pub(crate) fn ema_weights(period: i64) -> PyResult<(f64, f64)> {
    let period = usize::try_from(period)
        .map_err(|_| to_py_err(Error::new(ErrorKind::Config, 1001, "period", "must be >= 1", period)))?;
    Ok(Ema::try_new(period).map_err(to_py_err)?.weights())
}
