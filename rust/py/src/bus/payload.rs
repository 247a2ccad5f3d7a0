//! Payloads that are no fixed records: bytes-like objects, and those of Arrow.

use std::sync::Arc;

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_node::bus::Payload;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView};

use crate::errors::to_py_err;

/// Bytes, or an object that nobody changes: handed over as it is.
const AS_IT_IS: u8 = 0;
/// Bytes that were a bytearray: each receiver gets one of its own.
const BYTE_ARRAY: u8 = 1;
/// Bytes that were a memoryview.
const MEMORY_VIEW: u8 = 2;

/// A payload from an object.
pub(super) fn pack(object: &Bound<'_, PyAny>) -> PyResult<Payload> {
    let (kept, bytes, form) = if object.is_exact_instance_of::<PyBytes>() {
        (object.clone(), object.len()?, AS_IT_IS)
    } else if let Ok(array) = object.cast::<PyByteArray>() {
        let copy = PyBytes::new(object.py(), &array.to_vec());
        (copy.into_any(), array.len(), BYTE_ARRAY)
    } else {
        let (kept, bytes): (Bound<'_, PyAny>, usize) =
            object.py().import("baconalgo.bus")?.call_method1("_kept", (object,))?.extract()?;
        (kept, bytes, if object.is_exact_instance_of::<PyMemoryView>() { MEMORY_VIEW } else { AS_IT_IS })
    };
    Ok(Payload { value: Arc::new(kept.unbind()), bytes, form })
}

/// The object of a payload.
pub(super) fn unpack(py: Python<'_>, payload: &Payload) -> PyResult<Py<PyAny>> {
    let Some(object) = payload.value.downcast_ref::<Py<PyAny>>() else {
        let rule = "must have been published from Python";
        return Err(to_py_err(Error::new(ErrorKind::Bus, 1001, "payload", rule, "something else")));
    };
    Ok(match payload.form {
        BYTE_ARRAY => PyByteArray::new(py, object.bind(py).cast::<PyBytes>()?.as_bytes()).into_any().unbind(),
        MEMORY_VIEW => PyMemoryView::from(object.bind(py))?.into_any().unbind(),
        _ => object.clone_ref(py),
    })
}
