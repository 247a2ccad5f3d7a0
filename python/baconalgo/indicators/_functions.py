"""Functions over arrays, made from the definitions of the indicators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from baconalgo import _core
from baconalgo.indicators import _arrays
from baconalgo.indicators._specs import Spec


def function(spec: Spec) -> Callable[..., Any]:
    """The function of an indicator: inputs, then parameters, then `out`."""
    inputs = [entry.name for entry in spec.inputs]
    head, tail = spec.signature[:-1], ", ".join(entry.name for entry in spec.params)
    source = (
        f"def {head}, *, out=None):\n"
        f"    return _compute(_spec, ({', '.join(inputs)},), ({tail}{',' if tail else ''}), out)\n"
    )
    namespace: dict[str, Any] = {"_compute": compute, "_spec": spec}
    exec(compile(source, f"<{spec.module}.{spec.name}>", "exec"), namespace)  # noqa: S102 # names are ours
    made: Callable[..., Any] = namespace[spec.name]
    made.__module__ = spec.module
    made.__doc__ = _documented(spec)
    return made


def _documented(spec: Spec) -> str:
    text = spec.docstring(spec.title, inputs=True)
    out = (
        "out\n    Where to write: an array of the inputs' shape, or a tuple of them if there are several outputs; "
        "None for new\n    arrays.\n"
    )
    several = "" if len(spec.outputs) == 1 else "A named tuple of arrays of the inputs' shape:\n\n"
    single = "An array of the inputs' shape, float64:\n\n" if len(spec.outputs) == 1 else ""
    text = text.replace("\n\nReturns\n-------\n", f"\n{out}\nReturns\n-------\n{several}{single}", 1)
    raises = "Raises\n------\nConfigError\n    If a parameter has a value that it cannot take.\nDataError\n    "
    raises += "If inputs are no numbers, or differ in shape.\n\n"
    return text.replace("Notes\n-----\n", raises + "Notes\n-----\n", 1)


def compute(spec: Spec, inputs: Sequence[Any], params: Sequence[Any], out: Any) -> Any:
    """Runs an indicator over arrays."""
    arrays = [
        None if x is None and entry.optional else _arrays.floats(entry.name, x)
        for entry, x in zip(spec.inputs, inputs, strict=True)
    ]
    if len(arrays) > 1:
        _arrays.same_shape([entry.name for entry in spec.inputs], arrays)
    outs = _arrays.outputs(out, len(spec.outputs), arrays)
    _core.compute_indicator(spec.name, spec.numbers(params), arrays, outs)
    return outs[0] if len(outs) == 1 else spec.result(*outs)
