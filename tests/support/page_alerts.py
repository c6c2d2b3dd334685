"""Rules, trials and fired alerts as a server would tell them, kept in memory for one page."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, Route

NOW_MS = 1_770_012_000_000
PROVENANCE = {"kind": "sandbox", "name": "seed 7", "is_simulated": True, "note": "made up"}
ROWS = {"last_fired_ms": None, "fired_count": 0, "held_back_count": 0, "trouble": None}
MEDIANS = {"median_change_percent": 0.0, "median_abs_change_percent": 0.05, "median_range_percent": 0.12}
DEFAULTS = {"name": "", "coin": None, "on": True, "once": False, "sound": False, "destinations": []}


def made_alert(alert_id: str, **others: Any) -> dict[str, Any]:
    """One that fired a minute ago at 70,000 of BTC."""
    return {
        "alert_id": alert_id,
        "rule_id": "touch-btc",
        "rule_name": "touch",
        "kind": "level_touched",
        "coin": "BTC",
        "at_ms": NOW_MS - 60_000,
        "title": f"BTC mark touched 70,000 ({alert_id})",
        "text": "The mark went from 69,990 to 70,010. From seed 7, as of 1 s before, coverage 99 %.",
        "figures": [],
        "provenance": {**PROVENANCE, "as_of_ms": NOW_MS, "age_ms": 0, "account_age_ms": 0, "coverage": 0.99},
        "destinations": [],
        "side": None,
        "price": 70_000.0,
        "mark": 70_010.0,
        "cluster_id": None,
        "address": None,
        "is_quiet": False,
        "is_late": False,
        "has_sound": True,
        **others,
    }


class PageAlerts:
    """What the page sent, and the rules that came of it."""

    def __init__(self, page: Page) -> None:
        self.rules: dict[str, dict[str, Any]] = {}
        self.sent: list[dict[str, Any]] = []
        self.tried: list[dict[str, Any]] = []
        self.destinations: list[dict[str, Any]] = []
        self.refusal: str | None = None
        self.is_writable = True
        page.route(re.compile(r"/api/v1/alerts(\?|$|/)"), self._answer)

    def _answer(self, route: Route) -> None:
        request = route.request
        what = request.url.partition("/api/v1/alerts")[2].partition("?")[0]
        if request.method == "POST" and self.refusal is not None:
            route.fulfill(status=400, json={"detail": self.refusal, "status": 400})
        elif request.method == "POST" and what == "/try":
            self.tried.append(json.loads(request.post_data or "")["rule"])
            route.fulfill(json=self._trial())
        elif request.method == "POST":
            rule = json.loads(request.post_data or "")
            self.sent.append(rule)
            rule_id = rule.get("rule_id") or f"{rule['kind']}-{len(self.sent)}"
            self.rules[rule_id] = {**DEFAULTS, **rule, **ROWS, "rule_id": rule_id, "name": rule.get("name", rule_id)}
            route.fulfill(status=201, json=self.rules[rule_id])
        elif request.method == "DELETE":
            route.fulfill(json=self.rules.pop(what.removeprefix("/")))
        elif what == "/fired":
            route.fulfill(json={"provenance": PROVENANCE, "as_of_ms": NOW_MS, "alerts": []})
        elif what == "/deliveries":
            route.fulfill(json=self._deliveries())
        else:
            route.fulfill(json=self._rules())

    def _rules(self) -> dict[str, Any]:
        return {
            "provenance": PROVENANCE,
            "as_of_ms": NOW_MS,
            "is_writable": self.is_writable,
            "rules": list(self.rules.values()),
            "destinations": [row["destination"] for row in self.destinations],
            "broken": [],
            "kinds": [],
            "latency_ms": None,
            "notes": ["rules are in alerts.toml"],
        }

    def _deliveries(self) -> dict[str, Any]:
        standing = {"waiting": 0, "delivered": 0, "failed": 0, "oldest_age_ms": None}
        return {
            "provenance": PROVENANCE,
            "as_of_ms": NOW_MS,
            "note": None,
            "standing": {**standing, "not_stored_since_ms": None, "not_stored_reason": None},
            "destinations": self.destinations,
            "delivery_count": 0,
            "deliveries": [],
        }

    def _trial(self) -> dict[str, Any]:
        after = [
            {"horizon": "5m", "change_percent": -0.2, "highest_percent": 0.1, "lowest_percent": -0.4},
            {"horizon": "1h", "change_percent": None, "highest_percent": None, "lowest_percent": None},
        ]
        return {
            "provenance": PROVENANCE,
            "as_of_ms": NOW_MS,
            "rule": self.tried[-1],
            "start_ms": NOW_MS - 86_400_000,
            "end_ms": NOW_MS,
            "minutes": 1440,
            "fired": [{"alert": made_alert("tried"), "after": after}],
            "count": 1,
            "held_back_count": 0,
            "summary": [{"horizon": "5m", "n": 1, **MEDIANS, "baseline": {"n": 1_400, **MEDIANS}}],
            "notes": ["what came after is no forecast"],
        }
