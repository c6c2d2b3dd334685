"""Stops that rules are held against are those of the map's trigger orders, and asked for by rules about them alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket, small_market
from trigger_worlds import make_knowledge, make_triggers, no_triggers

from liqscape.heatmap.moment import Moment
from liqscape.insight.alerts import Alert
from liqscape.model.triggers import NEVER_READ_MS, TriggerColumns, TriggerKnowledge
from liqscape.service.alerting.engine import STOPS_MS, AlertEngine
from liqscape.service.alerting.facts import stops_of
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_questions import RuleQuestions
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.live import LiveState
from liqscape.service.triggers import TriggerQuestions
from liqscape.service.view import MapView

Known = tuple[TriggerColumns, TriggerKnowledge]
RULE = '[rules.stops]\nkind = "near_stops"\ncoin = "BTC"\npercent = 50\n'
OTHER = '[rules.silent]\nkind = "stale"\nminutes = 5\n'


class SentAlerts(list[Alert]):
    put = list.extend  # type: ignore[assignment]


def nobody_asks() -> Known:
    """Trigger orders that no one may look at."""
    raise AssertionError("trigger orders were asked for, and no rule is about them")


@pytest.fixture(scope="module")
def market() -> SmallMarket:
    return small_market(count=3)


@pytest.fixture(scope="module")
def known(market: SmallMarket) -> Known:
    accounts, snapshot = market.accounts[-1], market.frames[-1].snapshot
    return make_triggers(7, accounts, snapshot, 1_200), make_knowledge(7, accounts, snapshot.time_ms)


def moment_of(market: SmallMarket, triggers: Known | Callable[[], Known] | None, later_ms: int = 0) -> Moment:
    frame = market.frames[-1]
    frame = replace(frame, snapshot=replace(frame.snapshot, time_ms=frame.snapshot.time_ms + later_ms))
    return Moment(frame=frame, accounts=market.accounts[-1], tables=market.tables, is_stored=False, triggers=triggers)


def engine_of(
    market: SmallMarket, folder: Path, rules: str, triggers: Known | Callable[[], Known] | None
) -> tuple[AlertEngine, LiveState, SentAlerts, MapView]:
    live, sent = LiveState(), SentAlerts()
    live.publish(moment_of(market, triggers))
    view = MapView(MemoryHistory(market), live)
    (folder / "alerts.toml").write_text(rules)
    engine = AlertEngine(view, RuleStore(folder / "alerts.toml"), KeptAlerts(None), [sent], now_ms=lambda: 1_000)
    engine.begin()
    engine.work()
    return engine, live, sent, view


def test_clusters_and_coverage_are_those_of_the_answer(market: SmallMarket, known: Known) -> None:
    snapshot, accounts = market.frames[-1].snapshot, market.accounts[-1]
    view = MapView(MemoryHistory(market), LiveState.of_moment(moment_of(market, known)))
    found = {(each.coin, each.side): each for each in stops_of(known, accounts, snapshot, None)}
    assert len(found) >= 4
    for (coin, side), stops in found.items():
        answer = TriggerQuestions(view).ask(coin)
        assert answer.clusters is not None
        assert answer.coverage is not None
        kind = "stop_sell" if side == "long" else "stop_buy"
        own = [each for each in answer.clusters if each.kind == kind]
        assert own or coin not in ("BTC", "ETH")
        assert [(each.price_low, each.price_high, each.notional, each.order_count) for each in stops.clusters] == [
            (each.price_low, each.price_high, each.notional, each.order_count) for each in own
        ]
        assert stops.coverage == (answer.coverage.long_share if side == "long" else answer.coverage.short_share)
        assert stops.age_ms == answer.coverage.median_age_ms


def test_a_coin_of_which_nobody_was_read_or_without_a_mark_is_unknown(market: SmallMarket, known: Known) -> None:
    snapshot, accounts = market.frames[-1].snapshot, market.accounts[-1]
    never = TriggerKnowledge(np.full(len(accounts.addresses), NEVER_READ_MS, np.int64))
    assert stops_of((no_triggers(), never), accounts, snapshot, None) == []
    read = stops_of((no_triggers(), known[1]), accounts, snapshot, {"BTC"})
    assert [(each.coin, each.clusters) for each in read] == [("BTC", ()), ("BTC", ())], "known, and none waits"
    mark = snapshot.mark.copy()
    mark[0] = np.nan
    coins = {each.coin for each in stops_of(known, accounts, replace(snapshot, mark=mark), None)}
    assert "ETH" in coins
    assert "BTC" not in coins


def test_an_engine_fires_at_known_stops_and_says_where_none_are_known(
    market: SmallMarket, known: Known, tmp_path: Path
) -> None:
    engine, live, sent, view = engine_of(market, tmp_path, RULE, None)
    assert sent == []
    (row,) = RuleQuestions(view, engine, None).list().rules
    assert row.trouble == "no trigger orders have been read for this map yet: its stops are unknown"
    live.publish(moment_of(market, known, STOPS_MS))
    engine.work()
    assert {(alert.rule_id, alert.coin, alert.side) for alert in sent} == {
        ("stops", "BTC", s) for s in ("long", "short")
    }
    assert all("may be more" in alert.text for alert in sent)
    (row,) = RuleQuestions(view, engine, None).list().rules
    assert (row.trouble, row.fired_count) == (None, 2)


def test_trigger_orders_are_asked_for_only_by_rules_about_them(
    market: SmallMarket, known: Known, tmp_path: Path
) -> None:
    engine, live, sent, _ = engine_of(market, tmp_path, OTHER, nobody_asks)
    live.publish(moment_of(market, nobody_asks, STOPS_MS))
    engine.work()
    assert sent == []
    live.publish(moment_of(market, known, 2 * STOPS_MS))
    ask(engine, tmp_path, RULE)
    assert {alert.rule_id for alert in sent} == {"stops"}, "a new rule hears of what stands at once"
    ask(engine, tmp_path, OTHER)
    live.publish(moment_of(market, nobody_asks, 4 * STOPS_MS))
    engine.work()


def ask(engine: AlertEngine, folder: Path, rules: str) -> None:
    """Hold these rules from now on."""
    (folder / "alerts.toml").write_text(rules)
    engine.rules.look()
    engine.rules_changed()
    engine.work()
