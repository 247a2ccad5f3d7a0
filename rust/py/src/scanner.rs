//! The scanner's universe: bars of many instruments, and expressions over the last of them.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::expr::NodeId;
use baconalgo_core::scanner::{Live, Long, Plan, Store, Values, ask, ask_history, best};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::to_py_err;
use crate::expr::{Build, NodeTuple, ParamTuple};

/// A column of times.
type Times<'py> = Bound<'py, PyArray1<i64>>;

/// A column of numbers.
type Floats<'py> = Bound<'py, PyArray1<f64>>;
/// Values by root, whether each instrument was computed, bars before the first value by root.
type Scanned<'py> = (Vec<Floats<'py>>, Bound<'py, PyArray1<bool>>, Vec<usize>);
/// Bars taken; row, instrument, time and last time of those refused.
type Pushed = (usize, Vec<(usize, usize, i64, i64)>);

/// Bars of many instruments in memory.
#[pyclass(frozen, module = "baconalgo._core")]
#[derive(Debug)]
pub(crate) struct Universe {
    /// Always there; taken out only to be put back at once.
    live: RwLock<Option<Live>>,
    pool: ThreadPool,
}

fn slice<'a, T: numpy::Element>(array: &'a PyReadonlyArray1<'_, T>, name: &str) -> PyResult<&'a [T]> {
    array
        .as_slice()
        .map_err(|_| to_py_err(Error::new(ErrorKind::Data, 1001, name, "must be a contiguous array", "a strided one")))
}

fn plan(live: &Live, nodes: &[NodeTuple], params: Vec<ParamTuple>, roots: &[usize]) -> Result<Plan, Error> {
    let build = Build::new(nodes, params)?;
    let values = build.defaults();
    let roots: Vec<(NodeId, usize)> =
        roots.iter().map(|root| Ok((build.id(*root)?, 1))).collect::<Result<_, Error>>()?;
    Plan::try_new(&build.graph, &roots, &values, live.store())
}

fn arrays<'py>(py: Python<'py>, columns: Vec<Vec<f64>>) -> Vec<Floats<'py>> {
    columns.into_iter().map(|column| column.into_pyarray(py)).collect()
}

impl Universe {
    fn read(&self) -> RwLockReadGuard<'_, Option<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs without the interpreter, on the bars as they are.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&Live, &ThreadPool) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            let guard = self.read();
            match guard.as_ref() {
                Some(live) => run(live, &self.pool).map_err(to_py_err),
                None => Err(PyRuntimeError::new_err("the universe was lost in an earlier failure")),
            }
        })
    }
}

