"""How close a run came to its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from baconalgo.data._times import text


@dataclass(frozen=True, eq=False, repr=False)
class RiskReport:
    """How a run used its limits, and what its breakers went through.

    Attributes
    ----------
    limits
        A table with one row for each limit that was asked: ``code, limit, most_used_pct, refused``. The largest value
        that it let through, percent of the bound, and how many orders it refused.
    incidents
        A table with one row for each change of the breakers: ``ts, cause, condition, loss, bound``.
    condition
        ``"NORMAL"``, ``"WARNING"`` or ``"TRIPPED"``, at the end.
    daily_loss, drawdown
        The largest loss of a day and the largest fall from a peak, each with its bound; None without a limit.
    """

    limits: pa.Table
    incidents: pa.Table
    condition: str
    daily_loss: tuple[float, float] | None
    drawdown: tuple[float, float] | None

    @property
    def tripped(self) -> bool:
        """Whether a breaker tripped at any time."""
        return "TRIPPED" in self.incidents.column("condition").to_pylist()

    def __repr__(self) -> str:
        lines = [f"RiskReport: {self.condition}", "  limit                     most used   refused"]
        for row in self.limits.to_pylist():
            used = "-" if row["most_used_pct"] is None else f"{row['most_used_pct']:.1f} %"
            lines.append(f"  {row['limit']:<24} {used:>10} {row['refused']:>9,}")
        times = self.incidents.column("ts").cast(pa.int64()).to_pylist()
        for ts, row in zip(times, self.incidents.drop_columns("ts").to_pylist(), strict=True):
            of = f", loss {row['loss']:,.2f} of {row['bound']:,.2f}" if row["bound"] else ""
            lines.append(f"  {text(ts)}  {row['condition']} by {row['cause']}{of}")
        return "\n".join(lines)


def risk_report(found: Mapping[str, Any]) -> RiskReport:
    """A report of what the core counted."""
    used = [(code, name, None if most == 0 else 100 * most, refused) for code, name, most, refused in found["limits"]]
    for name, key in (("max_daily_loss", "daily_loss"), ("max_drawdown_pct", "drawdown")):
        loss, bound = found[key]
        if bound > 0:
            code = 2028 if key == "daily_loss" else 2029
            refused = sum(row[3] for row in used if row[0] == code)
            used = [*(row for row in used if row[0] != code), (code, name, 100 * loss / bound, refused)]
    columns = list(zip(*sorted(used), strict=True)) or [(), (), (), ()]
    incidents = list(zip(*found["incidents"], strict=True)) or [(), (), (), (), ()]
    return RiskReport(
        limits=pa.table(
            {
                "code": pa.array(columns[0], pa.uint16()),
                "limit": pa.array(columns[1], pa.string()),
                "most_used_pct": pa.array(columns[2], pa.float64()),
                "refused": pa.array(columns[3], pa.int64()),
            }
        ),
        incidents=pa.table(
            {
                "ts": pa.array(incidents[0], pa.int64()).cast(pa.timestamp("ns", "UTC")),
                "cause": pa.array(incidents[1], pa.string()),
                "condition": pa.array(incidents[2], pa.string()),
                "loss": pa.array(incidents[3], pa.float64()),
                "bound": pa.array(incidents[4], pa.float64()),
            }
        ),
        condition=found["condition"],
        daily_loss=found["daily_loss"] if found["daily_loss"][1] > 0 else None,
        drawdown=found["drawdown"] if found["drawdown"][1] > 0 else None,
    )
