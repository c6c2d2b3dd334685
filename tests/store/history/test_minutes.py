"""Frames one after the other are those that were appended, each with what was written down since the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from store_frames import (
    PROVENANCE,
    TABLES,
    assert_same_accounts,
    make_accounts,
    make_frame,
    make_markets,
)
from stored_moments import moment_of

from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.minute_notes import Columns, MinuteKind, MinuteNotes
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.minutes import StoredMinute
from liqscape.store.history.retention import QUARTER_HOUR_MS, KeepRules
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

MARKETS = make_markets(2)
FOREVER = 1 << 60


def notes_of(time_ms: int, accounts: Accounts, since_ms: int | None = None) -> MinuteNotes:
    """Made up: of coin 1, and of every account a trade."""
    count = len(accounts.addresses)
    rows: Columns = {
        "address_row": np.arange(count, dtype=np.int32),
        "market_index": np.ones(count, np.int32),
        "kind": np.full(count, MinuteKind.TRADE, np.uint8),
        "size": np.full(count, time_ms % 7 + 0.5),
        "usd": np.full(count, -1.5),
        "first_ms": np.full(count, time_ms - 9, np.int64),
        "last_ms": np.full(count, time_ms - 2, np.int64),
        "known_at_ms": np.full(count, time_ms, np.int64),
    }
    minute = time_ms // MINUTE_MS
    coins: Columns = {"market_index": np.array([1], np.int32), "known_at_ms": np.array([time_ms])}
    for point, price in (("first", 10.0), ("low", 9.0 - minute % 5), ("high", 11.0 + minute % 5), ("last", 10.5)):
        coins |= {f"mark_{point}": np.array([price]), f"mark_{point}_ms": np.array([time_ms - 30])}
    coins["bid_usd_1pct"] = np.array([float(minute)])
    coins["since_ms"] = np.array([time_ms - MINUTE_MS if since_ms is None else since_ms])
    path: Columns = {"market_index": np.array([1]), "at_ms": np.array([time_ms - 5]), "mark": np.array([9.5])}
    return MinuteNotes(coins=coins, path=path, accounts=rows)


def moments(steps: Sequence[int], seed: int = 4) -> list[Moment]:
    """With notes, a minute a step."""
    made = []
    for step in steps:
        accounts = make_accounts(seed, step, 2)
        moment = moment_of(make_frame(seed, step, markets=MARKETS, accounts=accounts), accounts, TABLES)
        made.append(replace(moment, notes=notes_of(moment.frame.time_ms, accounts)))
    return made


def assert_minute(read: StoredMinute, given: Moment) -> None:
    assert read.time_ms == given.frame.time_ms
    assert_same_accounts(read.accounts, given.accounts)
    np.testing.assert_array_equal(read.frame.snapshot.mark, given.frame.snapshot.mark)
    assert read.notes is not None
    assert given.notes is not None
    assert read.notes.accounts is not None
    assert given.notes.accounts is not None
    for name, values in given.notes.accounts.items():
        np.testing.assert_array_equal(read.notes.accounts[name], values)
    for ours, theirs in ((read.notes.coins, given.notes.coins), (read.notes.path, given.notes.path)):
        assert ours is not None
        assert theirs is not None
        for name, values in theirs.items():
            np.testing.assert_array_equal(ours[name], values)


@pytest.fixture
def stored() -> list[Moment]:
    """A quarter of an hour before midnight and one after it."""
    return moments(range(1_425, 1_455))


@pytest.fixture
def folder(tmp_path: Path, stored: list[Moment]) -> Path:
    """Two thirds of them in parts, the rest in heads."""
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append_many(stored[:20])
        for moment in stored[20:]:
            writer.append(moment)
    return tmp_path


@pytest.mark.parametrize("first", [0, 1, 7, 14, 15, 19, 20, 21, 29])
def test_each_comes_as_it_was_appended_wherever_the_reading_begins(
    folder: Path, stored: list[Moment], first: int
) -> None:
    read = list(HistoryReader(folder).minutes(stored[first].frame.time_ms, FOREVER))
    assert len(read) == 30 - first
    for minute, given in zip(read, stored[first:], strict=True):
        assert_minute(minute, given)
    assert [minute.is_gap for minute in read] == [True] + [False] * (29 - first)


def test_the_end_is_not_within_and_what_is_empty_has_none(folder: Path, stored: list[Moment], tmp_path: Path) -> None:
    reader = HistoryReader(folder)
    read = reader.minutes(stored[3].frame.time_ms, stored[17].frame.time_ms)
    assert [minute.time_ms for minute in read] == [moment.frame.time_ms for moment in stored[3:17]]
    assert not list(reader.minutes(0, 5))
    with HistoryWriter(tmp_path / "empty", PROVENANCE):
        assert not list(HistoryReader(tmp_path / "empty").minutes(0, FOREVER))


def test_a_reading_under_way_goes_on_through_a_merge(folder: Path, stored: list[Moment]) -> None:
    reading = HistoryReader(folder).minutes(0, FOREVER)
    read = [next(reading) for _ in range(5)]
    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.compact()
    read += reading
    assert len(read) == 30
    for minute, given in zip(read, stored, strict=True):
        assert_minute(minute, given)


def test_damaged_notes_cost_the_notes_of_their_part_alone(folder: Path, stored: list[Moment]) -> None:
    path = min((folder / "parts").iterdir()) / "account_minutes.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    read = list(HistoryReader(folder).minutes(0, FOREVER))
    assert [minute.time_ms for minute in read] == [moment.frame.time_ms for moment in stored]
    assert [minute.notes is None for minute in read] == [True] * 15 + [False] * 15
    for minute, given in zip(read, stored, strict=True):
        assert_same_accounts(minute.accounts, given.accounts)


def test_frames_whose_accounts_are_damaged_are_passed_over(folder: Path, stored: list[Moment]) -> None:
    path = min((folder / "parts").iterdir()) / "pools.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    read = list(HistoryReader(folder).minutes(0, FOREVER))
    assert [minute.time_ms for minute in read] == [moment.frame.time_ms for moment in stored[15:]]
    assert read[0].is_gap


def test_frames_without_notes_have_none_and_a_hole_is_a_gap(tmp_path: Path) -> None:
    given = moments([0, 1, 2, 13, 14])
    given[1] = replace(given[1], notes=None)
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append_many(given)
    read = list(HistoryReader(tmp_path).minutes(0, FOREVER))
    assert [minute.notes is None for minute in read] == [False, True, False, False, False]
    assert [minute.is_gap for minute in read] == [True, False, False, True, False]


def test_after_a_thinning_a_frame_has_the_notes_of_all_minutes_since_the_one_before(tmp_path: Path) -> None:
    given = moments(range(31))
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append_many([*given, *moments([9 * 1_440])])
        writer.compact()
    with HistoryWriter(tmp_path, PROVENANCE, keep=KeepRules(minute_days=1)) as writer:
        writer.compact()
    read = list(HistoryReader(tmp_path).minutes(0, given[-1].frame.time_ms + 1))
    places = [(minute.time_ms - given[0].frame.time_ms) // MINUTE_MS for minute in read]
    assert QUARTER_HOUR_MS // MINUTE_MS == 15
    assert len(places) < 6
    assert [minute.is_gap for minute in read] == [True] + [False] * (len(read) - 1)
    assert_minute(read[0], given[0])
    for minute, after, last in zip(read[1:], places[:-1], places[1:], strict=True):
        own = [moment.notes for moment in given[after + 1 : last + 1]]
        assert minute.notes is not None
        coins, accounts, path = minute.notes.coins, minute.notes.accounts, minute.notes.path
        assert coins is not None
        assert accounts is not None
        assert path is not None
        low = min(float(each.coins["mark_low"][0]) for each in own if each is not None and each.coins is not None)
        assert coins["mark_low"].tolist() == [low]
        assert coins["since_ms"].tolist() == [given[after].frame.time_ms]
        assert coins["mark_first_ms"].tolist() == [given[after + 1].frame.time_ms - 30]
        assert coins["mark_last_ms"].tolist() == [given[last].frame.time_ms - 30]
        assert coins["bid_usd_1pct"].tolist() == [given[last].frame.time_ms // MINUTE_MS]
        assert path["at_ms"].tolist() == [moment.frame.time_ms - 5 for moment in given[after + 1 : last + 1]]
        assert len(accounts["kind"]) == sum(
            len(each.accounts["kind"]) for each in own if each is not None and each.accounts is not None
        )


@pytest.mark.parametrize("is_whole", [True, False])
def test_funding_rows_are_made_of_the_accounts_of_the_frame_before(tmp_path: Path, is_whole: bool) -> None:
    given = moments([58, 59, 60, 61])
    hour_ms = given[2].frame.time_ms // HOUR_MS * HOUR_MS
    due = np.array([0.25, np.nan])
    paid = replace(given[3].frame, funding=HourlyFunding(hour_ms, due))
    since_ms = given[3].frame.time_ms - (MINUTE_MS if is_whole else 1)
    given[3] = replace(given[3], frame=paid, notes=notes_of(paid.time_ms, given[3].accounts, since_ms))
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append_many(given)
    *_, last = HistoryReader(tmp_path).minutes(0, FOREVER)
    assert last.notes is not None
    rows = last.notes.accounts
    assert rows is not None
    funding = np.flatnonzero(rows["kind"] == MinuteKind.FUNDING)
    before = given[2].accounts
    held = np.flatnonzero(before.market_index == 0) if is_whole else np.empty(0, np.int64)
    assert rows["usd"][funding].tolist() == (-before.size[held] * 0.25).tolist()
    assert rows["address_row"][funding].tolist() == before.address_row[before.pool_of_position()[held]].tolist()
    assert set(rows["market_index"][funding].tolist()) <= {0}
    assert set(rows["first_ms"][funding].tolist()) <= {hour_ms}
    assert given[0].frame.time_ms % DAY_MS // HOUR_MS == (hour_ms - HOUR_MS) % DAY_MS // HOUR_MS
