"""The same questions over stored history and over the frames in memory have the same answers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket, address
from stored_moments import moments_of

from liqscape.heatmap.grid import BASE_WIDTH
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter


@pytest.fixture(scope="module")
def stored(market: SmallMarket, tmp_path_factory: pytest.TempPathFactory) -> MapView:
    folder: Path = tmp_path_factory.mktemp("history")
    writer = HistoryWriter(folder, market.frames[0].provenance)
    writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    writer.close()
    return MapView(HistoryReader(folder))


@pytest.mark.parametrize("at_ms", [None, START_MS, START_MS + 299_999])
def test_answers_from_disk_are_those_from_memory(stored: MapView, history: MemoryHistory, at_ms: int | None) -> None:
    memory = MapView(history)
    for ask in (
        lambda view: view.frame("BTC", at_ms, 2),
        lambda view: view.frame("DARK", at_ms),
        lambda view: view.clusters("ETH", at_ms),
        lambda view: view.asymmetry("ETH", at_ms),
        lambda view: view.positions("kPEPE", price_low=1e-9, price_high=1e9, at_ms=at_ms),
        lambda view: view.account(address(5), at_ms),
        lambda view: view.account(address(2), at_ms),
        lambda view: view.candles("BTC"),
        lambda view: view.coins(),
        lambda view: view.status(),
    ):
        assert _without_readings(ask(stored)) == _without_readings(ask(memory))


def _without_readings(answer: object) -> object:
    """As JSON values, without when a pool was read: a reading that tells nothing new is stored once an hour."""
    plain = msgspec.json.decode(msgspec.json.encode(answer))
    for pool in plain.get("pools", ()):
        pool.pop("observed_ms", None)
    return plain


@pytest.mark.parametrize("value", ["mark", "level"])
def test_heatmap_from_disk_is_that_from_memory(stored: MapView, history: MemoryHistory, value: str) -> None:
    for coin, width, height in (("BTC", 800, 400), ("ETH", 5, 30), ("kPEPE", 12, 200)):
        disk = stored.heatmap(coin, width=width, height=height, value=value)
        memory = MapView(history).heatmap(coin, width=width, height=height, value=value)
        assert np.array_equal(disk.as_of_ms, memory.as_of_ms)
        assert np.array_equal(disk.mark, memory.mark, equal_nan=True)
        # USD at the levels is taken at the middle of each band, 2.5 basis points at most from the levels in it.
        room = 1e-6 if value == "mark" else BASE_WIDTH / 2 + 1e-6
        np.testing.assert_allclose(disk.long, memory.long, rtol=room)
        np.testing.assert_allclose(disk.short, memory.short, rtol=room)
        assert (disk.header.first_band, disk.header.level) == (memory.header.first_band, memory.header.level)


@pytest.mark.parametrize("width", [3, 7, 40])
@pytest.mark.parametrize("newer", [0, 1, 5])
def test_the_last_columns_asked_alone_are_those_of_the_whole_window(stored: MapView, width: int, newer: int) -> None:
    """What the page asks when time went on: from its last column to the end of a whole one, so many columns."""
    status = stored.status()
    end_ms = status.last_ms + 1
    asked = {"start_ms": status.first_ms, "width": width, "height": 60, "price_low": 60_000.0, "price_high": 80_000.0}
    first = stored.heatmap("BTC", **asked, end_ms=end_ms - newer * 60_000).header
    columns = -(-(end_ms - first.start_ms) // first.step_ms)
    start, end = (first.start_ms + at * first.step_ms for at in (first.columns - 1, columns))
    count = columns - first.columns + 1
    tail = stored.heatmap("BTC", **asked | {"start_ms": start, "width": count}, end_ms=end)
    for name in ("level", "first_band", "rows", "step_ms"):
        assert getattr(tail.header, name) == getattr(first, name)
    assert (tail.header.start_ms, tail.header.columns) == (start, count)
    if columns <= width:
        whole = stored.heatmap("BTC", **asked, end_ms=end_ms)
        assert (whole.header.step_ms, whole.header.columns) == (first.step_ms, columns)
        for name in ("long", "short", "mark", "as_of_ms"):
            np.testing.assert_array_equal(getattr(tail, name), getattr(whole, name)[..., -count:])
