//! The columns of some rows of a batch, brought to the few types that the decoder reads.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_cast::cast;
use arrow_schema::{DataType, SchemaRef, TimeUnit as ArrowUnit};

use super::code;
use super::grid::{Grid, Values};
use super::spec::{Role, SourceSpec, Symbols};
use crate::error::{Error, ErrorKind};
use crate::types::{DAY_NS, Instrument, InstrumentId, Side, Ts};

/// The number of roles.
pub(super) const ROLES: usize = Role::ALL.len();

/// Where the columns are in batches of one schema.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) schema: SchemaRef,
    pub(super) fields: [Option<Field>; ROLES],
}

/// A column of a layout.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    index: usize,
    /// One an instrument; empty for what is not a price or a size.
    grids: Vec<Grid>,
}

/// Times of rows in nanoseconds; a null has any value.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) values: Vec<Ts>,
    pub(super) nulls: Option<NullBuffer>,
}

/// Instruments of rows.
#[derive(Debug)]
pub(super) enum Ids {
    One(InstrumentId),
    /// `None` where the symbol is null or unknown.
    Each(Vec<Option<InstrumentId>>),
}

/// Columns of some rows.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) len: usize,
    pub(super) ts: Times,
    pub(super) ts_recv: Option<Times>,
    pub(super) numbers: [Option<Values>; ROLES],
    pub(super) side: Option<Vec<Option<Side>>>,
    pub(super) ids: Ids,
}

fn refused(code: u16, parameter: &str, rule: String, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Data, code, parameter, rule, value)
}

fn type_refused(spec: &SourceSpec, column: &str, rule: &str, data_type: &DataType) -> Error {
    refused(code::TYPE, column, format!("{rule} in {}", spec.name), data_type)
}

/// The decimals that the type itself gives.
fn own_decimals(data_type: &DataType) -> Option<i8> {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => Some(*scale),
        _ => None,
    }
}

impl Layout {
    pub(super) fn try_new(spec: &SourceSpec, instruments: &[Instrument], schema: SchemaRef) -> Result<Self, Error> {
        let mut fields = [const { None }; ROLES];
        for column in &spec.columns {
            let Some((index, field)) = schema.column_with_name(&column.name) else {
                let there: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                let rule = format!("must be a column of {} ({} are there)", spec.name, there.join(", "));
                return Err(refused(code::COLUMN, column.role.word(), rule, &column.name));
            };
            let decimals = match own_decimals(field.data_type()) {
                Some(scale) => u8::try_from(scale)
                    .ok()
                    .filter(|scale| *scale <= 18)
                    .ok_or_else(|| type_refused(spec, &column.name, "must have 0 to 18 decimals", field.data_type()))?,
                None => column.decimals,
            };
            let grids = match column.role {
                Role::Ts | Role::TsRecv | Role::Side | Role::Symbol => Vec::new(),
                Role::BidSize | Role::AskSize | Role::Quantity | Role::Volume => {
                    instruments.iter().map(|instrument| Grid::new(instrument.lot_size(), decimals)).collect()
                }
                Role::Bid | Role::Ask | Role::Price | Role::Open | Role::High | Role::Low | Role::Close => {
                    instruments.iter().map(|instrument| Grid::new(instrument.tick_size(), decimals)).collect()
                }
            };
            fields[column.role as usize] = Some(Field { name: column.name.clone(), index, grids });
        }
        Ok(Self { schema, fields })
    }

    /// The grid of a column for an instrument.
    pub(super) fn grid(&self, role: Role, id: InstrumentId) -> Option<&Grid> {
        self.fields[role as usize].as_ref().and_then(|field| field.grids.get(id.index()))
    }

    /// The user's name of a column.
    pub(super) fn name(&self, role: Role) -> &str {
        self.fields[role as usize].as_ref().map_or(role.word(), |field| &field.name)
    }

