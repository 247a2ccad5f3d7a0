//! Result rows on their way to Arrow tables, in bounded memory.
//!
//! # Rationale
//! Rows become Arrow columns a batch at a time. In a run with many of them a thread of its own does it beside the
//! step loop; in the order of the rows, so that the tables are the same either way.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use baconalgo_core::backtest::{Finished, Outcome, Recorder, Rows, tables};
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::ledger::Ledger;
use baconalgo_core::metrics::ClosedTrade;
use baconalgo_core::types::Instrument;
use pyo3::prelude::*;
use pyo3_arrow::{PyRecordBatch, PyTable};

use crate::errors::to_py_err;

/// Rows of the recorder are turned into batches when they take this much.
const BATCH_BYTES: usize = 1 << 20;

/// Batches are spilled when they take this much.
const SPILL_BYTES: usize = 256 << 20;

/// The most sets of rows that wait to be turned into batches.
const WAITING: usize = 3;

/// The names of the tables.
const NAMES: [&str; 4] = ["orders", "fills", "trades", "equity_curve"];

/// The tables of a run.
#[derive(Default)]
pub(crate) struct Tables {
    /// One list a table.
    batches: [Vec<RecordBatch>; 4],
    empty: Vec<RecordBatch>,
    bytes: usize,
}

/// Fills the tables of a run.
pub(crate) struct Filling {
    instruments: Arc<[Instrument]>,
    tables: Tables,
    fills: u64,
    /// Here until there is a thread that has it.
    reckoned: Option<Reckoned>,
    converter: Option<Converter>,
    /// Empty rows whose memory can be used again.
    unused: Vec<Rows>,
}

/// Some rows, and the number of the first fill among them.
struct Batch {
    rows: Rows,
    first_fill: u64,
}

/// What all rows so far come to.
struct Reckoned {
    outcome: Outcome,
    /// The closed trades, for the metrics.
    closed: Vec<ClosedTrade>,
}

/// What a run leaves.
pub(crate) struct Results {
    pub(crate) tables: Tables,
    /// The closed trades, for the metrics.
    pub(crate) closed: Vec<ClosedTrade>,
    pub(crate) finished: Finished,
}

/// What became of them.
struct Converted {
    tables: Result<[RecordBatch; 4], ArrowError>,
    /// Empty now.
    rows: Rows,
}

/// A thread that converts rows.
struct Converter {
    to: SyncSender<Batch>,
    from: Receiver<Converted>,
    thread: JoinHandle<Reckoned>,
    waiting: usize,
}

fn bug(error: impl std::fmt::Display) -> PyErr {
    to_py_err(Error::new(ErrorKind::Engine, 8002, "result table", "must be well formed", error))
}

/// The memory of the rows of a batch. What lies behind them in a buffer does not count: columns share one of zeros.
fn size(batch: &RecordBatch) -> usize {
    let of =
        |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size());
    batch.columns().iter().map(of).sum()
}

impl Batch {
    /// Counts the fills on.
    fn new(rows: Rows, fills: &mut u64) -> Self {
        let first_fill = *fills + 1;
        *fills += rows.fills.len() as u64;
        Self { rows, first_fill }
    }

    /// Adds them to what the rows before come to.
    fn convert(mut self, instruments: &[Instrument], reckoned: &mut Reckoned) -> Converted {
        let Reckoned { outcome, closed } = reckoned;
        let rows = &self.rows;
        outcome.add(rows);
        let before = closed.len();
        closed.extend(tables::closed(&rows.trades, instruments));
        let make = || {
            Ok([
                tables::orders(&rows.orders, &rows.denied, instruments)?,
                tables::fills(&rows.fills, self.first_fill, instruments)?,
                tables::trades(&rows.trades, &closed[before..], instruments)?,
                tables::equity(&rows.equity)?,
            ])
        };
        let tables = make();
        self.rows.clear();
        Converted { tables, rows: self.rows }
    }
}

impl Converter {
    fn start(instruments: Arc<[Instrument]>, mut reckoned: Reckoned) -> std::io::Result<Self> {
        let (to, batches) = sync_channel::<Batch>(WAITING);
        let (done, from) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("baconalgo-tables".into()).spawn(move || {
            for batch in batches {
                if done.send(batch.convert(&instruments, &mut reckoned)).is_err() {
                    break;
                }
            }
            reckoned
        })?;
        Ok(Self { to, from, thread, waiting: 0 })
    }
}

