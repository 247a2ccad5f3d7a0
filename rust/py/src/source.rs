//! Market data sources: an Arrow stream and the rules to read it by.

use std::sync::Mutex;

use arrow_array::RecordBatchReader;
use baconalgo_core::data::{
    ArrowSource, BlockSource, ColumnSpec, Counts, Decoder, Role, Scan, SourceSpec, Symbols, code,
};
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::{Block, Kind};
use baconalgo_core::types::{Decimal, Instrument, InstrumentId};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::PyRecordBatchReader;

use crate::errors::to_py_err;

/// Blocks decoded from an Arrow stream. Reading must happen detached: the stream may need the GIL.
pub(crate) type Blocks = ArrowSource<Box<dyn RecordBatchReader + Send>>;

/// A stream of market data and the rules to read it by; can be read once.
///
/// Parameters
/// ----------
/// stream : object with ``__arrow_c_stream__``
/// spec : dict
///     ``name``, ``kind``, ``columns`` {role: (name, decimals)}, ``instruments`` [(symbol, tick_size, lot_size,
///     multiplier, currency)], ``instrument`` (place) or ``symbols`` {symbol: place}, ``time_unit``,
///     ``buyer_maker``, ``label``, ``timeframe`` (ns), the policies, ``scan``.
#[pyclass(module = "baconalgo._core", frozen)]
pub(crate) struct Source {
    name: String,
    kind: Kind,
    instruments: Vec<Instrument>,
    blocks: Mutex<Option<Blocks>>,
}

/// The word for a kind.
const KINDS: [(&str, Kind); 4] =
    [("quotes", Kind::Quote), ("ticks", Kind::Tick), ("trades", Kind::Trade), ("bars", Kind::Bar)];

fn setting(parameter: &str, rule: impl Into<String>, value: impl std::fmt::Display) -> PyErr {
    to_py_err(Error::new(ErrorKind::Data, code::SETTING, parameter, rule, value))
}

impl Source {
    /// Hands the blocks over; a source is read once.
    pub(crate) fn take(&self) -> PyResult<Blocks> {
        let mut blocks = self.blocks.lock().map_err(|_| setting("source", "must be sound", "poisoned"))?;
        blocks.take().ok_or_else(|| setting("source", "can be read once", "read already"))
    }

    /// The instruments that ids in its blocks are places in.
    pub(crate) fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }
}

/// A source that looks for Ctrl-C now and then, for long loops that run detached.
pub(crate) struct Interruptible {
    blocks: Blocks,
    read: u32,
    /// What a signal raised.
    pub(crate) raised: Option<PyErr>,
}

impl Interruptible {
    /// How many blocks are read between two looks: about a millisecond.
    const BLOCKS: u32 = 128;

    pub(crate) const fn new(blocks: Blocks) -> Self {
        Self { blocks, read: 0, raised: None }
    }

    /// The exception for an error that came out of a loop over this.
    pub(crate) fn exception(self, error: Error) -> PyErr {
        self.raised.unwrap_or_else(|| to_py_err(error))
    }
}

impl BlockSource for Interruptible {
    fn next_block(&mut self) -> Result<Option<Block>, Error> {
        self.read += 1;
        if self.read.is_multiple_of(Self::BLOCKS)
            && let Err(signal) = Python::attach(|py| py.check_signals())
        {
            self.raised = Some(signal);
            return Err(Error::new(ErrorKind::Engine, 8001, "run", "was interrupted", "a signal"));
        }
        self.blocks.next_block()
    }

    fn counts(&self) -> &Counts {
        self.blocks.counts()
    }
}

#[pymethods]
impl Source {
    #[new]
    fn new(stream: PyRecordBatchReader, spec: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (spec, instruments) = (source_spec(spec)?, instruments(spec)?);
        let (name, kind) = (spec.name.clone(), spec.kind);
        let decoder = Decoder::try_new(spec, &instruments).map_err(to_py_err)?;
        let blocks = Mutex::new(Some(ArrowSource::new(stream.into_reader()?, decoder)));
        Ok(Self { name, kind, instruments, blocks })
    }

    /// The name of the file or table.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// ``quotes``, ``ticks``, ``trades`` or ``bars``.
    #[getter]
    fn kind(&self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(word, _)| word)
    }

    fn __repr__(&self) -> String {
        format!("Source({}, {})", self.name, self.kind())
    }
}

/// Reads a source to its end and counts what is in it.
///
/// Parameters
/// ----------
/// source : Source
/// gap : int
///     A silence of one instrument longer than this, in nanoseconds, is a gap.
///
/// Returns
/// -------
/// dict
///     The counts, and ``first``, ``last``, ``gaps``, ``largest_gap`` (ns), ``largest_gap_at`` (ns).
#[pyfunction]
pub(crate) fn scan<'py>(py: Python<'py>, source: &Source, gap: i64) -> PyResult<Bound<'py, PyDict>> {
    let mut blocks = Interruptible::new(source.take()?);
    let scanned = py.detach(|| baconalgo_core::data::scan(&mut blocks, gap));
    let scanned = scanned.map_err(|error| blocks.exception(error))?;
    let Scan { counts, first, last, gaps, largest_gap, largest_gap_at } = scanned;
    let found = counts_dict(py, &counts)?;
    found.set_item("first", first)?;
    found.set_item("last", last)?;
    found.set_item("gaps", gaps)?;
    found.set_item("largest_gap", largest_gap)?;
    found.set_item("largest_gap_at", largest_gap_at)?;
    Ok(found)
}

