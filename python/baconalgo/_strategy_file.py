"""A strategy from a Python file, as the command line takes it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from baconalgo.errors import ConfigError

RULE = (
    "must define `strategy`, a function `make()`, or exactly one strategy: a ba.Strategy class, a @ba.compiled "
    "function or an instance"
)


def load_strategy(path: str | Path) -> Any:
    """What a strategy file defines.

    Looked for in this order: ``strategy``, an instance or a class; ``make()``, which returns one; exactly one
    strategy defined in the file. Classes are instantiated without arguments.

    Raises
    ------
    ConfigError
        There is no such file, it does not run, or it defines no strategy or several.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise ConfigError("strategy", "must be a Python file that exists", str(path))
    module = _executed(file)
    if "strategy" in vars(module):
        return _instance(vars(module)["strategy"], file)
    make = vars(module).get("make")
    if callable(make):
        return _called(make, file)
    found = _defined(module)
    if len(found) != 1:
        names = ", ".join(sorted(found)) if found else "none"
        raise ConfigError("strategy file", RULE, f"{file.name} with {names}")
    return _instance(next(iter(found.values())), file)


def title_of(path: Path) -> str:
    """The headline for a strategy file: ``02_ema_cross.py`` is "Ema cross"."""
    words = path.stem.lstrip("0123456789_- ").replace("_", " ").replace("-", " ").strip() or path.stem
    return words[:1].upper() + words[1:]


def _executed(file: Path) -> ModuleType:
    name = f"baconalgo_strategy_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ConfigError("strategy", "must be a Python file (.py)", str(file))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # A strategy may import what lies beside it, as it could if it were run by Python.
    sys.path.insert(0, str(file.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _failed(error, file) from error
    return module


def _called(make: Any, file: Path) -> Any:
    try:
        return make()
    except Exception as error:
        raise _failed(error, file) from error


def _instance(value: Any, file: Path) -> Any:
    return _called(value, file) if inspect.isclass(value) else value


def _failed(error: Exception, file: Path) -> ConfigError:
    if isinstance(error, SyntaxError):
        line: int | None = error.lineno
    else:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == file]
        line = frames[-1].lineno if frames else None
    place = f"{file.name}:{line}" if line else file.name
    return ConfigError("strategy file", "must run", f"{place}: {type(error).__name__}: {error}")


def _defined(module: ModuleType) -> dict[str, Any]:
    """The strategies that a module itself defines: classes, or failing that instances, by name."""
    import baconalgo as ba

    names = ("Strategy", "ExprStrategy", "SignalStrategy")
    kinds = [kind for name in names if inspect.isclass(kind := getattr(ba, name, None))]
    # Loaded if the file uses it.
    compiled = sys.modules.get("baconalgo.compiled")
    if compiled is not None:
        kinds.append(compiled.CompiledStrategy)
    public = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    classes = {
        name: value
        for name, value in public.items()
        if inspect.isclass(value) and issubclass(value, tuple(kinds)) and value.__module__ == module.__name__
    }
    # An instance of a class of the file is no second strategy beside its class.
    own = tuple(classes.values())
    instances = {n: v for n, v in public.items() if isinstance(v, tuple(kinds)) and not isinstance(v, own)}
    return {**classes, **instances}
