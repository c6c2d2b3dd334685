"""Histories to test with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_frames import PROVENANCE

from liqscape.store.history import HistoryWriter

OpenWriter = Callable[[], HistoryWriter]


@pytest.fixture
def open_writer(tmp_path: Path) -> Iterator[OpenWriter]:
    """Opens writers of one folder; closes what a test leaves open."""
    opened: list[HistoryWriter] = []

    def open_one() -> HistoryWriter:
        for writer in opened:
            writer.close()
        opened.append(HistoryWriter(tmp_path, PROVENANCE))
        return opened[-1]

    yield open_one
    for writer in opened:
        writer.close()
