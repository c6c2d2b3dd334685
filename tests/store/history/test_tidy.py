"""Parts are made beside appends: nobody waits, and every frame is there exactly once all the while."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from amounts import every
from disk_faults import Interrupted, fault_at
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
from stored_moments import moment_of

from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.minute_notes import NO_MARKET, ForcedFlow, MinuteKind
from liqscape.store.history import HistoryReader, HistoryWriter, MinuteNotes, compact, writer
from liqscape.store.history.schema import NOTES

MARKETS = make_markets(2)
STORED = [
    (make_frame(4, step, markets=MARKETS, accounts=accounts), accounts)
    for step, accounts in ((step, make_accounts(4, step, 2)) for step in range(1_425, 1_455))
]
"""A quarter of an hour before midnight and one after it."""


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HistoryWriter:
    """A writer whose chains are short and that somebody else tidies."""
    monkeypatch.setattr(writer, "HEAD_FILES", 4)
    history = HistoryWriter(tmp_path, PROVENANCE)
    history.is_tidied_beside = True
    return history


def check(reader: HistoryReader, count: int) -> None:
    assert reader.frame_times(0, START_MS * 2).tolist() == [frame.time_ms for frame, _ in STORED[:count]]
    for frame, accounts in STORED[:count]:
        read = reader.frame_at(frame.time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)


def test_appends_make_no_part_and_tidying_takes_finished_chains_alone(beside: HistoryWriter, tmp_path: Path) -> None:
    with beside:
        for frame, accounts in STORED[:10]:
            beside.append(moment_of(frame, accounts, TABLES))
        assert not list((tmp_path / "parts").iterdir())
        check(HistoryReader(tmp_path), 10)
        beside.tidy()
        assert len(list((tmp_path / "head").iterdir())) == 2
        check(HistoryReader(tmp_path), 10)
        for frame, accounts in STORED[10:]:
            beside.append(moment_of(frame, accounts, TABLES))
        check(HistoryReader(tmp_path), len(STORED))
        beside.compact()
        check(HistoryReader(tmp_path), len(STORED))
        assert len(list((tmp_path / "parts").iterdir())) == 2


def test_an_append_does_not_wait_for_a_part_that_is_being_made(
    beside: HistoryWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part is not done before three more frames are durable, and a whole chain begins and ends meanwhile."""
    begun, going_on = threading.Event(), threading.Event()
    real = compact.write_part

    def slow(*arguments: object, **named: object) -> object:
        begun.set()
        assert going_on.wait(30.0)
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(compact, "write_part", slow)
    with beside:
        for frame, accounts in STORED[:6]:
            beside.append(moment_of(frame, accounts, TABLES))
        tidying = threading.Thread(target=beside.tidy)
        tidying.start()
        assert begun.wait(30.0)
        for frame, accounts in STORED[6:20]:
            beside.append(moment_of(frame, accounts, TABLES))
        check(HistoryReader(tmp_path), 20)
        going_on.set()
        tidying.join()
        check(HistoryReader(tmp_path), 20)
        beside.tidy()
        check(HistoryReader(tmp_path), 20)


def test_a_chain_begun_after_lost_minutes_stands_by_itself(beside: HistoryWriter, tmp_path: Path) -> None:
    """Two damaged heads in a row cost their own chain alone."""
    with beside:
        for frame, accounts in STORED[:8]:
            beside.append(moment_of(frame, accounts, TABLES))
        for path in sorted((tmp_path / "head").iterdir())[1:3]:
            path.write_bytes(b"")
        kept = [STORED[0][0].time_ms, *(frame.time_ms for frame, _ in STORED[4:8])]
        assert HistoryReader(tmp_path).frame_times(0, START_MS * 2).tolist() == kept
        beside.compact()
    reader = HistoryReader(tmp_path)
    assert reader.frame_times(0, START_MS * 2).tolist() == kept
    for frame, accounts in STORED[4:8]:
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)
    assert len(reader.damaged) == 3


