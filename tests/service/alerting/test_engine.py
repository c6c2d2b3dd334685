"""The engine hears what a live map brings, whoever makes it, and hands on what fires before it is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.insight.alerts import Alert
from liqscape.model.events import MarksUpdated
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.service.alerting.engine import AlertEngine
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.live import LiveState
from liqscape.service.standing import standing_of_feed
from liqscape.service.view import MapView
from liqscape.units import MINUTE_MS

LIQUIDATION = '[rules.large]\nkind = "liquidation"\nmin_usd = 100_000\ndestinations = ["phone"]\n'


class AlertsOnStage:
    """A live map with rules, whose frames, marks and clock a test moves; `sent` is what the sink was given."""

    def __init__(self, market: SmallMarket, folder: Path, rules: str) -> None:
        self.market, self.folder = market, folder
        self.sent: list[Alert] = []
        self.now_ms = 1_000
        self.live = LiveState()
        self.frame = market.frames[-1]
        self.coin = self.frame.snapshot.markets.coins[0]
        self.mark = float(self.frame.snapshot.mark[0])
        self.view = MapView(MemoryHistory(market), self.live)
        self.file = folder / "alerts.toml"
        self.file.write_text(rules + '[destinations.phone]\nurl = "json://localhost"\n')
        self.engine = self.start()

    def start(self) -> AlertEngine:
        """An engine on what is kept, as after a restart."""
        engine = AlertEngine(
            self.view, RuleStore(self.file), KeptAlerts(self.folder), [self], now_ms=lambda: self.now_ms
        )
        engine.begin()
        self.publish()
        engine.work()
        return engine

    def put(self, alerts: Sequence[Alert]) -> None:
        """A sink."""
        self.sent += alerts

    def publish(self, factor: float = 1.0, later_ms: int = 3_000) -> None:
        snapshot = self.frame.snapshot
        snapshot = replace(snapshot, time_ms=snapshot.time_ms + later_ms, mark=snapshot.mark * np.float64(factor))
        accounts = self.market.accounts[-1]
        self.frame = build_frame(accounts, snapshot, self.market.tables, self.frame.provenance)
        self.live.publish(Moment(frame=self.frame, accounts=accounts, tables=self.market.tables, is_stored=False))

    def move(self, factor: float) -> None:
        """Marks between two frames."""
        snapshot = self.frame.snapshot
        moved = replace(snapshot, time_ms=snapshot.time_ms + 1, mark=snapshot.mark * factor)
        self.live.observe([MarksUpdated(moved.time_ms, 0, moved)])

    def liquidate(self, first_ms: int, notional: float = 200_000.0) -> None:
        event = Liquidation(
            address="0x" + "ab" * 20,
            market_index=0,
            side=1,
            size=2.0,
            price=100.0,
            notional=notional,
            mark=np.nan,
            predicted_price=np.nan,
            method=LiquidationMethod.MARKET,
            evidence=Evidence.INFERRED,
            fee=np.nan,
            account_value=np.nan,
            fill_count=1,
            first_ms=first_ms,
            last_ms=first_ms,
            trade_ids=(),
        )
        self.live.liquidated([event], self.frame.snapshot.markets.coins)


@pytest.fixture
def stage(market: SmallMarket, tmp_path: Path) -> AlertsOnStage:
    return AlertsOnStage(market, tmp_path, LIQUIDATION)


def near(coin: str, price: float) -> str:
    return f'[rules.near]\nkind = "near_level"\ncoin = "{coin}"\nprice = {price}\npercent = 0.5\n'


def test_marks_between_frames_fire_at_once(market: SmallMarket, tmp_path: Path) -> None:
    first = market.frames[-1].snapshot
    stage = AlertsOnStage(market, tmp_path, near(first.markets.coins[0], float(first.mark[0]) * 0.98))
    assert stage.sent == []
    stage.move(0.981)
    stage.engine.work()
    (alert,) = stage.sent
    assert (alert.rule_id, alert.coin) == ("near", stage.coin)
    assert alert.provenance.name == stage.frame.provenance.name
    assert stage.engine.latency_ms is not None


def test_a_liquidation_is_handed_on_with_its_destinations(stage: AlertsOnStage) -> None:
    stage.liquidate(stage.frame.time_ms)
    stage.liquidate(stage.frame.time_ms + 1, notional=5.0)
    stage.engine.work()
    assert [alert.destinations for alert in stage.sent] == [("phone",)]
    assert [alert.title for alert in stage.engine.fired()] == [f"{stage.coin}: long liquidated, $200k"]


def test_what_was_handed_on_is_remembered_over_a_restart(stage: AlertsOnStage) -> None:
    stage.liquidate(stage.frame.time_ms)
    stage.engine.work()
    again = stage.start()
    stage.liquidate(stage.sent[0].at_ms)
    again.work()
    assert len(stage.sent) == 1
    assert [alert.alert_id for alert in again.fired()] == [stage.sent[0].alert_id]
    assert again.states()["large"].fired_count == 1


def test_a_rule_that_was_armed_again_is_so_after_a_restart(market: SmallMarket, tmp_path: Path) -> None:
    first = market.frames[-1].snapshot
    stage = AlertsOnStage(market, tmp_path, near(first.markets.coins[0], float(first.mark[0]) * 0.98))
    for factor in (0.981, 1.0):  # near, and away again: nothing fires at that
        stage.move(factor)
        stage.engine.work()
    stage.publish(0.981)
    stage.start().work()
    assert [alert.rule_id for alert in stage.sent] == ["near", "near"]


def test_killed_between_the_sink_and_the_memory_it_is_handed_on_again_under_its_id(
    stage: AlertsOnStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    at_ms = stage.frame.time_ms
    stage.liquidate(at_ms)
    with monkeypatch.context() as patch:
        patch.setattr(stage.engine.kept, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            stage.engine.work()
    again = stage.start()
    stage.liquidate(at_ms)
    again.work()
    first, second = stage.sent
    assert first.alert_id == second.alert_id


def test_a_sink_that_fails_keeps_no_other_from_it(stage: AlertsOnStage) -> None:
    stage.engine.sinks.insert(0, _Broken())
    stage.liquidate(stage.frame.time_ms)
    stage.engine.work()
    assert len(stage.sent) == 1  # the others have it
    assert len(stage.engine.fired()) == 1


class _Broken:
    def put(self, alerts: Sequence[Alert]) -> None:  # noqa: ARG002
        raise OSError("no")


def test_rules_are_read_again_when_the_file_changes(stage: AlertsOnStage) -> None:
    stage.file.write_text(near(stage.coin, stage.mark))
    stage.engine.work()
    assert stage.engine.states().keys() == {"near"}
    stage.publish()
    stage.engine.work()
    assert [alert.rule_id for alert in stage.sent] == ["near"]


def test_an_account_is_watched_by_the_levels_of_each_frame(market: SmallMarket, tmp_path: Path) -> None:
    address = market.accounts[-1].addresses[0]
    rules = f'[rules.whale]\nkind = "account_near"\naddress = "{address}"\npercent = 50\n'
    stage = AlertsOnStage(market, tmp_path, rules)
    stage.publish()
    stage.engine.work()
    assert {alert.address for alert in stage.sent} == {address}


def test_silence_and_a_lost_feed_are_told(market: SmallMarket, tmp_path: Path) -> None:
    stage = AlertsOnStage(market, tmp_path, '[rules.silent]\nkind = "stale"\nminutes = 2\n')
    stage.now_ms += 2 * MINUTE_MS - 1
    stage.engine.work()
    assert stage.sent == []
    stage.now_ms += 1
    stage.engine.work()
    assert [alert.title for alert in stage.sent] == ["The map is stale: nothing new for 2 min"]
    stage.publish()
    stage.engine.work()
    stage.live.stand(standing_of_feed("stale"))
    stage.engine.hear_standing()
    stage.now_ms += 3 * MINUTE_MS
    stage.publish()  # a frame that is not of now ends no silence
    stage.engine.work()
    assert len(stage.sent) == 2


def test_what_comes_faster_than_it_is_looked_at_is_bounded_and_said(
    stage: AlertsOnStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqscape.service.alerting.engine.MAX_WAITING", 3)
    for _ in range(5):
        stage.move(1.0)
    assert stage.engine.dropped_count == 2


def test_a_sink_that_waits_holds_no_publisher_up(market: SmallMarket, tmp_path: Path) -> None:
    stage = AlertsOnStage(market, tmp_path, LIQUIDATION)

    class Slow:
        def put(self, alerts: Sequence[Alert]) -> None:  # noqa: ARG002
            released.wait(60.0)
            left.set()

    async def play() -> bool:
        stage.engine.sinks.append(Slow())
        task = asyncio.create_task(stage.engine.run())
        await asyncio.sleep(0)
        stage.liquidate(stage.frame.time_ms)
        while not stage.sent:
            await asyncio.sleep(0)
        stage.publish()
        stage.move(1.01)
        was_waiting = not left.is_set()
        released.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return was_waiting

    import threading

    released, left = threading.Event(), threading.Event()
    assert asyncio.run(play()), "frame and marks were taken only after the sink had ended"
