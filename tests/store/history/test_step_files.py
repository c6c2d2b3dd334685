"""Windows drawn from steps.bin are those drawn from the tables, to the bit, and need nothing else to be sound."""

from __future__ import annotations

import dataclasses
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moments_of

from liqscape.heatmap.moment import Moment
from liqscape.model import Markets
from liqscape.store.damage import MADE_GOOD
from liqscape.store.history import HeatmapWindow, HistoryReader, HistoryWriter, step_files
from liqscape.store.history.parts import PartReader
from liqscape.store.history.retention import KeepRules
from liqscape.store.history.step_format import DETAILS, STEPS_NAME, detail_of, index_place
from liqscape.store.history.window import STEP_MINUTES
from liqscape.units import HOUR_MS

MARKETS, LATER = make_markets(2), make_markets(3)
"""From the second day on there is a coin more."""
FIRST_DAY = [*range(300, 420, 2), *range(433, 700, 9), *range(1_200, 1_440, 7)]
SECOND_DAY = [*range(1_441, 1_700, 5), *range(2_000, 2_600, 8)]
"""Minutes, with holes of up to eight hours."""
COINS = LATER.coins


def moments(minutes: list[int], markets: Markets) -> Iterator[Moment]:
    accounts = [make_accounts(5, minute, len(markets)) for minute in minutes]
    frames = [
        make_frame(5, minute, markets=markets, accounts=own) for minute, own in zip(minutes, accounts, strict=True)
    ]
    return moments_of(list(zip(frames, accounts, strict=True)), TABLES)


