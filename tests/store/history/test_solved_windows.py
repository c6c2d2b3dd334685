"""Fine windows are solved from the accounts of parts and heads; what is read for them is read once and in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from account_story import FRAMES, MARKETS, MINUTE_MS, TABLES, make_story
from store_frames import PROVENANCE, assert_same_arrays
from stored_moments import moment_of, moments_of

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_middle, merge_band
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.model.funding import HourlyFunding
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.address_share import KEPT_LISTS, AddressShare
from liqscape.store.history.draw import draw_window
from liqscape.store.history.head import HEAD_FOLDER
from liqscape.store.history.part_accounts import read_accounts_at, read_holders
from liqscape.store.history.runs import PartRun, Run
from liqscape.store.history.schema import STEP_MS
from liqscape.store.history.small_tables import SmallTables, byte_count
from liqscape.store.history.solved import SolvedCells
from liqscape.store.history.window import HeatmapWindow, choose_columns, choose_rows

START_MS = 1_770_076_800_000
"""2026-02-03 00:00 UTC."""
IN_PART = 25
END_MS = START_MS + FRAMES * MINUTE_MS
LOW, HIGH = 40.0, 250.0


def stored_frames(seed: int) -> list[tuple[MarketFrame, Accounts]]:
    states, mark, dues = make_story(seed)
    paid = {time_ms: HourlyFunding(START_MS, due) for time_ms, due in dues}
    made = []
    for number, (time_ms, accounts) in enumerate(states):
        snapshot = MarketSnapshot.of_marks(MARKETS, START_MS + time_ms, mark[:, number].copy())
        frame = build_frame(accounts, snapshot, TABLES, PROVENANCE)
        made.append((replace(frame, funding=paid.get(time_ms)), accounts))
    return made


@pytest.fixture(scope="module")
def frames() -> list[tuple[MarketFrame, Accounts]]:
    return stored_frames(0)


@pytest.fixture
def folder(frames: list[tuple[MarketFrame, Accounts]], tmp_path: Path) -> Iterator[Path]:
    """The first frames in a part, the others in heads."""
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append_many(moments_of(frames[:IN_PART], TABLES))
        writer.compact()
        for frame, accounts in frames[IN_PART:]:
            writer.append(moment_of(frame, accounts, TABLES))
        yield tmp_path


def drawn_by_frames(
    frames: list[tuple[MarketFrame, Accounts]], window: HeatmapWindow, market: int, value: str
) -> np.ndarray:
    """Slow twin: for each column the bands of the frame it shows."""
    by_time = {frame.time_ms: frame for frame, _ in frames}
    cells = np.full((2, window.rows, window.columns), np.nan)
    for column, time_ms in enumerate(window.as_of_ms.tolist()):
        if time_ms < 0 or np.isnan(by_time[time_ms].snapshot.mark[market]):
            continue
        cells[:, :, column] = 0.0
        bands = by_time[time_ms].bands.of_market(market)
        for band, side, size in zip(bands.band, bands.side, bands.size, strict=True):
            row = int(merge_band(band, window.level)) - window.first_band
            if 0 <= row < window.rows:
                price = by_time[time_ms].snapshot.mark[market] if value == "mark" else band_middle(band)
                cells[0 if side > 0 else 1, row, column] += size * price
    return cells


def assert_drawn(
    window: HeatmapWindow, frames: list[tuple[MarketFrame, Accounts]], market: int, value: str = "mark"
) -> None:
    expected = drawn_by_frames(frames, window, market, value)
    assert np.nansum(expected) > 0.0
    np.testing.assert_allclose(window.long, expected[0], rtol=1e-6)
    np.testing.assert_allclose(window.short, expected[1], rtol=1e-6)


@pytest.mark.parametrize("value", ["mark", "level"])
@pytest.mark.parametrize("minutes", [1, 3, 15])
def test_windows_of_moving_accounts_are_those_of_their_frames(
    folder: Path, frames: list[tuple[MarketFrame, Accounts]], minutes: int, value: str
) -> None:
    """Trades, fundings, whole writings and jumps of the mark, in a part and in heads, at fine and stored steps."""
    width = -(-FRAMES // minutes)
    window = HistoryReader(folder).window("C0", START_MS, END_MS, width, 400, LOW, HIGH, value)
    assert window.step_ms == minutes * MINUTE_MS
    assert_drawn(window, frames, 0, value)


@pytest.mark.parametrize("file", ["positions.parquet", "pools.parquet", "funding.parquet"])
def test_damaged_accounts_are_a_hole_in_fine_windows_alone(
    folder: Path, frames: list[tuple[MarketFrame, Accounts]], file: str
) -> None:
    (path,) = (folder / "parts").glob(f"*/{file}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    reader = HistoryReader(folder)
    fine = reader.window("C0", START_MS, END_MS, FRAMES, 400, LOW, HIGH)
    assert (fine.as_of_ms[:IN_PART] == -1).all()
    assert np.isnan(fine.long[:, :IN_PART]).all()
    assert (fine.as_of_ms[IN_PART:] > 0).all()
    assert_drawn(fine, frames, 0)
    assert (reader.window("C0", START_MS, START_MS + STEP_MS, 1, 400, LOW, HIGH).as_of_ms > 0).all()


class WatchedRun:
    """A run that writes down until when accounts were asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._run, name)

    def rows_of_coin(self, market_index: int, begin_ms: int, until_ms: int) -> object:
        self.asked.append(until_ms)
        return self._run.rows_of_coin(market_index, begin_ms, until_ms)


