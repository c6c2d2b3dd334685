"""Deleveraging asked of a map: what is kept and shown in lists, what is said of the unknown, how it is renewed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import MINUTE_MS, SMALL, SmallMarket, address, small_market

from liqscape.errors import NotFound, QuestionError
from liqscape.exchange.rules import AdlScore
from liqscape.heatmap.build import build_frame
from liqscape.insight.deleveraging import DeleveragingQueues
from liqscape.service.answers.deleveraging import DeleveragingAnswer
from liqscape.service.deleveraging import DeleveragingQuestions
from liqscape.service.executors import Executors
from liqscape.service.kept_risks import FRESH_MS, MAX_AGE_MS, KeptRisks
from liqscape.service.risk_renewal import RiskRenewal
from liqscape.service.view import MapView
from liqscape.wire.known_addresses import HLP_LIQUIDATORS

POOR = 1_000.0
"""USD of the liquidator vaults: so little that clusters of the small market are deleveraged."""


def with_entries(market: SmallMarket) -> SmallMarket:
    """Every position opened 2 % from its first mark, up or down in turn."""
    accounts = tuple(
        replace(each, entry_price=_entries(each.market_index, market.frames[0].snapshot.mark))
        for each in market.accounts
    )
    return replace(market, accounts=accounts)


def _entries(market_index: np.ndarray, mark: np.ndarray) -> np.ndarray:
    entries: np.ndarray = mark[market_index] * np.where(np.arange(len(market_index)) % 2, 1.02, 0.98)
    return entries


@pytest.fixture(scope="module")
def small() -> SmallMarket:
    return with_entries(small_market())


@pytest.fixture
def view(small: SmallMarket) -> MapView:
    return MapView(MemoryHistory(small))


@pytest.fixture(scope="module")
def poor_answer(small: SmallMarket) -> DeleveragingAnswer:
    return DeleveragingQuestions(MapView(MemoryHistory(small))).of_coin("BTC", vault_equity=POOR)


def test_risk_is_what_is_deleveraged_over_the_usd_of_the_cluster(poor_answer: DeleveragingAnswer) -> None:
    known = [row for row in poor_answer.clusters if row.deleveraged_usd is not None]
    assert any(row.deleveraged_usd for row in known)
    for row in known:
        assert row.deleveraged_usd is not None
        assert row.deleveraging_risk == pytest.approx(row.deleveraged_usd / row.notional, rel=1e-12)
        assert row.share_to_there == pytest.approx(row.deleveraged_usd / row.notional_to_there, rel=1e-12)
        assert row.notional_to_there >= 0.999 * row.notional
        assert row.far_edge == (row.price_low if row.side > 0 else row.price_high)
        assert row.note is None
        paid = sum(payer.usd for payer in row.payers)
        assert paid <= row.deleveraged_usd * (1.0 + 1e-9)
        assert row.payer_count is not None
        if row.payer_count <= len(row.payers):
            assert paid == pytest.approx(row.deleveraged_usd, rel=1e-9)
            assert sum(payer.share for payer in row.payers) == pytest.approx(1.0 if row.payers else 0.0)
    distances = [abs(row.distance_percent) for row in poor_answer.clusters]
    assert distances == sorted(distances)


def test_what_decides_a_risk_stands_beside_it(poor_answer: DeleveragingAnswer) -> None:
    assert (poor_answer.vault_equity_usd, poor_answer.vault_equity_source) == (POOR, "given")
    assert poor_answer.depth_source == "modelled"
    assert "(given), and do not unwind" in " ".join(poor_answer.assumptions)
    for row in poor_answer.clusters:
        depth = poor_answer.depth_bid_usd if row.side > 0 else poor_answer.depth_ask_usd
        assert depth is not None
        assert row.depth_ratio == pytest.approx(row.notional / depth)
        assert row.side_share is not None
        assert 0.0 < row.side_share <= 1.0


def test_clusters_out_of_reach_are_unknown_and_say_why(poor_answer: DeleveragingAnswer) -> None:
    far = [row for row in poor_answer.clusters if row.deleveraged_usd is None]
    assert far
    for row in far:
        assert (row.deleveraging_risk, row.simulated_ms, row.vault_equity_left_usd, row.payer_count) == (None,) * 4
        assert row.note is not None
        assert "beyond the walk" in row.note


def test_a_coin_without_clusters_or_mark_says_so_in_one_sentence(view: MapView) -> None:
    questions = DeleveragingQuestions(view)
    dark = questions.of_coin("DARK")
    assert dark.clusters == []
    assert dark.note == "the mark of DARK is not known: there is nothing to simulate"


@pytest.mark.parametrize(
    ("coin", "vault_equity", "kind", "said"),
    [
        ("BTX", None, NotFound, "unknown coin 'BTX'; did you mean BTC?"),
        ("BTC", -1.0, QuestionError, "vault_equity -1 is outside 0..1e+12 USD"),
        ("BTC", float("nan"), QuestionError, "vault_equity nan is outside 0..1e+12 USD"),
    ],
)
def test_bad_questions_are_refused(
    view: MapView, coin: str, vault_equity: float | None, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said.replace("+", r"\+").replace("?", r"\?")):
        DeleveragingQuestions(view).of_coin(coin, vault_equity=vault_equity)


def test_vaults_seen_on_the_map_are_measured(small: SmallMarket) -> None:
    """An account of the map takes the address of a liquidator: its account value is the room of the vaults."""
    accounts = small.accounts[-1]
    own = 5
    addresses = list(accounts.addresses)
    addresses[own] = min(HLP_LIQUIDATORS)
    accounts = replace(accounts, addresses=tuple(addresses))
    snapshot = small.frames[-1].snapshot
    frame = build_frame(accounts, snapshot, small.tables, SMALL)
    view = MapView(MemoryHistory(replace(small, frames=(frame,), accounts=(accounts,))))
    answer = DeleveragingQuestions(view).of_coin("BTC")
    value = 0.0
    for pool in np.flatnonzero(accounts.address_row == own).tolist():
        rows = slice(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        value += accounts.raw_usd[pool] + (accounts.size[rows] * snapshot.mark[accounts.market_index[rows]]).sum()
    assert value > 0.0
    assert answer.vault_equity_source == "measured"
    assert answer.vault_equity_usd == pytest.approx(value)


def test_an_account_is_told_its_place_by_every_score(view: MapView, small: SmallMarket) -> None:
    answer = DeleveragingQuestions(view).of_account(address(5).upper().replace("0X", "0x"))
    accounts, snapshot = small.accounts[-1], small.frames[-1].snapshot
    queues = DeleveragingQueues(accounts, snapshot, small.tables)
    assert answer.score_default == "binary"
    assert answer.rows
    for row in answer.rows:
        assert [rank.score for rank in row.ranks] == ["binary", "documented", "symmetric", "water_filling"]
        assert [rank.is_default for rank in row.ranks] == [True, False, False, False]
        for score, rank in zip(AdlScore, row.ranks, strict=True):
            order = queues.order(snapshot.markets.index_of(row.coin), row.side, score)
            place = order.index(address(5)) + 1 if address(5) in order else None
            assert (rank.rank, rank.queue_count) == (place, len(order))
            assert (rank.usd_ahead is None) == (place is None)
        assert row.is_profitable == (row.ranks[0].rank is not None)
        assert (row.note is None) == row.is_profitable
        assert row.side_share == pytest.approx((row.notional or 0.0) / row.side_notional)
    assert any(row.is_profitable for row in answer.rows)


def test_unknown_addresses_are_refused(view: MapView) -> None:
    questions = DeleveragingQuestions(view)
    with pytest.raises(QuestionError, match="address '0x12' is not 0x and 40 hex digits"):
        questions.of_account("0x12")
    with pytest.raises(NotFound, match=f"address {address(999)} is not in this map"):
        questions.of_account(address(999))


def test_lists_show_what_was_worked_out_and_when(view: MapView) -> None:
    assert {row.deleveraging_risk for row in view.clusters("BTC").clusters} == {None}
    assert {row.deleveraging_as_of_ms for row in view.board().rows} == {None}
    answer = DeleveragingQuestions(view).of_coin("BTC")
    listed = view.clusters("BTC")
    known = {(row.side, row.price_peak): row.deleveraging_risk for row in answer.clusters}
    for row in listed.clusters:
        assert row.deleveraging_risk == known[row.side, row.price_peak]
        assert row.deleveraging_as_of_ms == (None if row.deleveraging_risk is None else answer.as_of_ms)
    assert listed.nearest.long in listed.clusters
    board = {row.coin: row for row in view.board().rows}
    near = board["BTC"].nearest_large
    assert near is not None
    assert board["BTC"].deleveraging_risk == known[near.side, near.price]
    assert board["BTC"].deleveraging_as_of_ms == answer.as_of_ms
    assert board["ETH"].deleveraging_as_of_ms is None


def test_sides_in_turn_say_what_both_say_beside_each_other(view: MapView, poor_answer: DeleveragingAnswer) -> None:
    assert DeleveragingQuestions(view).of_coin("BTC", vault_equity=POOR, in_turn=True) == poor_answer


def test_figures_of_a_given_vault_or_a_time_are_not_kept(view: MapView, small: SmallMarket) -> None:
    questions = DeleveragingQuestions(view)
    questions.of_coin("BTC", vault_equity=POOR)
    questions.of_coin("BTC", small.frames[0].time_ms)
    assert view.risks.version == 0


def test_what_is_fresh_is_given_again_and_what_is_old_is_not_shown(poor_answer: DeleveragingAnswer) -> None:
    kept, at_ms = KeptRisks(), poor_answer.as_of_ms
    kept.keep(poor_answer)
    assert kept.of_coin("BTC", at_ms + FRESH_MS, FRESH_MS) is poor_answer
    assert kept.of_coin("BTC", at_ms + FRESH_MS + 1, FRESH_MS) is None
    assert kept.of_coin("BTC", at_ms + MAX_AGE_MS) is poor_answer
    assert kept.of_coin("BTC", at_ms + MAX_AGE_MS + 1) is None
    assert kept.of_coin("BTC", at_ms - 1) is None, "of a frame after the one asked for"
    kept.keep(msgspec.structs.replace(poor_answer, as_of_ms=at_ms - MINUTE_MS))
    assert kept.kept_ms("BTC") == at_ms, "an older answer takes no newer one's place"


def test_renewal_goes_from_coin_to_coin_and_ends_when_all_are_of_the_newest_frame(view: MapView) -> None:
    renewal = RiskRenewal(view, DeleveragingQuestions(view), Executors.start())
    done = [renewal.renew_one() for _ in range(4)]
    assert sorted(each for each in done if each) == ["BTC", "ETH", "kPEPE"]
    assert done[3] is None
    assert {row.deleveraging_as_of_ms is not None for row in view.board().rows if row.coin != "DARK"} == {True}


def test_a_renewal_that_goes_down_ends_at_the_next_step(view: MapView) -> None:
    renewal = RiskRenewal(view, DeleveragingQuestions(view), Executors.start())
    renewal.close()
    assert renewal.renew_one() is None
    assert view.risks.version == 0
    asyncio.run(renewal.run())


def test_a_map_without_frames_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    view = MapView(None)
    renewal = RiskRenewal(view, DeleveragingQuestions(view), Executors.start())
    assert [renewal.renew_one(), renewal.renew_one()] == [None, None]
    assert caplog.messages == ["risks of deleveraging: the map has no frame yet"]
