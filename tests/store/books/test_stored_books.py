"""Books on disk: what is written comes back, and which one stands at a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pytest

from liqscape.errors import CorruptSegment, SchemaMismatch
from liqscape.model import Market, Markets, MarketSnapshot
from liqscape.service.market_inputs.stored_books import stored_books
from liqscape.store.books import BookReader, BookRows, DayFile, read_day_file, write_day
from liqscape.store.books.schema import ASK, BID, DAY_KEY, VERSION_KEY, day_path
from liqscape.units import DAY_MS, MINUTE_MS

START = 1_770_076_800_000
"""2026-02-03."""


def rows_at(*times: int) -> BookRows:
    return BookRows.of(
        [
            row
            for time_ms in times
            for row in (
                (time_ms, BID, 10.0 + time_ms % 7, 1.0, 2),
                (time_ms, BID, 9.0, 3.0, 4),
                (time_ms, ASK, 20.0, 5.0, 6),
            )
        ]
    )


def write(folder: Path, *times: int, coin: str = "BTC", day_ms: int = START) -> DayFile:
    rows = rows_at(*times)
    day = DayFile(
        coin=coin, every_ms=MINUTE_MS, from_ms=day_ms, until_ms=day_ms + DAY_MS, is_whole=True, books=rows.book_count
    )
    write_day(folder, day, rows)
    return day


def test_a_day_comes_back_and_says_what_it_is(tmp_path: Path) -> None:
    day = write(tmp_path, START, START + MINUTE_MS, coin="xyz:GOLD")
    path = day_path(tmp_path, "xyz:GOLD", START + 5)
    assert path == tmp_path / "books" / "xyz%3AGOLD" / "2026-02-03.parquet"
    assert read_day_file(path) == day
    assert day.books == 2
    frame = polars.read_parquet(path)
    assert frame.columns == ["time", "side", "price", "size", "orders"]
    assert frame["side"].to_list() == ["bid", "bid", "ask", "bid", "bid", "ask"]


def test_the_newest_book_that_is_not_after_the_moment_stands(tmp_path: Path) -> None:
    write(tmp_path, START + 1_000, START + MINUTE_MS)
    reader = BookReader(tmp_path)
    assert reader.find("BTC", START + 999, DAY_MS) is None
    found = reader.find("BTC", START + MINUTE_MS - 1, MINUTE_MS)
    assert found is not None
    assert found.time_ms == START + 1_000
    assert found.bids.tolist() == [[10.0 + (START + 1_000) % 7, 1.0], [9.0, 3.0]]
    assert found.asks.tolist() == [[20.0, 5.0]]
    assert [orders.tolist() for orders in found.orders] == [[2, 4], [6]]
    exact = reader.find("BTC", START + MINUTE_MS, 0)
    assert exact is not None
    assert exact.time_ms == START + MINUTE_MS


def test_a_book_that_is_too_old_does_not_stand(tmp_path: Path) -> None:
    write(tmp_path, START)
    reader = BookReader(tmp_path)
    assert reader.find("BTC", START + MINUTE_MS, MINUTE_MS) is not None
    assert reader.find("BTC", START + MINUTE_MS + 1, MINUTE_MS) is None
    assert reader.find("ETH", START, MINUTE_MS) is None


def test_the_last_book_of_a_day_stands_at_the_beginning_of_the_next(tmp_path: Path) -> None:
    write(tmp_path, START + DAY_MS - 500)
    found = BookReader(tmp_path).find("BTC", START + DAY_MS + 500, MINUTE_MS)
    assert found is not None
    assert found.time_ms == START + DAY_MS - 500
    assert BookReader(tmp_path).find("BTC", START + 2 * DAY_MS, MINUTE_MS) is None


def test_no_folder_is_no_book(tmp_path: Path) -> None:
    reader = BookReader(tmp_path / "nothing")
    assert reader.is_empty
    assert reader.find("BTC", START, DAY_MS) is None


def test_damage_and_other_versions_are_said(tmp_path: Path) -> None:
    write(tmp_path, START)
    path = day_path(tmp_path, "BTC", START)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(CorruptSegment, match=r"2026-02-03\.parquet"):
        BookReader(tmp_path).find("BTC", START, DAY_MS)
    frame = polars.DataFrame({"time_ms": np.array([START])})
    frame.write_parquet(path)
    with pytest.raises(CorruptSegment, match=r"no file of books of ours|no whole Parquet file"):
        read_day_file(path)
    frame.write_parquet(path, metadata={VERSION_KEY: "3", DAY_KEY: "{}"})
    with pytest.raises(SchemaMismatch, match="version 3"):
        read_day_file(path)


def test_a_flipped_bit_is_told(tmp_path: Path) -> None:
    write(tmp_path, START)
    path = day_path(tmp_path, "BTC", START)
    good = path.read_bytes()
    for place in range(0, len(good), 41):
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        with pytest.raises(CorruptSegment):
            BookReader(tmp_path).find("BTC", START, DAY_MS)


def test_a_simulation_goes_on_without_a_damaged_book_and_says_so(tmp_path: Path) -> None:
    markets = Markets.build(Market(coin=coin, size_decimals=2, max_leverage=20, table_row=0) for coin in ("BTC", "ETH"))
    snapshot = MarketSnapshot(
        markets=markets, time_ms=START, mark=np.array([10.0, 10.0]), oracle=np.full(2, np.nan), open_interest=np.ones(2)
    )
    write(tmp_path, START)
    write(tmp_path, START, coin="ETH")
    path = day_path(tmp_path, "BTC", START)
    path.write_bytes(path.read_bytes()[:-4])
    (bitcoin, ether), notes = stored_books(BookReader(tmp_path), snapshot)
    assert bitcoin is None
    assert ether is not None
    assert notes[-1].startswith(
        "the stored order books of BTC in 2026-02-03.parquet are damaged; import that day again"
    )


def test_a_day_imported_again_is_seen_by_a_reader_that_has_read_it(tmp_path: Path) -> None:
    """Hours missing from the archive are filled in later, while a server holds the day."""
    reader = BookReader(tmp_path)
    states = [reader.state()]
    assert reader.find("BTC", START + 5 * MINUTE_MS, DAY_MS) is None
    write(tmp_path, START)
    states.append(reader.state())
    first = reader.find("BTC", START + 5 * MINUTE_MS, DAY_MS)
    write(tmp_path, START, START + 5 * MINUTE_MS)
    second = reader.find("BTC", START + 5 * MINUTE_MS, DAY_MS)
    assert first is not None
    assert second is not None
    assert (first.time_ms, second.time_ms) == (START, START + 5 * MINUTE_MS)
    write(tmp_path, START, coin="ETH")
    states += [reader.state(), BookReader(tmp_path).state()]
    assert len(set(states)) == 3
    assert states[2] == states[3]


@pytest.mark.parametrize(("coin", "time_ms"), [("ETH", START), ("BTC", START + DAY_MS)])
def test_a_file_under_the_name_of_another_is_not_its_books(tmp_path: Path, coin: str, time_ms: int) -> None:
    write(tmp_path, START)
    other = day_path(tmp_path, coin, time_ms)
    other.parent.mkdir(exist_ok=True)
    day_path(tmp_path, "BTC", START).rename(other)
    with pytest.raises(CorruptSegment, match="books of BTC"):
        BookReader(tmp_path).find(coin, time_ms + MINUTE_MS, DAY_MS)
