"""Which column means what: recognised by name, or mapped explicitly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from baconalgo.errors import DataError

#: Accepted names of each role, in lower case without separators; the first that is there wins.
NAMES: dict[str, tuple[str, ...]] = {
    "ts": (
        "ts",
        "tsevent",
        "timestamp",
        "exchangetimestamp",
        "transacttime",
        "eventtime",
        "datetime",
        "timemsc",
        "time",
        "date",
        "dateandtime",
        "opentime",
        "starttime",
        "windowstart",
        "gmttime",
        "utctime",
        "timeutc",
        "unix",
        "t",
    ),
    "time_of_day": (),
    "ts_recv": ("tsrecv", "localtimestamp", "receivetime", "recvtime", "tsreceive", "receivetimestamp"),
    "bid": ("bid", "bidprice", "bestbid", "bestbidprice", "bidpx", "bidpx00", "bids0price", "b"),
    "ask": (
        "ask",
        "askprice",
        "bestask",
        "bestaskprice",
        "askpx",
        "askpx00",
        "asks0price",
        "offer",
        "offerprice",
        "bestoffer",
        "a",
    ),
    "bid_size": (
        "bidsize",
        "bidqty",
        "bidquantity",
        "bidamount",
        "bidvolume",
        "bidvol",
        "bidsz",
        "bidsz00",
        "bids0amount",
        "bestbidsize",
        "bestbidqty",
    ),
    "ask_size": (
        "asksize",
        "askqty",
        "askquantity",
        "askamount",
        "askvolume",
        "askvol",
        "asksz",
        "asksz00",
        "asks0amount",
        "offersize",
        "offerqty",
        "bestasksize",
        "bestaskqty",
    ),
    "price": ("price", "px", "last", "lastprice", "tradeprice", "p"),
    "quantity": ("quantity", "qty", "size", "amount", "lastsize", "lastqty", "tradesize", "volume", "vol"),
    "side": ("side", "aggressor", "aggressorside", "takerside", "isbuyermaker", "buyermaker"),
    "open": ("open", "openprice", "o"),
    "high": ("high", "highprice", "h"),
    "low": ("low", "lowprice", "l"),
    "close": ("close", "closeprice", "c"),
    "volume": ("volume", "vol", "v", "quantity", "qty", "tickvolume", "tickvol"),
    "symbol": ("symbol", "ticker", "instrument", "name", "sym"),
}

#: What an index is called that was written without a name: times, if it holds them.
_UNNAMED = ("index", "indexlevel0", "unnamed0", "")

#: Roles of each kind: needed, and used if there.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ticks": (("bid", "ask", "price"), ("bid_size", "ask_size", "quantity", "side")),
    "quotes": (("bid", "ask"), ("bid_size", "ask_size")),
    "bars": (("open", "high", "low", "close"), ("volume",)),
    "trades": (("price",), ("quantity", "side")),
}

PRICES = ("bid", "ask", "price", "open", "high", "low", "close")
SIZES = ("bid_size", "ask_size", "quantity", "volume")
_SCALED = re.compile(r"^(?P<base>.+)_e(?P<decimals>\d{1,2})$", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A column: its name, and the decimals of scaled integers (``*_eN``), else ``None``."""

    name: str
    decimals: int | None = None

    def __str__(self) -> str:
        return self.name if self.decimals is None else f"{self.name} (1e-{self.decimals})"


@dataclass(frozen=True)
class Meaning:
    """What the columns of a table mean."""

    kind: str
    columns: dict[str, Column]
    buyer_maker: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the columns used, in the order of their roles."""
        return [column.name for column in self.columns.values()]


def plain(name: str) -> str:
    """A name in lower case without separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def split(name: str) -> tuple[str, int | None]:
    """A name without its ``_eN``, and N."""
    found = _SCALED.match(name)
    return (found["base"], int(found["decimals"])) if found else (name, None)


