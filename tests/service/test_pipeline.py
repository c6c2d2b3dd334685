"""Frames of the one path are the frames built afresh, whatever order marks and accounts change in."""

from __future__ import annotations

import ledger_days
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.bands import BAND_COLUMNS
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.insight.note_taker import NoteTaker
from liqscape.model import MarketSnapshot
from liqscape.model.events import AccountsObserved, FrameDue, MarketDefined, MarksUpdated
from liqscape.model.minute_notes import MinuteNotes
from liqscape.service.pipeline import Pipeline

MARKETS = make_markets(9)
SOURCE = Provenance("generated", "test", True)

STEPS = st.lists(st.one_of(st.sets(st.integers(0, 8)), st.integers(0, 1_000)), min_size=1, max_size=8)
"""A set of coins whose marks move, or the seed of new accounts."""


@given(STEPS)
def test_every_frame_equals_the_one_built_afresh_to_the_bit(steps: list[set[int] | int]) -> None:
    pipeline = Pipeline(SOURCE)
    marks = make_snapshot(0, MARKETS).mark
    pipeline.feed(MarketDefined(0, 0, MARKETS, TABLES))
    for time_ms, step in enumerate(steps):
        if isinstance(step, int):
            seen = make_accounts(step, make_snapshot(0, MARKETS), 15)
            pipeline.feed(AccountsObserved(time_ms=time_ms, received_ns=0, accounts=seen))
        else:
            marks = marks.copy()
            marks[list(step)] *= 1.003
        pipeline.feed(MarksUpdated(time_ms, 0, MarketSnapshot.of_marks(MARKETS, time_ms, marks)))
        moment = pipeline.feed(FrameDue(time_ms, 0))
        assert moment is not None
        frame = moment.frame
        ledger = pipeline.ledger
        afresh = build_frame(ledger.accounts, ledger.snapshot, ledger.tables, SOURCE)
        for name in BAND_COLUMNS:
            np.testing.assert_array_equal(getattr(frame.bands, name), getattr(afresh.bands, name))
        np.testing.assert_array_equal(frame.outside.size, afresh.outside.size)


def test_only_a_frame_due_gives_a_frame() -> None:
    pipeline = Pipeline(SOURCE)
    assert pipeline.feed(MarketDefined(0, 0, MARKETS, TABLES)) is None
    assert pipeline.feed(MarksUpdated(0, 0, make_snapshot(0, MARKETS))) is None
    assert pipeline.feed(FrameDue(0, 0)) is not None


def stored_minutes(*, asks_at_once: bool) -> list[MinuteNotes]:
    """Notes of a day of events, asked when the frame is there or after everything."""
    random, pipeline = np.random.default_rng(11), Pipeline(SOURCE)
    pipeline.feed(MarketDefined(1_000, 0, ledger_days.MARKETS, TABLES))
    pipeline.feed(MarksUpdated(1_000, 0, ledger_days.SNAPSHOT))
    everybody = make_accounts(11, ledger_days.SNAPSHOT, ledger_days.ADDRESSES)
    pipeline.feed(AccountsObserved(time_ms=1_000, received_ns=0, accounts=everybody, is_complete=True))
    moments, asked = [], []
    for number in range(60):
        pipeline.feed(ledger_days.event(random, 2_000 + number))
        moment = pipeline.feed(FrameDue(2_000 + number, 0, is_stored=number % 3 == 0))
        assert moment is not None
        moments.append(moment)
        if asks_at_once:
            asked.append(moment.notes)
    return [notes for notes in asked or [moment.notes for moment in moments] if notes is not None]


def test_notes_of_a_minute_are_the_same_whenever_they_are_asked_for() -> None:
    at_once, later = (stored_minutes(asks_at_once=each) for each in (True, False))
    assert len(at_once) == len(later) == 20
    assert sum(len(notes.accounts["kind"]) for notes in at_once if notes.accounts is not None) > 0
    for one, other in zip(at_once, later, strict=True):
        for name in ("coins", "path", "accounts", "liquidations"):
            found, wanted = getattr(one, name), getattr(other, name)
            assert (found is None) == (wanted is None)
            for column in found or {}:
                np.testing.assert_array_equal(found[column], wanted[column], column)


def test_a_frame_does_not_wait_for_the_notes_of_its_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    close = NoteTaker.close
    monkeypatch.setattr(NoteTaker, "close", lambda *given: (closed.append(given[1]), close(*given))[1])
    pipeline = Pipeline(SOURCE)
    pipeline.feed(MarketDefined(0, 0, MARKETS, TABLES))
    pipeline.feed(MarksUpdated(0, 0, make_snapshot(0, MARKETS)))
    moment = pipeline.feed(FrameDue(1, 0))
    assert closed == []
    pipeline.feed(MarksUpdated(2, 0, make_snapshot(0, MARKETS)))
    assert closed == [1]
    assert moment is not None
    assert moment.notes is not None
    assert closed == [1]
    after = pipeline.feed(FrameDue(3, 0))
    assert after is not None
    assert after.notes is not None
    assert closed == [1, 3]
    pipeline.feed(MarksUpdated(4, 0, make_snapshot(0, MARKETS)))
    assert closed == [1, 3]
