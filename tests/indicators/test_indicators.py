"""The indicators of the package: equal to their definitions, the same bits each way, blind to the future."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from baconalgo import indicators

from .definitions import DEFINITIONS, HOLDS, STARTS_AGAIN
from .markets import PRICES, Columns, market, with_missing_rows
from .package import CASES, Case, every_case, same_bits
from .reference_file import Reference
from .talib_table import PARITY, Parity, mismatches

HOLED = {
    "fine": with_missing_rows(market(500, 11), 3),
    "on ticks": with_missing_rows(market(500, 12, tick=0.05), 4),
}
LONG = with_missing_rows(market(5000, 13, tick=0.05), 5)
WHOLE = market(300, 14, tick=0.05)


def some_settings(case: Case) -> list[dict[str, Any]]:
    """The defaults, no parameters at all, and three lengths."""
    return [{}, case.definition.parameters, *case.definition.settings(range(1, 40, 13))]


def tolerance(case: Case, columns: list[Any], wanted: Any) -> float:
    prices = [c for name, c in zip(case.inputs, columns, strict=True) if name in PRICES]
    sizes = [np.max(np.abs(c[np.isfinite(c)]), initial=1.0) for c in [*prices, wanted]]
    return 1e-9 * float(max(sizes))


def test_every_indicator_of_the_package_has_a_definition() -> None:
    assert set(indicators.SPECS) == set(DEFINITIONS)


@every_case
def test_the_spec_says_what_a_missing_row_does_and_when_the_values_begin(case: Case) -> None:
    case.function()
    spec, columns = indicators.SPECS[case.name], case.columns(market(400, 15))
    assert spec.missing == ("hold" if case.definition.missing() == HOLDS else "restart")
    for parameters in (case.definition.parameters, *case.definition.settings(range(2, 40, 12))):
        values = [parameters.get(name, default) for name, default in case.definition.parameters.items()]
        wanted = case.definition(*columns, **parameters)
        blank = max(int(np.flatnonzero(~np.isnan(one))[0]) for one in wanted)
        assert spec.warm_up(*values) == blank, f"with {parameters}"


@every_case
def test_values_with_a_reach_are_the_same_bits_wherever_their_rows_stand(case: Case) -> None:
    case.function()
    columns = case.columns(market(1500, 16, tick=0.05))
    for parameters in (case.definition.parameters, *case.definition.settings(range(1, 40, 13))):
        values = [parameters.get(name, default) for name, default in case.definition.parameters.items()]
        if (reach := indicators.SPECS[case.name].reach(*values)) is None:
            continue
        whole = case.batch(columns, **parameters)
        for first in (1, 37, 1024, 1300):
            part = case.batch([c[first:] for c in columns], **parameters)
            same_bits(tuple(one[reach - 1 :] for one in part), tuple(one[first + reach - 1 :] for one in whole))


@every_case
def test_the_signature_is_that_of_the_contract(case: Case) -> None:
    definition = case.definition
    parameters = dict(inspect.signature(case.function()).parameters)
    out = parameters.pop("out")
    assert (out.kind, out.default) == (inspect.Parameter.KEYWORD_ONLY, None)
    assert tuple(parameters) == (*definition.inputs, *definition.parameters)
    assert {n: parameters[n].default for n in definition.parameters} == definition.parameters
    assert all(parameters[n].default is None for n in definition.optional)


@every_case
@pytest.mark.parametrize("kind", HOLED)
def test_equals_the_definition_for_every_length(case: Case, kind: str) -> None:
    columns = case.columns(HOLED[kind])
    for parameters in case.definition.settings():
        ours, wanted = case.batch(columns, **parameters), case.definition(*columns, **parameters)
        for name, one, other in zip(case.definition.outputs, ours, wanted, strict=True):
            where = f"{name} with {parameters}"
            blank = np.isnan(one) != np.isnan(other)
            assert not blank.any(), f"{where}: NaN in one of the two from row {np.flatnonzero(blank)[0]} on"
            away = np.nan_to_num(np.abs(one - other), posinf=np.inf)
            row = int(np.argmax(away))
            assert away[row] <= tolerance(case, columns, other), f"{where}, row {row}: {one[row]} is not {other[row]}"


@every_case
def test_stream_and_batch_give_the_same_bits(case: Case) -> None:
    columns = [column[:1200] for column in case.columns(LONG)]
    for parameters in some_settings(case):
        wanted = case.batch(columns, **parameters)
        same_bits(case.one_by_one(case.stream(**parameters), columns), wanted)


@every_case
def test_chunks_of_any_size_give_the_same_bits(case: Case) -> None:
    rng = np.random.default_rng(17)
    columns = case.columns(LONG)
    for parameters in some_settings(case):
        wanted = case.batch(columns, **parameters)
        for count in (1, 6, 300):
            cuts = np.sort(rng.integers(0, len(columns[0]) + 1, count)).tolist()
            same_bits(case.in_chunks(case.stream(**parameters), columns, cuts), wanted)


@every_case
def test_updates_and_chunks_can_take_turns(case: Case) -> None:
    columns = [column[:900] for column in case.columns(LONG)]
    stream, wanted = case.stream(**case.definition.sized(9)), case.batch(columns, **case.definition.sized(9))
    first = case.one_by_one(stream, [c[:130] for c in columns])
    second = case.in_chunks(stream, [c[130:700] for c in columns], [1, 1, 80])
    third = case.one_by_one(stream, [c[700:] for c in columns])
    same_bits(tuple(np.concatenate(parts) for parts in zip(first, second, third, strict=True)), wanted)


@pytest.mark.soak
@every_case
def test_a_hundred_thousand_bars_give_the_same_bits(case: Case) -> None:
    columns = case.columns(with_missing_rows(market(100_000, 21, tick=0.05), 22))
    wanted = case.batch(columns)
    same_bits(case.one_by_one(case.stream(), columns), wanted)
    cuts = np.sort(np.random.default_rng(23).integers(0, 100_001, 2000)).tolist()
    same_bits(case.in_chunks(case.stream(), columns, cuts), wanted)


@every_case
def test_a_stream_says_where_it_stands_and_starts_again(case: Case) -> None:
    columns = case.columns(WHOLE)
    stream = case.stream(**case.definition.sized(4))
    assert (stream.is_ready, stream.value) == (False, None)
    first = []
    for row in zip(*(c.tolist() for c in columns), strict=True):
        first.append(stream.update(*row))
        assert repr(stream.value) == repr(first[-1])
        if first[-1] is not None:
            fields = first[-1] if isinstance(first[-1], tuple) else (first[-1],)
            # Some outputs come before others; ready are those of whom nothing is missing.
            assert stream.is_ready or any(field is None or np.isnan(field) for field in fields)
    assert stream.is_ready
    stream.reset()
    assert (stream.is_ready, stream.value) == (False, None)
    again = [stream.update(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    assert repr(again) == repr(first)


@every_case
def test_the_future_moves_no_past_value(case: Case) -> None:
    rng = np.random.default_rng(31)
    for data in (WHOLE, HOLED["on ticks"]):
        columns = case.columns(data)
        rows = len(columns[0])
        for parameters in ({}, case.definition.sized(6)):
            whole = case.batch(columns, **parameters)
            for cut in [1, *rng.integers(2, rows, 5).tolist()]:
                past = tuple(one[:cut] for one in whole)
                same_bits(case.batch([c[:cut] for c in columns], **parameters), past)
                spoiled = [c.copy() for c in columns]
                for column in spoiled:
                    column[cut:] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, 1e-300, 3.0], rows - cut)
                same_bits(tuple(one[:cut] for one in case.batch(spoiled, **parameters)), past)


def matrix(columns: list[Any], instruments: int = 5) -> list[Any]:
    """Columns side by side: each instrument is the market from another row on."""
    rows = len(columns[0]) - 10 * instruments
    return [np.stack([c[10 * i : 10 * i + rows] for i in range(instruments)], axis=1) for c in columns]


@every_case
@pytest.mark.parametrize("order", ["C", "F", "every other", "reversed"])
def test_a_matrix_is_its_columns(case: Case, order: str) -> None:
    columns = matrix(case.columns(HOLED["on ticks"]))
    if order in ("C", "F"):
        given = [np.array(c, order=order) for c in columns]
    elif order == "every other":
        given = [np.repeat(np.repeat(c, 2, axis=0), 2, axis=1)[::2, ::2] for c in columns]
    else:
        given = [c[::-1, ::-1].copy()[::-1, ::-1] for c in columns]
    ours = case.batch(given, **case.definition.sized(6))
    alone = [case.batch([c[:, i].copy() for c in columns], **case.definition.sized(6)) for i in range(5)]
    same_bits(ours, tuple(np.stack(parts, axis=1) for parts in zip(*alone, strict=True)))


@every_case
@pytest.mark.parametrize("shape", [(0,), (0, 3), (4, 0), (1,), (1, 3)])
def test_next_to_nothing_goes_in_and_comes_out(case: Case, shape: tuple[int, ...]) -> None:
    for parameters in (case.definition.sized(1), {}):
        results = case.batch([np.full(shape, 2.5) for _ in case.inputs], **parameters)
        wanted = case.definition(*(np.full(1, 2.5) for _ in case.inputs), **parameters)
        for one, other in zip(results, wanted, strict=True):
            assert (one.shape, one.dtype) == (shape, np.float64)
            if one.size:
                np.testing.assert_allclose(one, np.full(shape, other[0]), rtol=1e-12)


@every_case
@pytest.mark.parametrize("kind", ["float32", "int64", "int32", "uint16", "strided", "reversed", "read-only", "list"])
def test_any_numbers_go_in(case: Case, kind: str) -> None:
    columns = case.columns(WHOLE)
    if kind in ("float32", "int64", "int32", "uint16"):
        given: list[Any] = [c.astype(kind) for c in columns]
        columns = [c.astype(np.float64) for c in given]
    elif kind == "strided":
        given = [np.repeat(c, 3)[::3] for c in columns]
    elif kind == "reversed":
        given = [c[::-1].copy()[::-1] for c in columns]
    elif kind == "list":
        given = [c.tolist() for c in columns]
    else:
        given = [c.copy() for c in columns]
        for column in given:
            column.setflags(write=False)
    same_bits(case.batch(given, **case.definition.sized(6)), case.batch(columns, **case.definition.sized(6)))


@every_case
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_columns_of_tables_go_in(case: Case, library: str) -> None:
    columns = case.columns(HOLED["on ticks"])
    if library == "pandas":
        pandas = pytest.importorskip("pandas")
        given = [pandas.Series(c, index=range(7, 7 + len(c))) for c in columns]
    elif library == "polars":
        polars = pytest.importorskip("polars")
        # A null is a missing row, as NaN is.
        given = [polars.Series([None if np.isnan(x) else x for x in c.tolist()]) for c in columns]
    else:
        import pyarrow as pa

        given = [pa.array([None if np.isnan(x) else x for x in c.tolist()]) for c in columns]
    same_bits(case.batch(given, **case.definition.sized(6)), case.batch(columns, **case.definition.sized(6)))


@every_case
@pytest.mark.parametrize("shape", [(200,), (200, 3)])
def test_out_is_written_and_returned(case: Case, shape: tuple[int, ...]) -> None:
    columns = [np.broadcast_to(c[:200].reshape(200, *[1] * (len(shape) - 1)), shape) for c in case.columns(WHOLE)]
    columns = [np.ascontiguousarray(c) for c in columns]
    outs = tuple(np.zeros(shape) for _ in case.definition.outputs)
    wanted = case.batch(columns, **case.definition.sized(6))
    ours = case.batch(columns, **case.definition.sized(6), out=outs if len(outs) > 1 else outs[0])
    assert all(one is out for one, out in zip(ours, outs, strict=True))
    same_bits(outs, wanted)


@every_case
def test_an_output_that_does_not_fit_is_refused(case: Case) -> None:
    from baconalgo.errors import DataError

    columns = case.columns(WHOLE)
    rows, count = len(columns[0]), len(case.definition.outputs)
    read_only = np.zeros(rows)
    read_only.setflags(write=False)
    for out in (np.zeros(rows - 1), np.zeros(rows, np.float32), np.zeros((rows, 1)), read_only, columns[0]):
        with pytest.raises(DataError, match=r"^out"):
            case.batch(columns, out=(out,) * count if count > 1 else out)
    if count > 1:
        with pytest.raises(DataError, match=r"^out"):
            case.batch(columns, out=(np.zeros(rows),))
        twice = np.zeros(rows)
        with pytest.raises(DataError, match=r"^out"):
            case.batch(columns, out=(twice,) * count)


@every_case
def test_what_is_not_a_column_of_numbers_is_refused(case: Case) -> None:
    from baconalgo.errors import DataError

    columns = case.columns(WHOLE)
    words = np.array(["a"] * len(columns[0]), object)
    bad = [words, words.astype(str), columns[0].astype(object), np.ones((2, 2, 2))]
    for place in range(len(columns)):
        for column in bad:
            with pytest.raises(DataError):
                case.batch([*columns[:place], column, *columns[place + 1 :]])
    if len(columns) > 1:
        for column in (columns[-1][:-1], columns[-1].reshape(-1, 1), columns[-1][:0]):
            with pytest.raises(DataError):
                case.batch([*columns[:-1], column])


@every_case
def test_a_length_below_one_is_refused(case: Case) -> None:
    from baconalgo.errors import ConfigError, shown

    for name in case.definition.lengths:
        for length in (-1, -(10**12)) if name == "displacement" else (0, -3):
            rule = rf"^{name} must be >= {0 if name == 'displacement' else 1}, was {shown(length)}$"
            with pytest.raises(ConfigError, match=rule):
                case.batch(case.columns(WHOLE), **{name: length})
            with pytest.raises(ConfigError, match=rule):
                case.stream(**{name: length})


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("keltner", {"style": "typcial"}),
        ("rolling_quantile", {"q": 1.5}),
        ("rolling_quantile", {"q": -0.1}),
        ("rolling_quantile", {"q": np.nan}),
        ("rolling_std", {"ddof": -1}),
        ("volume_profile", {"bins": 0}),
        ("volume_profile", {"value_area": 0.0}),
        ("volume_profile", {"value_area": 1.1}),
        ("bollinger", {"width": np.nan}),
        ("supertrend", {"width": -1.0}),
        ("parabolic_sar", {"step": -0.1}),
        ("parabolic_sar", {"limit": np.nan}),
        ("realised_volatility", {"periods_per_year": 0.0}),
    ],
)
def test_a_parameter_without_a_meaning_is_refused(name: str, parameters: dict[str, Any]) -> None:
    from baconalgo.errors import ConfigError

    case = next(c for c in CASES if c.name == name)
    (parameter,) = parameters
    with pytest.raises(ConfigError, match=f"^{parameter} must"):
        case.batch(case.columns(WHOLE), **parameters)
    with pytest.raises(ConfigError, match=f"^{parameter} must"):
        case.stream(**parameters)


@pytest.mark.parametrize("length", [301, 10**12])
@pytest.mark.parametrize("case", [c for c in CASES if c.definition.lengths], ids=lambda case: case.id)
def test_a_length_beyond_the_data_gives_nothing(case: Case, length: int) -> None:
    columns = case.columns(WHOLE)
    parameters = dict.fromkeys(case.definition.lengths, length)
    stream = case.stream(**parameters)
    for name, one, streamed in zip(
        case.definition.outputs,
        case.batch(columns, **parameters),
        case.in_chunks(stream, columns, [100]),
        strict=True,
    ):
        # The close that is drawn further left is there in every bar.
        assert np.isnan(one).all() or name == "plot_back"
        assert np.isnan(streamed).all() or name == "plot_back"


@pytest.mark.parametrize("parity", [p for p in PARITY if p.defaults is not None], ids=lambda p: p.id)
def test_equals_talib_on_real_bars(parity: Parity, reference: Reference) -> None:
    case = next(c for c in CASES if c.name == parity.ours)
    assert parity.defaults is not None
    ours = case.batch(parity.columns(reference.market), **parity.defaults)
    assert not mismatches(parity, ours, reference.outputs)


def flat(price: float, volume: float = 500.0, rows: int = 150) -> Columns:
    """A market that does not move."""
    columns = {name: np.full(rows, price) for name in PRICES}
    columns |= {name: np.full(rows, volume) for name in ("volume", "bid_size", "ask_size")}
    return columns | {"buy_volume": np.full(rows, volume / 2.0), "session": np.zeros(rows)}


#: What an indicator says of a market that stands still; `price` is its price.
STILL: dict[str, Any] = {
    **dict.fromkeys(["ema", "sma", "wma", "wilder", "dema", "tema", "hull", "kama"], "price"),
    **dict.fromkeys(["rolling_min", "rolling_max", "rolling_median", "rolling_quantile", "vwap"], "price"),
    **dict.fromkeys(["bollinger", "keltner", "donchian", "ichimoku", "volume_profile", "vwap_bands"], "price"),
    **dict.fromkeys(["parabolic_sar", "microprice"], "price"),
    **dict.fromkeys(["trix", "macd", "rsi", "stochastic", "williams_r", "cci", "mfi", "roc", "momentum"], 0.0),
    **dict.fromkeys(["true_range", "atr", "adx", "ad", "chaikin", "cvd_estimate", "book_imbalance"], 0.0),
    **dict.fromkeys(["delta", "cvd", "rolling_std", "rolling_zscore", "rolling_skew", "returns"], 0.0),
    **dict.fromkeys(["log_returns", "correlation", "beta", "realised_volatility"], 0.0),
    "aroon": (100.0, 100.0, 0.0),
    "supertrend": ("price", 1.0),
    "obv": 500.0,
    "rolling_rank": 0.5,
}


#: What is exactly the price of a market that stands still, to the last bit.
EXACT = set("ema sma wilder dema tema kama bollinger donchian rolling_min rolling_max rolling_median".split())


def stated_of(case: Case) -> tuple[Any, ...]:
    stated = STILL[case.name]
    return stated if isinstance(stated, tuple) else (stated,) * len(case.definition.outputs)


def check_still(case: Case, values: Any, stated: Any, price: float) -> None:
    if stated != "price":
        np.testing.assert_array_equal(values, stated)
    elif case.name in EXACT:
        np.testing.assert_array_equal(values, price)
    else:
        np.testing.assert_allclose(values, price, rtol=1e-13)


@every_case
@pytest.mark.parametrize("price", [1.38627, 0.1, 1e-5 / 3, 43_211.07])
def test_a_market_that_stands_still_has_the_stated_values(case: Case, price: float) -> None:
    columns = case.columns(flat(price))
    for parameters in map(case.definition.sized, (1, 2, 7, 20, 33)):
        wanted = case.definition(*columns, **parameters)
        for one, stated, defined in zip(case.batch(columns, **parameters), stated_of(case), wanted, strict=True):
            values = one[~np.isnan(one)]
            assert values.size or np.isnan(defined).all(), f"no value with {parameters}"
            check_still(case, values, stated, price)


@every_case
def test_windows_forget_what_was_before_the_market_stood_still(case: Case) -> None:
    moving, still = market(300, 43, tick=0.05), flat(43_211.07)
    columns = [np.concatenate([moving[name], still[name]]) for name in case.inputs]
    for parameters in map(case.definition.sized, (2, 7, 20, 32)):
        if case.definition.missing(**parameters) == STARTS_AGAIN:
            for one, stated in zip(case.batch(columns, **parameters), stated_of(case), strict=True):
                check_still(case, one[-60:], stated, 43_211.07)


#: What an indicator says of a market without volume, or with empty books.
DEAD = {
    **dict.fromkeys(["mfi", "obv", "ad", "chaikin", "cvd_estimate", "delta", "cvd", "book_imbalance"], 0.0),
    **dict.fromkeys(["vwap", "vwap_bands", "volume_profile"], np.nan),
}


@pytest.mark.parametrize("case", [c for c in CASES if c.name in DEAD], ids=lambda case: case.id)
def test_a_market_without_volume_has_the_stated_values(case: Case) -> None:
    dead = market(200, 41)
    for name in ("volume", "buy_volume", "bid_size", "ask_size"):
        dead[name] = np.zeros(200)
    for one in case.batch(case.columns(dead), **case.definition.sized(5)):
        np.testing.assert_array_equal(one[80:], np.full(120, DEAD[case.name]))


def test_the_mid_stands_in_for_the_microprice_of_an_empty_book() -> None:
    case = next(c for c in CASES if c.name == "microprice")
    (one,) = case.batch([np.array([99.5]), np.array([100.5]), np.zeros(1), np.zeros(1)])
    assert one.tolist() == [100.0]