#[pymethods]
impl Universe {
    /// `offsets`: where each instrument's rows begin, and at last where they end; `span`: ns of a bar, if known.
    #[new]
    #[pyo3(signature = (columns, times, offsets, threads, span=0, max_bars=None))]
    fn new(
        py: Python<'_>,
        columns: Vec<(String, PyReadonlyArray1<'_, f64>)>,
        times: PyReadonlyArray1<'_, i64>,
        offsets: Vec<usize>,
        threads: usize,
        span: i64,
        max_bars: Option<usize>,
    ) -> PyResult<Self> {
        let times = slice(&times, "ts")?;
        let columns: Vec<(&str, &[f64])> =
            columns.iter().map(|(name, column)| Ok((name.as_str(), slice(column, name)?))).collect::<PyResult<_>>()?;
        let most = max_bars.unwrap_or(usize::MAX);
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let live = py.detach(|| {
            let store = Store::try_new(Long { columns: &columns, times, offsets: &offsets, span, most })?;
            let nothing = Plan::try_new(&Default::default(), &[], &[], &store)?;
            Ok::<_, Error>(Live::new(store, nothing, &pool))
        });
        Ok(Self { live: RwLock::new(Some(live.map_err(to_py_err)?)), pool })
    }

    /// The last value of each root for each instrument that is wanted.
    #[pyo3(signature = (nodes, params, roots, wanted=None, timeout_us=None))]
    fn scan<'py>(
        &self,
        py: Python<'py>,
        nodes: Vec<NodeTuple>,
        params: Vec<ParamTuple>,
        roots: Vec<usize>,
        wanted: Option<PyReadonlyArray1<'py, bool>>,
        timeout_us: Option<u64>,
    ) -> PyResult<Scanned<'py>> {
        let wanted = wanted.as_ref().map(|wanted| slice(wanted, "wanted")).transpose()?;
        let until = timeout_us.map(|micros| Instant::now() + Duration::from_micros(micros));
        let (values, warm_ups) = self.with(py, |live, pool| {
            let build = Build::new(&nodes, params)?;
            let values = build.defaults();
            let roots: Vec<NodeId> = roots.iter().map(|root| build.id(*root)).collect::<Result<_, _>>()?;
            let keep_going = || until.is_none_or(|until| Instant::now() < until);
            ask(live.store(), &build.graph, &roots, &values, wanted, pool, &keep_going)
        })?;
        let Values { roots, done } = values;
        Ok((arrays(py, roots), done.into_pyarray(py), warm_ups))
    }

    /// Every value of each root, all instruments one after the other.
    fn history<'py>(
        &self,
        py: Python<'py>,
        nodes: Vec<NodeTuple>,
        params: Vec<ParamTuple>,
        roots: Vec<usize>,
    ) -> PyResult<Vec<Floats<'py>>> {
        let columns = self.with(py, |live, pool| {
            let build = Build::new(&nodes, params)?;
            let roots: Vec<NodeId> = roots.iter().map(|root| build.id(*root)).collect::<Result<_, _>>()?;
            let columns = ask_history(live.store(), &build.graph, &roots, &build.defaults(), pool)?;
            Ok(columns.into_iter().map(|root| root.concat()).collect())
        })?;
        Ok(arrays(py, columns))
    }

    /// Keeps the values of these roots current from now on.
    fn watch(&self, py: Python<'_>, nodes: Vec<NodeTuple>, params: Vec<ParamTuple>, roots: Vec<usize>) -> PyResult<()> {
        let plan = self.with(py, |live, _| plan(live, &nodes, params, &roots))?;
        py.detach(|| {
            let mut guard = self.live.write().unwrap_or_else(PoisonError::into_inner);
            *guard = guard.take().map(|live| Live::new(live.into_store(), plan, &self.pool));
        });
        Ok(())
    }

    /// The values of the roots that are watched.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<Floats<'py>>> {
        let values = self.with(py, |live, pool| Ok(live.values(pool).roots))?;
        Ok(arrays(py, values))
    }

    /// Takes bars: the instrument and the time of each, and its columns in the order of `names`.
    fn push(
        &self,
        py: Python<'_>,
        instruments: PyReadonlyArray1<'_, i64>,
        times: PyReadonlyArray1<'_, i64>,
        columns: Vec<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<Pushed> {
        let (instruments, times) = (slice(&instruments, "instruments")?, slice(&times, "ts")?);
        let columns: Vec<&[f64]> = columns.iter().map(|column| slice(column, "columns")).collect::<PyResult<_>>()?;
        let known = self.with(py, |live, _| Ok((live.store().len(), live.store().names().len())))?;
        let instruments: Vec<usize> = instruments.iter().map(|place| *place as usize).collect();
        let fits = instruments.iter().all(|place| *place < known.0)
            && columns.len() == known.1
            && times.len() == instruments.len()
            && columns.iter().all(|column| column.len() == times.len());
        if !fits {
            let error =
                Error::new(ErrorKind::Data, 1001, "bars", "must have the columns of the universe", columns.len());
            return Err(to_py_err(error));
        }
        let update = py.detach(|| {
            let mut guard = self.live.write().unwrap_or_else(PoisonError::into_inner);
            guard.as_mut().map(|live| live.push(&instruments, times, &columns, &self.pool)).unwrap_or_default()
        });
        let refused = update.refused.into_iter().map(|bar| (bar.row, bar.instrument, bar.time, bar.last)).collect();
        Ok((update.taken, refused))
    }

    /// Adds instruments that have no bars yet.
    fn add(&self, count: usize) {
        let mut guard = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = guard.as_mut() {
            live.add(count);
        }
    }

    /// How many bars each instrument has, and when its last one began.
    fn ends<'py>(&self, py: Python<'py>) -> PyResult<(Times<'py>, Times<'py>)> {
        let (lengths, last) = self.with(py, |live, _| {
            let times = (0..live.store().len()).map(|place| live.store().times(place));
            let ends = times.map(|times| (times.len() as i64, times.last().copied().unwrap_or(i64::MIN)));
            Ok(ends.unzip::<_, _, Vec<_>, Vec<_>>())
        })?;
        Ok((lengths.into_pyarray(py), last.into_pyarray(py)))
    }

    /// When each bar began, all instruments one after the other.
    fn times<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let times = self.with(py, |live, _| {
            Ok((0..live.store().len()).flat_map(|place| live.store().times(place).iter().copied()).collect::<Vec<_>>())
        })?;
        Ok(times.into_pyarray(py))
    }

    /// The columns it has.
    #[getter]
    fn names(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.with(py, |live, _| Ok(live.store().names().to_vec()))
    }

    /// Bytes of memory that the bars take.
    #[getter]
    fn nbytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |live, _| Ok(live.store().bytes()))
    }
}

/// The places of the largest values among some, the largest first; equal ones by place, NaN last.
#[pyfunction]
pub(crate) fn best_of<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    candidates: PyReadonlyArray1<'py, i64>,
    top: usize,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let (values, candidates) = (slice(&values, "values")?, slice(&candidates, "candidates")?);
    if let Some(place) = candidates.iter().find(|place| !(0..values.len() as i64).contains(place)) {
        return Err(to_py_err(Error::new(ErrorKind::Data, 1001, "candidates", "must be places of values", place)));
    }
    let places = py.detach(|| best(values, candidates.iter().map(|place| *place as usize).collect(), top));
    Ok(places.into_iter().map(|place| place as i64).collect::<Vec<_>>().into_pyarray(py))
}
