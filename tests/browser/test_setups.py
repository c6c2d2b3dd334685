"""Setups: each piece of evidence with value and rule and a record beside it; a cluster's chain when asked for."""

from __future__ import annotations

import re
from typing import Any

from at_rest import wait_for_rest
from looking import get
from playwright.sync_api import Page, expect

PROMISES = re.compile(r"\b(will|target|magnet|bullish|bearish)\b", re.IGNORECASE)


def test_each_cluster_has_all_its_evidence_and_a_record_and_nothing_is_promised(opened: Page) -> None:
    answer = get(opened, "/coins/BTC/setups")
    opened.locator("#tab-setups").click()
    panel = opened.locator("#panel-setups")
    expect(panel.locator(".setup")).to_have_count(len(answer["setups"]))
    assert answer["setups"]
    first, told = panel.locator(".setup").first, answer["setups"][0]
    expect(first.locator(".evidence li")).to_have_count(len(told["evidence"]))
    for piece in told["evidence"]:
        expect(first).to_contain_text(f"Rule: {piece['rule']}.")
    record = told["record"]
    if record["count"] < record["min_count"]:
        expect(first).to_contain_text(f"n = {record['count']}, not enough")
    assert PROMISES.search(panel.inner_text()) is None


def test_a_setup_brings_its_cluster_into_view(opened: Page) -> None:
    opened.locator("#tab-setups").click()
    before = opened.url
    opened.locator("#panel-setups .setup-name").last.click()
    expect(opened).not_to_have_url(before)


def test_the_chain_is_asked_for_when_it_is_opened_and_is_called_simulated(opened: Page) -> None:
    link = {
        "place": 1,
        "cluster_id": None,
        "price_low": 60_000.0,
        "price_high": 60_500.0,
        "notional": 1e6,
        "distance_percent": -3.2,
        "probability": 0.6,
        "low": 0.5,
        "high": 0.7,
        "reached_paths": 60,
        "from_paths": 100,
        "usd_expected": 5e5,
    }
    side = {"links": [link], "measured": None, "measured_count": 7, "measured_reached": 2, "note": None}
    chain: dict[str, Any] = {"coin": "BTC", "paths": 100, "assumptions": ["Depth is modelled."], "notes": []}
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        sides = [{**side, "side": each} for each in (1, -1)]
        route.fulfill(json={**chain, "sides": sides})

    opened.route("**/coins/BTC/chain?*", answer)
    opened.locator("#clusters .cluster").first.click()
    part = opened.locator("#drawer .chain")
    expect(part.locator("summary")).to_contain_text("SIMULATED")
    assert asked == []
    part.locator("summary").click()
    expect(part.locator("table[data-chain]")).to_contain_text("60 % (50 % to 70 %), 60 of 100")
    expect(part).to_contain_text("after 2 of 7 sweeps")
    assert len(asked) == 1
    wait_for_rest(opened)


def test_too_few_cases_are_listed_one_by_one_newest_first(opened: Page) -> None:
    answer = get(opened, "/coins/BTC/setups")
    record = answer["setups"][0]["record"]
    first = {"time_ms": 1_769_904_000_000, "cluster_id": "BTC/1", "reached": True, "swept": None}
    second = {"time_ms": 1_769_990_400_000, "cluster_id": "BTC/2", "reached": False, "swept": False}
    record |= {"count": 2, "cases": [first, second]}
    opened.route("**/coins/BTC/setups*", lambda route: route.fulfill(json=answer))
    opened.locator("#tab-setups").click()
    cases = opened.locator("#panel-setups .setup").first.locator(".cases")
    expect(cases.locator("li").first).not_to_be_visible()
    cases.locator("summary").click()
    expect(cases.locator("li").nth(0)).to_contain_text("not reached, not swept")
    expect(cases.locator("li").nth(1)).to_contain_text(": reached, swept unknown")
