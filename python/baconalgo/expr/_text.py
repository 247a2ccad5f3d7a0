"""Text to expressions: what :class:`Expr` prints is read back, and so is what a person would write."""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable
from typing import Any, Final, NoReturn

from baconalgo.errors import BaconError, ConfigError
from baconalgo.expr import _calls, _functions
from baconalgo.expr._columns import COLUMNS
from baconalgo.expr._expr import Expr, as_condition

#: A longer text is no rule of a person.
_LONGEST: Final = 100_000

_BINARY: Final[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: Final = {
    **{
        name: getattr(_functions, name)
        for name in (
            "absolute cross_above cross_below exp falling lag log maximum minimum param power rank rising session sign "
            "sqrt top where zscore"
        ).split()
    },
    "abs": _functions.absolute,
}
_ALIASES: Final = {"highest": "rolling_max", "lowest": "rolling_min"}


def parse(text: str) -> Expr:
    """The expression that a text says; what an expression prints is read back.

    Parameters
    ----------
    text
        Columns, functions and operators as in Python: ``"rsi(close, 14) < 30 and cross_above(close, vwap())"``.
        ``and``, ``or``, ``not`` and ``20 < x < 30`` say what they mean; ``&`` and ``|`` bind more strongly than
        comparisons, which need parentheses then. Names may have ``ba.`` before them.

    Returns
    -------
    Expr
        A number or a condition.

    Raises
    ------
    ConfigError
        If it is no expression; the message points at the place, and names what is near to an unknown name.

    Examples
    --------
    >>> import baconalgo as ba
    >>> ba.parse("rsi(close, 14) < 30 and close > lag(close, 1)")
    (rsi(close, 14) < 30) & (close > lag(close, 1))
    >>> ba.parse("1 + rsii(close, 14)")
    Traceback (most recent call last):
    ...
    baconalgo.errors.ConfigError: expression must be valid: unknown name `rsii` at column 5, did you mean `rsi`?, was
        1 + rsii(close, 14)
            ^^^^
    """
    if not isinstance(text, str):
        raise ConfigError("expression", "must be a text", type(text).__name__)
    if len(text) > _LONGEST:
        raise ConfigError("expression", f"must be at most {_LONGEST} characters long", len(text))
    return _Reader(text).read()


class _Reader:
    """Reads one text; parameters that were written out are known by their names afterwards."""

    def __init__(self, text: str) -> None:
        # One line: columns count from its start.
        self.text = " ".join(text.split())
        self.params: dict[str, Expr] = {}

    def read(self) -> Expr:
        if not self.text:
            raise ConfigError("expression", "must be given", "an empty text")
        try:
            tree = ast.parse(self.text, mode="eval")
        except SyntaxError as error:
            start = error.offset - 1 if error.offset and error.lineno == 1 else len(self.text)
            self.fail_at(error.msg, start, (error.end_offset or 0) - 1)
        except (RecursionError, MemoryError, ValueError):
            raise ConfigError("expression", "must not be nested so deeply", "more than can be followed") from None
        try:
            found = self.visit(tree.body)
        except RecursionError:
            raise ConfigError("expression", "must not be nested so deeply", "more than can be followed") from None
        if isinstance(found, Expr):
            return found
        if isinstance(found, int | float) and not isinstance(found, bool):
            return Expr("constant", value=float(found))
        if isinstance(found, tuple):
            self.choose(found, tree.body)
        return self.fail("a number or a condition is needed", tree.body)

    def choose(self, outputs: tuple[Any, ...], node: ast.AST) -> NoReturn:
        names: tuple[str, ...] = outputs._fields  # type: ignore[attr-defined]
        self.fail("one of the outputs must be chosen", node, f": {', '.join('.' + name for name in names)}")

    def fail(self, what: str, node: ast.AST, hint: str = "") -> NoReturn:
        # The tree counts bytes.
        line = self.text.encode()
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None)
        place = len(line[:start].decode())
        self.fail_at(what, place, len(line[:end].decode()) if end is not None else place + 1, hint)

    def fail_at(self, what: str, start: int, end: int, hint: str = "") -> NoReturn:
        start = min(start, len(self.text))
        from_, shown = max(start - 60, 0), self.text[max(start - 60, 0) : start + 60]
        marks = " " * (start - from_) + "^" * max(min(end, len(self.text), start + 60) - start, 1)
        raise ConfigError(
            "expression", f"must be valid: {what} at column {start + 1}{hint}", f"\n    {shown}\n    {marks}"
        ) from None

    def visit(self, node: ast.AST) -> Any:
        method = getattr(self, f"read_{type(node).__name__.lower()}", None)
        if method is None:
            self.fail("this is not part of the language", node)
        try:
            return method(node)
        except ConfigError as error:
            if error.parameter == "expression":
                raise
            self.fail(f"{error.parameter} {error.rule}, was {error.value}", node)
        except BaconError as error:
            self.fail(str(error), node)

    def read_constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
            self.fail("this is not part of the language", node)
        return node.value

    def read_name(self, node: ast.Name) -> Any:
        if node.id in self.params:
            return self.params[node.id]
        if node.id in ("nan", "inf"):
            return Expr("constant", value=float(node.id))
        if node.id in COLUMNS:
            return getattr(_functions, node.id)
        if node.id in _FUNCTIONS:
            return _FUNCTIONS[node.id]
        spec = _calls.callee(_ALIASES.get(node.id, node.id))
        if spec is None:
            known = [*COLUMNS, *_FUNCTIONS, *_ALIASES, *_calls.names(), *self.params]
            near = difflib.get_close_matches(node.id.lower(), known, n=1, cutoff=0.6)
            self.fail(f"unknown name `{node.id}`", node, f", did you mean `{near[0]}`?" if near else "")
        return _calls.function(spec)

    def read_attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id in ("ba", "baconalgo"):
            name = ast.Name(id=node.attr)
            name.col_offset, name.end_col_offset = node.end_col_offset - len(node.attr), node.end_col_offset  # type: ignore[operator]
            return self.visit(name)
        of = self.visit(node.value)
        if isinstance(of, int | float):
            of = Expr("constant", value=float(of))
        if isinstance(of, Expr) and node.attr == "tf":
            return of.tf
        if isinstance(of, tuple):
            outputs: tuple[str, ...] = of._fields  # type: ignore[attr-defined]
            if node.attr in outputs:
                return getattr(of, node.attr)
            self.fail(f"unknown output `{node.attr}`", node, f", it must be one of {', '.join(outputs)}")
        hint = ", add parentheses: name(...)" if callable(of) else ""
        return self.fail(f"`.{node.attr}` has no meaning", node, hint)

    def read_call(self, node: ast.Call) -> Any:
        called = self.visit(node.func)
        if not callable(called) or isinstance(called, Expr):
            self.fail(f"`{ast.unparse(node.func)}` takes no arguments", node.func)
        if any(isinstance(arg, ast.Starred) for arg in node.args) or any(word.arg is None for word in node.keywords):
            self.fail("this is not part of the language", node)
        args = [self.value(arg) for arg in node.args]
        words = {str(word.arg): self.value(word.value) for word in node.keywords}
        try:
            made = called(*args, **words)
        except TypeError as error:
            self.fail(str(error), node)
        if isinstance(made, Expr) and made._op == "param":
            self.params[made._value[0]] = made
        return made

    def value(self, node: ast.AST) -> Any:
        """An argument: an expression, a number or a word."""
        found = self.visit(node)
        if isinstance(found, tuple):
            self.choose(found, node)
        if callable(found) and not isinstance(found, Expr):
            self.fail("a function needs its arguments in parentheses", node)
        return found

    def operand(self, node: ast.AST) -> Any:
        found = self.value(node)
        if isinstance(found, str):
            self.fail("a number or a condition is needed, not a text", node)
        return found

    def read_binop(self, node: ast.BinOp) -> Any:
        run = _BINARY.get(type(node.op))
        if run is None:
            self.fail("this operator is not part of the language", node)
        left, right = self.operand(node.left), self.operand(node.right)
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            sides = (left, right)
            if any(not isinstance(side, Expr) or side.kind != "condition" for side in sides):
                sign = "&" if isinstance(node.op, ast.BitAnd) else "|"
                self.fail(f"`{sign}` is between conditions, with parentheses around comparisons", node)
        if not isinstance(left, Expr) and not isinstance(right, Expr):
            # Numbers alone stay an expression: 2 ** 3 is not computed here.
            left = Expr("constant", value=float(left))
        return self.run(run, left, right, node)

    def read_unaryop(self, node: ast.UnaryOp) -> Any:
        of = self.operand(node.operand)
        if isinstance(node.op, ast.Not | ast.Invert):
            return ~as_condition("not", of)
        return of if isinstance(node.op, ast.UAdd) else -of

    def read_boolop(self, node: ast.BoolOp) -> Any:
        word = "and" if isinstance(node.op, ast.And) else "or"
        parts = [as_condition(word, self.operand(value)) for value in node.values]
        found = parts[0]
        for part in parts[1:]:
            found = found & part if word == "and" else found | part
        return found

    def read_compare(self, node: ast.Compare) -> Any:
        operands = [self.operand(each) for each in [node.left, *node.comparators]]
        found: Any = None
        for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
            run = _BINARY.get(type(op))
            if run is None:
                self.fail("this comparison is not part of the language", node)
            if not isinstance(left, Expr):
                # As it is written: Python would turn it round.
                left = Expr("constant", value=float(left))
            part = self.run(run, left, right, node)
            found = part if found is None else found & part
        return found

    def run(self, run: Callable[[Any, Any], Any], left: Any, right: Any, node: ast.AST) -> Any:
        try:
            return run(left, right)
        except TypeError as error:
            self.fail(str(error), node)