    /// `len` rows of a batch.
    pub(super) fn part(
        &self,
        spec: &SourceSpec,
        symbols: &BTreeMap<String, InstrumentId>,
        batch: &RecordBatch,
        from: usize,
        len: usize,
    ) -> Result<Part, Error> {
        let slice = |role: Role| {
            self.fields[role as usize].as_ref().map(|field| (field, batch.column(field.index).slice(from, len)))
        };
        let mut numbers = [const { None }; ROLES];
        for &role in Role::ALL {
            if let Some((field, array)) = slice(role)
                && !field.grids.is_empty()
            {
                numbers[role as usize] = Some(values(spec, &field.name, &array)?);
            }
        }
        let (field, array) = slice(Role::Ts)
            .ok_or_else(|| refused(code::COLUMN, "ts", format!("must be a column of {}", spec.name), "not given"))?;
        let ts = times(spec, &field.name, &array)?;
        let ts_recv = slice(Role::TsRecv).map(|(field, array)| times(spec, &field.name, &array)).transpose()?;
        let side = slice(Role::Side).map(|(field, array)| sides(spec, &field.name, &array)).transpose()?;
        let ids = match (&spec.symbols, slice(Role::Symbol)) {
            (Symbols::One(id), _) => Ids::One(*id),
            (Symbols::Column(_), Some((field, array))) => Ids::Each(ids(spec, &field.name, symbols, &array)?),
            (Symbols::Column(_), None) => {
                let rule = format!("must be a column of {}", spec.name);
                return Err(refused(code::COLUMN, "symbol", rule, "not given"));
            }
        };
        Ok(Part { len, ts, ts_recv, numbers, side, ids })
    }
}

fn cast_to(spec: &SourceSpec, column: &str, array: &ArrayRef, to: &DataType, rule: &str) -> Result<ArrayRef, Error> {
    cast(array, to).map_err(|_| type_refused(spec, column, rule, array.data_type()))
}

fn values(spec: &SourceSpec, column: &str, array: &ArrayRef) -> Result<Values, Error> {
    let rule = "must be numbers";
    Ok(match array.data_type() {
        DataType::Float64 => Values::Float(array.as_primitive::<Float64Type>().clone(), Values::DOUBLE),
        DataType::Float16 | DataType::Float32 => {
            let wide = cast_to(spec, column, array, &DataType::Float64, rule)?;
            Values::Float(wide.as_primitive::<Float64Type>().clone(), Values::SINGLE)
        }
        DataType::Decimal128(..) => Values::Wide(array.as_primitive::<Decimal128Type>().clone()),
        data_type if own_decimals(data_type).is_some() => {
            let scale = own_decimals(data_type).unwrap_or_default();
            let wide = cast_to(spec, column, array, &DataType::Decimal128(38, scale), rule)?;
            Values::Wide(wide.as_primitive::<Decimal128Type>().clone())
        }
        data_type if data_type.is_integer() => {
            let wide = cast_to(spec, column, array, &DataType::Int64, rule)?;
            if wide.null_count() != array.null_count() {
                return Err(type_refused(spec, column, "must fit in a 64-bit integer", data_type));
            }
            Values::Int(wide.as_primitive::<Int64Type>().clone())
        }
        DataType::Null => {
            let nulls = cast_to(spec, column, array, &DataType::Float64, rule)?;
            Values::Float(nulls.as_primitive::<Float64Type>().clone(), Values::DOUBLE)
        }
        other => return Err(type_refused(spec, column, rule, other)),
    })
}

