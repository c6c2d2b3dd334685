"""Pruning and migration of a folder that another process is writing: that process does it, and a kill loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from amounts import first_of
from former_history import write_former
from store_frames import MINUTE_MS, START_MS, TABLES, assert_same_accounts, assert_same_frame
from store_killed_writer import FIRST_STEP, frame_of
from store_live_writer import LiveWriter, writing

from liqscape.errors import StoreError
from liqscape.service.care.information import look_at_folder
from liqscape.service.care.pruning import PrunePlan, ask_writer, plan_pruning, prune_folder
from liqscape.service.care.verification import verify_folder
from liqscape.service.migration import find_outdated, migrate_live_folder
from liqscape.store.history import HistoryReader
from liqscape.store.history.asked import ASKED, AskedCare, ask
from liqscape.store.history.retention import KeepRules

TODAY_ALONE = KeepRules(days=0)
MIDNIGHT = 1_440
"""Steps are minutes."""
WAIT_S = 120.0


def steps_of(folder: Path) -> list[int]:
    reader = HistoryReader(folder)
    assert reader.damaged == ()
    steps = ((reader.frame_times(0, START_MS * 2) - START_MS) // MINUTE_MS).tolist()
    for step in (steps[0], steps[-1]):
        frame, accounts = frame_of(step)
        read = reader.frame_at(frame.time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)
    return steps


def reach_tomorrow(live: LiveWriter, folder: Path) -> PrunePlan:
    """Go on until all of the first day is in parts, so that it may go."""
    live.reach(MIDNIGHT - FIRST_STEP)
    for _ in range(100):
        live.reach(4)
        plan = plan_pruning(folder, TODAY_ALONE)
        if plan.pieces:
            return plan
    raise AssertionError("the first day is never in parts")


def test_the_process_that_writes_a_folder_prunes_it_when_asked_and_goes_on(tmp_path: Path) -> None:
    with writing(tmp_path) as live:
        plan = reach_tomorrow(live, tmp_path)
        assert look_at_folder(tmp_path).part_count > 0
        assert verify_folder(tmp_path, 0, lambda _: None).problems == []
        assert [piece.what for piece in plan.pieces] == ["day"]
        freed = prune_folder(tmp_path, TODAY_ALONE, WAIT_S)
        assert steps_of(tmp_path)[0] == MIDNIGHT
        last = live.reach(3)
    assert freed >= 0
    steps = steps_of(tmp_path)
    assert steps == list(range(MIDNIGHT, MIDNIGHT + len(steps)))
    assert steps[-1] >= last
    assert not (tmp_path / ASKED).exists()
    assert verify_folder(tmp_path, 0, lambda _: None).problems == []


@pytest.mark.parametrize("frames", first_of([0, 1, 2, 4]))
def test_killed_in_the_middle_of_what_was_asked_the_next_writer_ends_it(frames: int, tmp_path: Path) -> None:
    with writing(tmp_path) as live:
        reach_tomorrow(live, tmp_path)
        ask(tmp_path, AskedCare(ask_id="one", rules=TODAY_ALONE))
        last = live.reach(frames + 1)
        last = max(last, live.kill())
    steps = steps_of(tmp_path)
    assert steps[0] in (FIRST_STEP, MIDNIGHT)
    assert steps == list(range(steps[0], steps[-1] + 1))
    assert steps[-1] >= last
    with writing(tmp_path) as live:
        ask_writer(tmp_path, TODAY_ALONE, WAIT_S)
    steps = steps_of(tmp_path)
    assert steps == list(range(MIDNIGHT, steps[-1] + 1))


def test_the_process_that_writes_a_folder_rewrites_its_older_parts_when_asked(tmp_path: Path) -> None:
    held = [frame_of(step) for step in range(FIRST_STEP, FIRST_STEP + 14)]
    write_former(tmp_path, held, TABLES, in_parts=[5, 5, 4])
    outdated = find_outdated(tmp_path)
    assert len(outdated.parts) == 3
    with writing(tmp_path) as live:
        live.reach(2)
        assert migrate_live_folder(tmp_path, outdated, WAIT_S) == {}
        live.reach(2)
    assert find_outdated(tmp_path).parts == []
    steps = steps_of(tmp_path)
    assert steps == list(range(FIRST_STEP, steps[-1] + 1))


def test_a_wish_that_nobody_takes_up_is_taken_back(tmp_path: Path) -> None:
    waited: list[float] = []
    with pytest.raises(StoreError, match="did not take this up within 1 s"):
        ask_writer(tmp_path, TODAY_ALONE, 1.0, waited.append)
    assert len(waited) == 5
    assert not (tmp_path / ASKED).exists()
