"""What is appended comes back bit for bit, however it was written and wherever it lies."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from store_frames import (
    MINUTE_MS,
    PROVENANCE,
    START_MS,
    TABLES,
    assert_same_accounts,
    assert_same_frame,
    make_accounts,
    make_frame,
    make_markets,
)
from stored_moments import moment_of, moments_of

from liqscape.errors import StoreError
from liqscape.heatmap.bands import OutsideSums
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.steps import solve_bands

MARKETS = make_markets(3)
OpenWriter = Callable[[], HistoryWriter]
Stored = list[tuple[MarketFrame, Accounts]]


def make(steps: range, seed: int = 1, addresses: int = 12) -> Stored:
    held = [make_accounts(seed, step, len(MARKETS), addresses) for step in steps]
    return [
        (make_frame(seed, step, markets=MARKETS, accounts=accounts), accounts)
        for step, accounts in zip(steps, held, strict=True)
    ]


def assert_stored(reader: HistoryReader, stored: Stored) -> None:
    times = [frame.time_ms for frame, _ in stored]
    assert reader.frame_times(0, times[-1] + 1).tolist() == times
    assert (reader.first_ms, reader.last_ms, reader.frame_count) == (times[0], times[-1], len(times))
    for frame, accounts in stored[:: max(len(stored) // 12, 1)] + stored[-1:]:
        read = reader.frame_at(frame.time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)


def test_appended_one_by_one(tmp_path: Path, open_writer: OpenWriter) -> None:
    stored, writer = make(range(12)), open_writer()
    for frame, accounts in stored:
        writer.append(moment_of(frame, accounts, TABLES))
    assert_stored(HistoryReader(tmp_path), stored)


def test_loaded_in_bulk_over_midnight(tmp_path: Path, open_writer: OpenWriter) -> None:
    stored = make(range(1_380, 1_500, 2))
    open_writer().append_many(moments_of(iter(stored), TABLES))
    assert_stored(HistoryReader(tmp_path), stored)
    assert len(list((tmp_path / "parts").iterdir())) == 1, "30 frames of the second day stay in a head file"


def test_mixed_bulk_single_and_compacted(tmp_path: Path, open_writer: OpenWriter) -> None:
    stored, writer = make(range(110)), open_writer()
    reader = HistoryReader(tmp_path)
    for frame, accounts in stored[:5]:
        writer.append(moment_of(frame, accounts, TABLES))
    writer.append_many(moments_of(stored[5:50], TABLES))
    writer.append_many(moments_of(stored[50:60], TABLES))
    for frame, accounts in stored[60:65]:
        writer.append(moment_of(frame, accounts, TABLES))
    writer.append_many(moments_of(stored[65:], TABLES))
    assert_stored(reader, stored)
    writer.compact()
    assert_stored(reader, stored)
    assert_stored(HistoryReader(tmp_path), stored)
    assert len(list((tmp_path / "parts").iterdir())) == 1
    assert not list((tmp_path / "head").iterdir())


def test_frame_between_two_is_the_earlier_one(tmp_path: Path, open_writer: OpenWriter) -> None:
    stored = make(range(0, 40, 10))
    open_writer().append_many(moments_of(stored, TABLES))
    reader = HistoryReader(tmp_path)
    for frame, accounts in stored:
        read = reader.frame_at(frame.time_ms + 9 * MINUTE_MS)
        assert read is not None
        assert read.time_ms == frame.time_ms
        assert_same_accounts(reader.accounts_at(frame.time_ms + 9 * MINUTE_MS), accounts)
    assert reader.frame_at(START_MS - 1) is None
    assert reader.accounts_at(START_MS - 1).addresses == ()


def test_restart_continues_and_ignores_what_it_has(tmp_path: Path, open_writer: OpenWriter) -> None:
    stored = make(range(30))
    for begin in (0, 7, 8, 20):
        writer = open_writer()
        assert writer.last_time_ms == (None if begin == 0 else stored[begin - 1][0].time_ms)
        for frame, accounts in stored[max(begin - 3, 0) : {0: 7, 7: 8, 8: 20, 20: 30}[begin]]:
            writer.append(moment_of(frame, accounts, TABLES))
        if begin == 8:
            writer.compact()
    assert_stored(HistoryReader(tmp_path), stored)


def test_frames_far_apart(tmp_path: Path, open_writer: OpenWriter) -> None:
    """Hours and days lie between recorded snapshots; each day is a run of its own."""
    stored = make(range(0, 9_000, 433))
    writer = open_writer()
    for frame, accounts in stored:
        writer.append(moment_of(frame, accounts, TABLES))
    assert_stored(HistoryReader(tmp_path), stored)
    writer.compact()
    assert_stored(HistoryReader(tmp_path), stored)


def test_new_markets_and_tables_hold_from_their_frame_on(tmp_path: Path, open_writer: OpenWriter) -> None:
    more, tables = make_markets(5), MarginTables.build([*TABLES.tables, flat_table(3)])
    early = make(range(40))
    late = [(make_frame(1, step, markets=more), make_accounts(1, step, 5)) for step in range(40, 80)]
    writer = open_writer()
    writer.append_many(moments_of(early, TABLES))
    writer.append(moment_of(*late[0], tables))
    writer.append_many(moments_of(late[1:], tables))
    reader = HistoryReader(tmp_path)
    assert_stored(reader, early + late)
    writer.compact()
    assert_stored(reader, early + late)
    assert reader.markets == more
    assert reader.coins == more.coins
    assert reader.tables.tables == tables.tables
    assert reader.tables_at(early[-1][0].time_ms).tables == TABLES.tables
    _, marks = reader.mark_path("C4", START_MS, START_MS + 80 * MINUTE_MS)
    assert np.isnan(marks[:40]).all()
    np.testing.assert_array_equal(marks[40:], [frame.snapshot.mark[4] for frame, _ in late])


def test_markets_announced_without_a_frame_are_not_in_force(tmp_path: Path, open_writer: OpenWriter) -> None:
    stored = make(range(3))
    writer = open_writer()
    writer.append(moment_of(*stored[0], TABLES))
    announced = moment_of(make_frame(1, 1, markets=make_markets(5)), Accounts.empty(), TABLES)
    writer._begin_run(announced)  # killed before the frame itself
    writer = open_writer()
    assert HistoryReader(tmp_path).markets == stored[0][0].snapshot.markets
    for frame, accounts in stored[1:]:
        writer.append(moment_of(frame, accounts, TABLES))
    assert_stored(HistoryReader(tmp_path), stored)


def test_accounts_in_any_order_are_kept_as_they_stand(tmp_path: Path, open_writer: OpenWriter) -> None:
    """Pools not in order of address, and lists of addresses that shrink or turn: whole states are written."""
    stored = make(range(8))
    turned = []
    for step, (frame, accounts) in enumerate(stored):
        if step % 4 == 1:
            accounts = accounts.take(np.arange(accounts.pool_count)[::-1].copy())
        if step % 4 == 2:
            last = len(accounts.addresses) - 1
            rows = (last - accounts.address_row).astype(np.int32)
            accounts = replace(accounts, addresses=accounts.addresses[::-1], address_row=rows)
        turned.append((frame, accounts))
    writer = open_writer()
    for frame, accounts in turned:
        writer.append(moment_of(frame, accounts, TABLES))
    assert_stored(HistoryReader(tmp_path), turned)


def test_no_coin_no_account(tmp_path: Path, open_writer: OpenWriter) -> None:
    frame = make_frame(1, 0, markets=Markets.build([]))
    writer = open_writer()
    writer.append(moment_of(frame, Accounts.empty(), MarginTables.build([])))
    assert_stored(HistoryReader(tmp_path), [(frame, Accounts.empty())])
    writer.compact()
    assert_stored(HistoryReader(tmp_path), [(frame, Accounts.empty())])


def test_metadata_is_given_back(tmp_path: Path, open_writer: OpenWriter) -> None:
    open_writer().append(moment_of(*make(range(1))[0], TABLES))
    reader = HistoryReader(tmp_path)
    assert reader.provenance == PROVENANCE
    assert reader.markets == MARKETS
    assert reader.tables.tables == TABLES.tables
    assert reader.hold_ms == 10 * MINUTE_MS
    recording = Provenance("recording", "r", False)
    with HistoryWriter(tmp_path / "other", recording):
        assert HistoryReader(tmp_path / "other").hold_ms == 12 * 60 * MINUTE_MS


def test_empty_history_has_no_frame(tmp_path: Path, open_writer: OpenWriter) -> None:
    open_writer()
    reader = HistoryReader(tmp_path)
    assert (reader.first_ms, reader.last_ms, reader.frame_count, reader.coins) == (None, None, 0, ())
    assert reader.frame_at(START_MS) is None
    assert reader.frame_times(0, START_MS).tolist() == []
    with pytest.raises(StoreError, match="no frame is stored yet"):
        _ = reader.markets


def test_folder_without_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"manifest\.json: no history here"):
        HistoryReader(tmp_path)


def test_second_writer_is_refused(tmp_path: Path, open_writer: OpenWriter) -> None:
    open_writer()
    with pytest.raises(StoreError, match="another process is writing"):
        HistoryWriter(tmp_path, PROVENANCE)


def test_history_of_something_else_is_not_continued(tmp_path: Path, open_writer: OpenWriter) -> None:
    open_writer().close()
    with pytest.raises(StoreError, match="cannot continue"):
        HistoryWriter(tmp_path, replace(PROVENANCE, name="another"))


def test_frame_of_another_source_is_refused(open_writer: OpenWriter) -> None:
    frame, accounts = make(range(1))[0]
    with pytest.raises(StoreError, match="frame at"):
        open_writer().append(moment_of(replace(frame, provenance=Provenance("api", "x", False)), accounts, TABLES))


ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def any_frame(draw: st.DrawFn, time_ms: int, count: int, accounts: Accounts) -> MarketFrame:
    """Any floats as marks, oracles and sums, NaN among them; bands of what is a price."""
    markets = Markets.build(
        Market(coin=f"C{row}", size_decimals=2, max_leverage=5, table_row=0) for row in range(count)
    )
    coin = st.lists(ANY_FLOAT, min_size=count, max_size=count)
    marks = [known_or_nan(draw(coin)) for _ in range(4)]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    snapshot = MarketSnapshot(markets=markets, time_ms=time_ms, mark=marks[0], oracle=marks[1], open_interest=marks[2])
    price = np.where((marks[0] > 0.0) & np.isfinite(marks[0]), marks[0], np.nan)
    return MarketFrame(
        provenance=PROVENANCE,
        snapshot=snapshot,
        bands=solve_bands(accounts, replace(snapshot, mark=price), TABLES),
        outside=OutsideSums(rng.random((count, 2, 5)), rng.integers(0, 9, (count, 2, 5))),
        position_size=rng.random((count, 2)),
        position_count=rng.integers(0, 9, (count, 2)),
        coverage=marks[3],
        margin_source_notional=known_or_nan(draw(st.lists(ANY_FLOAT, min_size=5, max_size=5))),
        address_count=3,
        pool_count=4,
        oldest_age_ms=-1,
        median_age_ms=-1,
    )


def known_or_nan(values: list[float]) -> np.ndarray:
    """Unknown is one NaN: files say null."""
    column = np.array(values, np.float64)
    return np.where(np.isnan(column), np.nan, column)


@st.composite
def any_history(draw: st.DrawFn) -> Stored:
    gaps = draw(st.lists(st.integers(1, 30 * 3_600_000), min_size=1, max_size=6))
    times = np.cumsum(gaps).tolist()
    stored: Stored = []
    for time_ms in times:
        count, addresses, step = draw(st.integers(0, 3)), draw(st.integers(0, 3)), draw(st.integers(0, 20))
        accounts = make_accounts(5, step, count, addresses)
        stored.append((draw(any_frame(time_ms, count, accounts)), accounts))
    return stored


@settings(max_examples=examples(25, 8))
@given(stored=any_history(), actions=st.lists(st.sampled_from(["append", "many", "reopen", "compact"]), max_size=12))
def test_any_history_comes_back(stored: Stored, actions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writer = HistoryWriter(folder, PROVENANCE)
        reader = HistoryReader(folder)
        place = 0
        for action in [*actions, *["append"] * len(stored)]:
            if action == "reopen":
                writer.close()
                writer = HistoryWriter(folder, PROVENANCE)
            elif action == "compact":
                writer.compact()
            elif place < len(stored):
                count = 1 if action == "append" else 2
                writer.append_many(moments_of(stored[place : place + count], TABLES))
                place += count
        assert_stored(reader, stored)
        writer.compact()
        assert_stored(reader, stored)
        writer.close()