/// Counts by their names.
pub(crate) fn counts_dict<'py>(py: Python<'py>, counts: &Counts) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, count) in [
        ("rows", counts.rows),
        ("used", counts.used),
        ("missing", counts.missing),
        ("crossed", counts.crossed),
        ("locked", counts.locked),
        ("one_sided", counts.one_sided),
        ("duplicates", counts.duplicates),
        ("off_tick_rounded", counts.off_tick_rounded),
        ("sizes_rounded", counts.sizes_rounded),
        ("invalid_skipped", counts.invalid_skipped),
        ("infinite", counts.infinite),
        ("negative_sizes", counts.negative_sizes),
        ("out_of_order", counts.out_of_order),
    ] {
        dict.set_item(name, count)?;
    }
    Ok(dict)
}

/// `spec[key]`, which must be there.
fn required<'py, T: for<'a> FromPyObject<'a, 'py>>(spec: &Bound<'py, PyDict>, key: &str) -> PyResult<T> {
    optional(spec, key)?.ok_or_else(|| setting("spec", "must have every key", format!("without {key}")))
}

fn optional<'py, T: for<'a> FromPyObject<'a, 'py>>(spec: &Bound<'py, PyDict>, key: &str) -> PyResult<Option<T>> {
    match spec.get_item(key)? {
        Some(value) if !value.is_none() => {
            value.extract().map(Some).map_err(|_| setting(key, "must have the type that the spec asks for", &value))
        }
        _ => Ok(None),
    }
}

/// The word at `key`, parsed, if it is there.
fn word<T: std::str::FromStr<Err = Error>>(spec: &Bound<'_, PyDict>, key: &str, into: &mut T) -> PyResult<()> {
    if let Some(text) = optional::<String>(spec, key)? {
        *into = text.parse().map_err(to_py_err)?;
    }
    Ok(())
}

/// The list of instruments of a spec.
pub(crate) fn instruments(spec: &Bound<'_, PyDict>) -> PyResult<Vec<Instrument>> {
    let rows: Vec<(String, String, String, String, String)> = required(spec, "instruments")?;
    let instrument = |(symbol, tick, lot, multiplier, currency): (String, String, String, String, String)| {
        let [tick, lot, multiplier] = [tick.parse::<Decimal>()?, lot.parse()?, multiplier.parse()?];
        Instrument::try_with(&symbol, tick, lot, multiplier, &currency)
    };
    rows.into_iter().map(instrument).collect::<Result<_, _>>().map_err(to_py_err)
}

fn source_spec(spec: &Bound<'_, PyDict>) -> PyResult<SourceSpec> {
    let kind_word: String = required(spec, "kind")?;
    let kind = KINDS.iter().find(|(word, _)| *word == kind_word).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| setting("kind", "must be one of quotes, ticks, trades, bars", &kind_word))?;
    let mut columns = Vec::new();
    for (role, column) in required::<Bound<'_, PyDict>>(spec, "columns")?.iter() {
        let role: Role = role.extract::<String>()?.parse().map_err(to_py_err)?;
        let (name, decimals): (String, Option<u8>) = column.extract()?;
        columns.push(ColumnSpec { role, name, decimals: decimals.unwrap_or(0) });
    }
    let symbols = match optional::<Bound<'_, PyDict>>(spec, "symbols")? {
        Some(map) => {
            let pairs = map.iter().map(|(symbol, place)| Ok((symbol.extract()?, InstrumentId(place.extract()?))));
            Symbols::Column(pairs.collect::<PyResult<_>>()?)
        }
        None => Symbols::One(InstrumentId(optional(spec, "instrument")?.unwrap_or(0))),
    };
    let mut made = SourceSpec::new(required::<String>(spec, "name")?, kind, columns, symbols);
    word(spec, "time_unit", &mut made.time_unit)?;
    word(spec, "label", &mut made.label)?;
    word(spec, "off_tick", &mut made.off_tick)?;
    word(spec, "one_sided", &mut made.one_sided)?;
    word(spec, "crossed", &mut made.crossed)?;
    word(spec, "invalid", &mut made.invalid)?;
    word(spec, "duplicates", &mut made.duplicates)?;
    word(spec, "unsorted", &mut made.unsorted)?;
    made.timeframe = optional(spec, "timeframe")?.unwrap_or(0);
    made.buyer_maker = optional(spec, "buyer_maker")?.unwrap_or(false);
    made.scan = optional(spec, "scan")?.unwrap_or(false);
    Ok(made)
}