def _column(field: pa.Field) -> Column:
    decimals = split(field.name)[1]
    return Column(field.name, decimals if decimals is not None and pa.types.is_integer(field.type) else None)


def recognise(
    schema: pa.Schema, *, kind: str | None = None, columns: Mapping[str, str] | None = None, source: str = "table"
) -> Meaning:
    """Which columns of a schema are used, and as what.

    An explicit ``columns`` (role -> name) wins over recognition by name. The kind follows from the roles that are
    found: bid, ask and price -> ticks; bid and ask -> quotes; open, high, low, close -> bars; price -> trades.

    Raises
    ------
    DataError
        If a role is unknown, a named column is not there, or no kind fits; it lists the columns that are there.
    """
    there = ", ".join(schema.names)
    if kind is not None and kind not in KINDS:
        raise DataError("kind", f"must be one of {', '.join(KINDS)}", repr(kind), code=1111)
    found: dict[str, Column] = {}
    for role, name in (columns or {}).items():
        if role not in NAMES:
            raise DataError("columns", f"must map roles ({', '.join(NAMES)})", repr(role), code=1111)
        if name not in schema.names:
            raise DataError(role, f"must be a column of {source} ({there} are there)", repr(name), code=1101)
        found[role] = _column(schema.field(name))
    taken = {column.name for column in found.values()}
    by_name: dict[str, pa.Field] = {}
    for field in schema:
        by_name.setdefault(plain(split(field.name)[0]), field)
    for role, names in NAMES.items():
        if role in found or role == "ts":
            continue
        for name in names:
            if name in by_name and by_name[name].name not in taken:
                found[role] = _column(by_name[name])
                break
    if "ts" not in found:
        rest = {name: field.name for name, field in by_name.items() if field.name not in taken}
        told = times(rest, lambda name: schema.field(name).type)
        found |= {role: Column(name) for role, name in told.items() if role not in found}
    if "ts" not in found:
        raise DataError("ts", f"must be a column of {source} ({there} are there)", "not found", code=1101)
    fitting = [candidate for candidate, (needed, _) in KINDS.items() if all(role in found for role in needed)]
    if kind is None:
        if not fitting:
            rule = f"must be columns of {source} ({there} are there)"
            if "close" in found:
                rule += f"; columns={{'price': {found['close'].name!r}}} takes it as the price of trades"
            raise DataError("bid and ask, price, or open, high, low, close", rule, "not found", code=1101)
        kind = fitting[0]
        if kind == "trades" and "issnapshot" in by_name:
            rule = f"must be quotes, trades or bars ({there} are there)"
            raise DataError(source, rule, "changes of an order book", code=1101)
    elif kind not in fitting:
        missing = [role for role in KINDS[kind][0] if role not in found]
        rule = f"must be a column of {source} ({there} are there)"
        raise DataError(missing[0], rule, "not found", code=1101)
    needed, used = KINDS[kind]
    roles = ("ts", "time_of_day", "ts_recv", *needed, *used, "symbol")
    chosen = {role: found[role] for role in roles if role in found}
    side = chosen.get("side")
    return Meaning(kind, chosen, side is not None and "buyermaker" in plain(side.name))


def times(by_name: Mapping[str, str], kind: Callable[[str], pa.DataType]) -> dict[str, str]:
    """The column that has the times, by its plain name, and the one of times of day if they stand beside days."""
    ts = next((by_name[name] for name in NAMES["ts"] if name in by_name), None)
    if ts is None:
        unnamed = (by_name[name] for name in _UNNAMED if name in by_name)
        ts = next((name for name in unnamed if not _is_number(kind(name))), None)
    day, time = by_name.get("date"), by_name.get("time")
    if day is not None and time is not None and ts in (day, time) and not pa.types.is_timestamp(kind(time)):
        return {"ts": day, "time_of_day": time}
    return {} if ts is None else {"ts": ts}


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