def test_asked_again_with_newer_columns_only_those_are_solved(
    folder: Path, frames: list[tuple[MarketFrame, Accounts]]
) -> None:
    watched = [WatchedRun(run) for run in HistoryReader(folder)._seen.runs(START_MS, END_MS)]
    runs = cast("list[Run]", watched)
    memory, rows = SolvedCells(), choose_rows(LOW, HIGH, 400)
    early = START_MS + (IN_PART + 4) * MINUTE_MS
    draw_window(
        runs,
        "C0",
        columns=choose_columns(START_MS, early, 100),
        rows=rows,
        value="mark",
        hold_ms=MINUTE_MS,
        memory=memory,
    )
    assert [each.asked for each in watched] == [[START_MS + (IN_PART - 1) * MINUTE_MS], [early - MINUTE_MS]]
    again = draw_window(
        runs,
        "C0",
        columns=choose_columns(START_MS, END_MS, 100),
        rows=rows,
        value="mark",
        hold_ms=MINUTE_MS,
        memory=memory,
    )
    assert [len(each.asked) for each in watched] == [1, 2]
    assert_drawn(again, frames, 0)
    draw_window(
        runs,
        "C0",
        columns=choose_columns(START_MS, END_MS, 100),
        rows=rows,
        value="mark",
        hold_ms=MINUTE_MS,
        memory=memory,
    )
    assert [len(each.asked) for each in watched] == [1, 2]


def test_cells_kept_are_bounded_in_bytes(folder: Path) -> None:
    runs = HistoryReader(folder)._seen.runs(START_MS, END_MS)
    one = 2 * choose_rows(LOW, HIGH, 50).count * FRAMES * 8
    memory = SolvedCells(kept_bytes=3 * one)
    columns = choose_columns(START_MS, END_MS, 100)
    for step in range(6):
        draw_window(
            runs,
            "C0",
            columns=columns,
            rows=choose_rows(LOW + step, HIGH, 50),
            value="mark",
            hold_ms=MINUTE_MS,
            memory=memory,
        )
        assert 0 < sum(each.cells.nbytes for each in memory._kept.values()) <= 3 * one


