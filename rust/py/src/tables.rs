//! Result rows on their way to Arrow tables, in bounded memory.
//!
//! # Rationale
//! Rows become Arrow columns a batch at a time. In a run with many of them a thread of its own does it beside the
//! step loop; in the order of the rows, so that the tables are the same either way.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use baconalgo_core::backtest::{Recorder, Rows, tables};
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::metrics::ClosedTrade;
use baconalgo_core::types::{Instrument, Qty, money_to_f64};
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
    closed: Vec<ClosedTrade>,
}

/// Fills the tables of a run.
pub(crate) struct Filling {
    instruments: Arc<[Instrument]>,
    tables: Tables,
    fills: u64,
    converter: Option<Converter>,
    /// Empty rows whose memory can be used again.
    unused: Vec<Rows>,
}

/// Some rows, and the number of the first fill among them.
struct Batch {
    rows: Rows,
    first_fill: u64,
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
    /// Gives the closed trades.
    thread: JoinHandle<Vec<ClosedTrade>>,
    waiting: usize,
}

fn bug(error: impl std::fmt::Display) -> PyErr {
    to_py_err(Error::new(ErrorKind::Engine, 8002, "result table", "must be well formed", error))
}

impl Batch {
    /// Counts the fills on.
    fn new(rows: Rows, fills: &mut u64) -> Self {
        let first_fill = *fills + 1;
        *fills += rows.fills.len() as u64;
        Self { rows, first_fill }
    }

    /// Adds the closed trades to `closed`.
    fn convert(mut self, instruments: &[Instrument], closed: &mut Vec<ClosedTrade>) -> Converted {
        let rows = &self.rows;
        let make = || {
            Ok([
                tables::orders(&rows.orders, &rows.denied, instruments)?,
                tables::fills(&rows.fills, self.first_fill, instruments)?,
                tables::trades(&rows.trades, instruments)?,
                tables::equity(&rows.equity)?,
            ])
        };
        let tables = make();
        closed.extend(rows.trades.iter().map(|trade| {
            let instrument = &instruments[trade.instrument.index()];
            let quantity = instrument.quantity(Qty(trade.lots));
            let entry_price = instrument.average_price(trade.entry_value, trade.lots);
            ClosedTrade {
                long: trade.long,
                entry_ts: trade.entry_ts,
                exit_ts: trade.exit_ts,
                quantity,
                entry_price,
                exit_price: instrument.average_price(trade.exit_value, trade.lots),
                pnl: money_to_f64(trade.pnl),
                commission: money_to_f64(trade.fees),
                notional_in: entry_price * quantity * instrument.multiplier().to_f64(),
            }
        }));
        self.rows.clear();
        Converted { tables, rows: self.rows }
    }
}

impl Converter {
    fn start(instruments: Arc<[Instrument]>) -> std::io::Result<Self> {
        let (to, batches) = sync_channel::<Batch>(WAITING);
        let (done, from) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("baconalgo-tables".into()).spawn(move || {
            let mut closed = Vec::new();
            for batch in batches {
                if done.send(batch.convert(&instruments, &mut closed)).is_err() {
                    break;
                }
            }
            closed
        })?;
        Ok(Self { to, from, thread, waiting: 0 })
    }
}

impl Filling {
    pub(crate) fn new(instruments: Vec<Instrument>) -> Self {
        let tables = Tables::default();
        Self { instruments: instruments.into(), tables, fills: 0, converter: None, unused: Vec::new() }
    }

    /// Takes over rows if there are many, and spills batches if they are many.
    pub(crate) fn take(&mut self, recorder: &mut Recorder, spool: &Py<PyAny>) -> PyResult<()> {
        if recorder.rows().bytes() < BATCH_BYTES {
            return Ok(());
        }
        let converter = match &mut self.converter {
            Some(converter) => converter,
            None => self.converter.insert(Converter::start(Arc::clone(&self.instruments)).map_err(bug)?),
        };
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

    /// Takes over all that is left; gives the tables, also after an error.
    pub(crate) fn finish(mut self, recorder: &mut Recorder, spool: &Py<PyAny>) -> (Tables, PyResult<()>) {
        let outcome = self.take_rest(recorder).and_then(|()| self.tables.spill_if_many(spool));
        (self.tables, outcome)
    }

    fn take_rest(&mut self, recorder: &mut Recorder) -> PyResult<()> {
        if let Some(Converter { to, from, thread, .. }) = self.converter.take() {
            drop(to);
            for converted in from {
                self.tables.store(converted)?;
            }
            self.tables.closed = thread.join().map_err(|_| bug("a panic"))?;
        }
        let batch = Batch::new(recorder.exchange_rows(Rows::default()), &mut self.fills);
        let converted = batch.convert(&self.instruments, &mut self.tables.closed);
        self.tables.store(converted).map(drop)
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
                self.bytes += batch.get_array_memory_size();
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

    /// The closed trades, for the metrics.
    pub(crate) fn closed(&self) -> &[ClosedTrade] {
        &self.closed
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
