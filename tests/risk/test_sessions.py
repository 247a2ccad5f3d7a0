"""Days of a time zone: they start at its hour, summer and winter."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import baconalgo as ba
from baconalgo.risk._sessions import starts

HOUR = 3_600 * 10**9


def hours(timezone: str, first: str, days: int, hour: int) -> list[float]:
    """The length of days from the first start after a date on, hours."""
    begin = int(datetime.fromisoformat(first).replace(tzinfo=UTC).timestamp()) * 10**9
    found = [start for start in starts(timezone, hour * HOUR) or [] if start > begin][: days + 1]
    return [(after - start) / HOUR for start, after in itertools.pairwise(found)]


def test_the_day_on_which_clocks_change_is_an_hour_shorter_or_longer() -> None:
    assert hours("America/New_York", "2024-03-08", 4, 17) == [24, 23, 24, 24]
    assert hours("America/New_York", "2024-11-01", 4, 17) == [24, 25, 24, 24]
    assert hours("Asia/Tokyo", "2024-03-08", 4, 9) == [24, 24, 24, 24]
    assert starts("UTC", 0) is None


def test_every_start_is_that_hour_by_the_clock_on_the_wall() -> None:
    zone = ZoneInfo("Europe/London")
    found = starts("Europe/London", 8 * HOUR)
    assert found is not None
    assert found == sorted(set(found))
    for start in found[::97]:
        assert datetime.fromtimestamp(start // 10**9, zone).time() == datetime(1970, 1, 1, 8).time()


def test_an_hour_that_is_skipped_or_comes_twice_starts_one_day() -> None:
    assert hours("America/New_York", "2024-03-08", 3, 2) == [24, 24, 23]
    found = starts("America/New_York", 2 * HOUR)
    assert found is not None
    day = timedelta(hours=30) // timedelta(microseconds=1) * 1_000
    assert all(0 < after - start < day for start, after in itertools.pairwise(found))


@pytest.mark.parametrize("wrong", ["Mars/Olympus", "", 5, None, "../etc/passwd"])
def test_what_is_no_time_zone_is_refused(wrong: Any) -> None:
    with pytest.raises(ba.ConfigError, match="session_timezone must be a time zone"):
        ba.RiskConfig(session_timezone=wrong)


def test_a_start_beyond_the_day_is_refused() -> None:
    with pytest.raises(ba.ConfigError, match="day_start must be less than a day"):
        ba.RiskConfig(day_start="24h")


def test_the_loss_of_the_day_is_forgotten_at_the_hour_of_the_zone() -> None:
    config = ba.RiskConfig(session_timezone="America/New_York", day_start="17h", max_exposure_pct=None)
    # On the Sunday of the change 17:00 in New York is 21:00 UTC, a week before 22:00.
    for day, utc in (("2024-03-03", 22), ("2024-03-10", 21)):
        manager = ba.RiskManager(config)
        manager.on_fill("A", 100, 100, timestamp=f"{day}T12:00:00")
        manager.update_price("A", 95, timestamp=f"{day}T{utc - 1}:59:59")
        assert manager.get_metrics().daily_pnl == -500
        manager.update_price("A", 95, timestamp=f"{day}T{utc}:00:00")
        assert manager.get_metrics().daily_pnl == 0
