"""Rules held against a raw log fire as they would have live, are labelled, and go nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from live_records import SECOND_NS, Speaker
from small_sandbox import crash, eventful_sandbox

from liqscape.cli.main import main
from liqscape.errors import SettingsError
from liqscape.feed.records import Record, RecordKind
from liqscape.insight.alerts import Alert
from liqscape.service.alerting.engine import AlertEngine
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.replayed import LABEL, ReplayedAlerts
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.collecting.core import Start, core_of, start_record
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.store.raw_log import RawLogWriter

START = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None)


class SentAlerts(list[Alert]):
    """A sink of a live engine."""

    put = list.extend  # type: ignore[assignment]


def said(coin: str, mark: float) -> str:
    """A level that a crash touches, one that is near from the start, a silence, and what needs a study."""
    return (
        f'[rules.touched]\nkind = "level_touched"\ncoin = "{coin}"\nprice = {mark * 0.99}\ndestinations = ["phone"]\n'
        f'[rules.near]\nkind = "near_level"\ncoin = "{coin}"\nprice = {mark * 1.001}\npercent = 1\n'
        f'[rules.stops]\nkind = "near_stops"\ncoin = "{coin}"\nside = "long"\npercent = 1\nmin_usd = 100\n'
        '[rules.silent]\nkind = "stale"\nminutes = 2\n'
        '[rules.born]\nkind = "cluster_born"\n'
        '[rules.wrong]\nkind = "cluster_bron"\n'
        '[destinations.phone]\nurl = "json://SECRET@host"\n'
    )


def stop_of(speaker: Speaker, coin: str, price: float) -> Record:
    """Somebody's one trigger order, as the exchange answers it: a stop that sells."""
    order = {
        "coin": coin, "side": "A", "limitPx": f"{price * 0.9:.0f}", "sz": "2.0", "oid": 5, "timestamp": 1,
        "triggerCondition": f"Price below {price:.0f}", "isTrigger": True, "triggerPx": f"{price:.0f}", "children": [],
        "isPositionTpsl": False, "reduceOnly": False, "orderType": "Stop Market", "origSz": "2.0", "tif": None,
        "cloid": None,
    }  # fmt: skip
    request = json.dumps({"type": "frontendOpenOrders", "user": "0x" + "ab" * 20})
    return speaker.record(RecordKind.ANSWER, request, json.dumps([order]).encode())


@pytest.fixture(scope="module")
def log() -> tuple[list[Record], str]:
    """A start, a stop that is read, a crash, and three minutes in which only the clock speaks; with rules about it."""
    speaker = Speaker(eventful_sandbox())
    coin, mark = speaker.sandbox.markets.coins[0], speaker.sandbox.mark(0)
    records = [start_record(START, speaker.received_ns), *speaker.listing(), speaker.contexts()]
    records += [stop_of(speaker, coin, mark * 0.945), *(speaker.tick() for _ in range(5))]
    crash(speaker.sandbox, 0.05)
    records += [speaker.contexts(), *(speaker.tick() for _ in range(5))]
    speaker.received_ns += 180 * SECOND_NS
    return [*records, speaker.tick()], said(coin, mark)


def written(folder: Path, log: tuple[list[Record], str]) -> tuple[Path, Path]:
    """The log and the rules as files."""
    records, rules = log
    writer = RawLogWriter(folder / "raw")
    for record in records:
        writer.append(record, record.received_ns // 1_000_000)
    writer.close()
    (folder / "alerts.toml").write_text(rules)
    return folder, folder / "alerts.toml"


def test_a_replay_finds_what_the_live_engine_fired(
    tmp_path: Path, log: tuple[list[Record], str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = written(tmp_path, log)
    live, sent, now = LiveState(), SentAlerts(), [log[0][0].received_ns // 1_000_000]
    engine = AlertEngine(MapView(None, live), RuleStore(file), KeptAlerts(None), [sent], now_ms=lambda: now[0])
    engine.begin()
    core = core_of(log[0][0])
    for record in log[0][1:]:
        now[0] = record.received_ns // 1_000_000
        fed = core.feed(record)
        live.observe(fed.events)
        for moment in fed.moments:
            live.publish(moment)
        engine.work()
    assert {alert.rule_id for alert in sent} == {"touched", "near", "stops", "silent"}
    before = sorted(path.name for path in tmp_path.iterdir())
    assert main(["replay", str(folder), "--alerts", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["alerts"]
    assert [row["alert_id"] for row in found["fired"]] == [alert.alert_id for alert in sent]
    assert [row["text"] for row in found["fired"]] == [alert.text for alert in sent]
    assert all(row["provenance"]["note"].endswith(LABEL) for row in found["fired"])
    assert found["label"] == LABEL
    assert sorted(path.name for path in tmp_path.iterdir()) == before, "nothing is kept"


def test_what_is_printed_is_labelled_and_says_what_was_not_decided(
    tmp_path: Path, log: tuple[list[Record], str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = written(tmp_path, log)
    assert main(["replay", str(folder), "--alerts", str(file)]) == 0
    out = capsys.readouterr().out
    assert "REPLAY of rules: 4 alerts would have fired; none was delivered or kept" in out
    assert "not decided, for a raw log is not studied: born" in out
    assert "not used: rule wrong: unknown kind 'cluster_bron'; did you mean cluster_born?" in out
    assert "SECRET" not in out


def test_a_file_without_a_rule_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    file = tmp_path / "alerts.toml"
    with pytest.raises(SettingsError, match="holds no rules"):
        ReplayedAlerts(file)
    file.write_text('[rules.a]\nkind = "stael"\n')
    with pytest.raises(SettingsError, match="did you mean stale"):
        ReplayedAlerts(file)
    file.write_text("[rules")
    with pytest.raises(SettingsError, match="is not TOML"):
        ReplayedAlerts(file)
