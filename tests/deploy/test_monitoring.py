"""What Prometheus and Grafana are given: files they read, of metrics the map has, at the names of compose.yaml."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from made_alerts import made_alerts
from made_up_sources import made_up_replica, made_up_sources
from prometheus_client.parser import text_string_to_metric_families

from liqscape.service.alerting.delivery import Deliverer
from liqscape.service.alerting.delivery_metrics import DeliveryCollector
from liqscape.service.alerting.outbox import Outbox
from liqscape.service.metrics import LiveMetrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
METRIC = re.compile(r"\bliqscape_[a-z_]+\b")


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every name of a series of /metrics."""
    live, folder = LiveMetrics(), tmp_path_factory.mktemp("alerts")
    outbox = Outbox(folder, lambda: 0)
    outbox.put(made_alerts("a"))
    live.follow(DeliveryCollector(Deliverer(outbox, folder / "alerts.toml", lambda: 1_000)))
    live.doors.count_request("/", "GET", 200, 0.1)
    text = live.render(made_up_replica(0)).decode()
    names = set()
    for family in text_string_to_metric_families(text):
        names |= {family.name, f"{family.name}_total", f"{family.name}_bucket", f"{family.name}_sum"}
        names |= {f"{family.name}_count", *(sample.name for sample in family.samples)}
    return names


def read(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text())


def test_prometheus_asks_the_map_by_a_name_it_answers_to_with_the_token_it_is_given() -> None:
    config = read("prometheus/prometheus.yml")
    assert set(config) <= {"global", "rule_files", "scrape_configs"}
    (job,) = config["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    name, port = target.split(":")
    assert name in COMPOSE
    assert COMPOSE["map"]["environment"]["LIQSCAPE_SERVE_ALLOW_HOST"] == name
    assert COMPOSE["map"]["ports"][0].endswith(f":{port}")
    (secret,) = COMPOSE["prometheus"]["secrets"]
    assert job["authorization"] == {"type": "Bearer", "credentials_file": f"/run/secrets/{secret['target']}"}
    mounted = dict(volume.split(":")[:2] for volume in COMPOSE["prometheus"]["volumes"])
    inside = mounted["./deploy/prometheus"]
    assert [rule.removeprefix(f"{inside}/") for rule in config["rule_files"]] == ["rules.yml"]


def test_every_alarm_is_of_metrics_there_are_and_stands_in_the_documents(metrics: set[str]) -> None:
    (group,) = read("prometheus/rules.yml")["groups"]
    document = (ROOT / "docs" / "operations.md").read_text()
    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "annotations"}
        assert rule["annotations"]["summary"]
        named = set(METRIC.findall(rule["expr"]))
        assert named <= metrics, rule["alert"]
        assert all(name in document for name in named)


def test_every_queue_an_alarm_names_is_one_as_metrics_spell_it() -> None:
    shown = {row.queue.replace(" ", "_") for row in made_up_sources(0).queues}
    text = (DEPLOY / "prometheus" / "rules.yml").read_text()
    assert set(re.findall(r'queue="([^"]+)"', text)) <= shown


def test_every_alarm_of_the_documents_is_a_rule() -> None:
    (group,) = read("prometheus/rules.yml")["groups"]
    rules = {name for rule in group["rules"] for name in METRIC.findall(rule["expr"])}
    document = (ROOT / "docs" / "operations.md").read_text()
    table = document.partition("| Expression | Means |")[2].partition("\n\n")[0]
    assert set(METRIC.findall(table)) <= rules


def test_grafana_is_given_prometheus_and_the_folder_of_dashboards() -> None:
    (source,) = read("grafana/provisioning/datasources/liqscape.yaml")["datasources"]
    assert source["url"].split("//")[1].split(":")[0] in COMPOSE
    assert COMPOSE["prometheus"]["ports"][0].endswith(source["url"].rpartition(":")[2])
    (provider,) = read("grafana/provisioning/dashboards/liqscape.yaml")["providers"]
    mounted = {inside: outside for outside, inside, *_ in (v.split(":") for v in COMPOSE["grafana"]["volumes"])}
    assert (ROOT / mounted[provider["options"]["path"]]).is_dir()


def test_every_dashboard_is_json_with_panels_on_the_source_that_is_provisioned() -> None:
    (source,) = read("grafana/provisioning/datasources/liqscape.yaml")["datasources"]
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        dashboard = json.loads(path.read_text())
        assert dashboard["panels"], path.name
        named = set(re.findall(r'"type": "prometheus",\s*"uid": "([^"]+)"', path.read_text()))
        assert named <= {source["uid"], "${datasource}", "${DS_PROMETHEUS}"}, path.name
