"""Types of the extension module. The documentation is that of the public package."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self, final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from typing_extensions import disjoint_base

from baconalgo.enums import Action, Liquidity, OrderStatus, OrderType, Side, TimeInForce

__all__ = [
    "Bar",
    "BookDelta",
    "CancelOrder",
    "CompiledFunction",
    "CustomIndicator",
    "EmergencyStop",
    "ExecuteOrder",
    "ExprSignals",
    "ExprStream",
    "Fill",
    "Indicator",
    "MarketData",
    "Order",
    "OrderUpdate",
    "Progress",
    "Quote",
    "RunOutput",
    "Signal",
    "SignalEngine",
    "Source",
    "StrategyBase",
    "Targets",
    "Trade",
    "Universe",
    "aggregate_bars",
    "best_of",
    "compute_indicator",
    "ema_weights",
    "evaluate",
    "evaluate_universe",
    "indicator_needs",
    "indicator_specs",
    "measurements",
    "monte_carlo_paths",
    "pack_messages",
    "pattern_specs",
    "return_summary",
    "run_backtest",
    "scan",
    "signal_members",
    "symbol_names",
    "symbol_numbers",
    "trade_metrics",
    "unpack_records",
]

_Metrics = dict[str, float | int | None]
_TradeRow = tuple[bool, int, int, float, float, float, float, float]
_Floats = npt.NDArray[np.float64]
_Time = int | str | datetime | np.datetime64 | np.int64
_Node = tuple[str, str, list[int], list[tuple[int | None, float]], float, Any]
_Table = tuple[dict[str, _Floats], int, npt.NDArray[np.int64] | None, int]
_Param = tuple[str, float, float, float]
_Field = tuple[str, int, int]

@disjoint_base
class Indicator:
    def __new__(cls, name: str, params: list[float], outputs: Callable[..., Any] | None = None) -> Self: ...
    def update(self, *row: float) -> Any: ...
    def extend(self, inputs: Sequence[_Floats | None], outputs: Sequence[_Floats]) -> None: ...
    @property
    def value(self) -> Any: ...
    @property
    def is_ready(self) -> bool: ...
    @property
    def args(self) -> list[float]: ...
    def reset(self) -> None: ...

def indicator_specs() -> list[dict[str, Any]]: ...
def pattern_specs() -> list[dict[str, Any]]: ...
def indicator_needs(name: str, params: list[float]) -> tuple[int, int | None]: ...
def compute_indicator(
    name: str, params: list[float], inputs: Sequence[_Floats | None], outputs: Sequence[_Floats]
) -> None: ...
def ema_weights(period: int) -> tuple[float, float]: ...
def evaluate(
    nodes: list[_Node],
    params: list[_Param],
    roots: list[int],
    columns: dict[str, _Floats],
    rows: int,
    ts: npt.NDArray[np.int64] | None,
    span: int,
) -> list[_Floats]: ...
def evaluate_universe(
    nodes: list[_Node], params: list[_Param], root: int, tables: Sequence[_Table]
) -> list[_Floats]: ...

@final
class CustomIndicator:
    def __new__(cls, name: str, make: Callable[[], Any], inputs: int, outputs: int) -> CustomIndicator: ...

@final
class ExprStream:
    def __new__(cls, nodes: list[_Node], params: list[_Param], root: int) -> ExprStream: ...
    def update(self, row: list[float], ts: int, span: int) -> float: ...
    def reset(self) -> None: ...
    @property
    def inputs(self) -> list[str]: ...

@final
class ExprSignals:
    def __new__(
        cls,
        nodes: list[_Node],
        params: list[_Param],
        rules: tuple[int, int | None, int | None, int | None],
        quantity: float,
    ) -> ExprSignals: ...
    def targets(
        self, columns: dict[str, _Floats], rows: int, ts: npt.NDArray[np.int64] | None, span: int
    ) -> _Floats: ...
    @property
    def quantity(self) -> float: ...
    @property
    def operations(self) -> int: ...

@final
class CompiledFunction:
    CAPACITY: ClassVar[int]
    def __new__(
        cls,
        name: str,
        address: int,
        owner: Any,
        state: bytes,
        event: list[_Field],
        event_size: int,
        order: list[_Field],
        order_size: int,
    ) -> CompiledFunction: ...
    def replay(self, events: npt.NDArray[np.uint8]) -> tuple[bytes, npt.NDArray[np.int64], bytes]: ...

# -- data --------------------------------------------------------------------------------------------------------------

@final
class Source:
    def __new__(cls, stream: Any, spec: Mapping[str, Any]) -> Source: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...

def scan(source: Source, gap: int) -> dict[str, Any]: ...
def aggregate_bars(source: Source, rule: str, size: float, prices: Sequence[str]) -> Any: ...

# -- what a strategy is told -------------------------------------------------------------------------------------------

@final
class Quote:
    def __new__(
        cls,
        symbol: str,
        ts_event: _Time,
        ts_recv: _Time,
        bid: float,
        ask: float,
        bid_size: float = ...,
        ask_size: float = ...,
    ) -> Quote: ...
    @property
    def symbol(self) -> str: ...
    @property
    def ts_event(self) -> int: ...
    @property
    def ts_recv(self) -> int: ...
    @property
    def bid(self) -> float: ...
    @property
    def ask(self) -> float: ...
    @property
    def bid_size(self) -> float: ...
    @property
    def ask_size(self) -> float: ...
    @property
    def mid(self) -> float: ...

@final
class Trade:
    def __new__(
        cls,
        symbol: str,
        ts_event: _Time,
        ts_recv: _Time,
        price: float,
        quantity: float = ...,
        side: Side | str | None = None,
    ) -> Trade: ...
    @property
    def symbol(self) -> str: ...
    @property
    def ts_event(self) -> int: ...
    @property
    def ts_recv(self) -> int: ...
    @property
    def price(self) -> float: ...
    @property
    def quantity(self) -> float: ...
    @property
    def side(self) -> Side | None: ...

@final
class Bar:
    def __new__(
        cls,
        symbol: str,
        ts: _Time,
        open: float,
        high: float,
        low: float,
        close: float,
        volume: float = ...,
        timeframe: int = 0,
    ) -> Bar: ...
    @property
    def symbol(self) -> str: ...
    @property
    def ts(self) -> int: ...
    @property
    def open(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def close(self) -> float: ...
    @property
    def volume(self) -> float: ...
    @property
    def timeframe(self) -> int: ...

@final
class Order:
    @property
    def order_id(self) -> int: ...
    @property
    def symbol(self) -> str | None: ...
    @property
    def side(self) -> Side: ...
    @property
    def order_type(self) -> OrderType: ...
    @property
    def time_in_force(self) -> TimeInForce: ...
    @property
    def quantity(self) -> float: ...
    @property
    def price(self) -> float | None: ...
    @property
    def stop_price(self) -> float | None: ...
    @property
    def status(self) -> OrderStatus: ...
    @property
    def filled_quantity(self) -> float: ...
    @property
    def average_price(self) -> float | None: ...
    @property
    def reject_code(self) -> int | None: ...
    @property
    def reject_reason(self) -> str | None: ...
    @property
    def ts_submitted(self) -> int: ...
    @property
    def ts_closed(self) -> int | None: ...

@final
class Fill:
    def __new__(
        cls,
        order_id: int,
        symbol: str,
        side: Side | str,
        quantity: float,
        price: float,
        fee: float,
        liquidity: Liquidity | str,
        ts_event: _Time,
        ts_recv: _Time,
    ) -> Fill: ...
    @property
    def order_id(self) -> int: ...
    @property
    def symbol(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def quantity(self) -> float: ...
    @property
    def price(self) -> float: ...
    @property
    def fee(self) -> float: ...
    @property
    def liquidity(self) -> Liquidity: ...
    @property
    def ts_event(self) -> int: ...
    @property
    def ts_recv(self) -> int: ...

@disjoint_base
class StrategyBase:
    def __new__(cls, *_args: Any, **_kwargs: Any) -> StrategyBase: ...
    def buy(
        self,
        symbol: str,
        quantity: float,
        *,
        price: float | None = None,
        stop_price: float | None = None,
        order_type: OrderType | str | None = None,
        time_in_force: TimeInForce | str | None = None,
    ) -> int: ...
    def sell(
        self,
        symbol: str,
        quantity: float,
        *,
        price: float | None = None,
        stop_price: float | None = None,
        order_type: OrderType | str | None = None,
        time_in_force: TimeInForce | str | None = None,
    ) -> int: ...
    def cancel(self, order_id: int) -> None: ...
    def replace(
        self,
        order_id: int,
        *,
        quantity: float | None = None,
        price: float | None = None,
        stop_price: float | None = None,
    ) -> None: ...
    def position(self, symbol: str) -> float: ...
    @property
    def now(self) -> int: ...
    @property
    def warming_up(self) -> bool: ...
    @property
    def symbols(self) -> list[str]: ...
    def _subscribe_bars(self, timeframe: int) -> None: ...
    def _set_timer(self, name: str, at: int | None, every: int) -> None: ...
    def _cancel_timer(self, name: str) -> None: ...

# -- runs --------------------------------------------------------------------------------------------------------------

class _Spool(Protocol):
    def write(self, name: str, batch: Any, /) -> None: ...

@final
class Progress:
    def __new__(cls) -> Progress: ...
    @property
    def rows(self) -> int: ...

@final
class Targets:
    def __new__(cls, targets: _Floats, quantity: float) -> Targets: ...

@final
class RunOutput:
    def table(self, name: str) -> pa.Table: ...
    @property
    def metrics(self) -> _Metrics: ...
    @property
    def hash(self) -> str: ...
    @property
    def complete(self) -> bool: ...
    @property
    def events(self) -> int: ...
    @property
    def step_seconds(self) -> float: ...
    @property
    def read_seconds(self) -> float: ...
    @property
    def range(self) -> tuple[int, int] | None: ...
    @property
    def counts(self) -> list[Mapping[str, Any]]: ...
    @property
    def simulation(self) -> dict[str, int]: ...
    @property
    def error(self) -> tuple[BaseException, tuple[Any, int] | None] | None: ...

def run_backtest(
    strategy: StrategyBase | Targets | ExprSignals | CompiledFunction,
    sources: Sequence[Source],
    config: dict[str, Any],
    progress: Progress,
    spool: _Spool,
) -> RunOutput: ...

# -- statistics --------------------------------------------------------------------------------------------------------

def return_summary(returns: _Floats, periods_per_year: float) -> _Metrics: ...
def trade_metrics(
    trades: Sequence[_TradeRow],
    equity: Sequence[tuple[int, float]],
    max_drawdown_pct: float,
    time_in_market_pct: float | None,
) -> _Metrics: ...
def monte_carlo_paths(
    values: _Floats,
    *,
    compounding: bool,
    block: float | None,
    paths: int,
    steps: int | None,
    seed: int,
    initial_capital: float,
    ruin_loss_pct: float,
    percents: list[float],
) -> tuple[
    _Floats, _Floats, list[float], list[float], tuple[float, float], npt.NDArray[np.uint64], npt.NDArray[np.float64]
]: ...

_Signal = tuple[str, str, str, float, list[str], float, float, float, str, int]

def signal_members() -> list[tuple[str, float]]: ...

@final
class SignalEngine:
    def __new__(cls, frames: list[tuple[int, float]], weights: list[float], settings: dict[str, Any]) -> Self: ...
    def on_trade(self, symbol: str, ts: int, price: float, volume: float, side: int) -> list[_Signal]: ...
    def on_bar(
        self, symbol: str, ts: int, nanos: int, values: tuple[float, float, float, float, float]
    ) -> list[_Signal]: ...
    def feed(self, source: Source, names: list[str]) -> list[_Signal]: ...
    def active(self) -> list[_Signal]: ...
    def view(self, symbol: str) -> tuple[int, list[float], list[float], list[tuple[str, float, list[int]]]] | None: ...
    def forget(self, symbol: str) -> None: ...

@final
class Universe:
    def __new__(
        cls,
        columns: list[tuple[str, npt.NDArray[np.float64]]],
        times: npt.NDArray[np.int64],
        offsets: list[int],
        threads: int,
        span: int = 0,
    ) -> Self: ...
    def scan(
        self,
        nodes: Any,
        params: Any,
        roots: list[int],
        wanted: npt.NDArray[np.bool_] | None = None,
        timeout_us: int | None = None,
    ) -> tuple[list[npt.NDArray[np.float64]], npt.NDArray[np.bool_], list[int]]: ...
    def history(self, nodes: Any, params: Any, roots: list[int]) -> list[npt.NDArray[np.float64]]: ...
    def watch(self, nodes: Any, params: Any, roots: list[int]) -> None: ...
    def values(self) -> list[npt.NDArray[np.float64]]: ...
    def push(
        self,
        instruments: npt.NDArray[np.int64],
        times: npt.NDArray[np.int64],
        columns: list[npt.NDArray[np.float64]],
    ) -> tuple[int, list[tuple[int, int, int, int]]]: ...
    def add(self, count: int) -> None: ...
    def ends(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]: ...
    def times(self) -> npt.NDArray[np.int64]: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def nbytes(self) -> int: ...

def best_of(values: npt.NDArray[np.float64], candidates: npt.NDArray[np.int64], top: int) -> npt.NDArray[np.int64]: ...

@final
class Signal:
    def __new__(
        cls, symbol: str, action: Action | str, price: float, quantity: float, confidence: float = 1.0
    ) -> Signal: ...
    @property
    def symbol(self) -> str: ...
    @property
    def action(self) -> Action: ...
    @property
    def price(self) -> float: ...
    @property
    def quantity(self) -> float: ...
    @property
    def confidence(self) -> float: ...

@final
class MarketData:
    def __new__(cls, symbol: str, price: float, volume: float = ..., timestamp: _Time | None = None) -> MarketData: ...
    @property
    def symbol(self) -> str: ...
    @property
    def price(self) -> float: ...
    @property
    def volume(self) -> float: ...
    @property
    def timestamp(self) -> int: ...

@final
class ExecuteOrder:
    def __new__(
        cls,
        order_id: int,
        symbol: str,
        order_type: OrderType | str,
        side: Side | str,
        quantity: float,
        price: float | None = None,
        stop_price: float | None = None,
        time_in_force: TimeInForce | str | None = None,
    ) -> ExecuteOrder: ...
    @property
    def order_id(self) -> int: ...
    @property
    def symbol(self) -> str: ...
    @property
    def order_type(self) -> OrderType: ...
    @property
    def side(self) -> Side: ...
    @property
    def quantity(self) -> float: ...
    @property
    def price(self) -> float | None: ...
    @property
    def stop_price(self) -> float | None: ...
    @property
    def time_in_force(self) -> TimeInForce: ...

@final
class CancelOrder:
    def __new__(cls, order_id: int) -> CancelOrder: ...
    @property
    def order_id(self) -> int: ...

@final
class EmergencyStop:
    def __new__(cls) -> EmergencyStop: ...

@final
class BookDelta:
    def __new__(
        cls, symbol: str, ts_event: _Time, ts_recv: _Time, side: Side | str, price: float, quantity: float
    ) -> BookDelta: ...
    @property
    def symbol(self) -> str: ...
    @property
    def ts_event(self) -> int: ...
    @property
    def ts_recv(self) -> int: ...
    @property
    def side(self) -> Side: ...
    @property
    def price(self) -> float: ...
    @property
    def quantity(self) -> float: ...

@final
class OrderUpdate:
    def __new__(
        cls,
        order_id: int,
        client_id: int,
        symbol: str,
        side: Side | str,
        status: OrderStatus | str,
        quantity: float,
        filled_quantity: float,
        average_price: float | None = None,
        reject_code: int = 0,
    ) -> OrderUpdate: ...
    @property
    def order_id(self) -> int: ...
    @property
    def client_id(self) -> int: ...
    @property
    def symbol(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def status(self) -> OrderStatus: ...
    @property
    def quantity(self) -> float: ...
    @property
    def filled_quantity(self) -> float: ...
    @property
    def average_price(self) -> float | None: ...
    @property
    def reject_code(self) -> int: ...

def pack_messages(messages: Sequence[Any]) -> npt.NDArray[np.uint8]: ...
def unpack_records(records: npt.NDArray[np.uint8]) -> list[Any]: ...
def symbol_numbers(symbols: Sequence[str]) -> npt.NDArray[np.uint32]: ...
def symbol_names(numbers: npt.NDArray[np.uint32]) -> list[str | None]: ...
def measurements() -> list[tuple[str, str | None, str | None, str, Any]]: ...
