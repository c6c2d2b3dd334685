"""Write the dashboards of deploy/grafana/dashboards: one over /metrics, one over the answers of the API.

    python tools/grafana.py
    python tools/grafana.py --check   ends with 1 where a file is not what it would write

The first needs Prometheus, as compose.yaml provides it; the second the data source "Infinity" of Grafana, which reads
JSON over HTTP and is not part of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "grafana" / "dashboards"
PROMETHEUS = {"type": "prometheus", "uid": "liqscape-prometheus"}
INFINITY = {"type": "yesoreyeram-infinity-datasource", "uid": "${api}"}
COIN = "BTC"
SCHEMA_VERSION = 41
"""Of dashboards, Grafana 12."""
WIDTH, HEIGHT = 8, 7
"""Of a panel; a row of the screen is 24 wide."""
RATE = "$__rate_interval"

Queries = Sequence[tuple[str, str]]
"""(expression, legend) each; an empty legend is the name of the series."""

METRICS: tuple[tuple[str, Sequence[tuple[str, str, Queries]]], ...] = (
    (
        "Feed",
        (
            ("Feed is live", "bool_yes_no", [("liqscape_up", "live")]),
            ("Age of the newest data", "s", [("liqscape_data_age_seconds", "age")]),
            (
                "Latency to every reader",
                "s",
                [
                    (f"histogram_quantile(0.5, rate(liqscape_latency_seconds_bucket[{RATE}]))", "median"),
                    (f"histogram_quantile(0.99, rate(liqscape_latency_seconds_bucket[{RATE}]))", "99 %"),
                ],
            ),
            ("Lag of sources", "s", [("liqscape_source_lag_seconds", "{{kind}} {{connection}}")]),
            (
                "Connections lost and gaps",
                "short",
                [
                    ("increase(liqscape_source_reconnects_total[1h])", "made again, {{kind}} {{connection}}"),
                    ("increase(liqscape_source_gaps_total[1h])", "gaps, {{kind}} {{connection}}"),
                ],
            ),
            ("Records", "cps", [(f"rate(liqscape_records_total[{RATE}])", "{{kind}}")]),
            (
                "In doubt and unusable",
                "short",
                [
                    ("liqscape_coins_in_doubt", "coins in doubt"),
                    ("increase(liqscape_records_unusable_total[10m])", "records unusable"),
                    ("increase(liqscape_readings_flagged_total[10m])", "readings not taken"),
                ],
            ),
            (
                "Request weight",
                "short",
                [
                    ("liqscape_weight_used", "used in the last minute"),
                    ("liqscape_weight_limit", "allowed"),
                    ("liqscape_requests_waiting", "requests waiting"),
                ],
            ),
            ("Liquidations seen", "short", [("increase(liqscape_liquidations_total[5m])", "in five minutes")]),
        ),
    ),
    (
        "Map",
        (
            (
                "Share of open interest",
                "percentunit",
                [("liqscape_coverage_all_ratio", "all coins"), ("liqscape_coverage_ratio", "{{coin}}")],
            ),
            (
                "Estimated share near the mark, all coins",
                "percentunit",
                [('liqscape_near_coverage_ratio{coin=""}', "within {{within_percent}} %, {{bound}}")],
            ),
            ("Age of account states", "s", [("liqscape_state_age_seconds", "quantile {{quantile}}")]),
            (
                "Accounts and positions",
                "short",
                [("liqscape_accounts", "accounts"), ("liqscape_positions", "positions")],
            ),
            (
                "Tracked positions that agreed exactly",
                "percentunit",
                [("liqscape_reconcile_exact_ratio", "{{coin}}")],
            ),
            (
                "Trigger orders known",
                "short",
                [("liqscape_trigger_orders", "orders"), ("liqscape_trigger_accounts", "accounts whose are known")],
            ),
            (
                "Reading trigger orders",
                "short",
                [
                    ("liqscape_trigger_weight_used", "weight in the last minute"),
                    ("increase(liqscape_trigger_questions_failed_total[1h])", "questions failed"),
                    ("increase(liqscape_trigger_orders_left_out_total[1h])", "left out, {{reason}}"),
                ],
            ),
            ("Waiting", "short", [("liqscape_queue_depth", "{{queue}}")]),
            (
                "Replica behind its collector",
                "s",
                [
                    ("liqscape_replica_lag_seconds", "behind"),
                    ("liqscape_replica_silent_seconds", "since it was heard"),
                ],
            ),
            ("Replica, state", "short", [("liqscape_replica_state", "{{state}}")]),
            (
                "Replica, files to come and messages passed over",
                "short",
                [
                    ("liqscape_replica_bytes_to_fetch", "bytes to fetch"),
                    ("increase(liqscape_replica_unreadable_total[10m])", "passed over"),
                ],
            ),
        ),
    ),
    (
        "Readers",
        (
            (
                "Requests by status",
                "reqps",
                [(f"sum by (status) (rate(liqscape_http_requests_total[{RATE}]))", "{{status}}")],
            ),
            (
                "Requests by route",
                "reqps",
                [(f"topk(10, sum by (route) (rate(liqscape_http_requests_total[{RATE}])))", "{{route}}")],
            ),
            (
                "Duration of requests, 99 %",
                "s",
                [
                    (
                        "topk(10, histogram_quantile(0.99, "
                        f"sum by (le, route) (rate(liqscape_http_request_seconds_bucket[{RATE}]))))",
                        "{{route}}",
                    )
                ],
            ),
            (
                "Stream",
                "short",
                [("liqscape_stream_clients", "readers"), ("liqscape_stream_views", "different views")],
            ),
            (
                "Stream, sent",
                "Bps",
                [(f"rate(liqscape_stream_bytes_total[{RATE}])", "bytes")],
            ),
            (
                "Stream, messages and readers that fell behind",
                "cps",
                [
                    (f"rate(liqscape_stream_messages_total[{RATE}])", "messages"),
                    (f"rate(liqscape_stream_behind_total[{RATE}])", "fell behind"),
                ],
            ),
            (
                "Costly questions",
                "short",
                [
                    ("liqscape_costly_questions", "under way"),
                    ("increase(liqscape_costly_refused_total[5m])", "refused in five minutes"),
                ],
            ),
            (
                "Alerts",
                "short",
                [
                    ("liqscape_alerts_waiting", "waiting, {{destination}}"),
                    ("increase(liqscape_alerts_failed_total[1h])", "given up, {{destination}}"),
                ],
            ),
        ),
    ),
    (
        "Process and disk",
        (
            ("Processor", "percentunit", [(f"rate(process_cpu_seconds_total[{RATE}])", "cores")]),
            ("Memory", "bytes", [("process_resident_memory_bytes", "resident")]),
            ("Open files", "short", [("process_open_fds", "open"), ("process_max_fds", "allowed")]),
            (
                "Event loop",
                "s",
                [
                    ("liqscape_loop_longest_stall_seconds", "longest stall of a minute"),
                    (f"histogram_quantile(0.99, rate(liqscape_loop_lag_seconds_bucket[{RATE}]))", "99 %"),
                ],
            ),
            ("Room taken", "bytes", [("liqscape_disk_bytes", "{{part}}"), ("liqscape_history_bytes", "history")]),
            (
                "Room left",
                "bytes",
                [("liqscape_disk_free_bytes", "free"), ("liqscape_history_max_bytes", "history may take")],
            ),
            ("Days until the disk is full", "d", [("liqscape_disk_days_left", "days")]),
        ),
    ),
)

Columns = Sequence[tuple[str, str]]
"""(field of the answer, heading) each."""

API: tuple[tuple[str, str, str, Columns], ...] = (
    (
        "Board",
        "/api/v1/board?limit=50",
        "rows",
        (
            ("coin", "coin"),
            ("mark", "mark, USD"),
            ("open_interest_usd", "open interest, USD"),
            ("funding_8h", "funding, 8 h"),
            ("imbalance_5", "imbalance within 5 %"),
            ("risk_share", "share within 5 %"),
            ("coverage", "coverage"),
        ),
    ),
    (
        "Clusters of $coin",
        "/api/v1/coins/${coin}/clusters",
        "clusters",
        (
            ("side", "side, 1 long"),
            ("price_peak", "peak, USD"),
            ("notional", "USD"),
            ("distance_percent", "distance, %"),
        ),
    ),
    (
        "Asymmetry of $coin",
        "/api/v1/coins/${coin}/asymmetry",
        "rows",
        (
            ("distance_percent", "within, %"),
            ("long_below_notional", "longs below, USD"),
            ("short_above_notional", "shorts above, USD"),
        ),
    ),
    (
        "Liquidations of $coin",
        "/api/v1/liquidations?coin=${coin}&limit=100",
        "liquidations",
        (
            ("first_fill_ms", "time"),
            ("address", "address"),
            ("side", "side, 1 long"),
            ("notional", "USD"),
            ("price", "price, USD"),
            ("predicted_liquidation_price", "our level before, USD"),
            ("evidence", "evidence"),
        ),
    ),
)


def dashboards() -> dict[str, dict[str, Any]]:
    """Dashboards by the name of their file."""
    return {"liqscape.json": _of_metrics(), "liqscape-map.json": _of_api()}


def _of_metrics() -> dict[str, Any]:
    panels: list[dict[str, Any]] = []
    top = 0
    for title, charts in METRICS:
        panels.append({"type": "row", "title": title, "collapsed": False, "gridPos": _place(0, top, 24, 1)})
        top += 1
        for number, (name, unit, queries) in enumerate(charts):
            place = _place(WIDTH * (number % 3), top + HEIGHT * (number // 3), WIDTH, HEIGHT)
            panels.append(_chart(name, unit, queries, place))
        top += HEIGHT * -(-len(charts) // 3)
    return _dashboard("liqscape", "liqscape", panels, [])


def _chart(title: str, unit: str, queries: Queries, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + number), "datasource": PROMETHEUS, "expr": expression, "legendFormat": legend}
        for number, (expression, legend) in enumerate(queries)
    ]
    field = {"defaults": {"unit": unit, "min": 0, "custom": {"fillOpacity": 8, "spanNulls": False}}, "overrides": []}
    return {
        "type": "timeseries",
        "title": title,
        "datasource": PROMETHEUS,
        "gridPos": place,
        "fieldConfig": field,
        "targets": targets,
    }


def _of_api() -> dict[str, Any]:
    panels = [
        {
            "type": "table",
            "title": title,
            "datasource": INFINITY,
            "gridPos": _place(12 * (number % 2), 11 * (number // 2), 12, 11),
            "fieldConfig": {"defaults": {}, "overrides": []},
            "targets": [_question(url, rows, columns)],
        }
        for number, (title, url, rows, columns) in enumerate(API)
    ]
    variables = [
        {"name": "api", "label": "API", "type": "datasource", "query": INFINITY["type"]},
        {
            "name": "coin",
            "label": "Coin",
            "type": "textbox",
            "query": "BTC",
            "current": {"text": "BTC", "value": "BTC"},
        },
    ]
    return _dashboard("liqscape: map", "liqscape-map", panels, variables)


def _question(url: str, rows: str, columns: Columns) -> dict[str, Any]:
    """A question of Infinity; the address is below that of the data source, which holds the token."""
    return {
        "refId": "A",
        "datasource": INFINITY,
        "type": "json",
        "source": "url",
        "parser": "backend",
        "format": "table",
        "url": url,
        "url_options": {"method": "GET"},
        "root_selector": rows,
        "columns": [
            {"selector": field, "text": heading, "type": "timestamp_epoch" if field.endswith("_ms") else _kind(field)}
            for field, heading in columns
        ],
    }


def _kind(field: str) -> str:
    return "string" if field in ("coin", "address", "evidence") else "number"


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _dashboard(title: str, uid: str, panels: list[dict[str, Any]], variables: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": title,
        "uid": uid,
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "tags": ["liqscape"],
        "templating": {"list": variables},
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, 1)],
    }


def main() -> int:
    """Write or check the files."""
    stale = 0
    for name, dashboard in dashboards().items():
        path, text = FOLDER / name, json.dumps(dashboard, indent=1) + "\n"
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
        elif not path.is_file() or path.read_text() != text:
            print(f"{path.relative_to(FOLDER.parents[2])} is not what it should be: run python tools/grafana.py")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
