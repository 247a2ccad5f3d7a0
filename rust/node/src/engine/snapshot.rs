//! An engine in a file: positions, open orders, order numbers, the account, the breakers.
//!
//! # Layout
//! ```text
//! byte  0..8   b"BACONSNP"
//!       8..12  version of the layout, little-endian as all that follows
//!      12..16  CRC-32 of bytes 16.. to the end
//!      16..24  the build that wrote it, hashed
//!      24..32  length of the body
//!      32..    the body, an rkyv archive that is read where it lies
//! ```
//!
//! # Rationale
//! A file is for a restart of the same build, not for keeping: another build's is refused, because what it means may
//! have changed. It is written beside its place, brought to the disk and then renamed, so that there is a whole file
//! at any time. Every byte is covered by the checksum or compared; what passes that is still checked field by field.
//!
//! # Limitations
//! The simulated venue's messages under way are not kept: what a snapshot finds on its way is as if it had been
//! accepted. The hash starts anew, and so do a strategy and its indicators.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use baconalgo_core::engine::EngineState;
use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::Basis;
use baconalgo_core::ledger::{LedgerState, OpenTrade, PositionState};
use baconalgo_core::order::{NewOrder, Order, OrderStatus};
use baconalgo_core::types::{Decimal, Instrument, InstrumentId, OrderId, Px, Qty, Side};
use rkyv::util::AlignedVec;
use rkyv::{Archive, Deserialize, Serialize};
use twox_hash::XxHash3_128;

use super::intake::{order_type, time_in_force};
use super::shell::Kept;
use guard::KeptRisk;

mod guard;

const MAGIC: [u8; 8] = *b"BACONSNP";
const VERSION: u32 = 2;
const HEADER: usize = 32;

