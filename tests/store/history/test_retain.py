"""Histories that are thinned and cut at their old end: what stays is the same to the bit, what goes is said."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from amounts import every, examples, first_of
from disk_faults import Interrupted, fault_at
from hypothesis import given, settings
from hypothesis import strategies as st
from store_frames import (
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

from liqscape.errors import NotFound
from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.minute_notes import MinuteNotes
from liqscape.service.asked_time import utc_text
from liqscape.service.folder_moments import stored_moments
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history import retain as retain_module
from liqscape.store.history.retention import HOUR_MS, QUARTER_HOUR_MS, KeepRules
from liqscape.store.history.window import HeatmapWindow
from liqscape.units import DAY_MS, MINUTE_MS

MARKETS = make_markets(2)
Stored = list[tuple[MarketFrame, Accounts]]
MINUTES = KeepRules(minute_days=1)


def frames_at(minutes: Sequence[int], seed: int = 1) -> Stored:
    """Frames so many minutes after the start."""
    found = []
    for minute in minutes:
        accounts = make_accounts(seed, minute, len(MARKETS))
        frame = make_frame(seed, minute, markets=MARKETS, accounts=accounts, time_ms=START_MS + minute * MINUTE_MS)
        found.append((frame, accounts))
    return found


def write(folder: Path, stored: Stored) -> None:
    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.append_many(moments_of(stored, TABLES))
        writer.compact()


def retain(folder: Path, rules: KeepRules) -> None:
    with HistoryWriter(folder, PROVENANCE, keep=rules) as writer:
        writer.compact()


@dataclass(frozen=True)
class Answers:
    """What a reader answers about some frames."""

    stored: Stored
    window: HeatmapWindow


def answers(reader: HistoryReader, times: Sequence[int], end_ms: int) -> Answers:
    stored = []
    for time_ms in times:
        frame = reader.frame_at(time_ms)
        assert frame is not None
        assert frame.time_ms == time_ms
        stored.append((frame, reader.accounts_at(time_ms)))
    window = reader.window("C0", START_MS - 5 * MINUTE_MS, end_ms, 2_000, 40, 0.6, 1.6)
    assert window.step_ms == MINUTE_MS
    return Answers(stored, window)


def assert_same_answers(after: Answers, before: Answers) -> None:
    """Frames and accounts to the bit; holes where there were holes; the same cells where the same frame is shown."""
    for (frame, accounts), (frame_before, accounts_before) in zip(after.stored, before.stored, strict=True):
        assert_same_frame(frame, frame_before)
        assert_same_accounts(accounts, accounts_before)
    now, then = after.window, before.window
    assert ((now.as_of_ms < 0) == (then.as_of_ms < 0)).all()
    assert (now.as_of_ms <= then.as_of_ms).all()
    is_same = now.as_of_ms == then.as_of_ms
    for name in ("long", "short"):
        np.testing.assert_array_equal(getattr(now, name)[:, is_same], getattr(then, name)[:, is_same])
    np.testing.assert_array_equal(now.mark[is_same], then.mark[is_same])


# A small world whose accounts change, change back, are read again and pay funding.
ROW = st.tuples(
    st.sampled_from([0, 1, 2]),  # positions
    st.sampled_from([-100.0, -100.000001, -90.0, np.nan]),  # raw USD
    st.sampled_from([1.0, -2.0]),  # size
    st.integers(0, 3),  # observed, in half hours
    st.sampled_from([0, 1]),  # published state
)
STEP = st.tuples(st.integers(1, 25), st.lists(ROW, min_size=1, max_size=3), st.none() | st.sampled_from([0.5, -0.25]))


def small_world(steps: list[tuple[int, list[tuple[int, float, float, int, int]], float | None]]) -> Stored:
    found: Stored = []
    minute, listed = 0, 1
    for number, (gap, rows, due) in enumerate(steps):
        minute += gap if number else 0
        listed = max(listed, len(rows))
        held = [row[0] for row in rows]
        count = sum(held)
        accounts = Accounts.build(
            addresses=[f"0x{row:040x}" for row in range(listed)],
            address_row=range(len(rows)),
            raw_usd=np.array([row[1] for row in rows]),
            offsets=np.concatenate(([0], np.cumsum(held))).astype(np.int64),
            market_index=np.concatenate([np.arange(row[0]) for row in rows]).astype(np.int32),
            size=np.repeat([row[2] for row in rows], held),
            table_row=np.zeros(count, np.int32),
            observed_ms=START_MS + np.array([row[3] for row in rows]) * 30 * MINUTE_MS,
            published=np.repeat([row[4] for row in rows], held).astype(np.uint8),
            entry_price=np.full(count, 1.0),
            leverage=np.full(count, np.nan),
            observed_mark=np.full(count, 1.0),
            published_price=np.full(count, np.nan),
        )
        frame = make_frame(2, number, markets=MARKETS, accounts=accounts, time_ms=START_MS + minute * MINUTE_MS)
        funding = None if due is None else HourlyFunding(START_MS, np.array([due, np.nan]))
        found.append((replace(frame, funding=funding), accounts))
    return found


@settings(max_examples=examples(12, 5))
@given(st.lists(STEP, min_size=1, max_size=14))
def test_answers_about_frames_that_stay_are_the_same_to_the_bit(
    steps: list[tuple[int, list[tuple[int, float, float, int, int]], float | None]],
) -> None:
    stored = small_world(steps)
    end_ms = stored[-1][0].time_ms + 45 * MINUTE_MS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, [*stored, *frames_at([9 * 1_440])])
        reader = HistoryReader(folder)
        all_times = reader.frame_times(START_MS, end_ms).tolist()
        before = answers(reader, all_times, end_ms)
        for rules, step_ms in ((MINUTES, QUARTER_HOUR_MS), (KeepRules(quarter_hour_days=2), HOUR_MS)):
            retain(folder, rules)
            kept = reader.frame_times(START_MS, end_ms).tolist()
            assert set(kept) >= {max(each for each in all_times if each // step_ms == time // step_ms) for time in kept}
            same = Answers([each for each in before.stored if each[0].time_ms in kept], before.window)
            assert_same_answers(answers(reader, kept, end_ms), same)
            assert_same_answers(answers(HistoryReader(folder), kept, end_ms), same)


def test_what_changed_and_changed_back_between_leaves_the_age_it_left(tmp_path: Path) -> None:
    """By itself the last state tells nothing new but its time, which a writer of minutes would not store."""
    steps = ((1, 1.0, 0), (8, 1.0, 0), (8, -2.0, 1), (8, 1.0, 1))
    stored = small_world([(minutes, [(1, -100.0, size, read, 0)], None) for minutes, size, read in steps])
    write(tmp_path, [*stored, *frames_at([9 * 1_440])])
    retain(tmp_path, MINUTES)
    reader = HistoryReader(tmp_path)
    kept = [stored[0], stored[1], stored[3]]
    times = [frame.time_ms for frame, _ in kept]
    assert reader.frame_times(START_MS, START_MS + DAY_MS).tolist() == times
    for time_ms, (_, accounts) in zip(times, kept, strict=True):
        assert_same_accounts(reader.accounts_at(time_ms), accounts)


DAYS = [*range(0, 90, 2), *range(1_440, 1_530, 2), *range(3 * 1_440, 3 * 1_440 + 10)]
"""Ninety minutes of two days, and the begin of the fourth."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    write(folder, frames_at(DAYS))
    return folder


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    return shutil.copytree(prepared, tmp_path / "data")


