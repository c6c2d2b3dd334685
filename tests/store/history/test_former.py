"""A folder of version 1 answers as one of today does, and is continued without losing anything."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from former_history import write_former
from store_frames import (
    MINUTE_MS,
    PROVENANCE,
    TABLES,
    assert_same_accounts,
    assert_same_frame,
    make_accounts,
    make_frame,
    make_markets,
)
from stored_moments import moment_of, moments_of

from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts
from liqscape.store.history import HistoryReader, HistoryWriter

MARKETS = make_markets(3)
STEPS = [*range(1_400, 1_440), *range(1_440, 1_460), *range(1_475, 1_481)]
"""Forty minutes before midnight, twenty after it, a hole, and six that stay in heads."""


def make(step: int) -> tuple[MarketFrame, Accounts]:
    accounts = make_accounts(2, step, len(MARKETS), 30)
    return make_frame(2, step, markets=MARKETS, accounts=accounts), accounts


@pytest.fixture(scope="module")
def stored() -> list[tuple[MarketFrame, Accounts]]:
    return [make(step) for step in STEPS]


@pytest.fixture
def former(stored: list[tuple[MarketFrame, Accounts]], tmp_path: Path) -> Path:
    write_former(tmp_path / "former", stored, TABLES, in_parts=[40, 12, 8])
    return tmp_path / "former"


def assert_stored(reader: HistoryReader, stored: list[tuple[MarketFrame, Accounts]]) -> None:
    assert reader.frame_times(0, 2**50).tolist() == [frame.time_ms for frame, _ in stored]
    for frame, accounts in stored[::7] + stored[-8:]:
        read = reader.frame_at(frame.time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)
    assert reader.damaged == ()


def test_every_frame_and_account_comes_back(former: Path, stored: list[tuple[MarketFrame, Accounts]]) -> None:
    assert_stored(HistoryReader(former), stored)


@pytest.mark.parametrize("value", ["mark", "level"])
def test_windows_are_those_of_the_format_of_today(
    former: Path, stored: list[tuple[MarketFrame, Accounts]], tmp_path: Path, value: str
) -> None:
    with HistoryWriter(tmp_path / "today", PROVENANCE) as writer:
        writer.append_many(moments_of(stored[:60], TABLES))
        for frame, accounts in stored[60:]:
            writer.append(moment_of(frame, accounts, TABLES))
    today, before = HistoryReader(tmp_path / "today"), HistoryReader(former)
    first_ms = stored[0][0].time_ms
    seen = 0.0
    for coin in MARKETS.coins:
        for width in (400, 12, 6):
            span = (first_ms, first_ms + 90 * MINUTE_MS, width, 300, 0.3, 3.0, value)
            ours, theirs = today.window(coin, *span), before.window(coin, *span)
            np.testing.assert_array_equal(ours.as_of_ms, theirs.as_of_ms)
            np.testing.assert_array_equal(ours.mark, theirs.mark)
            np.testing.assert_allclose(ours.long, theirs.long, rtol=1e-6)
            np.testing.assert_allclose(ours.short, theirs.short, rtol=1e-6)
            seen += float(np.nansum(ours.long) + np.nansum(ours.short))
    assert seen > 0.0


def test_it_is_continued_and_its_heads_become_parts_of_today(
    former: Path, stored: list[tuple[MarketFrame, Accounts]]
) -> None:
    later = [make(step) for step in range(1_481, 1_486)]
    with HistoryWriter(former, PROVENANCE) as writer:
        assert writer.last_time_ms == stored[-1][0].time_ms
        for frame, accounts in later[:3]:
            writer.append(moment_of(frame, accounts, TABLES))
        assert_stored(HistoryReader(former), [*stored, *later[:3]])
        writer.compact()
    with HistoryWriter(former, PROVENANCE) as writer:
        for frame, accounts in later[3:]:
            writer.append(moment_of(frame, accounts, TABLES))
    assert_stored(HistoryReader(former), [*stored, *later])
    assert json.loads((former / "manifest.json").read_text())["schema_version"] == 3
    parts = sorted(path.name for path in (former / "parts").iterdir())
    assert len(parts) == 4, "those of the former version stay as they are"
