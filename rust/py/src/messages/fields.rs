//! What all records have in common, made from the list of their fields: text, equality, hash, pickling.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyNone, PyString, PyTuple};

/// A field of a record.
pub(crate) enum Field {
    /// A text.
    Text(Py<PyString>),
    /// A member of an enum.
    Choice(Py<PyAny>),
    /// A whole number.
    Whole(i128),
    /// A number; NaN equals NaN.
    Number(f64),
    /// None.
    Nothing,
}

impl Field {
    /// A number, or nothing.
    pub(crate) fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Nothing, Self::Number)
    }

    fn key(&self, py: Python<'_>) -> Key {
        match self {
            Self::Text(text) => Key::Text(text.bind(py).to_string()),
            Self::Choice(member) => Key::Text(member.bind(py).to_string()),
            Self::Whole(whole) => Key::Whole(*whole),
            Self::Number(number) if number.is_nan() => Key::Number(f64::NAN.to_bits()),
            // 0.0 and -0.0 are equal.
            Self::Number(number) => Key::Number((number + 0.0).to_bits()),
            Self::Nothing => Key::Nothing,
        }
    }

    fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Self::Text(text) => text.bind(py).clone().into_any(),
            Self::Choice(member) => member.bind(py).clone(),
            Self::Whole(whole) => match i64::try_from(*whole) {
                Ok(whole) => PyInt::new(py, whole).into_any(),
                Err(_) => PyInt::new(py, *whole as u64).into_any(),
            },
            Self::Number(number) => PyFloat::new(py, *number).into_any(),
            Self::Nothing => PyNone::get(py).to_owned().into_any(),
        }
    }

    fn repr(&self, py: Python<'_>) -> PyResult<String> {
        match self {
            Self::Choice(member) => Ok(member.bind(py).to_string()),
            other => Ok(other.object(py).repr()?.to_string()),
        }
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Text(String),
    Whole(i128),
    Number(u64),
    Nothing,
}

/// A record that can say its fields, in the order its constructor takes them.
pub(crate) trait Fields: PyClass + Sync {
    /// Name and value of each field.
    fn fields(&self, py: Python<'_>) -> Vec<(&'static str, Field)>;
}

fn keys(record: &impl Fields, py: Python<'_>) -> Vec<Key> {
    record.fields(py).iter().map(|(_, field)| field.key(py)).collect()
}

/// `Signal(symbol='BTC', action=BUY, ...)`.
pub(crate) fn repr<T: Fields>(record: &T, py: Python<'_>) -> PyResult<String> {
    let fields: PyResult<Vec<String>> =
        record.fields(py).iter().map(|(name, field)| Ok(format!("{name}={}", field.repr(py)?))).collect();
    Ok(format!("{}({})", T::type_object(py).name()?, fields?.join(", ")))
}

/// Whether the other is of the same class and has the same fields.
pub(crate) fn same<T: Fields>(record: &T, other: &Bound<'_, PyAny>) -> bool {
    let py = other.py();
    other.cast::<T>().is_ok_and(|other| keys(record, py) == keys(&*other.borrow(), py))
}

/// A hash that equal records share.
pub(crate) fn hash(record: &impl Fields, py: Python<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    keys(record, py).hash(&mut hasher);
    hasher.finish()
}

/// What `pickle` and `copy` rebuild it from: class and arguments.
pub(crate) fn reduce<'py, T: Fields>(
    record: &T,
    py: Python<'py>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
    let arguments = record.fields(py).into_iter().map(|(_, field)| field.object(py));
    Ok((T::type_object(py).into_any(), PyTuple::new(py, arguments.collect::<Vec<_>>())?))
}

/// The methods of a record class: its own, and those that its fields give it.
macro_rules! record_methods {
    ($class:ident { $($own:tt)* }) => {
        #[pymethods]
        impl $class {
            $($own)*

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                $crate::messages::fields::repr(self, py)
            }

            fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
                $crate::messages::fields::same(self, other)
            }

            fn __hash__(&self, py: Python<'_>) -> u64 {
                $crate::messages::fields::hash(self, py)
            }

            fn __reduce__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, pyo3::types::PyTuple>)> {
                $crate::messages::fields::reduce(self, py)
            }
        }
    };
}
pub(crate) use record_methods;
