"""Trigger orders asked of a map: figures of the pure part, unknown told from none, nothing else changed by them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket, small_market
from trigger_worlds import make_knowledge, make_triggers, no_triggers

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.coin_positions import positions_in
from liqscape.heatmap.moment import Moment
from liqscape.heatmap.trigger_orders import OrderLeftOut, TriggerFlow, waiting_orders
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge
from liqscape.service.answers.triggers import TriggersAnswer
from liqscape.service.live import LiveState
from liqscape.service.resting_depth import NO_BOOK, SPREAD_EVENLY
from liqscape.service.stop import StopAsked, StopQuestions
from liqscape.service.triggers import NO_MARK, NONE_READ, NONE_STORED, REASON_TEXTS, WORDS, TriggerQuestions
from liqscape.service.view import MapView

Known = tuple[TriggerColumns, TriggerKnowledge]


@pytest.fixture(scope="module")
def market() -> SmallMarket:
    return small_market(count=3)


@pytest.fixture(scope="module")
def known(market: SmallMarket) -> Known:
    """1,200 orders on the accounts of the newest frame, two in three accounts read."""
    accounts, snapshot = market.accounts[-1], market.frames[-1].snapshot
    return make_triggers(7, accounts, snapshot, 1_200), make_knowledge(7, accounts, snapshot.time_ms)


def live_view(market: SmallMarket, triggers: Known | None) -> MapView:
    """A map whose newest frame is live; earlier ones are stored."""
    moment = Moment(
        frame=market.frames[-1],
        accounts=market.accounts[-1],
        tables=market.tables,
        is_stored=False,
        triggers=triggers,
    )
    stored = replace(market, frames=market.frames[:-1], accounts=market.accounts[:-1])
    return MapView(MemoryHistory(stored), LiveState.of_moment(moment))


def ask(view: MapView, coin: str = "BTC", **asked: float) -> TriggersAnswer:
    return TriggerQuestions(view).ask(coin, **asked)  # type: ignore[arg-type]


def test_orders_are_found_when_somebody_asks_and_only_once(market: SmallMarket, known: Known) -> None:
    found: list[int] = []

    def find() -> Known:
        found.append(1)
        return known

    frame, accounts = market.frames[-1], market.accounts[-1]
    moment = Moment(frame=frame, accounts=accounts, tables=market.tables, is_stored=False, triggers=find)
    view = MapView(None, LiveState.of_moment(moment))
    assert view.moment().sequence == 1
    assert not found, "publishing a frame asks nobody's"
    for coin in ("BTC", "ETH"):
        assert ask(view, coin).totals == ask(live_view(market, known), coin).totals
    assert found == [1]


def test_figures_are_those_of_the_orders(market: SmallMarket, known: Known) -> None:
    view = live_view(market, known)
    for coin, row in (("BTC", 0), ("ETH", 1)):
        answer = ask(view, coin, within_percent=1_000.0)
        orders = waiting_orders(known[0], positions_in(market.accounts[-1], row), market.frames[-1].snapshot, row)
        assert answer.bands is not None
        assert answer.totals is not None
        assert answer.left_out is not None
        assert sum(answer.bands.order_count) == len(orders) > 50
        assert sum(answer.bands.notional) == pytest.approx(float(orders.notional.sum()))
        for total, word, flow in zip(answer.totals, WORDS, TriggerFlow, strict=True):
            own = orders.flow == flow
            assert (total.kind, total.order_count) == (word, int(own.sum()))
            assert total.notional == pytest.approx(float(orders.notional[own].sum()))
        assert {each.reason: each.order_count for each in answer.left_out} == {
            OrderLeftOut(reason).name.lower(): count for reason, count in enumerate(orders.left_out.tolist()) if count
        }
        assert all(each.text == REASON_TEXTS[each.reason] for each in answer.left_out)
        assert answer.clusters
        assert sum(each.order_count for each in answer.clusters) <= len(orders)


def test_nearest_prices_lie_on_the_side_the_kind_waits_on(market: SmallMarket, known: Known) -> None:
    answer = ask(live_view(market, known))
    assert answer.mark is not None
    for total in answer.totals or ():
        assert total.nearest_price is not None
        assert (total.nearest_price < answer.mark) == (total.kind in ("stop_sell", "take_profit_buy"))


def test_levels_are_the_bands_of_the_frame_and_nothing_is_subtracted(market: SmallMarket, known: Known) -> None:
    view = live_view(market, known)
    answer, frame = ask(view, level=3, within_percent=1_000.0), view.frame("BTC", level=3)
    assert answer.levels is not None
    wanted: dict[tuple[int, int], float] = {}
    for band, side, usd in zip(frame.bands.band, frame.bands.side, frame.bands.notional, strict=True):
        wanted[band, side] = wanted.get((band, side), 0.0) + (usd or 0.0)
    levels = answer.levels
    found = dict(zip(zip(levels.band, levels.side, strict=True), levels.notional, strict=True))
    assert found == {key: pytest.approx(usd) for key, usd in wanted.items()}
    columns = (levels.notional, levels.known_notional, levels.stopped_notional, levels.limit_stopped_notional)
    rows = list(zip(*columns, strict=True))
    assert any(stopped for _, _, stopped, _ in rows)
    for whole, read, stopped, limit in rows:
        assert whole is not None
        assert read is not None
        assert stopped is not None
        assert limit is not None
        assert read <= whole * (1.0 + 1e-12)
        assert stopped + limit <= whole * (1.0 + 1e-12)


def test_the_span_asked_for_bounds_bands_levels_and_lines(market: SmallMarket, known: Known) -> None:
    near = ask(live_view(market, known), within_percent=6.0)
    assert near.mark is not None
    assert near.bands is not None
    assert near.levels is not None
    for columns in (near.bands, near.levels):
        assert all(low < near.mark * 1.06 for low in columns.price_low)
        assert all(high > near.mark * 0.94 for high in columns.price_high)
    assert near.absorption.price == sorted(near.absorption.price)
    assert all(abs(each) <= 6.0 + 1e-9 for each in near.absorption.distance_percent)
    assert near.totals == ask(live_view(market, known)).totals


def test_lines_rise_away_from_the_mark_and_no_book_is_not_none(market: SmallMarket, known: Known) -> None:
    answer = ask(live_view(market, known), "ETH")
    assert answer.mark is not None
    line = answer.absorption
    for figures in (line.liquidation_notional, line.stop_notional):
        below = [usd for price, usd in zip(line.price, figures, strict=True) if price < answer.mark]
        above = [usd for price, usd in zip(line.price, figures, strict=True) if price > answer.mark]
        assert below == sorted(below, reverse=True)  # type: ignore[type-var]
        assert above == sorted(above)  # type: ignore[type-var]
        assert below[0]
        assert above[-1]
    resting = answer.resting
    assert (resting is None) == all(each is None for each in line.resting_notional)
    assert (NO_BOOK if resting is None else SPREAD_EVENLY) in answer.notes


def test_a_map_that_reads_no_triggers_says_unknown_and_not_zero(market: SmallMarket) -> None:
    answer = ask(live_view(market, None))
    assert not answer.has_triggers
    assert answer.notes[0] == NONE_READ
    for part in (answer.coverage, answer.totals, answer.bands, answer.clusters, answer.levels, answer.left_out):
        assert part is None
    assert set(answer.absorption.stop_notional) == {None}
    assert any(answer.absorption.liquidation_notional)


def test_a_stored_frame_without_triggers_says_so(market: SmallMarket, known: Known) -> None:
    answer = ask(live_view(market, known), at_ms=market.frames[0].time_ms)
    assert not answer.has_triggers
    assert answer.notes[0] == NONE_STORED


def test_accounts_that_were_read_and_have_none_are_zero_and_covered(market: SmallMarket) -> None:
    read = TriggerKnowledge(np.full(len(market.accounts[-1].addresses), market.frames[-1].time_ms, np.int64))
    answer = ask(live_view(market, (no_triggers(), read)))
    assert answer.has_triggers
    assert answer.coverage is not None
    assert answer.coverage.map_share == 1.0
    assert (answer.coverage.median_age_ms, answer.coverage.oldest_age_ms) == (0, 0)
    assert [each.notional for each in answer.totals or ()] == [0.0] * 4
    assert set(answer.absorption.stop_notional) == {0.0}
    assert answer.levels is not None
    assert set(answer.levels.coverage) == {1.0}


def test_triggers_change_no_other_answer_by_a_bit(market: SmallMarket, known: Known) -> None:
    without, beside = (live_view(market, each) for each in (None, known))

    def answers(view: MapView) -> list[bytes]:
        found = [view.coins(), view.board(), view.clusters("BTC"), view.frame("ETH"), view.asymmetry("BTC")]
        found += [view.levels("BTC"), view.status()]
        return [msgspec.json.encode(each) for each in found]

    assert answers(without) == answers(beside)
    assert ask(without).absorption.liquidation_notional == ask(beside).absorption.liquidation_notional


def test_without_a_mark_bands_are_shown_and_nothing_is_said_of_a_way(market: SmallMarket, known: Known) -> None:
    answer = ask(live_view(market, known), "DARK")
    assert answer.mark is None
    assert answer.absorption.price == []
    assert NO_MARK in answer.notes
    assert answer.clusters == []
    assert answer.left_out is not None
    assert "fired" not in {each.reason for each in answer.left_out}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"within_percent": 0.0}, "within_percent 0 is outside 0..1000"),
        ({"within_percent": float("nan")}, "within_percent nan is outside 0..1000"),
        ({"within_percent": 1_001.0}, "within_percent 1001 is outside 0..1000"),
        ({"level": 13}, "level 13 is outside 0..12"),
        ({"at_ms": -1}, "at_ms -1 is outside 0..4102444800000"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    market: SmallMarket, asked: dict[str, float], sentence: str
) -> None:
    with pytest.raises(QuestionError, match=sentence):
        ask(live_view(market, None), **asked)


def test_an_unknown_coin_is_named(market: SmallMarket) -> None:
    with pytest.raises(NotFound, match="unknown coin 'BTCC'"):
        ask(live_view(market, None), "BTCC")


def test_advice_on_a_stop_counts_stops_of_others_beside_their_coverage(market: SmallMarket, known: Known) -> None:
    view = live_view(market, known)
    orders = waiting_orders(known[0], positions_in(market.accounts[-1], 0), market.frames[-1].snapshot, 0)
    rows = np.flatnonzero((orders.flow == TriggerFlow.STOP_SELL) & (orders.account >= 0))
    stop, owner = float(orders.price[rows[0]]), int(orders.account[rows[0]])
    asked = StopAsked(coin="BTC", side="long", entry=2.0 * stop, stop=stop, size=1.0)
    near = StopQuestions(view).ask(asked).stops_at_yours
    answer = ask(view)
    assert near is not None
    assert near.order_count
    assert answer.coverage is not None
    assert near.coverage == answer.coverage.long_share
    mine = replace(asked, account=market.accounts[-1].addresses[owner])
    others = StopQuestions(view).ask(mine).stops_at_yours
    assert others is not None
    assert others.order_count is not None
    assert others.order_count < near.order_count
    unknown = StopQuestions(live_view(market, None)).ask(asked).stops_at_yours
    assert unknown is not None
    assert (unknown.order_count, unknown.notional, unknown.note) == (None, None, NONE_READ)
