"""Expressions as text and as JSON: both give back the rule, and errors point at the place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import baconalgo as ba
from baconalgo import errors


def bars(rows: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    close = 100.0 + np.cumsum(rng.normal(0, 1, rows))
    spread = rng.exponential(1.0, rows)
    columns = {"open": close - 0.1, "high": close + spread, "low": close - spread, "close": close}
    return {"ts": np.arange(rows) * 60, **columns, "volume": rng.exponential(10.0, rows)}


DATA = bars()
PARAMS = [ba.param("fast", 2, 9), ba.param("wide", 0.5, 3.5, 1.25)]

periods = st.integers(1, 12) | st.just(PARAMS[0])
numbers = st.sampled_from([ba.open, ba.high, ba.low, ba.close, ba.volume, PARAMS[1]]) | st.floats(-5, 5).map(
    lambda value: ba.close * 0 + value
)
lengths = st.sampled_from(["1m", "5m", "90s", "1h", "1W"])


def framed(x: ba.Expr, length: str) -> ba.Expr:
    """On bars of that length, if those inside divide it."""
    try:
        return x.tf(length)
    except errors.ConfigError:
        reject()


def grown(children: st.SearchStrategy[ba.Expr]) -> st.SearchStrategy[ba.Expr]:
    number = children.filter(lambda x: x.kind == "number")
    condition = st.one_of(
        st.builds(ba.cross_above, number, number),
        st.builds(ba.cross_below, number, number),
        st.builds(ba.rising, number, periods),
        st.builds(lambda a, b: a < b, number, number),
        st.builds(lambda a, b: a != b, number, number),
    )
    return st.one_of(
        st.builds(lambda a, b: a + b, number, number),
        st.builds(lambda a, b: a - b * 2, number, number),
        st.builds(lambda a, b: 1 / a**b, number, number),
        number.map(lambda x: -x if x._op != "constant" else x),
        number.map(abs),
        number.map(ba.sqrt),
        st.builds(ba.ema, number, periods),
        st.builds(ba.lag, number, periods),
        st.builds(lambda x, n, w: ba.bollinger(x, n, w).upper, number, periods, st.just(PARAMS[1]) | st.floats(0.1, 4)),
        st.builds(lambda n, x: ba.atr(n, high=x), periods, number),
        st.builds(lambda length: ba.vwap(session=length), lengths),
        st.builds(lambda style: ba.keltner(style=style).lower, st.sampled_from(["typical", "close", "chester"])),
        st.builds(framed, number, st.sampled_from(["1m", "5m", "1h"])),
        condition,
        st.builds(lambda a, b: (a & b) | ~a, condition, condition),
        st.builds(ba.where, condition, number, number),
    )


expressions = st.recursive(numbers, grown, max_leaves=8)


def same(one: ba.Expr, two: ba.Expr) -> None:
    a, b = one.evaluate(DATA), two.evaluate(DATA)
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)
    if a.dtype != bool:
        there = ~np.isnan(a)
        np.testing.assert_array_equal(a[there].view("i8"), b[there].view("i8"))


@given(expressions)
def test_text_and_json_give_the_rule_back(rule: ba.Expr) -> None:
    text = str(rule)
    back = ba.parse(text)
    assert str(back) == text
    assert repr(rule) == text
    same(rule, back)
    again = ba.Expr.from_json(rule.to_json())
    assert str(again) == text
    assert again.to_json() == rule.to_json()
    assert again.params == rule.params == back.params
    same(rule, again)


@pytest.mark.parametrize(
    "text",
    [
        '(rsi(close, 14).tf("1h") < 30) & cross_above(close, vwap())',
        "macd(close, 12, 26, 9).signal > 0",
        "atr(14, high=high + 1) / close",
        'keltner(20, 10, 2, "typical").upper',
        'vwap(session="1D")',
        'ema(close, param("fast", 5, 50)) > ema(close, fast)',
        "-((close - open) ** 2) - ((-close) ** 3)",
        "where(close > open, 1e-09, -3)",
        "close * -0.0",
        'atr(param("rows", 5, 50), high=ema(close, rows)) / close',
        "engulfing().direction == 1",
        "top(rank(close) + zscore(volume), 5)",
    ],
)
def test_a_rule_prints_as_it_was_written(text: str) -> None:
    assert str(ba.parse(text)) == text


def test_people_may_write_and_or_not_and_chains() -> None:
    assert str(ba.parse("ba.close > 1 and not open < 2 or high > 3")) == "((close > 1) & ~(open < 2)) | (high > 3)"
    assert str(ba.parse("20 < rsi(close) <= 30")) == "(20 < rsi(close, 14)) & (rsi(close, 14) <= 30)"
    assert (
        str(ba.parse("\n  highest( high , 20 )\n - lowest(low, 20)")) == "rolling_max(high, 20) - rolling_min(low, 20)"
    )
    assert str(ba.parse("5")) == "5"


@pytest.mark.parametrize(
    ("text", "message", "column", "length"),
    [
        ("1 + rsii(close)", "unknown name `rsii` at column 5, did you mean `rsi`?", 4, 4),
        ("close > volum", "unknown name `volum` at column 9, did you mean `volume`?", 8, 5),
        ("macd(close) > 0", "one of the outputs must be chosen at column 1: .macd, .signal, .hist", 0, 11),
        ("macd(close).hits", "unknown output `hits` at column 1, it must be one of macd, signal, hist", 0, 16),
        ("rsi(close, 0)", "period must be a whole number >= 1 or a param, was 0 at column 1", 0, 13),
        ("close > 1 & open > 2", "`&` is between conditions, with parentheses around comparisons at column 9", 8, 8),
        ("rsi(close, 14, 3)", "takes from 1 to 2 positional arguments but 3 were given at column 1", 0, 17),
        ("rsi.value", "`.value` has no meaning at column 1, add parentheses: name(...)", 0, 9),
        ("close.__class__", "`.__class__` has no meaning at column 1", 0, 15),
        ("[close]", "this is not part of the language at column 1", 0, 7),
        ("(lambda: 1)()", "this is not part of the language at column 2", 1, 9),
        ("close if open else high", "this is not part of the language", 0, 23),
        ("__import__('os')", "unknown name `__import__` at column 1", 0, 10),
        ("close >", "invalid syntax at column 8", 7, 1),
        ("ema", "a number or a condition is needed at column 1", 0, 3),
        ("'close'", "a number or a condition is needed at column 1", 0, 7),
        ("ema(ema, 3)", "a function needs its arguments in parentheses at column 5", 4, 3),
        ("True", "this is not part of the language at column 1", 0, 4),
    ],
)
def test_an_error_points_at_the_place(text: str, message: str, column: int, length: int) -> None:
    with pytest.raises(errors.ConfigError) as caught:
        ba.parse(text)
    assert message in str(caught.value)
    shown, marks = str(caught.value).split("\n")[1:]
    assert shown == "    " + text
    assert (marks.index("^") - 4, marks.count("^")) == (column, length)


@pytest.mark.parametrize("text", ["", "   ", "(" * 500 + "close" + ")" * 500, "-" * 5000 + "close", "x" * 200_000])
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(errors.ConfigError, match="expression must"):
        ba.parse(text)


def test_json_is_versioned_and_shares_what_is_shared() -> None:
    mean = ba.ema(ba.close, 20)
    found = json.loads((mean - ba.lag(mean, 1)).to_json())
    assert found["expression"] == 1
    assert [node["op"] for node in found["nodes"]] == ["close", "call", "lag", "-"]


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"expression": 1, "nodes": []}',
        '{"expression": 2, "nodes": [{"op": "close"}]}',
        '{"expression": 1, "nodes": [{"op": "close"}, {"op": "neg", "args": [1]}]}',
        '{"expression": 1, "nodes": [{"op": "close"}, {"op": "neg", "args": [-1]}]}',
        '{"expression": 1, "nodes": [{"op": "system", "args": []}]}',
        '{"expression": 1, "nodes": [{"op": "call", "name": "rsi", "output": "rsi", "args": []}]}',
        '{"expression": 1, "nodes": [{"op": "close"}, {"op": "tf", "args": [0], "length": "soon"}]}',
        '{"expression": 1, "nodes": [{"op": "close"}, {"op": "macd", "args": [0]}]}',
        '{"expression": 1, "nodes": [7]}',
    ],
)
def test_json_that_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(errors.ConfigError, match="expression must"):
        ba.Expr.from_json(text)