fn times(spec: &SourceSpec, column: &str, array: &ArrayRef) -> Result<Times, Error> {
    let rule = "must be times";
    let as_integers = |array: &ArrayRef| cast_to(spec, column, array, &DataType::Int64, rule);
    let (integers, factor) = match array.data_type() {
        DataType::Timestamp(unit, _) => (
            as_integers(array)?,
            match unit {
                ArrowUnit::Second => 1_000_000_000,
                ArrowUnit::Millisecond => 1_000_000,
                ArrowUnit::Microsecond => 1_000,
                ArrowUnit::Nanosecond => 1,
            },
        ),
        DataType::Date32 => (as_integers(&cast_to(spec, column, array, &DataType::Int32, rule)?)?, DAY_NS),
        DataType::Date64 => (as_integers(array)?, 1_000_000),
        data_type if data_type.is_integer() => (as_integers(array)?, spec.time_unit.nanos()),
        data_type if data_type.is_floating() => {
            let floats = cast_to(spec, column, array, &DataType::Float64, rule)?;
            let floats = floats.as_primitive::<Float64Type>();
            let factor = spec.time_unit.nanos() as f64;
            let values = floats.values().iter().map(|value| (value * factor).round() as i64).collect();
            let valid: Vec<bool> =
                (0..floats.len()).map(|row| floats.is_valid(row) && floats.value(row).is_finite()).collect();
            return Ok(Times { values, nulls: Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0) });
        }
        other => return Err(type_refused(spec, column, rule, other)),
    };
    let integers = integers.as_primitive::<Int64Type>();
    let nulls = integers.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
    // A year from the ends of time, so that intervals and latencies have room.
    let limit = (i64::MAX - 366 * DAY_NS) / factor;
    let beyond = integers.values().iter().fold(false, |beyond, value| beyond | !(-limit..=limit).contains(value));
    let values: Vec<Ts> = match factor {
        1 => integers.values().to_vec(),
        _ => integers.values().iter().map(|value| value.wrapping_mul(factor)).collect(),
    };
    if beyond && let Some(bad) = integers.iter().flatten().find(|value| !(-limit..=limit).contains(value)) {
        let rule = format!("must lie between the years 1679 and 2261 in {}", spec.name);
        return Err(refused(code::TIME, column, rule, bad));
    }
    Ok(Times { values, nulls })
}

/// Buy and sell by their first letter (`B`uy, `S`ell, `A`sk), sign, or truth.
fn sides(spec: &SourceSpec, column: &str, array: &ArrayRef) -> Result<Vec<Option<Side>>, Error> {
    let turned = |side: Side| {
        if spec.buyer_maker { side.opposite() } else { side }
    };
    if *array.data_type() == DataType::Boolean {
        let side = |buy| turned(if buy { Side::Buy } else { Side::Sell });
        return Ok(array.as_boolean().iter().map(|buy| buy.map(side)).collect());
    }
    if array.data_type().is_numeric() {
        let floats = cast_to(spec, column, array, &DataType::Float64, "must be sides")?;
        // A flag says 0 or 1, a sign says -1 or 1.
        let side = |value: f64| match value {
            v if v > 0.0 => Some(turned(Side::Buy)),
            v if v < 0.0 || spec.buyer_maker => Some(turned(Side::Sell)),
            _ => None,
        };
        return Ok(floats.as_primitive::<Float64Type>().iter().map(|value| value.and_then(side)).collect());
    }
    let texts = cast_to(spec, column, array, &DataType::Utf8, "must be sides")?;
    let side = |text: &str| match text.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b'b' | b't') => Some(turned(Side::Buy)),
        Some(b's' | b'a' | b'f') => Some(turned(Side::Sell)),
        _ => None,
    };
    Ok(texts.as_string::<i32>().iter().map(|text| text.and_then(side)).collect())
}

fn ids(
    spec: &SourceSpec,
    column: &str,
    symbols: &BTreeMap<String, InstrumentId>,
    array: &ArrayRef,
) -> Result<Vec<Option<InstrumentId>>, Error> {
    let texts = cast_to(spec, column, array, &DataType::Utf8, "must be symbols")?;
    let mut last: Option<(&str, Option<InstrumentId>)> = None;
    let found = texts.as_string::<i32>().iter().map(|text| {
        let text = text?;
        match last {
            Some((known, id)) if known == text => id,
            _ => {
                let id = symbols.get(text).copied();
                last = Some((text, id));
                id
            }
        }
    });
    Ok(found.collect())
}
