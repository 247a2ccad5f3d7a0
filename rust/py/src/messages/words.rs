//! Members of the package's enums and times, as arguments and as what is given back.

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::types::{Side, Ts};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyInt;

use crate::errors::to_py_err;

/// An enum of `baconalgo.enums` and its members in the order of their numbers.
pub(crate) struct Choices {
    class: &'static str,
    names: &'static [&'static str],
    members: PyOnceLock<Vec<Py<PyAny>>>,
}

/// Sides, by [`side_number`].
pub(crate) static SIDES: Choices = Choices::new("Side", &["BUY", "SELL"]);
/// What a signal says.
pub(crate) static ACTIONS: Choices = Choices::new("Action", &["BUY", "SELL", "HOLD"]);
/// As `OrderType` of the core numbers them.
pub(crate) static ORDER_TYPES: Choices = Choices::new("OrderType", &["MARKET", "LIMIT", "STOP", "STOP_LIMIT"]);
/// As `TimeInForce` of the core numbers them.
pub(crate) static TIMES_IN_FORCE: Choices = Choices::new("TimeInForce", &["GTC", "IOC", "FOK", "DAY"]);
/// As `OrderStatus` of the core numbers them.
pub(crate) static STATUSES: Choices = Choices::new(
    "OrderStatus",
    &["PENDING", "SUBMITTED", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "REJECTED", "EXPIRED", "UNKNOWN"],
);
/// As `Liquidity` of the core numbers them.
pub(crate) static LIQUIDITIES: Choices = Choices::new("Liquidity", &["TAKER", "MAKER"]);

impl Choices {
    const fn new(class: &'static str, names: &'static [&'static str]) -> Self {
        Self { class, names, members: PyOnceLock::new() }
    }

    /// The number of a member, given as itself or by its name.
    pub(crate) fn number(&self, parameter: &str, value: &Bound<'_, PyAny>) -> PyResult<u8> {
        let text: Option<&str> = value.extract().ok();
        match text.and_then(|text| self.names.iter().position(|name| *name == text)) {
            Some(number) => Ok(number as u8),
            None => {
                let rule = format!("must be one of {}", self.names.join(", "));
                Err(to_py_err(Error::new(ErrorKind::Order, 1001, parameter, rule, value.repr()?)))
            }
        }
    }

    /// The member of a number.
    pub(crate) fn member(&self, py: Python<'_>, number: u8) -> PyResult<Py<PyAny>> {
        let members = self.members.get_or_try_init(py, || {
            let class = py.import("baconalgo.enums")?.getattr(self.class)?;
            self.names.iter().map(|name| Ok::<_, PyErr>(class.getattr(*name)?.unbind())).collect()
        })?;
        members.get(usize::from(number)).map(|member| member.clone_ref(py)).ok_or_else(|| {
            to_py_err(Error::new(ErrorKind::Data, 1001, self.class, format!("must be < {}", self.names.len()), number))
        })
    }
}

/// The number of a side in [`SIDES`].
pub(crate) fn side_number(side: Side) -> u8 {
    u8::from(side == Side::Sell)
}

/// The side of a number in [`SIDES`].
pub(crate) fn side_of(number: u8) -> Side {
    if number == 0 { Side::Buy } else { Side::Sell }
}

/// A time: int nanoseconds since the epoch, a datetime, a NumPy datetime64, ISO text.
#[derive(Clone, Copy)]
pub(crate) struct Time(pub(crate) Ts);

impl<'py> FromPyObject<'_, 'py> for Time {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if value.is_exact_instance_of::<PyInt>()
            && let Ok(time) = value.extract()
        {
            return Ok(Self(time));
        }
        let py = value.py();
        let read = py.import("baconalgo.config")?.getattr("time_ns")?.call1(("timestamp", value));
        match read {
            Ok(time) => Ok(Self(time.extract()?)),
            Err(error) if error.is_instance(py, &py.import("baconalgo.errors")?.getattr("ConfigError")?) => {
                // Times are settings there; here they are data.
                let raised = error.value(py);
                let part = |name: &str| -> PyResult<String> { Ok(raised.getattr(name)?.str()?.to_string()) };
                Err(to_py_err(Error::new(ErrorKind::Data, 1001, part("parameter")?, part("rule")?, part("value")?)))
            }
            Err(error) => Err(error),
        }
    }
}

/// The number of an order, 0 to 2^64 - 1.
#[derive(Clone, Copy)]
pub(crate) struct OrderNumber(pub(crate) u64);

impl<'py> FromPyObject<'_, 'py> for OrderNumber {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match value.extract::<u64>() {
            Ok(number) => Ok(Self(number)),
            Err(_) => {
                let rule = "must be a whole number from 0 to 2**64 - 1";
                Err(to_py_err(Error::new(ErrorKind::Order, 1001, "order_id", rule, value.repr()?)))
            }
        }
    }
}
