"""Rows of sources to the one word the page shows."""

from __future__ import annotations

import pytest

from liqscape.service.answers.sources import SourceRow, SourceState
from liqscape.service.collecting.figures import feed_age_ms, feed_state
from liqscape.service.standing import FeedState

NOW_MS = 1_000_000


def rows(**states: SourceState) -> list[SourceRow]:
    """One row a kind; marks are half a second old, prints four, whatever is stale a minute."""
    kinds: dict[str, SourceState] = {"socket": "connected", "info": "connected", "marks": "connected"}
    ages = {"marks": 500, "prints": 4_000}
    return [
        SourceRow(
            kind=kind,
            address="x",
            state=state,
            last_message_ms=NOW_MS - (60_000 if state == "stale" else ages.get(kind, 0)),
        )
        for kind, state in {**kinds, "prints": "connected", **states}.items()
    ]


@pytest.mark.parametrize("kind", ["marks", "prints", "time", "frames", "info", "node_info", "node_files"])
def test_one_silent_stream_makes_the_feed_stale_and_as_old_as_it(kind: str) -> None:
    states: dict[str, SourceState] = {kind: "stale"}
    assert feed_state(rows(**states)) == "stale"
    assert feed_age_ms(rows(**states), NOW_MS) == 60_000


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({}, "live"),
        ({"socket": "reconnecting"}, "reconnecting"),
        ({"socket": "reconnecting", "marks": "stale"}, "reconnecting"),
        ({"socket": "stale"}, "live"),  # a connection of quiet coins; marks and prints have rows of their own
    ],
)
def test_a_feed_that_flows_is_live_and_as_old_as_its_marks(states: dict[str, SourceState], said: FeedState) -> None:
    assert feed_state(rows(**states)) == said
    if "marks" not in states:
        assert feed_age_ms(rows(**states), NOW_MS) == 500
