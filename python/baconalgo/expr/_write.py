"""Expressions as text that reads like the rule, and that :func:`baconalgo.parse` gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from baconalgo.expr._expr import Expr

INFIX: Final = frozenset({"+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!=", "&", "|"})
PREFIX: Final = {"neg": "-", "~": "~"}


def number_text(value: float) -> str:
    """A number in its shortest form that gives it back."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    short = f"{value:g}"
    # Whole, -0 would be read as 0.
    return short if float(short) == value and short != "-0" else repr(value)


def length_text(nanos: int) -> str:
    """A length of time that is read back as it is."""
    from baconalgo.data._timeframes import UNITS

    unit = next(unit for unit in ("W", "D", "h", "m", "s", "ms", "us", "ns") if nanos % UNITS[unit] == 0)
    return f"{nanos // UNITS[unit]}{unit}"


class Writer:
    """Writes expressions; a parameter is written out where it comes first, then by its name."""

    def __init__(self) -> None:
        self._params: set[str] = set()

    def write(self, expr: Expr) -> str:
        """The text of an expression."""
        op, args = expr._op, expr._args
        if op == "constant":
            return number_text(expr._value)
        if op == "param":
            return self._param(expr._value)
        if op in INFIX:
            return f"{self._operand(args[0], of_power=op == '**')} {op} {self._operand(args[1])}"
        if op in PREFIX:
            return PREFIX[op] + self._operand(args[0], of_prefix=True)
        if op == "tf":
            return f'{self._operand(args[0], of_prefix=True)}.tf("{length_text(expr._value)}")'
        if op == "session":
            return f'session("{length_text(expr._value)}")'
        if op == "call":
            return self._call(expr)
        shown = [self.write(arg) for arg in args] + [self.setting(setting) for setting in expr._settings]
        return f"{op}({', '.join(shown)})" if shown else op

    def setting(self, setting: Any) -> str:
        """The text of a setting of a call."""
        if isinstance(setting, str):
            return f'"{setting}"'
        return number_text(setting) if isinstance(setting, int | float) else self.write(setting)

    def _operand(self, arg: Expr, of_prefix: bool = False, of_power: bool = False) -> str:
        text = self.write(arg)
        wraps = arg._op in INFIX or (of_prefix and (arg._op in PREFIX or arg._op == "constant"))
        # A power binds more strongly than the sign before it.
        return f"({text})" if wraps or (of_power and text.startswith("-")) else text

    def _param(self, value: tuple[str, float, float, float]) -> str:
        from baconalgo.expr._expr import middle

        name, low, high, default = value
        if name in self._params:
            return name
        self._params.add(name)
        numbers = [low, high] if default == middle(low, high) else [low, high, default]
        return f'param("{name}", {", ".join(map(number_text, numbers))})'

    def _call(self, expr: Expr) -> str:
        callee, output = expr._value
        # In the order of the text, as a parameter is written out where it comes first.
        inputs = list(zip(callee.inputs, expr._args, strict=True))
        shown = [self.write(arg) for entry, arg in inputs if entry.name in ("x", "y")]
        shown += [self.setting(setting) for setting in expr._settings]
        for entry, arg in inputs:
            if entry.name not in ("x", "y") and arg._op != ("absent" if entry.optional else entry.name):
                sugar = arg._op == "session" and entry.name == "session"
                text = f'"{length_text(arg._value)}"' if sugar else self.write(arg)
                shown.append(f"{entry.name}={text}")
        name = f".{callee.outputs[output].name}" if len(callee.outputs) > 1 else ""
        return f"{callee.name}({', '.join(shown)}){name}"
