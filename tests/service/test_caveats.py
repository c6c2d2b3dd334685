"""Caveats of a coin: always all of them, each figure with its value or the reason why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket

from liqscape.errors import NotFound
from liqscape.heatmap.moment import Moment
from liqscape.service.answers.caveats import CaveatFigure, CaveatKey, CaveatsAnswer
from liqscape.service.answers.sources import NearCoverage
from liqscape.service.caveats import CaveatQuestions
from liqscape.service.live import LiveState
from liqscape.service.near_estimates import NearEstimates
from liqscape.service.view import MapView


def figures_of(answer: CaveatsAnswer, key: str) -> dict[str, CaveatFigure]:
    return {figure.name: figure for each in answer.caveats if each.key == key for figure in each.figures}


@pytest.mark.parametrize("coin", ["BTC", "ETH", "kPEPE", "DARK", "GONE"])
def test_all_are_there_and_what_is_unknown_says_why(view: MapView, coin: str) -> None:
    answer = CaveatQuestions(view).ask(coin)
    assert tuple(each.key for each in answer.caveats) == get_args(CaveatKey)
    for caveat in answer.caveats:
        assert caveat.title
        for figure in caveat.figures:
            assert (figure.value is None) == (figure.source == "unknown")
            assert figure.value is not None or figure.reason
            assert figure.unit != "percent" or figure.value is None or 0.0 <= figure.value <= 100.0 * 1.2


def test_figures_are_sums_of_the_accounts(view: MapView, market: SmallMarket) -> None:
    answer, frame, accounts = CaveatQuestions(view).ask("ETH"), market.frames[-1], market.accounts[-1]
    row = frame.snapshot.markets.index_of("ETH")
    here = accounts.market_index == row
    is_exempt = accounts.is_exempt[accounts.pool_of_position()]
    mark = float(frame.snapshot.mark[row])
    apart = figures_of(answer, "vaults")["USD of HLP and its like, kept out of the bands"]
    assert apart.value == pytest.approx(float(np.abs(accounts.size[here & is_exempt]).sum()) * mark)
    lost = np.isnan(accounts.raw_usd)[accounts.pool_of_position()] & here & ~is_exempt
    unknown = figures_of(answer, "unknown_margin")["USD without a level, margin not known"]
    assert (unknown.n, unknown.value) == (lost.sum(), pytest.approx(float(np.abs(accounts.size[lost]).sum()) * mark))
    age = figures_of(answer, "staleness")["oldest state"].value
    assert age == (frame.time_ms - accounts.observed_ms[0]) / 1_000.0


def test_marks_stand_against_oracle_and_mid_of_the_day_stored(view: MapView) -> None:
    figures = figures_of(CaveatQuestions(view).ask("BTC"), "mark_triggers")
    values = {name: figure.value for name, figure in figures.items()}
    assert values["mark against oracle now"] == pytest.approx(
        -1.0, abs=0.01
    )  # oracle and mid are 1.0001 times the mark
    assert values["mark against oracle, largest of 24 h"] == pytest.approx(1.0, abs=0.01)
    assert values["mark against mid, last minute"] == pytest.approx(-1.0, abs=0.01)
    assert figures["mark against oracle, largest of 24 h"].n == 12
    other = figures_of(CaveatQuestions(view).ask("kPEPE"), "mark_triggers")
    assert other["mark against mid, largest of 24 h"].value is None


def test_near_coverage_of_a_live_map_has_its_interval_and_a_stored_frame_none(market: SmallMarket) -> None:
    moment = Moment(
        frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=False, sequence=3
    )
    near = NearEstimates(by_coin={"BTC": [NearCoverage(5.0, 0.9, 0.8, 0.95)]})
    live = MapView(None, LiveState.of_moment(moment), near=lambda: near)
    name = "share of what stands within 5 % of the mark"
    figure = figures_of(CaveatQuestions(live).ask("BTC"), "hyperliquid_only")[name]
    assert (figure.value, figure.low, figure.high, figure.source) == (90.0, 80.0, 95.0, "modelled")
    stored = MapView(MemoryHistory(market), near=lambda: near)
    assert figures_of(CaveatQuestions(stored).ask("BTC"), "hyperliquid_only")[name].value is None


def test_other_venues_are_never_estimated(view: MapView) -> None:
    figure = figures_of(CaveatQuestions(view).ask("BTC"), "hyperliquid_only")["positions on other venues"]
    assert (figure.value, figure.source) == (None, "unknown")


def test_without_marks_of_btc_the_blur_is_unknown(market: SmallMarket) -> None:
    frame = market.frames[-1]
    mark = frame.snapshot.mark.copy()
    mark[frame.snapshot.markets.index_of("BTC")] = np.nan
    blind = replace(frame, snapshot=replace(frame.snapshot, mark=mark))
    moment = Moment(frame=blind, accounts=market.accounts[-1], tables=market.tables, is_stored=True)
    answer = CaveatQuestions(MapView(None, LiveState.of_moment(moment))).ask("ETH")
    for figure in figures_of(answer, "cross_blur").values():
        assert figure.value is None
        assert "mark of BTC is not known" in (figure.reason or "")


def test_an_unknown_coin_is_said(view: MapView) -> None:
    with pytest.raises(NotFound, match="NOPE"):
        CaveatQuestions(view).ask("NOPE")
