"""Expression functions made from the definitions of indicators and patterns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from baconalgo import _core
from baconalgo.errors import ConfigError
from baconalgo.expr._columns import COLUMNS
from baconalgo.expr._expr import Expr, Setting, as_number, as_rows
from baconalgo.expr._functions import session as session_of
from baconalgo.indicators._specs import Param, Spec

if TYPE_CHECKING:
    from baconalgo.expr._custom import Custom

#: Inputs that are a series of the caller's choice; any other is the column of its name.
SERIES: Final = ("x", "y")
#: What users have registered, by name.
CUSTOMS: Final[dict[str, Custom]] = {}
#: An optional input that is left out.
ABSENT: Final = Expr("absent")


def callee(name: str) -> Spec | Custom | None:
    """The indicator, the pattern, or what a user has registered under a name."""
    from baconalgo import indicators, patterns

    return CUSTOMS.get(name) or indicators.SPECS.get(name) or patterns.SPECS.get(name)


def names() -> list[str]:
    """The names of all of them."""
    from baconalgo import indicators, patterns

    return [*indicators.SPECS, *patterns.SPECS, *CUSTOMS]


def signature(spec: Spec | Custom) -> str:
    """The arguments of an expression function: series, parameters, then columns by keyword."""
    series = [entry.name for entry in spec.inputs if entry.name in SERIES]
    params = [f"{param.name}={param.default!r}" for param in spec.params]
    columns = [f"{entry.name}=None" for entry in spec.inputs if entry.name not in SERIES]
    return ", ".join([*series, *params, *(["*", *columns] if columns else [])])


def function(spec: Spec | Custom) -> Callable[..., Any]:
    """The expression function of an indicator."""
    series = "".join(f"{entry.name}, " for entry in spec.inputs if entry.name in SERIES)
    params = "".join(f"{param.name}, " for param in spec.params)
    columns = "".join(f"{entry.name!r}: {entry.name}, " for entry in spec.inputs if entry.name not in SERIES)
    source = f"def {spec.name}({signature(spec)}):\n    return _call(_spec, ({series}), ({params}), {{{columns}}})\n"
    namespace: dict[str, Any] = {"_call": call, "_spec": spec}
    exec(compile(source, f"<baconalgo.{spec.name}>", "exec"), namespace)  # noqa: S102 # names are ours
    made: Callable[..., Any] = namespace[spec.name]
    made.__module__ = "baconalgo"
    made.__doc__ = _documented(spec)
    return made


def call(spec: Spec | Custom, series: Sequence[Any], settings: Sequence[Any], columns: Mapping[str, Any]) -> Any:
    """An indicator over expressions: an expression, or a named tuple of them."""
    given = iter(series)
    args = tuple(
        as_number(spec.name, next(given)) if entry.name in SERIES else _column(spec, entry, columns.get(entry.name))
        for entry in spec.inputs
    )
    values = tuple(_setting(param, value) for param, value in zip(spec.params, settings, strict=True))
    if isinstance(spec, Spec) and not any(isinstance(value, Expr) for value in values):
        # Builds one and drops it: what it refuses is refused here, by name.
        _core.Indicator(spec.name, spec.numbers(values))
    outputs = [Expr("call", args, settings=values, value=(spec, place)) for place in range(len(spec.outputs))]
    result: Callable[..., Any] = spec.result
    return outputs[0] if len(outputs) == 1 else result(*outputs)


def _column(spec: Spec | Custom, entry: Any, given: Any) -> Expr:
    if given is None:
        return ABSENT if entry.optional else Expr(entry.name)
    if entry.name == "session" and isinstance(given, str | int | timedelta) and not isinstance(given, bool):
        return session_of(given)
    return as_number(spec.name, given)


def _setting(param: Param, value: Any) -> Setting:
    if param.kind == "rows":
        return as_rows(param.name, value, int(param.low))
    if param.kind == "choice":
        param.number(value)
        return str(value)
    if isinstance(value, Expr):
        if value._op == "param":
            return value
        raise ConfigError(param.name, "must be a number or a param", repr(value))
    if isinstance(value, bool | np.bool_):
        raise ConfigError(param.name, "must be a number or a param", repr(value))
    return param.number(value)


def _documented(spec: Spec | Custom) -> str:
    if not isinstance(spec, Spec):
        return spec.doc
    lines = [spec.title[:-1] + f", as an expression; see :func:`{spec.module}.{spec.name}`.", "", spec.formula, ""]
    lines += ["Parameters", "----------"]
    for entry in spec.inputs:
        if entry.name in SERIES:
            lines += [entry.name, "    A number."]
    for param in spec.params:
        lines += [param.name, f"    {param.doc}" + ("" if param.kind == "choice" else " Or a :func:`param`.")]
    for entry in spec.inputs:
        if entry.name not in SERIES:
            default = "left out" if entry.optional else "the column of that name"
            length = ', or a length of time such as ``"1D"``' if entry.name == "session" else ""
            lines += [entry.name, f"    {entry.doc} An expression{length}; None: {default}."]
    lines += ["", "Returns", "-------"]
    for output in spec.outputs:
        lines += [output.name, f"    {output.doc}"]
    return "\n".join(lines)


def known_columns() -> list[str]:
    """The names of the columns."""
    return list(COLUMNS)
