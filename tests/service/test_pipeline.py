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
from liqscape.ledger import Ledger
from liqscape.model import MarketSnapshot
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    FundingDue,
    FundingPaid,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
)
from liqscape.model.funding import HourlyFunding, noted_funding
from liqscape.model.minute_notes import MinuteNotes
from liqscape.service.pipeline import MAX_AFTER_CLOSE, Pipeline

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


def day_of_events() -> list[Event]:
    """Accounts, prints, mids behind each frame; every third frame is stored."""
    random = np.random.default_rng(11)
    everybody = make_accounts(11, ledger_days.SNAPSHOT, ledger_days.ADDRESSES)
    events: list[Event] = [
        MarketDefined(1_000, 0, ledger_days.MARKETS, TABLES),
        MarksUpdated(1_000, 0, ledger_days.SNAPSHOT),
        AccountsObserved(time_ms=1_000, received_ns=0, accounts=everybody, is_complete=True),
    ]
    for number in range(60):
        time_ms = 2_000 + number
        events += [ledger_days.event(random, time_ms), FrameDue(time_ms, 0, is_stored=number % 3 == 0)]
        mid = ledger_days.SNAPSHOT.mark * random.uniform(0.9, 1.1, len(ledger_days.MARKETS))
        events += [MidsObserved(time_ms, 0, mid=mid)] * int(random.integers(0, 2 * MAX_AFTER_CLOSE))
    return events


def minutes_closed_at_once(events: list[Event]) -> list[MinuteNotes]:
    ledger, notes, closed = Ledger(), NoteTaker(), []
    funding: HourlyFunding | None = None
    for event in events:
        ledger.apply(event)
        if isinstance(event, FundingDue | FundingPaid):
            funding = noted_funding(funding, event, len(ledger.markets))
        notes.observe(event, ledger)
        if isinstance(event, FrameDue) and event.is_stored:
            closed.append(notes.close(event.time_ms, ledger, funding).notes())
    return closed


@pytest.mark.parametrize("asks_at_once", [True, False])
def test_notes_of_a_minute_are_the_same_whenever_they_are_asked_for(asks_at_once: bool) -> None:
    events, pipeline = day_of_events(), Pipeline(SOURCE)
    moments = []
    for event in events:
        moment = pipeline.feed(event)
        if moment is not None and moment.is_stored:
            moments.append(moment)
            assert not asks_at_once or moment.notes is not None
    wanted = minutes_closed_at_once(events)
    assert len(moments) == len(wanted) == 20
    assert sum(len(notes.accounts["kind"]) for notes in wanted if notes.accounts is not None) > 0
    for moment, expected in zip(moments, wanted, strict=True):
        for name in ("coins", "path", "accounts", "liquidations"):
            found, columns = getattr(moment.notes, name), getattr(expected, name)
            assert (found is None) == (columns is None)
            for column in columns or {}:
                np.testing.assert_array_equal(found[column], columns[column], column)


def test_a_frame_does_not_wait_for_the_notes_of_its_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    close = NoteTaker.close
    monkeypatch.setattr(NoteTaker, "close", lambda *given: (closed.append(given[1]), close(*given))[1])
    pipeline = Pipeline(SOURCE)
    pipeline.feed(MarketDefined(0, 0, MARKETS, TABLES))
    pipeline.feed(MarksUpdated(0, 0, make_snapshot(0, MARKETS)))
    moment = pipeline.feed(FrameDue(1, 0))
    assert closed == []
    pipeline.feed(MidsObserved(2, 0, mid=make_snapshot(0, MARKETS).mark))
    assert closed == [], "mids of the same message"
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