impl Filling {
    pub(crate) fn new(instruments: Vec<Instrument>, outcome: Outcome) -> Self {
        let reckoned = Some(Reckoned { outcome, closed: Vec::new() });
        let tables = Tables::default();
        Self { instruments: instruments.into(), tables, fills: 0, reckoned, converter: None, unused: Vec::new() }
    }

    /// Takes over rows if there are many, and spills batches if they are many.
    pub(crate) fn take(&mut self, recorder: &mut Recorder, spool: &Py<PyAny>) -> PyResult<()> {
        if recorder.rows().bytes() < BATCH_BYTES {
            return Ok(());
        }
        if let Some(reckoned) = self.reckoned.take() {
            self.converter = Some(Converter::start(Arc::clone(&self.instruments), reckoned).map_err(bug)?);
        }
        let Some(converter) = &mut self.converter else { return Err(bug("no thread")) };
        loop {
            let converted = if converter.waiting < WAITING {
                let Ok(converted) = converter.from.try_recv() else { break };
                converted
            } else {
                converter.from.recv().map_err(bug)?
            };
            converter.waiting -= 1;
            self.unused.push(self.tables.store(converted)?);
        }
        let rows = recorder.exchange_rows(self.unused.pop().unwrap_or_default());
        converter.to.send(Batch::new(rows, &mut self.fills)).map_err(bug)?;
        converter.waiting += 1;
        self.tables.spill_if_many(spool)
    }

    /// Takes over all that is left.
    ///
    /// # Errors
    /// Those of a bug; what goes wrong with spilling is part of the results.
    pub(crate) fn finish(
        mut self,
        recorder: &mut Recorder,
        ledger: &Ledger,
        spool: &Py<PyAny>,
    ) -> PyResult<(Results, PyResult<()>)> {
        if let Some(Converter { to, from, thread, .. }) = self.converter.take() {
            drop(to);
            for converted in from {
                self.tables.store(converted)?;
            }
            self.reckoned = Some(thread.join().map_err(|_| bug("a panic"))?);
        }
        let Some(mut reckoned) = self.reckoned.take() else { return Err(bug("without its totals")) };
        let batch = Batch::new(recorder.exchange_rows(Rows::default()), &mut self.fills);
        self.tables.store(batch.convert(&self.instruments, &mut reckoned))?;
        let spilled = self.tables.spill_if_many(spool);
        let Reckoned { outcome, closed } = reckoned;
        Ok((Results { tables: self.tables, closed, finished: outcome.finish(recorder, ledger) }, spilled))
    }
}

impl Tables {
    /// Gives the rows whose memory is free now.
    fn store(&mut self, converted: Converted) -> PyResult<Rows> {
        for (batches, batch) in self.batches.iter_mut().zip(converted.tables.map_err(bug)?) {
            if self.empty.len() < NAMES.len() {
                self.empty.push(batch.slice(0, 0));
            }
            if batch.num_rows() > 0 {
                self.bytes += size(&batch);
                batches.push(batch);
            }
        }
        Ok(converted.rows)
    }

    fn spill_if_many(&mut self, spool: &Py<PyAny>) -> PyResult<()> {
        if self.bytes <= SPILL_BYTES {
            return Ok(());
        }
        Python::attach(|py| {
            for (name, batches) in NAMES.iter().zip(&mut self.batches) {
                for batch in batches.drain(..) {
                    spool.call_method1(py, "write", (*name, PyRecordBatch::new(batch)))?;
                }
            }
            Ok::<(), PyErr>(())
        })?;
        self.bytes = 0;
        Ok(())
    }

    /// A table of what was not spilled.
    pub(crate) fn table(&self, name: &str) -> PyResult<PyTable> {
        let place = NAMES.iter().position(|known| *known == name);
        let (Some(place), 4) = (place, self.empty.len()) else {
            return Err(bug(ArrowError::InvalidArgumentError(name.to_owned())));
        };
        PyTable::try_new(self.batches[place].clone(), self.empty[place].schema())
    }
}
