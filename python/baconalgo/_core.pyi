"""Types of the extension module. The documentation is that of the public package."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self, final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from typing_extensions import disjoint_base

from baconalgo.enums import Liquidity, OrderStatus, OrderType, Side, TimeInForce

__all__ = [
    "Bar",
    "CompiledFunction",
    "CustomIndicator",
    "ExprSignals",
    "ExprStream",
    "Fill",
    "Indicator",
    "LiveCovariance",
    "Order",
    "Progress",
    "Quote",
    "RunOutput",
    "SignalEngine",
    "Source",
    "StrategyBase",
    "Targets",
    "Trade",
    "Universe",
    "aggregate_bars",
    "best_of",
    "christoffersen_test",
    "compute_indicator",
    "correlation_of",
    "correlation_towards_one",
    "correlation_tree",
    "covariance_matrix",
    "ema_weights",
    "evaluate",
    "evaluate_universe",
    "fixed_fraction_size",
    "hayashi_yoshida",
    "indicator_needs",
    "indicator_specs",
    "kelly_continuous_fraction",
    "kelly_fraction",
    "kelly_weights",
    "kupiec_test",
    "liquidity_adjusted_var",
    "monte_carlo_paths",
    "normal_var",
    "pattern_specs",
    "repair_matrix",
    "return_summary",
    "risk_parity_weights",
    "run_backtest",
    "scan",
    "signal_members",
    "stress_table",
    "trade_metrics",
    "traffic_light_zone",
    "var_contributions",
    "var_from_history",
    "var_of_returns",
    "var_simulated",
    "volatility_target_leverage",
]

_Metrics = dict[str, float | int | None]
_TradeRow = tuple[bool, int, int, float, float, float, float, float]
_Floats = npt.NDArray[np.float64]
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
        ts_event: int,
        ts_recv: int,
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
        cls, symbol: str, ts_event: int, ts_recv: int, price: float, quantity: float = ..., side: Side | None = None
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
        ts: int,
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

# -- risk in numbers ---------------------------------------------------------------------------------------------------

_Var = tuple[float, float, float | None, float | None, int]
_Shocks = list[tuple[int, float]]

def var_of_returns(
    returns: _Floats, confidence: float, method: str, df: float | None = None
) -> tuple[_Var, float | None, bool]: ...
def normal_var(mean: float, deviation: float, confidence: float) -> tuple[float, float]: ...
def var_simulated(
    weights: _Floats,
    mean: _Floats,
    covariance: _Floats,
    confidence: float,
    *,
    df: float | None,
    paths: int,
    seed: int,
) -> tuple[_Var, int]: ...
def var_from_history(
    returns: _Floats, weights: _Floats, confidence: float, *, draw: str, df: float, paths: int, seed: int
) -> _Var: ...
def var_contributions(
    weights: _Floats, covariance: _Floats, mean: _Floats, confidence: float
) -> tuple[float, float, _Floats, _Floats, _Floats, _Floats]: ...
def liquidity_adjusted_var(
    var: float, value: float, spread: float, spread_deviation: float, spread_factor: float, horizon: float
) -> float: ...
def kupiec_test(exceptions: int, periods: int, confidence: float) -> tuple[float, float]: ...
def christoffersen_test(
    exceptions: npt.NDArray[np.bool_], confidence: float
) -> tuple[tuple[float, float], tuple[float, float], list[int]]: ...
def traffic_light_zone(exceptions: int, periods: int, confidence: float) -> tuple[str, float, float | None]: ...
def covariance_matrix(returns: _Floats, method: str, decay: float) -> tuple[_Floats, float | None]: ...
def correlation_of(covariance: _Floats) -> _Floats: ...
def correlation_towards_one(covariance: _Floats, strength: float) -> _Floats: ...
def repair_matrix(values: _Floats, method: str) -> tuple[_Floats, float, int, float]: ...
def hayashi_yoshida(
    x_ts: npt.NDArray[np.int64], x: _Floats, y_ts: npt.NDArray[np.int64], y: _Floats
) -> tuple[float, float, float, float | None]: ...
def correlation_tree(
    correlation: _Floats, count: int | None = None
) -> tuple[_Floats, npt.NDArray[np.uint64], npt.NDArray[np.uint64] | None]: ...

@final
class LiveCovariance:
    def __new__(cls, names: int, interval: int, decay: float) -> LiveCovariance: ...
    def on_price(self, name: int, ts: int, price: float) -> bool: ...
    def on_prices(self, names: npt.NDArray[np.uint64], ts: npt.NDArray[np.int64], prices: _Floats) -> int: ...
    def advance(self, ts: int) -> bool: ...
    def covariance(self) -> _Floats: ...
    @property
    def observations(self) -> int: ...

def stress_table(
    values: _Floats,
    sectors: npt.NDArray[np.int64],
    betas: _Floats,
    spreads: _Floats,
    stops: _Floats,
    scenarios: Sequence[tuple[_Shocks, _Shocks, _Shocks, float, bool]],
) -> _Floats: ...
def kelly_fraction(win_rate: float, avg_win: float, avg_loss: float, observations: int | None = None) -> float: ...
def kelly_continuous_fraction(mean: float, variance: float, observations: int | None = None) -> float: ...
def kelly_weights(mean: _Floats, covariance: _Floats, observations: int | None = None) -> _Floats: ...
def volatility_target_leverage(target: float, deviation: float, most: float) -> float: ...
def fixed_fraction_size(capital: float, risk: float, entry: float, stop: float) -> float: ...
def risk_parity_weights(covariance: _Floats, budgets: _Floats | None = None) -> _Floats: ...
