"""A live map starts again from a folder with every kind of file damaged: it is right again, and says what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_map import Exchange, agrees, exchange, live_map, seconds_until

from liqscape.store.damage import list_damaged
from liqscape.store.history import HistoryReader

SPEED = 20.0
"""Seconds of the exchange a second: a minute is stored every three seconds."""


@pytest.fixture
def served() -> Iterator[Exchange]:
    with exchange(speed=SPEED) as made:
        yield made


def test_a_folder_with_every_kind_of_file_damaged_goes_on_and_says_so(served: Exchange, tmp_path: Path) -> None:
    data = tmp_path / "data"

    def is_stored() -> bool:
        reader = HistoryReader(data)
        frame = None if reader.last_ms is None else reader.frame_at(reader.last_ms, with_bands=False)
        is_whole = frame is not None and frame.address_count > 10
        return is_whole and len(reader.frame_times(0, 1 << 60)) > 1

    with live_map(served.network, data):
        seconds_until(is_stored, "two minutes to be stored", 90.0)
    times = HistoryReader(data).frame_times(0, 1 << 60).tolist()
    heads = sorted((data / "head").glob("*.head"))
    for path in (heads[-2], data / "manifest.json", data / "origin.json", data / "register.sqlite"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    damaged = {f"head/{heads[-2].name}", "manifest.json", "origin.json", "register.sqlite"}

    with live_map(served.network, data) as running:
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be right again", 90.0)
        reader = HistoryReader(data)
        assert reader.frame_times(0, times[-1] + 1).tolist() == times
        assert {row.file for row in reader.damaged} >= damaged
    assert {row.file for row in list_damaged(data)} >= damaged
    assert all((data / str(row.kept_as)).exists() for row in list_damaged(data))
