"""Rules from Python: on a data folder and on a map that is served, in the words of the file, as on every other door."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served_rules import served_rules

import liqscape as lq
from liqscape.insight.alerts import Alert, AlertKind, AlertProvenance
from liqscape.library.local import LocalAnswers
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import read_rules
from liqscape.service.opening import open_stored

LEVEL: dict[str, Any] = {"coin": "BTC", "price": 70_000.0, "percent": 40.0}


@pytest.fixture(params=["folder", "served"])
def place(request: pytest.FixtureRequest, stored: Any, tmp_path: Path) -> Iterator[tuple[lq.Map, Path]]:
    """A map and the folder its rules are in."""
    folder = tmp_path / "history"
    shutil.copytree(stored.folder, folder)
    if request.param == "folder":
        yield lq.open(folder), folder
        return
    with served_rules(stored.market, folder, folder) as url:
        yield lq.open(url), folder


def test_a_rule_is_added_listed_tried_and_removed(place: tuple[lq.Map, Path]) -> None:
    market, folder = place
    assert market.alerts().height == 0
    assert market.add_alert("near_level", **LEVEL).rule_id == "near_level-btc"
    with pytest.raises(lq.QuestionError, match="unknown coin 'BTCC'; did you mean BTC"):
        market.add_alert("cluster_born", coin="BTCC")
    with pytest.raises(lq.QuestionError, match="unknown field 'prcent'; did you mean percent"):
        market.add_alert("near_level", prcent=1)
    (row,) = market.alerts().select("rule_id", "kind", "coin", "price", "fired_count").rows()
    assert row[:4] == ("near_level-btc", "near_level", "BTC", 70_000.0)
    assert [rule.rule_id for rule in read_rules(folder / "alerts.toml").rules] == ["near_level-btc"]
    named, said = market.try_alert(rule_id="near_level-btc"), market.try_alert("near_level", **LEVEL)
    assert named.count == said.count == 1
    assert said.fired.select("at", "kind", "title", "is_simulated").row(0)[1:] == (
        "near_level",
        named.record.fired[0].alert.title,
        True,
    )
    assert {"change_percent_5m", "lowest_percent_4h", "as_of", "coverage"} <= set(said.fired.columns)
    assert said.summary["horizon"].to_list() == ["5m", "1h", "4h"]
    assert "baseline_n" in said.summary.columns
    assert "1 times" in repr(said)
    with pytest.raises(lq.NotFound, match="did you mean near_level-btc"):
        market.remove_alert("near_level-bt")
    with pytest.raises(lq.QuestionError, match="rule_id= of a rule that is there"):
        market.try_alert()
    assert market.remove_alert("near_level-btc").price == 70_000.0
    assert market.alerts().height == 0


def test_what_fired_is_a_frame_with_its_source(stored: Any, tmp_path: Path) -> None:
    folder = tmp_path / "history"
    shutil.copytree(stored.folder, folder)
    where = AlertProvenance(
        kind="sandbox",
        name="seed 1",
        is_simulated=True,
        note="",
        as_of_ms=1_780_000_000_000,
        age_ms=5,
        account_age_ms=None,
        coverage=0.5,
    )
    alert = Alert(
        alert_id="a",
        rule_id="one",
        rule_name="one",
        kind=AlertKind.STALE,
        coin=None,
        at_ms=1_780_000_000_005,
        title="The map is stale",
        text="",
        figures=(),
        provenance=where,
    )
    KeptAlerts(folder).add([alert])
    market = lq.open(folder)
    (row,) = market.fired_alerts().select("rule_id", "kind", "coin", "age_ms", "coverage", "provenance_kind").rows()
    assert row == ("one", "stale", None, 5, 0.5, "sandbox")
    assert market.fired_alerts(since=1_780_000_000_006).height == 0


def test_a_recording_keeps_no_rules(stored: Any) -> None:
    market = lq.Map(LocalAnswers(open_stored(stored.folder, None), stored.folder, None))
    assert market.alerts().height == 0
    with pytest.raises(lq.SettingsError, match="rules cannot be changed here"):
        market.add_alert("stale", minutes=3)
