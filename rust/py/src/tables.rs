//! Result rows on their way to Arrow tables, in bounded memory.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use baconalgo_core::backtest::{Recorder, tables};
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

/// The names of the tables.
const NAMES: [&str; 4] = ["orders", "fills", "trades", "equity_curve"];

/// The tables of a run.
pub(crate) struct Tables {
    instruments: Vec<Instrument>,
    /// One list a table.
    batches: [Vec<RecordBatch>; 4],
    empty: Vec<RecordBatch>,
    bytes: usize,
    fills: u64,
    closed: Vec<ClosedTrade>,
}

fn bug(error: ArrowError) -> PyErr {
    to_py_err(Error::new(ErrorKind::Engine, 8002, "result table", "must be well formed", error))
}

impl Tables {
    pub(crate) fn new(instruments: Vec<Instrument>) -> Self {
        Self { instruments, batches: Default::default(), empty: Vec::new(), bytes: 0, fills: 0, closed: Vec::new() }
    }

    /// Takes over rows, if there are many or `all` are wanted, and spills batches if they are many.
    pub(crate) fn take(&mut self, recorder: &mut Recorder, all: bool, spool: &Py<PyAny>) -> PyResult<()> {
        if !all && recorder.rows().bytes() < BATCH_BYTES {
            return Ok(());
        }
        let rows = recorder.rows();
        let instruments = &self.instruments;
        let made = [
            tables::orders(&rows.orders, instruments).map_err(bug)?,
            tables::fills(&rows.fills, self.fills + 1, instruments).map_err(bug)?,
            tables::trades(&rows.trades, instruments).map_err(bug)?,
            tables::equity(&rows.equity).map_err(bug)?,
        ];
        self.fills += rows.fills.len() as u64;
        self.closed.extend(rows.trades.iter().map(|trade| {
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
        for (batches, batch) in self.batches.iter_mut().zip(made) {
            if self.empty.len() < NAMES.len() {
                self.empty.push(batch.slice(0, 0));
            }
            if batch.num_rows() > 0 {
                self.bytes += batch.get_array_memory_size();
                batches.push(batch);
            }
        }
        recorder.clear_rows();
        if self.bytes > SPILL_BYTES {
            Python::attach(|py| self.spill(py, spool))?;
        }
        Ok(())
    }

    fn spill(&mut self, py: Python<'_>, spool: &Py<PyAny>) -> PyResult<()> {
        for (name, batches) in NAMES.iter().zip(&mut self.batches) {
            for batch in batches.drain(..) {
                spool.call_method1(py, "write", (*name, PyRecordBatch::new(batch)))?;
            }
        }
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
