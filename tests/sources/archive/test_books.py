"""Archived books, sampled: which are kept, and what is said of hours and lines that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liqscape.errors import RemoteWireError
from liqscape.sources.archive.books import ASK, BID, levels_of, read_books
from liqscape.sources.archive.hours import ArchiveDamage
from liqscape.sources.archive.store import LocalStore
from liqscape.units import HOUR_MS, MINUTE_MS
from liqscape.wire.archive.frame import pack_frame
from liqscape.wire.archive.paths import l2_book_path
from liqscape.wire.info.l2_book import BookLevel, L2Book

DAY_MS = 1_770_076_800_000
"""2026-02-03."""
NINE = DAY_MS + 9 * HOUR_MS


def line(time_ms: int, bid: float = 10.0, coin: str = "BTC", ask: float = 11.0) -> bytes:
    levels = [[{"px": str(bid), "sz": "2.5", "n": 3}, {"px": str(bid - 1), "sz": "4", "n": 1}]]
    levels.append([{"px": str(ask), "sz": "1.0", "n": 7}])
    data = {"coin": coin, "time": time_ms, "levels": levels}
    envelope = {"time": "2026-02-03T09:00:00.123456789", "ver_num": 1, "raw": {"channel": "l2Book", "data": data}}
    return json.dumps(envelope).encode() + b"\n"


def put(folder: Path, hour_ms: int, content: bytes, cut: int = 0) -> None:
    path = folder / l2_book_path("BTC", hour_ms)
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = pack_frame(content)
    path.write_bytes(packed[: len(packed) - cut])


def test_the_last_book_of_every_span_is_kept_and_none_after_its_end(tmp_path: Path) -> None:
    offsets = (0, 1_000, 30_000, 59_999, 60_000, 60_001, 119_000, 300_000)
    put(tmp_path, NINE, b"".join(line(NINE + offset, bid=10.0 - offset / 1e6) for offset in offsets))
    found = read_books(LocalStore(tmp_path), "BTC", NINE, NINE + HOUR_MS, MINUTE_MS, [].append)
    times = sorted({row[0] - NINE for row in found.rows})
    assert times == [0, 60_000, 119_000, 300_000]
    assert found.rows[:3] == [(NINE, BID, 10.0, 2.5, 3), (NINE, BID, 9.0, 4.0, 1), (NINE, ASK, 11.0, 1.0, 7)]
    assert found.is_whole


def test_hours_have_no_leading_zero_and_missing_ones_are_said(tmp_path: Path) -> None:
    put(tmp_path, NINE, line(NINE + 5))
    put(tmp_path, NINE + HOUR_MS, line(NINE + HOUR_MS + 5))
    assert (tmp_path / "market_data" / "20260203" / "9" / "l2Book" / "BTC.lz4").is_file()
    damage: list[ArchiveDamage] = []
    found = read_books(LocalStore(tmp_path), "BTC", NINE, NINE + 3 * HOUR_MS, MINUTE_MS, damage.append)
    assert sorted({row[0] for row in found.rows}) == [NINE + 5, NINE + HOUR_MS + 5]
    assert [each.path for each in damage] == ["market_data/20260203/11/l2Book/BTC.lz4"]
    assert not found.is_whole


def test_what_came_before_a_cut_counts(tmp_path: Path) -> None:
    put(tmp_path, NINE, b"".join(line(NINE + second * 1_000) for second in range(3_600)), cut=200)
    damage: list[ArchiveDamage] = []
    found = read_books(LocalStore(tmp_path), "BTC", NINE, NINE + HOUR_MS, MINUTE_MS, damage.append)
    assert found.rows
    assert "cut" in damage[0].reason
    assert damage[0].to_ms == NINE + HOUR_MS
    assert not found.is_whole


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("of another coin", line(NINE + 120_000, coin="ETH")),
        ("crossed", line(NINE + 120_000, bid=12.0)),
        ("a price of zero", line(NINE + 120_000, bid=1.0)),
        ("no book", b'{"time": "x", "raw": {"data": {"time": %d}}}\n' % (NINE + 120_000)),
    ],
)
def test_a_line_that_is_no_book_is_counted_and_no_other_takes_its_place(
    name: str, wrong: bytes, tmp_path: Path
) -> None:
    put(tmp_path, NINE, line(NINE) + line(NINE + 119_000) + wrong + line(NINE + 180_000))
    found = read_books(LocalStore(tmp_path), "BTC", NINE, NINE + HOUR_MS, MINUTE_MS, [].append)
    assert found.malformed == 1, name
    assert sorted({row[0] - NINE for row in found.rows}) == [0, 180_000]


def test_only_times_asked_for_are_kept(tmp_path: Path) -> None:
    put(tmp_path, NINE, b"".join(line(NINE + minute * MINUTE_MS) for minute in range(60)))
    found = read_books(LocalStore(tmp_path), "BTC", NINE + 10 * MINUTE_MS, NINE + 12 * MINUTE_MS, MINUTE_MS, [].append)
    assert sorted({(row[0] - NINE) // MINUTE_MS for row in found.rows}) == [10, 11]


def test_levels_must_be_best_first() -> None:
    bids = (BookLevel(9.0, 1.0, 1), BookLevel(10.0, 1.0, 1))
    with pytest.raises(RemoteWireError, match="best first"):
        levels_of(L2Book(coin="BTC", levels=(bids, ()), time=5), "BTC", "x:1")
    with pytest.raises(RemoteWireError, match="best first"):
        levels_of(L2Book(coin="BTC", levels=((BookLevel(9.0, 0.0, 1),), ()), time=5), "BTC", "x:1")
