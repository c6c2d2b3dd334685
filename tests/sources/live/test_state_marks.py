"""A size with a wrong digit agrees with every sum of its state, but not with the mark of its coin."""

from __future__ import annotations

from typing import Any

import numpy as np
from assembled_market import ALICE, Market, contexts, state
from hypothesis import given
from hypothesis import strategies as st

from liqscape.model.accounts import Accounts
from liqscape.sources.live.holders import MAX_WAIT_TICKS
from liqscape.sources.live.plausibility import HOLE_NS
from liqscape.sources.live.state_marks import MIN_USD, OFF_MARK, off_their_marks


def market() -> Market:
    made = Market()
    made.connected("BTC", "QUIET", "x:OIL")
    made.read(ALICE, "QUIET", 10.0)
    made.reported(["", contexts("10", "10")], ["x", contexts("10")])
    assert not made.unsure
    return made


def read(market: Market, size: float, value_of: float, mark: float = 10.0) -> None:
    """A state of Alice in which a position of `size` has the value that `value_of` coins have."""
    reported: dict[str, Any] = state("QUIET", value_of, mark, 1_000.0, market.now_ms)
    reported["assetPositions"][0]["position"]["szi"] = str(size)
    market.answer(reported, type="clearinghouseState", user=ALICE)
    for _ in range(MAX_WAIT_TICKS + 2):
        market.tick()


def test_a_state_whose_size_does_not_fit_its_value_is_taken_and_in_doubt_until_read_again() -> None:
    heard = market()
    read(heard, 70.0, 10.0)
    assert heard.held["QUIET"] == 70.0
    assert heard.unsure == {ALICE}
    read(heard, 10.0, 10.0)
    assert heard.held["QUIET"] == 10.0
    assert not heard.unsure


def test_a_state_of_a_moment_ago_in_a_moving_market_is_sure() -> None:
    heard = market()
    read(heard, 10.0, 10.0, mark=10.3)
    assert not heard.unsure


def test_a_mark_that_is_old_or_in_doubt_says_nothing_against_a_state() -> None:
    heard = market()
    heard.reported(["", contexts("10", "0")], ["x", contexts("10")])
    read(heard, 70.0, 10.0)
    assert not heard.unsure
    heard = market()
    heard.tick(HOLE_NS // 1_000_000 + 1_000)
    read(heard, 70.0, 10.0)
    assert not heard.unsure


@given(st.floats(0.2, 5.0), st.floats(0.5, 100.0))
def test_whoever_is_off_by_more_than_the_bound_is_named_and_nobody_else(ratio: float, usd: float) -> None:
    mark = np.array([50.0, 3.0])
    accounts = Accounts.build(
        addresses=("0xa", "0xb"),
        address_row=[0, 1],
        offsets=[0, 2, 3],
        raw_usd=[0.0, 0.0],
        margin_source=[1, 1],
        mode=[0, 0],
        is_exempt=[False, False],
        observed_ms=[0, 0],
        market_index=[0, 1, 1],
        size=[1.0, -usd / (3.0 * ratio), 4.0],
        table_row=[0, 0, 0],
        observed_mark=[50.0, 3.0 * ratio, 3.0],
    )
    is_off = abs(np.log(ratio)) > OFF_MARK and usd >= MIN_USD
    assert off_their_marks(accounts, mark, np.ones(2, np.bool_)) == (["0xa"] if is_off else [])
    assert off_their_marks(accounts, mark, np.array([True, False])) == []


def test_a_coin_without_a_mark_judges_nobody() -> None:
    heard = market()
    heard.reported(["", [{}, {}]], ["x", contexts("10")])
    read(heard, 70.0, 10.0)
    assert not heard.unsure
