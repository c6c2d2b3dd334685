"""The scale of a coin is the same for whoever asks, is made once an hour of the map, and says what it lacks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from level_worlds import MARKETS, START_MS, TABLES, World, densities, largest_holder, made_up_world
from memory_history import MemoryHistory
from small_market import SMALL, SmallMarket
from stored_moments import moment_of

from liqscape.errors import NotFound
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.density import scale_of_frames
from liqscape.heatmap.moment import Moment
from liqscape.service import scale as scale_module
from liqscape.service.scale import choose_frames
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS


def moments(world: World) -> list[Moment]:
    return [
        moment_of(build_frame(world.accounts, world.snapshot(frame), TABLES, SMALL), world.accounts, TABLES)
        for frame in range(len(world.time_ms))
    ]


def at_times(world: World, *times_ms: int) -> World:
    """The first frames of a world at other times."""
    return replace(world, time_ms=START_MS + np.array(times_ms), mark=world.mark[:, : len(times_ms)])


def stored(folder: Path, world: World) -> HistoryReader:
    with HistoryWriter(folder, SMALL) as writer:
        writer.append_many(iter(moments(world)))
    return HistoryReader(folder)


@pytest.fixture(scope="module")
def world() -> World:
    return made_up_world(7, accounts=150, frames=30)


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """30 hours, over midnight: the first day in a part, the newest in head files."""
    path = tmp_path_factory.mktemp("history")
    made = moments(world)
    with HistoryWriter(path, SMALL) as writer:
        writer.append_many(iter(made[:26]))
        for moment in made[26:]:
            writer.append(moment)
        yield path


def test_scale_is_that_of_the_stored_hours(folder: Path, world: World) -> None:
    answer = MapView(HistoryReader(folder)).scale("TIERED")
    expected = scale_of_frames(densities(world, 1))
    assert (answer.frame_count, answer.cell_count, answer.basis) == (30, expected.cell_count, "shorter")
    assert answer.computed_ms == answer.as_of_ms == world.time_ms[-1]
    assert answer.from_ms == world.time_ms[0]
    assert answer.high == pytest.approx(expected.high, rel=1e-6)
    assert answer.low == pytest.approx(expected.low, rel=1e-6)
    assert list(answer.quantiles) == ["0.55", "0.85", "0.985"]
    assert answer.note is None
    assert answer.mass_low is not None
    assert answer.mass_high is not None
    assert answer.mass_low < world.mark[1, -1] < answer.mass_high


def test_every_reader_finds_the_same_also_after_a_restart(folder: Path) -> None:
    one, other = (MapView(HistoryReader(folder)) for _ in range(2))
    assert one.scale("FLAT") == other.scale("FLAT") == one.scale("FLAT") == MapView(HistoryReader(folder)).scale("FLAT")


def test_many_who_ask_at_once_have_it_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, all_asked = [], threading.Barrier(6)
    compute = scale_module.compute_scale

    def counted(*asked):
        made.append(asked)
        return compute(*asked)

    monkeypatch.setattr(scale_module, "compute_scale", counted)
    view = MapView(HistoryReader(folder))

    def ask():
        all_asked.wait()
        return view.scale("FLAT")

    with ThreadPoolExecutor(6) as readers:
        answers = [reader.result() for reader in [readers.submit(ask) for _ in range(6)]]
    assert len(made) == 1
    assert all(answer == answers[0] for answer in answers)


def test_it_is_renewed_on_the_hour_and_solves_the_new_frame_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = [0, 60, 120, 150, 179, 180, 181]
    world = at_times(made_up_world(3, accounts=90), *(minute * MINUTE_MS for minute in minutes))
    made = moments(world)
    solved = []
    near = HistoryReader.cells_near_mark
    monkeypatch.setattr(
        HistoryReader, "cells_near_mark", lambda self, *asked: [solved.append(asked[1].tolist()), near(self, *asked)][1]
    )
    with HistoryWriter(tmp_path, SMALL) as writer:
        writer.append_many(iter(made[:3]))
        view = MapView(HistoryReader(tmp_path))
        answers = [view.scale("FLAT")]
        for moment in made[3:]:
            writer.append(moment)
            answers.append(view.scale("FLAT"))
    assert [(each.computed_ms - START_MS) // MINUTE_MS for each in answers] == [120, 120, 120, 180, 180]
    assert answers[0].high == answers[1].high == answers[2].high != answers[3].high == answers[4].high
    start = START_MS
    assert solved == [[start, start + HOUR_MS, start + 2 * HOUR_MS], [start + 150 * MINUTE_MS, start + 3 * HOUR_MS]]


def test_snapshots_half_a_day_apart_count_once_each(tmp_path: Path) -> None:
    world = at_times(made_up_world(5, accounts=90), *(12 * HOUR_MS * number + 4_321 for number in range(8)))
    answer = MapView(stored(tmp_path, world)).scale("FLAT")
    assert (answer.frame_count, answer.basis) == (7, "shorter")
    assert answer.high is not None


@pytest.mark.parametrize(
    ("times_ms", "frames", "basis", "computed_ms"),
    [
        ([5_000], 1, "now", 5_000),
        ([5_000, 59 * MINUTE_MS], 1, "now", 55 * MINUTE_MS),
        ([40 * MINUTE_MS, 70 * MINUTE_MS], 1, "now", 70 * MINUTE_MS),
        ([0, 20 * MINUTE_MS, 65 * MINUTE_MS], 2, "shorter", HOUR_MS),
        ([0, HOUR_MS, DAY_MS, DAY_MS + 20 * MINUTE_MS, DAY_MS + HOUR_MS], 4, "shorter", DAY_MS + HOUR_MS),
        ([0, DAY_MS, 7 * DAY_MS, 8 * DAY_MS], 3, "7 days", 8 * DAY_MS),
        ([0, 9 * DAY_MS], 1, "7 days", 9 * DAY_MS),
    ],
)
def test_which_frames_count(tmp_path: Path, times_ms: list[int], frames: int, basis: str, computed_ms: int) -> None:
    reader = stored(tmp_path, at_times(made_up_world(2, accounts=30), *times_ms))
    chosen = choose_frames(reader)
    assert (len(chosen.time_ms), chosen.basis, chosen.computed_ms - START_MS) == (frames, basis, computed_ms)
    assert set(chosen.time_ms - START_MS) <= set(times_ms)


def test_unknown_mark_no_level_and_one_account_are_said(tmp_path: Path) -> None:
    world = made_up_world(4, accounts=60, frames=4)
    dark = replace(world, mark=np.where([[True], [False]], np.nan, world.mark))
    answer = MapView(stored(tmp_path / "dark", dark)).scale("FLAT")
    assert (answer.low, answer.high, answer.quantiles, answer.mass_low) == (None, None, {}, None)
    assert answer.note == "no mark of FLAT is known in these frames: there is no scale"
    rich = replace(world, accounts=replace(world.accounts, raw_usd=np.abs(world.accounts.raw_usd) + 1e12))
    answer = MapView(stored(tmp_path / "rich", rich)).scale("FLAT")
    assert (answer.low, answer.frame_count, answer.cell_count, answer.mass_high) == (None, 4, 0, None)
    assert answer.note == "no level of FLAT lies within 20 % of its mark: there is no scale"
    alone = replace(world, accounts=world.accounts.take(np.array([largest_holder(world, 0)])))
    answer = MapView(stored(tmp_path / "alone", alone)).scale("FLAT")
    assert answer.high is None
    assert answer.note == "one account alone has levels of FLAT within 20 % of its mark: there is no scale"


def test_few_cells_and_frames_without_a_mark_are_said(tmp_path: Path) -> None:
    world = made_up_world(6, accounts=25, frames=4)
    mark = world.mark.copy()
    mark[0, 2] = np.nan
    answer = MapView(stored(tmp_path, replace(world, mark=mark))).scale("FLAT")
    assert answer.frame_count == 3
    assert answer.note is not None
    assert f"only {answer.cell_count} cells" in answer.note
    assert "1 of 4 frames" in answer.note


def test_a_coin_or_history_that_is_not_there_is_not_found(folder: Path, market: SmallMarket) -> None:
    with pytest.raises(NotFound, match="FLATT"):
        MapView(HistoryReader(folder)).scale("FLATT")
    with pytest.raises(NotFound, match="no stored history"):
        MapView(None).scale("FLAT")
    assert MARKETS.coins == ("FLAT", "TIERED")
    assert MapView(MemoryHistory(market)).scale("DARK").high is None


def test_lone_cells_of_a_window_are_hotter_than_the_scale_and_one_account_s(folder: Path, world: World) -> None:
    view = MapView(HistoryReader(folder))
    asked = {"start_ms": int(world.time_ms[0]), "end_ms": int(world.time_ms[-1]) + 1, "height": 300}
    high = view.scale("FLAT").high
    assert high is not None
    for width, rule in ((800, "accounts"), (40, "bands")):
        window = view.heatmap("FLAT", width=width, lone=True, **asked)
        head = window.header
        assert head.lone_rule == rule
        assert head.lone
        total = (window.long + window.short) * 0.001 / (head.log_width * 2**head.level)
        assert all((total[row, first:past] > high).all() for row, first, past in head.lone)
    plain = view.heatmap("FLAT", width=800, **asked)
    assert (plain.header.lone, plain.header.lone_rule) == (None, None)


def test_lone_is_null_where_there_is_no_scale(market: SmallMarket) -> None:
    asked = {"width": 20, "height": 40, "price_low": 1.0, "price_high": 2.0}
    header = MapView(MemoryHistory(market)).heatmap("DARK", lone=True, **asked).header
    assert (header.lone, header.lone_rule) == (None, None)
