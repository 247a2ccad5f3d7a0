"""What a run assumed, and how often it mattered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from baconalgo.data._timeframes import words

if TYPE_CHECKING:
    from baconalgo import _core
    from baconalgo.config import BacktestConfig
    from baconalgo.data import Data

_BASIS = {
    "quotes": "the standing quote",
    "ticks": "the standing quote",
    "trades": "the price of the first trade after arrival",
    "bars": "the open of the next bar",
}

_FILL_MODELS = {
    "through": "a resting limit order fills only when the market trades through it",
    "touch": "a resting limit order fills when the market touches it (optimistic)",
}


def _length(nanos: int) -> str:
    return words(nanos) if nanos else "0"


def assumptions_of(config: BacktestConfig, data: Data, output: _core.RunOutput) -> dict[str, str | int | float]:
    """In the order in which a reader asks: what fills, when, at what cost, from what data."""
    latency, commission = config.effective_latency(), config.commission
    settings = config.settings()
    kinds = {series.kind for series in data.series}
    finest = next(kind for kind in ("quotes", "ticks", "trades", "bars") if kind in kinds)
    found: dict[str, str | int | float] = {
        "market_orders": f"take {_BASIS[finest]}",
        "fill_model": f"{settings['fill_model']}: {_FILL_MODELS[settings['fill_model']]}",
        "latency": (
            f"entry {_length(latency.entry)}, response {_length(latency.response)}, feed {_length(latency.feed)}, "
            f"cancel {_length(latency.cancel or 0)}"
        ),
        "slippage": f"{settings['slippage_pct']} % of the price against takes, on to the next whole tick",
        "commission": f"maker {commission.maker:g} %, taker {commission.taker:g} % of the notional",
        "displayed_size": _size_rule(config, data),
        "leverage": f"gross exposure at most {config.leverage:g} x equity",
        "market_impact": "none: later records are as recorded",
        "end_of_data": "open positions are marked, not closed; orders under way do not arrive",
    }
    if not config.realistic_fills:
        found["realistic_fills"] = "off: no latency, no slippage, full fills at the touch"
    found.update(output.simulation)
    found.update(_data_counts(output.counts))
    for series in data.series:
        if series.falls:
            found[f"rows_sorted_by_time ({series.name})"] = series.falls
    for instrument in data.instruments:
        if instrument.inferred:
            found[f"inferred ({instrument.symbol})"] = (
                f"tick {instrument.tick_size:f}, lot {instrument.lot_size:f} ({', '.join(instrument.inferred)})"
            )
        if len(found) > 60:
            found["inferred (others)"] = "as shown by data.describe()"
            break
    return found


def _size_rule(config: BacktestConfig, data: Data) -> str:
    has = any({"bid_size", "ask_size"} & set(series.meaning.columns) for series in data.series)
    if not has:
        return "the data has none: fills are full"
    if not config.realistic_fills:
        return "ignored: fills are full"
    return "bounds every take; the rest tries again on the next quote"


_NAMES = {
    "rows": "rows_read",
    "missing": "rows_without_a_price_skipped",
    "crossed": "crossed_quotes",
    "locked": "locked_quotes",
    "one_sided": "one_sided_quotes",
    "duplicates": "duplicate_rows_dropped",
    "off_tick_rounded": "prices_rounded_to_the_tick",
    "sizes_rounded": "sizes_rounded_to_the_lot",
    "invalid_skipped": "invalid_rows_skipped",
}


def _data_counts(counts: list[Mapping[str, Any]]) -> dict[str, int]:
    totals = {name: sum(int(count[key]) for count in counts) for key, name in _NAMES.items()}
    always = ("rows_read", "crossed_quotes")
    return {name: total for name, total in totals.items() if total or name in always}
