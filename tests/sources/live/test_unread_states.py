"""States of which a position cannot be read: who is in doubt then, and who is not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from assembled_market import ALICE, BOB, Market, contexts, state, sure_market

from liqscape.feed.records import RecordKind


@pytest.fixture
def market() -> Market:
    return sure_market()


def broken(field: str, value: object, time_ms: int) -> dict[str, object]:
    """A state of QUIET with one field of its position replaced."""
    made: Any = state("QUIET", 12.0, 10.0, 1_000.0, time_ms)
    made["assetPositions"][0]["position"][field] = value
    return made


def test_whose_state_has_no_position_that_can_be_read_is_in_doubt_and_nobody_else(market: Market) -> None:
    market.answer(broken("szi", "12.x", market.now_ms), type="clearinghouseState", user=ALICE)
    market.tick()
    assert market.unsure == {ALICE}
    assert market.held == {"QUIET": 10.0, "x:OIL": -10.0}
    market.read(ALICE, "QUIET", 12.0)
    assert not market.unsure


def test_whose_state_has_one_row_without_size_is_in_doubt_though_the_others_are_listed(market: Market) -> None:
    both: Any = broken("szi", None, market.now_ms)
    both["assetPositions"] += state("BTC", 3.0, 10.0, 1_000.0, 0)["assetPositions"]  # type: ignore[operator]
    market.answer(both, type="clearinghouseState", user=ALICE)
    market.tick()
    assert market.held == {"BTC": 3.0, "x:OIL": -10.0}
    assert market.unsure == {ALICE}


def test_a_row_whose_size_can_be_read_is_listed_and_no_doubt(market: Market) -> None:
    market.answer(broken("leverage", None, market.now_ms), type="clearinghouseState", user=ALICE)
    market.tick()
    assert market.held == {"QUIET": 12.0, "x:OIL": -10.0}
    assert market.assembler.partial_state_count == 1
    assert not market.unsure


def test_who_has_no_frame_in_a_batch_or_a_stream_is_in_doubt(market: Market) -> None:
    frame = {"assetPositions": None, "time": market.now_ms}
    whole = state("QUIET", 11.0, 10.0, 1_000.0, market.now_ms)
    market.answer([frame, whole], type="batchClearinghouseStates", users=[ALICE, BOB])
    market.tick()
    assert market.unsure == {ALICE}
    market.read(ALICE, "QUIET", 12.0)
    message = {"channel": "allDexsClearinghouseState", "data": {"user": BOB, "clearinghouseStates": [["x", frame]]}}
    market.feed(RecordKind.MESSAGE, "1", msgspec.json.encode(message))
    assert market.unsure == {BOB}


@pytest.mark.parametrize("field", ["markPx", "oraclePx", "openInterest"])
def test_a_negative_figure_of_contexts_leaves_its_own_market_without_any(market: Market, field: str) -> None:
    good, bad = contexts("11"), contexts("12")
    market.reported(["", [bad[0] | {field: "-1"}, good[0]]], ["x", good])
    assert market.ledger.snapshot.mark.tolist()[1:] == [11.0, 11.0]
    assert not market.ledger.snapshot.open_interest[0] < 0.0
    assert market.assembler.failed_context_count == 1
