"""The exchange of the real size says in its own words what its world holds, and the records of the wire read it."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from real_size.exchange_answers import contexts_message, metas, state, states_message, trades_messages
from real_size.exchange_market import RunningMarket
from real_size.world import MINUTE_MS, START_MS, World

from liqscape.units import PoolMode
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.read_meta import read_meta_and_asset_contexts
from liqscape.wire.info.read_state import read_clearinghouse_state
from liqscape.wire.ws.channels import parse_message

STEP_MS = 3_000


@pytest.fixture
def market() -> RunningMarket:
    return RunningMarket(World(4, 600, markets=12, start_ms=START_MS), minutes_before=1)


def read(market: RunningMarket, address: str) -> ClearinghouseState:
    return read_clearinghouse_state(msgspec.json.encode(state(market, address)), address)


def test_states_tell_every_position_and_the_cash_behind_it(market: RunningMarket) -> None:
    market.advance(market.shown.time_ms + 5 * STEP_MS)
    held = market.shown.held
    coins = market.world.snapshot.markets.coins
    for row, address in enumerate(held.addresses):
        reported = read(market, address)
        pools = np.flatnonzero(held.address_row == row)
        true = {
            coins[held.market_index[position]]: held.size[position]
            for pool in pools
            for position in range(held.offsets[pool], held.offsets[pool + 1])
        }
        assert {each.position.coin: each.position.szi for each in reported.assetPositions} == pytest.approx(true)
        assert reported.time == market.shown.time_ms
        cross = pools[held.mode[pools] == PoolMode.CROSS]
        if true and len(cross) and not np.isnan(held.raw_usd[cross]).any():
            assert reported.crossMarginSummary.totalRawUsd == pytest.approx(held.raw_usd[cross].sum(), abs=1e-5)
            assert reported.shows_all_positions


def test_an_address_that_never_came_has_nothing(market: RunningMarket) -> None:
    assert read(market, "0x" + "0" * 40).assetPositions == ()


def test_messages_are_read_and_prints_of_a_minute_come_once_and_in_order(market: RunningMarket) -> None:
    began, numbers, last_ms = market.shown.time_ms, [], 0
    while market.shown.time_ms < began + 2 * MINUTE_MS:
        printed = market.advance(market.shown.time_ms + STEP_MS)
        for text in trades_messages(market, printed).values():
            rows = parse_message(text.encode(), "socket").data
            numbers += [row.tid for row in rows]
            assert all(last_ms < row.time <= market.shown.time_ms for row in rows)
        last_ms = market.shown.time_ms
    assert numbers
    assert len(numbers) == len(set(numbers))
    message = parse_message(contexts_message(market).encode(), "socket")
    assert [row.markPx for row in message.data.ctxs[0][1]] == pytest.approx(market.shown.mark.tolist())
    address = market.shown.held.addresses[0]
    assert parse_message(states_message(market, address).encode(), "socket").data.user == address


def test_the_listing_has_the_markets_and_their_margin_tables(market: RunningMarket) -> None:
    meta, found = read_meta_and_asset_contexts(metas(market), "metas")
    assert [asset.name for asset in meta.universe] == list(market.world.snapshot.markets.coins)
    assert [row.markPx for row in found] == pytest.approx(market.shown.mark.tolist())


def test_who_stops_trading_keeps_what_he_holds_while_time_goes_on(market: RunningMarket) -> None:
    market.advance(market.shown.time_ms + STEP_MS)
    before = market.shown
    market.freeze()
    assert not market.advance(before.time_ms + 5 * MINUTE_MS)
    assert market.shown.held is before.held
    assert market.shown.time_ms == before.time_ms + 5 * MINUTE_MS
