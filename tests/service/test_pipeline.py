"""Frames of the one path are the frames built afresh, whatever order marks and accounts change in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.bands import BAND_COLUMNS
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.model import MarketSnapshot
from liqscape.model.events import AccountsObserved, FrameDue, MarketDefined, MarksUpdated
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
