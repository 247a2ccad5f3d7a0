"""Streaming classes, made from the definitions of the indicators."""

from __future__ import annotations

from typing import Any, Self

from baconalgo import _core
from baconalgo.errors import DataError
from baconalgo.indicators import _arrays
from baconalgo.indicators._specs import Param, Spec


class Stream(_core.Indicator):
    """What the streaming classes have in common."""

    __slots__ = ()
    _spec: Spec

    def update_many(self, *inputs: Any) -> Any:
        """Takes many rows in order, returns what comes of each, NaN where there is no value."""
        spec = self._spec
        least = sum(not entry.optional for entry in spec.inputs)
        if not least <= len(inputs) <= len(spec.inputs):
            rule = f"must be {', '.join(entry.name for entry in spec.inputs)}"
            raise DataError("arguments of update_many", rule, f"{len(inputs)} arrays")
        given = [*inputs, *[None] * (len(spec.inputs) - len(inputs))]
        arrays = [
            None if x is None and entry.optional else _arrays.floats(entry.name, x)
            for entry, x in zip(spec.inputs, given, strict=True)
        ]
        for entry, array in zip(spec.inputs, arrays, strict=True):
            if array is not None and array.ndim != 1:
                raise DataError(entry.name, "must have one dimension", array.ndim)
        _arrays.same_shape([entry.name for entry in spec.inputs], arrays)
        outs = _arrays.outputs(None, len(spec.outputs), arrays)
        self.extend(arrays, outs)
        return outs[0] if len(outs) == 1 else spec.result(*outs)

    def copy(self) -> Self:
        """Another one that has seen the same rows, and goes its own way from here."""
        other = type(self)(*self.params.values())
        other.go_on_from(self)
        return other

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters by name."""
        return {param.name: param.value(arg) for param, arg in zip(self._spec.params, self.args, strict=True)}

    def __repr__(self) -> str:
        return f"{self._spec.class_name}({', '.join(map(repr, self.params.values()))})"


def stream_class(spec: Spec) -> type[Stream]:
    """The class of an indicator."""
    defaults = ", ".join(f"{param.name}={param.default!r}" for param in spec.params)
    names = ", ".join(param.name for param in spec.params)
    source = (
        f"def __new__(cls{', ' + defaults if defaults else ''}):\n"
        f"    return _new(cls, _spec.name, _spec.numbers(({names}{',' if names else ''})), _result)\n"
    )
    result = spec.result if len(spec.outputs) > 1 else None
    namespace: dict[str, Any] = {"_new": _core.Indicator.__new__, "_spec": spec, "_result": result}
    exec(compile(source, f"<{spec.module}.{spec.class_name}>", "exec"), namespace)  # noqa: S102 # names are ours
    title = spec.title[:-1] + ", one row at a time."
    members = {
        "__new__": namespace["__new__"],
        "__doc__": _documented(spec, title),
        "__module__": spec.module,
        "__slots__": (),
        "_spec": spec,
    }
    for param in spec.params:
        members[param.name] = _getter(param)
    return type(spec.class_name, (Stream,), members)


def _getter(param: Param) -> property:
    return property(lambda self: self.params[param.name], doc=param.doc)


def _documented(spec: Spec, title: str) -> str:
    text = spec.docstring(title, inputs=False)
    start, end = text.index("Returns\n-------"), text.index("Notes\n-----")
    row = ", ".join(entry.name for entry in spec.inputs)
    use = f"``update({row})`` takes a row, `update_many` takes columns; see :func:`{spec.name}`.\n\n"
    text = text[:start] + text[end:]
    at = text.index("Notes\n-----\n") + len("Notes\n-----\n")
    return text[:at] + use + text[at : text.index("Examples\n--------")].rstrip() + "\n"
