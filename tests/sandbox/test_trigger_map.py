"""Stops of a sandbox world on its map: every order of an account shown is in a band or in a stated rest."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.exchange.columns import MarketColumn, TriggerColumn
from liqscape.exchange.scale import price_scale
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.live import LiveState
from liqscape.service.pipeline import Pipeline
from liqscape.service.triggers import NONE_READ, TriggerQuestions
from liqscape.service.view import MapView

START = 1_780_012_800_000
ALL_PRICES = 1_000.0


def lived(stops_percent: int) -> tuple[SandboxMarket, Moment]:
    """A small market some minutes on, and its newest moment."""
    market = SandboxMarket.new(
        WorldSettings(seed=4, accounts=160, coins=3, start_ms=START, stops_percent=stops_percent)
    )
    pipeline, newest = Pipeline(Provenance("sandbox", "test", True)), None
    for event in [*market.initial_events(), *(event for _ in range(4) for event in market.step())]:
        newest = pipeline.feed(event) or newest
    assert newest is not None
    return market, newest


@pytest.fixture(scope="module")
def world() -> tuple[SandboxMarket, Moment]:
    return lived(60)


def test_every_order_of_the_exchange_is_in_a_band_or_in_the_rest(world: tuple[SandboxMarket, Moment]) -> None:
    market, moment = world
    exchange = market.world.exchange
    everybody, shown = exchange.waiting_triggers(), set(moment.accounts.addresses)
    is_shown = [exchange.addresses[row] in shown for row in everybody[:, TriggerColumn.ACCOUNT].tolist()]
    waiting = everybody[is_shown]
    assert 50 < len(waiting) < len(everybody), "some accounts of the exchange are hidden from the map"
    asked = TriggerQuestions(MapView(None, LiveState.of_moment(moment)))
    for row, coin in enumerate(exchange.markets.coins):
        own = waiting[waiting[:, TriggerColumn.MARKET] == row]
        answer = asked.ask(coin, level=0, within_percent=ALL_PRICES)
        assert answer.has_triggers
        assert answer.bands is not None
        assert answer.totals is not None
        assert answer.left_out is not None
        rest = sum(each.order_count for each in answer.left_out)
        assert sum(answer.bands.order_count) + rest == len(own)
        assert sum(each.order_count for each in answer.totals) + rest == len(own)
        assert rest <= len(own) // 3, "most orders of traders reduce a position they hold"
        scale = price_scale(int(exchange.state.market[row, MarketColumn.SIZE_DECIMALS]))
        prices = own[:, TriggerColumn.TRIGGER_PRICE] / scale
        for low, high in zip(answer.bands.price_low, answer.bands.price_high, strict=True):
            assert np.any((prices >= low * (1.0 - 1e-12)) & (prices <= high * (1.0 + 1e-12)))


def test_triggers_of_everybody_are_known_of_all_positions(world: tuple[SandboxMarket, Moment]) -> None:
    _, moment = world
    answer = TriggerQuestions(MapView(None, LiveState.of_moment(moment))).ask("BTC")
    assert answer.coverage is not None
    assert answer.coverage.map_share == pytest.approx(1.0)
    assert answer.coverage.known_account_count == answer.coverage.account_count
    assert answer.coverage.oldest_age_ms == 0
    assert answer.levels is not None
    assert set(answer.levels.coverage) == {1.0}
    assert any(answer.levels.stopped_notional)


def test_a_world_without_stops_reads_none() -> None:
    _, moment = lived(0)
    assert moment.triggers is None
    answer = TriggerQuestions(MapView(None, LiveState.of_moment(moment))).ask("BTC")
    assert answer.notes[0] == NONE_READ
