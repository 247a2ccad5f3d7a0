"""From expressions to the lists of nodes and parameters that the core reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from baconalgo.errors import ConfigError
from baconalgo.expr._columns import Needs

if TYPE_CHECKING:
    from baconalgo.expr._expr import Expr

#: What it does; of a call the name; operands; settings: the place of a parameter or a number; a constant or an output;
#: what a user has written.
Node: TypeAlias = tuple[str, str, list[int], list[tuple[int | None, float]], float, Any]
#: Name, low, high, default.
Param: TypeAlias = tuple[str, float, float, float]


class Lowered(NamedTuple):
    """Nodes, operands first; parameters; the place of each expression among the nodes; what they read."""

    nodes: list[Node]
    params: list[Param]
    places: list[int]
    needs: Needs


def lower(exprs: Iterable[Expr]) -> Lowered:
    """Expressions as the core reads them."""
    nodes: list[Node] = []
    params: list[Param] = []
    places: dict[int, int] = {}

    def param_place(value: Param) -> int:
        for place, known in enumerate(params):
            if known[0] == value[0]:
                if known != value:
                    raise ConfigError(known[0], f"must be one parameter, {known[1:]}", f"also {value[1:]}")
                return place
        params.append(value)
        return len(params) - 1

    def setting(expr: Expr, place: int) -> tuple[int | None, float]:
        given = expr._settings[place]
        if isinstance(given, str):
            return None, expr._value[0].params[place].number(given)
        if isinstance(given, int | float):
            return None, float(given)
        return param_place(given._value), 0.0

    def visit(expr: Expr) -> int:
        if id(expr) in places:
            return places[id(expr)]
        operands = [visit(arg) for arg in expr._args]
        settings = [setting(expr, place) for place in range(len(expr._settings))]
        op, name, value, custom = expr._op, "", 0.0, None
        if op == "constant":
            value = expr._value
        elif op == "absent":
            op = "constant"
        elif op == "param":
            operands = [param_place(expr._value)]
        elif op in ("tf", "session"):
            operands.append(expr._value)
        elif op == "call":
            name, value = expr._value[0].name, float(expr._value[1])
            custom = getattr(expr._value[0], "native", None)
        nodes.append((op, name, operands, settings, value, custom))
        places[id(expr)] = len(nodes) - 1
        return places[id(expr)]

    exprs = list(exprs)
    try:
        found = [visit(expr) for expr in exprs]
    except RecursionError:
        raise ConfigError("expression", "must not be nested so deeply", "more than Python can follow") from None
    needs = Needs()
    for expr in exprs:
        for part, framed in parts(expr):
            needs.add(part._op, framed)
    return Lowered(nodes, params, found, needs)


def parts(expr: Expr, framed: bool = False) -> Iterable[tuple[Expr, bool]]:
    """An expression and all that it is made of, each once inside and once outside of timeframes."""
    seen: set[tuple[int, bool]] = set()
    todo = [(expr, framed)]
    while todo:
        part, inside = todo.pop()
        if (id(part), inside) in seen:
            continue
        seen.add((id(part), inside))
        yield part, inside
        todo += [(arg, inside or part._op == "tf") for arg in part._args]


def with_params(exprs: list[Expr], values: Mapping[str, float], *, bind: bool = False) -> list[Expr]:
    """The same expressions with parameters at other values; `bind` makes numbers of them."""
    from baconalgo.expr._expr import Expr, parameter

    known = [name for name, *_ in lower(exprs).params]
    for name in values:
        if name not in known:
            raise ConfigError("parameter", f"must be one of {known}", name)
    done: dict[int, Expr] = {}

    def setting(given: Any) -> Any:
        new = rebuild(given) if isinstance(given, Expr) else given
        return new._value if isinstance(new, Expr) and new._op == "constant" else new

    def rebuild(expr: Expr) -> Expr:
        if id(expr) not in done:
            if expr._op == "param" and expr._value[0] in values:
                name, low, high, _ = expr._value
                new = parameter(name, low, high, float(values[name]))
                done[id(expr)] = Expr("constant", value=new._value[3]) if bind else new
            else:
                settings = tuple(setting(each) for each in expr._settings)
                args = tuple(rebuild(arg) for arg in expr._args)
                done[id(expr)] = Expr(expr._op, args, kind=expr.kind, settings=settings, value=expr._value)
        return done[id(expr)]

    return [rebuild(expr) for expr in exprs]