def test_a_question_about_what_was_removed_is_answered_with_what_is_the_first(data: Path) -> None:
    reader = HistoryReader(data)
    view = MapView(reader)
    assert view.moment(START_MS).frame.time_ms == START_MS
    other = MapView(HistoryReader(data))
    retain(data, KeepRules(days=2))
    first_ms = START_MS + DAY_MS
    assert reader.first_ms == first_ms, "a reader goes on"
    assert reader.frame_count == len(DAYS) - 45
    said = f"no frame at or before {utc_text(first_ms - 1)}; the first one is of {utc_text(first_ms)}"
    with pytest.raises(NotFound, match=said):
        other.moment(first_ms - 1)
    assert other.moment(first_ms).frame.time_ms == first_ms
    window = reader.window("C0", START_MS, START_MS + 100 * MINUTE_MS, 100, 10, 0.6, 1.6)
    assert (window.as_of_ms == -1).all()
    assert np.isnan(window.long).all()


def test_what_was_thinned_out_is_answered_with_the_last_frame_kept_before_it(data: Path) -> None:
    reader = HistoryReader(data)
    retain(data, MINUTES)
    kept = [0, 14, 28, 44, 58, 74, 88]
    times = reader.frame_times(START_MS, START_MS + DAY_MS)
    assert ((times - START_MS) // MINUTE_MS).tolist() == kept
    read = reader.frame_at(START_MS + 43 * MINUTE_MS)
    assert read is not None
    assert read.time_ms == START_MS + 28 * MINUTE_MS
    window = reader.window("C0", START_MS, START_MS + 120 * MINUTE_MS, 120, 10, 0.6, 1.6)
    shown = ((window.as_of_ms - START_MS) // MINUTE_MS).tolist()
    assert shown[:99] == [max(each for each in kept if each <= minute) for minute in range(99)], "no hole between"
    assert (window.as_of_ms[99:] == -1).all(), "and after the last one the hole that was there"
    untouched = reader.frame_times(START_MS + 3 * DAY_MS, START_MS + 4 * DAY_MS)
    assert len(untouched) == 10, "today keeps every frame"


def test_definitions_that_no_frame_needs_any_more_go_with_the_last_of_their_days(tmp_path: Path) -> None:
    more = make_markets(3)
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        for number, markets in ((0, MARKETS), (1, more), (2, MARKETS), (3, MARKETS)):
            accounts = make_accounts(1, number, len(markets))
            frame = make_frame(1, number, markets=markets, accounts=accounts, time_ms=START_MS + number * DAY_MS)
            writer.append(moment_of(frame, accounts, TABLES))
        writer.compact()
    reader = HistoryReader(tmp_path)
    assert len(reader._seen.manifest.definitions) == 3
    retain(tmp_path, KeepRules(days=2))
    assert reader.first_ms == START_MS + DAY_MS
    assert [each.markets for each in reader._seen.manifest.definitions] == [more, MARKETS]
    retain(tmp_path, KeepRules(days=1))
    assert reader.first_ms == START_MS + 2 * DAY_MS
    assert [each.markets for each in reader._seen.manifest.definitions] == [MARKETS]
    assert reader.tables_at(reader.first_ms).tables == TABLES.tables
    write_on = frames_at([4 * 1_440])
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append(moment_of(*write_on[0], TABLES))
    assert_same_accounts(HistoryReader(tmp_path).accounts_at(write_on[0][0].time_ms), write_on[0][1])


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_bound_thins_the_oldest_first_and_then_removes_them(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = bytes_of(data)
    with HistoryWriter(data, PROVENANCE) as writer:
        parts = [part.size for part in writer._retainer.look(writer._manifest).parts]
    retain(data, KeepRules(max_bytes=whole + sum(parts)))
    assert bytes_of(data) == whole, "there is room"
    limit = whole + parts[2] + parts[1] - 1
    retain(data, KeepRules(max_bytes=limit))
    reader = HistoryReader(data)
    assert bytes_of(data) < whole
    assert len(reader.frame_times(START_MS, START_MS + DAY_MS)) == 7
    assert len(reader.frame_times(START_MS + DAY_MS, START_MS + 2 * DAY_MS)) == 45
    with caplog.at_level(logging.WARNING, "liqscape.store"):
        retain(data, KeepRules(max_bytes=parts[2] // 2))
    assert HistoryReader(data).frame_count == 10, "today stays, whatever the bound"
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "history of 2026-02-03 is removed because it would exceed its bound" in said
    assert "is too small by" in said


def test_a_part_with_damage_is_not_thinned_and_goes_whole_with_its_day(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = min((data / "parts").iterdir())
    file = first / "positions.parquet"
    file.write_bytes(file.read_bytes()[:-9])
    (data / "parts" / f"{first.name[:-1]}9.damaged-1").mkdir()
    (data / "parts" / f"{first.name[:-1]}9.damaged-1" / "x").write_bytes(b"x" * 1_000)
    aside = data / "head" / f"{START_MS:015d}-{START_MS:015d}.head.damaged-1"
    aside.write_bytes(b"y" * 500)
    with HistoryWriter(data, PROVENANCE) as writer:
        held = writer._retainer.look(writer._manifest)
    assert sorted(each.size for each in held.set_aside) == [500, 1_000]
    manifests = sum(path.stat().st_size for path in data.glob("manifest*"))
    assert held.total_bytes == bytes_of(data / "parts") + bytes_of(data / "head") + manifests
    with caplog.at_level(logging.WARNING, "liqscape.store"):
        retain(data, MINUTES)
    assert "is not thinned" in caplog.text
    assert len(HistoryReader(data).frame_times(START_MS, START_MS + DAY_MS)) == 45
    assert len(HistoryReader(data).frame_times(START_MS + DAY_MS, START_MS + 2 * DAY_MS)) == 7, "the others are"
    retain(data, KeepRules(days=2))
    assert not first.exists()
    assert not list(data.rglob("*.damaged-*"))


@pytest.mark.property
@pytest.mark.parametrize("rules", first_of([KeepRules(days=2, minute_days=1), MINUTES, KeepRules(days=2)]))
def test_interrupted_at_every_step_the_old_part_stands_or_the_new_one(
    rules: KeepRules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    write(data, frames_at([0, 5, 14, 20, 1_440, 1_450, 1_454, 3 * 1_440]))
    done = shutil.copytree(data, tmp_path / "done")
    retain(done, rules)
    wanted = HistoryReader(done).frame_times(0, START_MS * 2).tolist()
    by_day = [
        [[each for each in times if each // DAY_MS == START_MS // DAY_MS + day] for day in (0, 1, 3)]
        for times in (HistoryReader(data).frame_times(0, START_MS * 2).tolist(), wanted)
    ]
    number, is_done, seen = 1 - every(3), False, set()
    while not is_done:
        number += every(3)
        folder = shutil.copytree(data, tmp_path / f"at{number}")
        before = HistoryReader(folder)
        assert before.frame_count == 8
        writer = HistoryWriter(folder, PROVENANCE, keep=rules)
        try:
            with fault_at(monkeypatch, number):
                writer.compact()
            is_done = True
        except Interrupted:
            pass
        for reader in (before, HistoryReader(folder)):
            times = reader.frame_times(0, START_MS * 2).tolist()
            for day, old, new in zip((0, 1, 3), *by_day, strict=True):
                own = [each for each in times if each // DAY_MS == START_MS // DAY_MS + day]
                assert own in (old, new)
            for time_ms in (times[0], times[-1]):
                assert len(reader.accounts_at(time_ms).addresses)
        seen.add(len(times))
        if number % 2:  # else the same writer goes on
            writer.close()
            writer = HistoryWriter(folder, PROVENANCE, keep=rules)
        writer.compact()
        assert before.frame_times(0, START_MS * 2).tolist() == wanted
        writer.close()
        with HistoryWriter(folder, PROVENANCE, keep=rules):
            assert len(list((folder / "parts").iterdir())) == len(HistoryReader(folder)._seen.manifest.parts)
        assert not list(folder.rglob(".tmp-*"))
        shutil.rmtree(folder)
    assert number > 8
    assert len(seen) > 1


@pytest.mark.parametrize("rules", [MINUTES, KeepRules(days=2)])
def test_a_moment_found_before_its_frame_went_never_gets_the_accounts_of_another(data: Path, rules: KeepRules) -> None:
    view = MapView(HistoryReader(data))
    gone, also = view.moment(START_MS + 2 * MINUTE_MS), view.moment(START_MS + 4 * MINUTE_MS)
    retain(data, rules)
    with pytest.raises(NotFound, match=f"the frame of {utc_text(START_MS + 2 * MINUTE_MS)} is not kept any more"):
        _ = gone.accounts
    with pytest.raises(NotFound, match="is not kept any more"):
        _ = also.frame
    again = MapView(HistoryReader(data)).moment(START_MS + DAY_MS + 14 * MINUTE_MS)
    assert again.accounts.pool_count


@pytest.mark.parametrize("rules", [MINUTES, KeepRules(days=2)])
def test_an_export_beside_a_thinning_tells_no_frame_twice(data: Path, rules: KeepRules) -> None:
    moments = stored_moments(data, START_MS, START_MS + DAY_MS)
    found = [next(moments).frame.time_ms, next(moments).frame.time_ms]
    retain(data, rules)
    found += [moment.frame.time_ms for moment in moments]
    minutes = [(time_ms - START_MS) // MINUTE_MS for time_ms in found]
    assert minutes == ([0, 2, 14, 28, 44, 58, 74, 88, 1_440] if rules == MINUTES else [0, 2, 1_440])


def test_what_was_written_down_by_the_minute_stays_whole_through_both_stages(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        for minute, (frame, accounts) in enumerate(frames_at(range(70))):
            rows = {"market_index": np.array([1]), "mark_last": np.array([float(minute)])}
            writer.append(replace(moment_of(frame, accounts, TABLES), notes=MinuteNotes(coins=rows)))
        writer.append(moment_of(*frames_at([9 * 1_440])[0], TABLES))
        writer.compact()
    for rules in (MINUTES, KeepRules(quarter_hour_days=1)):
        retain(tmp_path, rules)
        kept = HistoryReader(tmp_path).frame_times(START_MS, START_MS + DAY_MS)
        assert len(kept) < 8
        file = min((tmp_path / "parts").iterdir()) / "coin_minutes.parquet"
        assert pl.read_parquet(file)["mark_last"].to_list() == [float(minute) for minute in range(70)]
    assert len(kept) == 3


def test_a_thinning_let_go_leaves_everything_as_it_was_and_is_made_after_the_next_start(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in (data / "parts").iterdir())
    with HistoryWriter(data, PROVENANCE, keep=MINUTES) as writer:
        add, seen = retain_module.PartContent.add, []

        def stopping(content: object, frame: object) -> None:
            seen.append(frame)
            writer.end_tidy()
            add(content, frame)  # type: ignore[arg-type]

        monkeypatch.setattr(retain_module.PartContent, "add", stopping)
        writer.tidy()
        assert len(seen) == 1
        assert sorted(path.name for path in (data / "parts").iterdir()) == before
        monkeypatch.undo()
    retain(data, MINUTES)
    assert len(HistoryReader(data).frame_times(START_MS, START_MS + DAY_MS)) == 7