@pytest.mark.property
def test_tidying_interrupted_at_every_step_with_appends_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "HEAD_FILES", 3)
    monkeypatch.setattr(writer, "DAY_PARTS", 1)
    number, is_done = 0, False
    while not is_done:
        number += 5 * every(2)
        folder = tmp_path / f"at{number}"
        with HistoryWriter(folder, PROVENANCE) as history:
            history.is_tidied_beside = True
            for frame, accounts in STORED[:8]:
                history.append(moment_of(frame, accounts, TABLES))
            try:
                with fault_at(monkeypatch, number):
                    history.tidy()
                is_done = True
            except Interrupted:
                pass
            check(HistoryReader(folder), 8)
            history.append(moment_of(*STORED[8], TABLES))
            history.tidy()
            check(HistoryReader(folder), 9)
    assert number > 20


def test_what_is_written_down_in_a_minute_comes_back(beside: HistoryWriter, tmp_path: Path) -> None:
    notes = MinuteNotes(
        coins={"market_index": np.array([1]), "mark_first": np.array([1.5]), "mark_first_ms": np.array([5]),
               "known_at_ms": np.array([7])},
        path={"market_index": np.array([0]), "at_ms": np.array([6]), "mark": np.array([2.1])},
        accounts={"address_row": np.array([3, 3]), "market_index": np.array([1, NO_MARKET]),
                  "kind": np.array([MinuteKind.DELEVERAGED, MinuteKind.DEPOSIT]), "size": np.array([-2.0, np.nan]),
                  "usd": np.array([9.0, 10.0]), "first_ms": np.array([4, -1]), "last_ms": np.array([5, -1]),
                  "known_at_ms": np.array([9, 9])},
        liquidations={"event_id": np.array(["e1"], object), "market_index": np.array([1]), "side": np.array([-1]),
                      "direction": np.array([ForcedFlow.BUY]), "method": np.array([LiquidationMethod.ADL]),
                      "impact_10s_bp": np.array([12.5]), "recovery_ms": np.array([-1]),
                      "why_unknown": np.array([""], object)},
    )  # fmt: skip
    with beside:
        for number, (frame, accounts) in enumerate(STORED[:6]):
            beside.append(replace(moment_of(frame, accounts, TABLES), notes=notes if number % 2 else None))
        beside.compact()
    (run,) = HistoryReader(tmp_path)._seen.runs(0, START_MS * 2)
    coins, path, minutes, events = (run.part.read(name) for name in NOTES)  # type: ignore[attr-defined]
    times = [frame.time_ms for frame, _ in STORED[1:6:2]]
    assert coins["time_ms"].tolist() == path["time_ms"].tolist() == times
    assert coins["mark_first"].tolist() == [1.5] * 3
    assert coins["mark_first_ms"].tolist() == [5] * 3
    assert np.isnan(coins["mid_low"]).all()
    assert (coins["mid_low_ms"] == -1).all()
    assert path["at_ms"].tolist() == [6] * 3
    assert path["mark"].tolist() == [2.1] * 3
    assert minutes["time_ms"].tolist() == np.repeat(times, 2).tolist()
    assert minutes["market_index"].tolist() == [1, NO_MARKET] * 3
    assert minutes["kind"].tolist() == [MinuteKind.DELEVERAGED, MinuteKind.DEPOSIT] * 3
    assert np.isnan(minutes["size"][1::2]).all()
    assert minutes["last_ms"].tolist() == [5, -1] * 3
    assert events["event_id"].tolist() == ["e1"] * 3
    assert events["direction"].tolist() == [ForcedFlow.BUY] * 3
    assert events["method"].tolist() == [LiquidationMethod.ADL] * 3
    assert events["impact_10s_bp"].tolist() == [12.5] * 3
    assert np.isnan(events["impact_1s_bp"]).all()
    assert events["recovery_ms"].tolist() == events["baseline_count"].tolist() == [-1] * 3
    assert events["taken_by"].tolist() == events["why_unknown"].tolist() == [""] * 3