def test_accounts_read_in_pieces_are_those_that_were_stored(
    folder: Path, frames: list[tuple[MarketFrame, Accounts]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part too large for memory, in pieces of seven rows, against the same part held in memory, bit for bit."""
    monkeypatch.setattr("liqscape.store.history.part_accounts.CHUNK_ROWS", 7)
    run = HistoryReader(folder)._seen.runs(START_MS, START_MS + 1)[0]
    assert isinstance(run, PartRun)
    for frame, accounts in frames[:IN_PART]:
        read = read_accounts_at(run.part, run.first_ms, frame.time_ms, accounts.addresses)
        whole = run.accounts_at(frame.time_ms)
        for name in ("address_row", "offsets", *POOL_COLUMNS, *POSITION_COLUMNS):
            assert_same_arrays(getattr(read, name), getattr(whole, name), name)
            assert_same_arrays(getattr(read, name), getattr(accounts, name), name)


@pytest.mark.parametrize("stride", [1, 4])
def test_accounts_that_go_on_from_a_frame_before_are_those_that_were_stored(
    folder: Path, frames: list[tuple[MarketFrame, Accounts]], monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    """A large part, frame by frame, each from the rows since the one before, bit for bit."""
    monkeypatch.setattr("liqscape.store.history.small_tables.LARGEST_BYTES", 0)
    run = HistoryReader(folder)._seen.runs(START_MS, START_MS + 1)[0]
    held = []
    for frame, accounts in frames[:IN_PART:stride]:
        held.append(run.accounts_at(frame.time_ms))
        for name in ("address_row", "offsets", *POOL_COLUMNS, *POSITION_COLUMNS):
            assert_same_arrays(getattr(held[-1], name), getattr(accounts, name), name)


def test_holders_read_from_files_are_those_picked_in_memory(folder: Path) -> None:
    run = HistoryReader(folder)._seen.runs(START_MS, START_MS + 1)[0]
    assert isinstance(run, PartRun)
    for market in range(len(MARKETS)):
        for until_ms in (run.first_ms, run.first_ms + 9 * MINUTE_MS, run.last_ms):
            read = read_holders(run.part, market, run.first_ms, until_ms)
            for left, right in zip(read, run.rows_of_coin(market, run.first_ms, until_ms), strict=True):
                for name, values in left.items():
                    assert_same_arrays(values, right[name], name)


def test_small_parts_are_kept_within_a_bound(folder: Path) -> None:
    run = HistoryReader(folder)._seen.runs(START_MS, START_MS + 1)[0]
    assert isinstance(run, PartRun)
    kept, none = SmallTables(), SmallTables(kept_bytes=1)
    tables = kept.of(run.part)
    assert tables is not None
    assert byte_count(tables) > 0
    assert kept.of(run.part) is tables
    assert none.of(run.part) is not none.of(run.part)
    assert not none._kept


def test_a_new_minute_reads_no_head_again(folder: Path, frames: list[tuple[MarketFrame, Accounts]]) -> None:
    """What was asked for stays: the files of the minutes before may be gone. A new keyframe lets it go."""
    reader = HistoryReader(folder)
    (run,) = reader._seen.head_runs
    before = run.accounts_at(frames[-2][0].time_ms)
    heads = sorted((folder / HEAD_FOLDER).iterdir())
    for path in heads[:-1]:
        path.unlink()
    after = run.accounts_at(frames[-1][0].time_ms)
    assert_same_arrays(after.size, frames[-1][1].size, "size")
    assert after.addresses is before.addresses
    assert set(run.heads[0].batch) == {"frames", "coins", "funding"}
    assert all(head.before is None or not head.before.content for head in run.heads)


def test_texts_of_addresses_are_shared_by_all_lists() -> None:
    share = AddressShare()
    asked: list[str] = []

    def listed(name: str, count: int) -> list[str]:
        asked.append(name)
        return [f"0x{row:040x}" for row in range(count)]

    whole = share.first_of("a", 5, lambda: listed("a", 5))
    same = share.first_of("b", 5, lambda: listed("b", 5))
    grown = share.first_of("c", 7, lambda: listed("c", 7))
    assert same is whole
    assert all(old is new for old, new in zip(whole, grown, strict=False))
    assert share.first_of("a", 3, lambda: listed("a", 5)) is share.first_of("a", 3, lambda: listed("a", 5))
    assert share.first_of("a", 3, list) == whole[:3]
    assert asked == ["a", "b", "c"]
    for number in range(KEPT_LISTS):
        share.first_of(f"other {number}", 2, lambda: listed("other", 2))
    share.first_of("a", 5, lambda: listed("a", 5))
    assert asked[-1] == "a"
