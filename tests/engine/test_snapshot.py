"""An engine goes on from a file; a file that is not whole, or not of this build, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import baconalgo as ba
from baconalgo.engine._engine import _build

MESSAGES = [
    ba.MarketData("A", 100.0, 1.0, 1),
    ba.Signal("A", "BUY", 100.0, 10.0, 0.5),
    ba.ExecuteOrder(7, "A", "LIMIT", "SELL", 4.0, 110.0),
    ba.Signal("B", "SELL", 50.0, 3.0, 0.5),
    ba.MarketData("A", 105.0, 1.0, 2),
]


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, ba.QuantumEngine]:
    path = tmp_path / "engine.snapshot"
    engine = ba.QuantumEngine()
    with engine:
        engine.send_many(MESSAGES)
        engine.flush()
        engine.snapshot(path)
    assert [file.name for file in tmp_path.iterdir()] == ["engine.snapshot"]
    return path, engine


def essence(engine: ba.QuantumEngine) -> list[tuple[object, ...]]:
    return [(p.symbol, p.quantity, p.average_price, p.mark_price, p.realized_pnl) for p in engine.list_positions()]


def test_positions_open_orders_and_numbers_go_on_after_a_restart(saved) -> None:
    path, first = saved
    second = ba.QuantumEngine.restore(path)
    assert essence(second) == essence(first)
    assert second.account() == first.account()
    assert second.get_stats().messages_processed == len(MESSAGES)
    with second:
        # The open order works on, and its number stays taken.
        second.send_message(ba.ExecuteOrder(7, "A", "LIMIT", "SELL", 4.0, 110.0))
        second.send_message(ba.MarketData("A", 111.0, 1.0, 3))
        second.flush()
        assert dict(second.get_stats().rejects_by_code) == {1006: 1}
        assert second.get_position("A").quantity == 6.0
        assert second.fills().column("price").to_pylist() == [110.0]


def test_truncations_and_flipped_bits_are_refused(saved) -> None:
    path, _ = saved
    whole = path.read_bytes()
    engine = ba.QuantumEngine()
    for length in range(0, len(whole), 13):
        path.write_bytes(whole[:length])
        with pytest.raises(ba.EngineError, match="snapshot must be"):
            engine._native.restore(path, _build())
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(ba.EngineError, match="snapshot must be"):
            engine._native.restore(path, _build())


def test_another_build_s_and_another_kind_of_file_are_refused(saved, tmp_path: Path) -> None:
    path, _ = saved
    with pytest.raises(ba.EngineError, match="must be written by this very build"):
        ba.QuantumEngine()._native.restore(path, "another build")
    path.write_text("not a snapshot at all, but long enough to be one")
    with pytest.raises(ba.EngineError, match="another kind of file"):
        ba.QuantumEngine.restore(path)
    with pytest.raises(ba.EngineError, match="must be a file that can be read"):
        ba.QuantumEngine.restore(tmp_path / "nowhere")
    with pytest.raises(ba.EngineError, match="must be a file that can be read and written"):
        ba.QuantumEngine().snapshot(tmp_path / "nowhere" / "file")


def test_a_snapshot_must_fit_the_instruments(saved) -> None:
    from decimal import Decimal

    path, _ = saved
    other = [ba.Instrument("Z", Decimal("0.01"), Decimal(1))]
    with pytest.raises(ba.EngineError, match="instruments must be those of the snapshot"):
        ba.QuantumEngine.restore(path, instruments=other)
    with pytest.raises(ba.EngineError, match="position_cache_capacity must be at least the 2"):
        ba.QuantumEngine.restore(path, ba.EngineConfig(position_cache_capacity=1))