@pytest.fixture(scope="module", params=["as it came", "thinned"])
def stored(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A part of the first day, which may be thinned to hours, and two of the second; the last frames in heads."""
    folder = tmp_path_factory.mktemp("steps") / "data"
    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.append_many(moments(FIRST_DAY, MARKETS))
        for part in (SECOND_DAY[:30], SECOND_DAY[30:-3]):
            writer.append_many(moments(part, LATER))
        writer.append_many(moments(SECOND_DAY[-3:], LATER))
        if request.param == "thinned":
            writer.prune(KeepRules(minute_days=0, quarter_hour_days=0))
    return folder


def ask(folder: Path, coin: str, minutes: int, *, value: str = "mark", with_largest: bool = False) -> HeatmapWindow:
    """A window of about two days in steps of so many minutes."""
    start_ms = START_MS + 4 * HOUR_MS
    end_ms = start_ms + max(1, 40 * 60 // minutes) * minutes * MINUTE_MS - 1
    width = -(-end_ms // (minutes * MINUTE_MS)) - start_ms // (minutes * MINUTE_MS)
    window = HistoryReader(folder).window(coin, start_ms, end_ms, width, 60, 0.6, 1.7, value, with_largest=with_largest)
    assert window.step_ms == minutes * MINUTE_MS
    return window


def told(window: HeatmapWindow) -> dict[str, object]:
    """Every field, arrays as their bytes."""
    fields = {each.name: getattr(window, each.name) for each in dataclasses.fields(window)}
    return {name: value.tobytes() if isinstance(value, np.ndarray) else value for name, value in fields.items()}


def without_steps(folder: Path, place: Path) -> Path:
    """A copy of a history of which only the tables are left."""
    copy = shutil.copytree(folder, place / "tables")
    for path in copy.rglob(STEPS_NAME):
        path.unlink()
    return copy


def test_windows_of_steps_are_those_of_the_tables_to_the_bit(stored: Path, tmp_path: Path) -> None:
    copy = without_steps(stored, tmp_path)
    seen = 0.0
    for minutes in [each for each in STEP_MINUTES if each % 15 == 0]:
        for coin in COINS:
            for value, with_largest in (("mark", False), ("level", True)):
                drawn = ask(stored, coin, minutes, value=value, with_largest=with_largest)
                wanted = ask(copy, coin, minutes, value=value, with_largest=with_largest)
                assert told(drawn) == told(wanted), (minutes, coin, value)
                seen += float(np.nansum(drawn.long) + np.nansum(drawn.short))
    assert seen > 0.0


def test_a_window_of_steps_reads_no_table(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end_ms = START_MS + 26 * HOUR_MS  # before what is in heads

    def draw() -> HeatmapWindow:
        return HistoryReader(stored).window(COINS[1], START_MS, end_ms, 104, 60, 0.6, 1.7)

    wanted = told(draw())

    def refuse(*_: object) -> None:
        raise AssertionError("a table was opened")

    monkeypatch.setattr(PartReader, "checked_path", refuse)
    assert told(draw()) == wanted


@pytest.mark.parametrize("what", ["emptied", "of another part", "flipped", "of a later version", "an index far away"])
def test_steps_that_are_not_what_was_written_are_passed_over_and_made_again(
    what: str, stored: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(stored, tmp_path / "data"))
    paths = sorted(folder.rglob(STEPS_NAME))
    wanted = {minutes: told(ask(folder, COINS[0], minutes)) for minutes in (15, 60, 180)}
    written = paths[0].read_bytes()
    content = bytearray(written)
    if what == "flipped":
        content[-1] ^= 1
        content[index_place(len(MARKETS), 0) + 40] ^= 4
    elif what == "an index far away":
        content[:8] = b"\xff" * 8
    made = {"emptied": b"", "of another part": paths[1].read_bytes(), "of a later version": b"LQST" + written}
    paths[0].write_bytes(made.get(what, bytes(content)))
    assert {minutes: told(ask(folder, COINS[0], minutes)) for minutes in wanted} == wanted

    with HistoryWriter(folder, PROVENANCE) as writer:
        for _ in paths:  # a part a look
            writer.tidy()
    assert paths[0].read_bytes() == written
    kept = [row for row in HistoryReader(folder).damaged if row.file.endswith(STEPS_NAME)]
    assert [row.loss for row in kept] == [MADE_GOOD]
    assert {minutes: told(ask(folder, COINS[0], minutes)) for minutes in wanted} == wanted


def test_parts_written_before_there_were_steps_get_them_while_the_map_runs(stored: Path, tmp_path: Path) -> None:
    copy = without_steps(stored, tmp_path)
    with HistoryWriter(copy, PROVENANCE) as writer:
        for count in range(1, len(list(stored.rglob(STEPS_NAME))) + 1):
            writer.tidy()
            assert len(list(copy.rglob(STEPS_NAME))) == count
    for path in copy.rglob(STEPS_NAME):
        assert path.read_bytes() == (stored / path.relative_to(copy)).read_bytes()


@pytest.mark.parametrize("table", ["frames", "coins", "bands"])
def test_windows_of_steps_are_whole_where_a_table_is_lost(table: str, stored: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(stored, tmp_path / "data"))
    wanted = told(ask(folder, COINS[0], 60))
    next(iter(sorted(folder.glob(f"parts/*/{table}.parquet")))).write_bytes(b"")
    reader = HistoryReader(folder)
    reader.frame_times(0, 2 * START_MS)  # what finds the loss
    assert told(ask(folder, COINS[0], 60)) == wanted
    start_ms = START_MS + 4 * HOUR_MS
    assert np.isfinite(reader.window(COINS[0], start_ms, start_ms + 8 * HOUR_MS, 8, 60, 0.6, 1.7).mark).any()


def test_a_disk_without_room_for_steps_costs_no_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(step_files, "_write", refuse)
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append_many(moments(FIRST_DAY[:20], MARKETS))
    assert HistoryReader(tmp_path).frame_count == 20
    assert not [path for path in tmp_path.rglob("*") if STEPS_NAME in path.name]


def test_the_longest_detail_that_divides_the_step_is_taken() -> None:
    found = {minutes: detail_of(minutes * MINUTE_MS) for minutes in STEP_MINUTES}
    taken = {minutes: None if place is None else DETAILS[place] // MINUTE_MS for minutes, place in found.items()}
    assert taken == {
        **dict.fromkeys((1, 2, 3, 5, 10)),
        15: 15,
        30: 15,
        60: 60,
        120: 60,
        180: 180,
        240: 60,
        360: 180,
        720: 180,
        1440: 180,
    }