/// Why a file is no snapshot that this build can go on from.
#[derive(Debug)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It cannot be read or written.
    Io(PathBuf, io::Error),
    /// It does not begin like one.
    NotASnapshot,
    /// Its layout is of another version.
    Version(u32),
    /// Another build wrote it.
    Build,
    /// It was cut or changed.
    Damaged(&'static str),
    /// What it holds cannot be.
    Impossible(Error),
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::NotASnapshot => f.write_str("another kind of file"),
            Self::Version(version) => write!(f, "of version {version}"),
            Self::Build => f.write_str("written by another build"),
            Self::Damaged(what) => write!(f, "damaged ({what})"),
            Self::Impossible(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SnapshotError {}

impl From<SnapshotError> for Error {
    fn from(error: SnapshotError) -> Self {
        let rule = match &error {
            SnapshotError::Io(..) => "must be a file that can be read and written",
            SnapshotError::Build => "must be written by this very build",
            _ => "must be a whole snapshot of this version",
        };
        Self::new(ErrorKind::Engine, 8005, "snapshot", rule, error)
    }
}

/// An instrument: sizes as (digits, decimals).
#[derive(Archive, Serialize, Deserialize)]
struct KeptInstrument {
    symbol: String,
    tick: (i64, u8),
    lot: (i64, u8),
    multiplier: (i64, u8),
    currency: String,
    basis: u8,
}

#[derive(Archive, Serialize, Deserialize)]
struct KeptPosition {
    lots: i64,
    mark2: Option<i64>,
    cost: i128,
    realized: i128,
    entry_ts: i64,
    entry_lots: i64,
    entry_value: i128,
    exit_lots: i64,
    exit_value: i128,
    trade_cash: i128,
    trade_fees: i128,
}

#[derive(Archive, Serialize, Deserialize)]
struct KeptOrder {
    id: u64,
    instrument: u32,
    sell: bool,
    order_type: u8,
    time_in_force: u8,
    qty: i64,
    limit: Option<i64>,
    stop: Option<i64>,
    filled: i64,
    filled_value: i128,
    ts_submitted: i64,
    /// Whether nobody knows what became of it.
    unknown: bool,
}

impl From<&Order> for KeptOrder {
    fn from(order: &Order) -> Self {
        let request = &order.request;
        Self {
            id: request.id.0,
            instrument: request.instrument.0,
            sell: request.side == Side::Sell,
            order_type: request.order_type as u8,
            time_in_force: request.time_in_force as u8,
            qty: request.qty.0,
            limit: request.limit.map(|px| px.0),
            stop: request.stop.map(|px| px.0),
            filled: order.filled.0,
            filled_value: order.filled_value,
            ts_submitted: order.ts_submitted,
            unknown: order.status == OrderStatus::Unknown,
        }
    }
}

impl ArchivedKeptOrder {
    fn order(&self) -> Result<Order, Error> {
        let kind = order_type(self.order_type).ok_or_else(|| damaged("order_type", self.order_type.into()))?;
        let time = time_in_force(self.time_in_force);
        let request = NewOrder {
            id: OrderId(self.id.to_native()),
            instrument: InstrumentId(self.instrument.to_native()),
            side: if self.sell { Side::Sell } else { Side::Buy },
            order_type: kind,
            time_in_force: time.ok_or_else(|| damaged("time_in_force", self.time_in_force.into()))?,
            qty: Qty(self.qty.to_native()),
            limit: self.limit.as_ref().map(|px| Px(px.to_native())),
            stop: self.stop.as_ref().map(|px| Px(px.to_native())),
        };
        let filled = Qty(self.filled.to_native());
        let status = match (self.unknown, filled.0) {
            (true, _) => OrderStatus::Unknown,
            (false, 1..) => OrderStatus::PartiallyFilled,
            (false, _) => OrderStatus::Submitted,
        };
        let filled_value = self.filled_value.to_native();
        Ok(Order { status, filled, filled_value, ..Order::new(request, self.ts_submitted.to_native()) })
    }
}

fn damaged(what: &str, value: u64) -> Error {
    Error::new(ErrorKind::Engine, 8005, what, "must be known", value)
}

/// The body of a file.
#[derive(Archive, Serialize, Deserialize)]
struct Snapshot {
    instruments: Vec<KeptInstrument>,
    now: i64,
    last_order: u64,
    halted: Option<u64>,
    cash: i128,
    fees: i128,
    peak: i128,
    trough: i128,
    max_drawdown: u64,
    positions: Vec<KeptPosition>,
    orders: Vec<KeptOrder>,
    flattening: Option<u64>,
    risk: KeptRisk,
    clients: Vec<(u64, u64)>,
    messages: u64,
}

const fn parts(decimal: Decimal) -> (i64, u8) {
    (decimal.mantissa(), decimal.scale())
}

impl From<&Kept> for Snapshot {
    fn from(kept: &Kept) -> Self {
        let core = &kept.core;
        let instruments = kept.instruments.iter().map(|(instrument, basis)| KeptInstrument {
            symbol: instrument.symbol().into(),
            tick: parts(instrument.tick_size()),
            lot: parts(instrument.lot_size()),
            multiplier: parts(instrument.multiplier()),
            currency: instrument.currency().into(),
            basis: *basis as u8,
        });
        let positions = core.ledger.positions.iter().map(|position| KeptPosition {
            lots: position.lots,
            mark2: position.mark2,
            cost: position.cost,
            realized: position.realized,
            entry_ts: position.trade.entry_ts,
            entry_lots: position.trade.entry_lots,
            entry_value: position.trade.entry_value,
            exit_lots: position.trade.exit_lots,
            exit_value: position.trade.exit_value,
            trade_cash: position.trade.cash,
            trade_fees: position.trade.fees,
        });
        let orders = core.orders.iter().map(KeptOrder::from);
        Self {
            instruments: instruments.collect(),
            now: core.now,
            last_order: core.last_order,
            halted: core.halted.map(|order| order.0),
            cash: core.ledger.cash,
            fees: core.ledger.fees,
            peak: core.ledger.peak,
            trough: core.ledger.trough,
            max_drawdown: core.ledger.max_drawdown,
            positions: positions.collect(),
            orders: orders.collect(),
            flattening: core.flattening.map(|order| order.0),
            risk: KeptRisk::from(&core.risk),
            clients: kept.clients.iter().map(|(client, order)| (*client, order.0)).collect(),
            messages: kept.messages,
        }
    }
}

fn decimal(parts: &rkyv::Archived<(i64, u8)>) -> Result<Decimal, Error> {
    Decimal::try_new(parts.0.to_native(), parts.1)
}

impl ArchivedSnapshot {
    fn kept(&self) -> Result<Kept, Error> {
        let instruments = self.instruments.iter().map(|kept| {
            let (tick, lot, multiplier) = (decimal(&kept.tick)?, decimal(&kept.lot)?, decimal(&kept.multiplier)?);
            let instrument = Instrument::try_with(&kept.symbol, tick, lot, multiplier, &kept.currency)?;
            let basis = [Basis::Bars, Basis::Trades, Basis::Quotes].get(usize::from(kept.basis)).copied();
            Ok((instrument, basis.ok_or_else(|| damaged("basis", kept.basis.into()))?))
        });
        let positions = self.positions.iter().map(|kept| PositionState {
            lots: kept.lots.to_native(),
            mark2: kept.mark2.as_ref().map(|mark| mark.to_native()),
            cost: kept.cost.to_native(),
            realized: kept.realized.to_native(),
            trade: OpenTrade {
                entry_ts: kept.entry_ts.to_native(),
                entry_lots: kept.entry_lots.to_native(),
                entry_value: kept.entry_value.to_native(),
                exit_lots: kept.exit_lots.to_native(),
                exit_value: kept.exit_value.to_native(),
                cash: kept.trade_cash.to_native(),
                fees: kept.trade_fees.to_native(),
            },
        });
        let orders = self.orders.iter().map(ArchivedKeptOrder::order);
        Ok(Kept {
            instruments: instruments.collect::<Result<_, Error>>()?,
            core: EngineState {
                now: self.now.to_native(),
                last_order: self.last_order.to_native(),
                halted: self.halted.as_ref().map(|order| OrderId(order.to_native())),
                ledger: LedgerState {
                    cash: self.cash.to_native(),
                    fees: self.fees.to_native(),
                    peak: self.peak.to_native(),
                    trough: self.trough.to_native(),
                    max_drawdown: self.max_drawdown.to_native(),
                    positions: positions.collect(),
                },
                orders: orders.collect::<Result<_, Error>>()?,
                flattening: self.flattening.as_ref().map(|order| OrderId(order.to_native())),
                risk: self.risk.state()?,
            },
            clients: self.clients.iter().map(|pair| (pair.0.to_native(), OrderId(pair.1.to_native()))).collect(),
            messages: self.messages.to_native(),
        })
    }
}

fn build_number(build: &str) -> u64 {
    XxHash3_128::oneshot(build.as_bytes()) as u64
}

/// The bytes of a file.
///
/// # Errors
/// [`SnapshotError::Damaged`] if there is no memory for them.
pub(super) fn to_bytes(kept: &Kept, build: &str) -> Result<AlignedVec, SnapshotError> {
    let body = rkyv::to_bytes::<rkyv::rancor::Error>(&Snapshot::from(kept));
    let body = body.map_err(|_| SnapshotError::Damaged("not writable"))?;
    let mut bytes = AlignedVec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&build_number(build).to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&body);
    let checksum = crc32fast::hash(&bytes[16..]);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// What the bytes of a file say.
///
/// # Errors
/// [`SnapshotError`], before anything in the body is believed.
pub(super) fn from_bytes(bytes: &AlignedVec, build: &str) -> Result<Kept, SnapshotError> {
    let word = |at: usize| bytes.get(at..at + 8).map(|word| word.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)));
    if bytes.get(..8) != Some(&MAGIC) {
        return Err(SnapshotError::NotASnapshot);
    }
    let (Some(second), Some(built), Some(length)) = (word(8), word(16), word(24)) else {
        return Err(SnapshotError::Damaged("cut within its header"));
    };
    if second as u32 != VERSION {
        return Err(SnapshotError::Version(second as u32));
    }
    if length != (bytes.len() - HEADER) as u64 {
        return Err(SnapshotError::Damaged("cut, or longer than it says"));
    }
    if (second >> 32) as u32 != crc32fast::hash(&bytes[16..]) {
        return Err(SnapshotError::Damaged("its checksum is wrong"));
    }
    if built != build_number(build) {
        return Err(SnapshotError::Build);
    }
    let body = rkyv::access::<ArchivedSnapshot, rkyv::rancor::Error>(&bytes[HEADER..]);
    body.map_err(|_| SnapshotError::Damaged("its body is no archive"))?.kept().map_err(SnapshotError::Impossible)
}

/// Writes a file, whole or not at all.
///
/// # Errors
/// [`SnapshotError::Io`].
pub fn write(path: &Path, kept: &Kept, build: &str) -> Result<(), SnapshotError> {
    let bytes = to_bytes(kept, build)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        SnapshotError::Io(path.into(), error)
    })
}

/// Reads a file.
///
/// # Errors
/// [`SnapshotError`].
pub fn read(path: &Path, build: &str) -> Result<Kept, SnapshotError> {
    let content = fs::read(path).map_err(|error| SnapshotError::Io(path.into(), error))?;
    let mut bytes = AlignedVec::with_capacity(content.len());
    bytes.extend_from_slice(&content);
    from_bytes(&bytes, build)
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
