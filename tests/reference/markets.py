"""Small random markets and scripts, for hypothesis.

Prices lie within a dozen ticks and times within nanoseconds of each other, so that touches, trades through,
crossed quotes, equal timestamps, arrivals at the very time of a record and midnights are all common.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from .venue import NS_PER_DAY
from .vocabulary import (
    RANK_OF_RECORD,
    Bar,
    Cancel,
    Command,
    Config,
    Instrument,
    OrderLimits,
    OrderType,
    Quote,
    Record,
    Replace,
    Side,
    Submit,
    Tick,
    TimeInForce,
    Trade,
)

LOWEST, HIGHEST = 95, 105
PRICES = st.integers(LOWEST, HIGHEST)
ORDER_PRICES = st.integers(LOWEST - 3, HIGHEST + 3)
SIZES = st.integers(1, 6)
BAR_LENGTH = 10  # ns
LATENCIES = st.sampled_from([0, 1, 2, 3, 5, 10, 15])
STARTS = st.sampled_from([16_001 * NS_PER_DAY - before for before in (40, 90, 150, 20, 60, NS_PER_DAY - 1_000)])

DATA: dict[str, tuple[type, ...]] = {
    "quotes": (Quote,),
    "ticks": (Tick,),
    "trades": (Trade,),
    "bars": (Bar,),
    "quotes and trades": (Quote, Trade),
    "ticks and quotes": (Tick, Quote),
    "trades and bars": (Trade, Bar),
    "everything": (Quote, Tick, Trade, Bar),
}
"""The kinds of records that an instrument may have."""

INSTRUMENTS = st.sampled_from(
    [
        Instrument(Decimal("0.01"), Decimal(1)),
        Instrument(Decimal("0.25"), Decimal("0.1"), Decimal(50)),
        Instrument(Decimal("0.00001"), Decimal(1000)),
    ]
)


@dataclass(frozen=True)
class Case:
    """Everything a run needs. The records are sorted; the script counts them from 0."""

    records: list[Record]
    instruments: list[Instrument]
    config: Config
    script: dict[int, list[Command]]


@st.composite
def quotes(draw: st.DrawFn, sized: bool) -> tuple[int | None, int | None, int | None, int | None]:
    """Bid, ask and their sizes: mostly a spread of 1 to 3, some locked, some crossed, some with one side."""
    bid: int | None = draw(PRICES)
    assert bid is not None
    ask: int | None = bid + draw(st.sampled_from([1, 2, 1, 3, 0, -1, -3]))
    missing = draw(st.integers(0, 9))
    bid, ask = (None if missing == 9 else bid), (None if missing == 8 else ask)
    bid_qty = draw(SIZES) if sized and bid is not None else None
    ask_qty = draw(SIZES) if sized and ask is not None else None
    return bid, ask, bid_qty, ask_qty


@st.composite
def bars(draw: st.DrawFn, instrument: int, ts_open: int) -> Bar:
    """A bar whose ends lie close together, so that what lies inside it is often more than its open."""
    open_, close = draw(st.integers(98, 102)), draw(st.integers(97, 103))
    return Bar(
        instrument=instrument,
        ts_open=ts_open,
        ts_close=ts_open + BAR_LENGTH,
        open=open_,
        high=max(open_, close) + draw(st.integers(0, 4)),
        low=min(open_, close) - draw(st.integers(0, 4)),
        close=close,
    )


@st.composite
def records(draw: st.DrawFn, kinds: list[tuple[type, ...]], least: int = 5, most: int = 60) -> list[Record]:
    """Records of instruments with these kinds of data, sorted."""
    now = draw(STARTS)
    next_bar = [now // BAR_LENGTH * BAR_LENGTH] * len(kinds)
    sized = [draw(st.sampled_from([True, True, False])) for _ in kinds]
    choices = st.sampled_from([(i, kind) for i, of_instrument in enumerate(kinds) for kind in of_instrument])
    found: list[Record] = []
    for _ in range(draw(st.integers(least, most))):
        now += draw(st.sampled_from([0, 1, 2, 3, 1, 0, 5, 12, 40]))
        i, kind = draw(choices)
        if kind is Bar:
            ts_open = max(next_bar[i], now // BAR_LENGTH * BAR_LENGTH)
            next_bar[i] = ts_open + BAR_LENGTH
            found.append(draw(bars(i, ts_open)))
        elif kind is Trade:
            found.append(Trade(i, now, draw(PRICES), draw(SIZES)))
        else:
            bid, ask, bid_qty, ask_qty = draw(quotes(sized[i]))
            if kind is Quote:
                found.append(Quote(i, now, bid, ask, bid_qty, ask_qty))
            else:
                found.append(Tick(i, now, bid, ask, draw(PRICES), bid_qty, ask_qty, draw(SIZES)))
    return sorted(found, key=lambda record: (record.ts_event, RANK_OF_RECORD[type(record)]))


@st.composite
def submits(draw: st.DrawFn, instruments: int) -> Submit:
    """A new order; one in twenty or so is malformed."""
    order_type = draw(st.sampled_from(OrderType))
    limit = draw(ORDER_PRICES) if order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None
    stop = draw(ORDER_PRICES) if order_type in (OrderType.STOP, OrderType.STOP_LIMIT) else None
    instrument = draw(st.integers(0, instruments - 1))
    qty = draw(st.integers(1, 9))
    match draw(st.integers(0, 63)):
        case 63:
            qty = 0
        case 62:
            limit = 100 if limit is None else None
        case 61:
            stop = 100 if stop is None else None
        case 60:
            instrument = instruments
    tif = draw(st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.DAY]))
    return Submit(instrument, draw(st.sampled_from(Side)), qty, order_type, tif, limit, stop)


@st.composite
def commands(draw: st.DrawFn, instruments: int, submitted: int) -> Command:
    """A command; cancels and replaces mostly name one of the orders so far, open or not, some name none."""
    what = draw(st.sampled_from(["submit", "submit", "submit", "cancel", "replace"]))
    if what == "submit" or submitted == 0:
        return draw(submits(instruments))
    recent = max(1, submitted - 3)
    order_id = draw(st.one_of(st.integers(recent, submitted), st.integers(1, submitted + 2)))
    if what == "cancel":
        return Cancel(order_id)
    return Replace(
        order_id,
        qty=draw(st.one_of(st.none(), st.integers(0, 9))),
        limit=draw(st.one_of(st.none(), ORDER_PRICES)),
        stop=draw(st.one_of(st.none(), st.none(), ORDER_PRICES)),
    )


@st.composite
def scripts(draw: st.DrawFn, length: int, instruments: int) -> dict[int, list[Command]]:
    """Nothing, one or a few commands on each record."""
    script: dict[int, list[Command]] = {}
    submitted = 0
    for index in range(length):
        for _ in range(draw(st.sampled_from([0, 1, 0, 0, 2, 1, 3]))):
            command = draw(commands(instruments, submitted))
            submitted += isinstance(command, Submit)
            script.setdefault(index, []).append(command)
    return script


@st.composite
def order_limits(draw: st.DrawFn) -> OrderLimits:
    """Mostly none; else each of them sometimes, tight enough to matter."""
    if draw(st.integers(0, 2)) < 2:
        return OrderLimits()
    return OrderLimits(
        max_order_qty=draw(st.sampled_from([None, Decimal(7), Decimal(700)])),
        max_position=draw(st.sampled_from([None, Decimal(12), Decimal("1.1"), Decimal(1500)])),
        max_notional=draw(st.sampled_from([None, Decimal(6), Decimal(900)])),
        collar_pct=draw(st.sampled_from([None, Decimal(3), Decimal("0.5")])),
    )


@st.composite
def configs(draw: st.DrawFn, feed_latency: bool) -> Config:
    """Latencies of 0 to 15 ns, costs that need rounding, and now and then little capital."""
    percents = st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.00007"), Decimal("0.35")])
    return Config(
        initial_capital=draw(st.sampled_from([Decimal(1_000_000), Decimal(1_000_000), Decimal(20)])),
        entry_latency=draw(LATENCIES),
        response_latency=draw(LATENCIES),
        feed_latency=draw(LATENCIES) if feed_latency else 0,
        cancel_latency=draw(st.one_of(st.none(), LATENCIES)),
        slippage_pct=draw(st.sampled_from([Decimal(0), Decimal("0.05"), Decimal(1), Decimal("2.5")])),
        taker_commission_pct=draw(percents),
        maker_commission_pct=draw(percents),
        fill_model=draw(st.sampled_from(["through", "touch"])),
        leverage=draw(st.sampled_from([Decimal(1), Decimal("2.5")])),
        limits=draw(order_limits()),
    )


@st.composite
def cases(
    draw: st.DrawFn, data: tuple[str, ...] = tuple(DATA), most_instruments: int = 3, feed_latency: bool = False
) -> Case:
    """A market, a configuration and a script.

    Parameters
    ----------
    data
        Names of `DATA`; each instrument has one of them.
    most_instruments
        1 to this many instruments.
    feed_latency
        Whether the strategy may see records later than they happen.
    """
    kinds = [DATA[name] for name in draw(st.lists(st.sampled_from(data), min_size=1, max_size=most_instruments))]
    found = draw(records(kinds))
    return Case(
        records=found,
        instruments=[draw(INSTRUMENTS) for _ in kinds],
        config=draw(configs(feed_latency)),
        script=draw(scripts(len(found), len(kinds))),
    )
