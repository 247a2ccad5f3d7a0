"""Expressions as JSON: a list of nodes, operands first, each shared part once."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from typing import Any, Final

from baconalgo.errors import BaconError, ConfigError
from baconalgo.expr import _calls, _functions
from baconalgo.expr._columns import COLUMNS
from baconalgo.expr._expr import Expr, as_number
from baconalgo.expr._write import length_text

#: The version of the form; it changes with its meaning.
VERSION: Final = 1
_LONGEST: Final = 10_000_000

_OPERATORS: Final[dict[str, Callable[..., Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "&": operator.and_,
    "|": operator.or_,
    "~": operator.invert,
    "neg": operator.neg,
    **{
        name: getattr(_functions, name)
        for name in (
            "cross_above cross_below exp falling lag log maximum minimum rank rising sign sqrt top where zscore"
        ).split()
    },
    "abs": _functions.absolute,
}


def to_json(expr: Expr) -> str:
    """The expression as JSON text."""
    nodes: list[dict[str, Any]] = []
    places: dict[int, int] = {}

    def visit(expr: Expr) -> int:
        if id(expr) not in places:
            node: dict[str, Any] = {"op": expr._op}
            if expr._op == "constant":
                # As text: JSON has no NaN, and readers differ in how they round.
                node["value"] = repr(expr._value)
            elif expr._op == "param":
                node["value"] = list(expr._value)
            elif expr._op in ("tf", "session"):
                node["length"] = length_text(expr._value)
            elif expr._op == "call":
                spec, output = expr._value
                node |= {"name": spec.name, "output": spec.outputs[output].name}
            if expr._args:
                node["args"] = [visit(arg) for arg in expr._args]
            if expr._settings:
                node["settings"] = [
                    {"node": visit(each)} if isinstance(each, Expr) else each for each in expr._settings
                ]
            nodes.append(node)
            places[id(expr)] = len(nodes) - 1
        return places[id(expr)]

    try:
        visit(expr)
    except RecursionError:
        raise ConfigError("expression", "must not be nested so deeply", "more than Python can follow") from None
    return json.dumps({"expression": VERSION, "nodes": nodes})


def from_json(text: str) -> Expr:
    """The expression that :func:`to_json` has written."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ConfigError("expression", "must be JSON text", type(text).__name__)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError("expression", "must be JSON text", str(error)) from None
    if not isinstance(found, dict) or not isinstance(found.get("nodes"), list) or not found["nodes"]:
        raise ConfigError("expression", 'must be an object with "nodes"', type(found).__name__)
    if found.get("expression") != VERSION:
        raise ConfigError("expression", f"must be of version {VERSION}", found.get("expression"))
    made: list[Expr] = []
    for place, node in enumerate(found["nodes"]):
        try:
            made.append(_node(node, made))
        except BaconError as error:
            raise ConfigError(
                "expression", f"must be valid: node {place}, {error.parameter} {error.rule}", error.value
            ) from None
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise ConfigError("expression", f"must be valid: node {place}", repr(error)) from None
    return made[-1]


def _node(node: dict[str, Any], made: list[Expr]) -> Expr:
    def operand(place: Any) -> Expr:
        if not isinstance(place, int) or not 0 <= place < len(made):
            raise ConfigError("operand", "must be a node before it", place)
        return made[place]

    op = node["op"]
    args = [operand(place) for place in node.get("args", ())]
    settings = [operand(each["node"]) if isinstance(each, dict) else each for each in node.get("settings", ())]
    if op in COLUMNS and not args:
        return Expr(op)
    if op == "constant":
        return as_number(op, float(node["value"]))
    if op == "absent":
        return _calls.ABSENT
    if op == "param":
        name, low, high, default = node["value"]
        return _functions.param(name, low, high, default)
    if op == "tf":
        (of,) = args
        return of.tf(node["length"])
    if op == "session":
        return _functions.session(node["length"])
    if op == "call":
        return _call(node, args, settings)
    if op not in _OPERATORS:
        raise ConfigError("op", "must be a known operation", repr(op))
    result = _OPERATORS[op](*args, *settings)
    if not isinstance(result, Expr):
        raise ConfigError("op", "must have its operands", repr(op))
    return result


def _call(node: dict[str, Any], args: list[Expr], settings: list[Any]) -> Expr:
    spec = _calls.callee(node["name"])
    if spec is None:
        raise ConfigError("name", "must be a known indicator", repr(node["name"]))
    if len(args) != len(spec.inputs):
        raise ConfigError(f"inputs of {spec.name}", f"must be {len(spec.inputs)}", len(args))
    series, columns = [], {}
    for entry, arg in zip(spec.inputs, args, strict=True):
        if entry.name in _calls.SERIES:
            series.append(arg)
        elif arg is not _calls.ABSENT:
            columns[entry.name] = arg
    if len(settings) != len(spec.params):
        raise ConfigError(f"parameters of {spec.name}", f"must be {len(spec.params)}", len(settings))
    found = _calls.call(spec, series, settings, columns)
    return found if isinstance(found, Expr) else getattr(found, node["output"])
