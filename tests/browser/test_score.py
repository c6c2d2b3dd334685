"""The scorecard: power before results, tables cut by what was chosen, and nothing scored is said as that."""

from __future__ import annotations

from typing import Any

from at_rest import wait_for_rest
from looking import get
from playwright.sync_api import Page, expect

SHARE = {"share": 0.75, "low": 0.6, "high": 0.86}


def scored(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as if three days had been scored."""
    level = {
        "by": "all",
        "key": "all",
        "horizon": "1h",
        "day_count": 3,
        "predicted_count": 900,
        "predicted_usd": 9e6,
        "crossed_count": 40,
        "crossed_usd": 2e5,
        "window_count": 30,
        "inferred_usd": 0.0,
        "fates": [{"fate": "liquidated", "count": 30, "usd": 1e5, "share": SHARE, "usd_share": None}],
    }
    power = {"figure": "levels", "horizon": "1h", "n": 30, "unit": "share", "minimum_detectable": 0.18}
    return {
        **answer,
        "first_day": "2026-02-01",
        "last_day": "2026-02-03",
        "day_count": 3,
        "note": None,
        "power": [{**power, "text": "30 crossings show a difference of 18 points."}],
        "levels": [level, {**level, "by": "coin", "key": "BTC"}],
    }


def test_power_stands_before_the_tables_and_a_table_is_cut_by_what_is_chosen(opened: Page) -> None:
    answer = get(opened, "/score")
    opened.route("**/api/v1/score*", lambda route: route.fulfill(json=scored(answer)))
    opened.locator("#tab-score").click()
    parts = opened.locator("#panel-score .stop-part")
    expect(parts.first).to_contain_text("30 crossings show a difference of 18 points.")
    expect(parts.nth(1)).to_contain_text("75 % (60 %–86 %)")
    parts.nth(1).locator("select").select_option("coin")
    expect(parts.nth(1).locator("tbody th")).to_have_text("BTC")
    expect(opened.locator("#panel-score")).to_contain_text("3 days, 2026-02-01 to 2026-02-03")


def test_what_was_not_scored_or_cannot_be_measured_is_said(opened: Page) -> None:
    answer = get(opened, "/score")
    opened.locator("#tab-score").click()
    panel = opened.locator("#panel-score")
    if answer["note"] is not None:
        expect(panel).to_contain_text(answer["note"])
    if not answer["recall"]["is_measurable"]:
        expect(panel).to_contain_text("Not measurable")
    opened.locator("#score-of [data-value=coin]").click()
    expect(panel.locator(".stop-part").first).to_be_visible()
    wait_for_rest(opened)


POWER = {
    "distance_sigma": 1,
    "trial_count": 900,
    "holdout_count": 300,
    "effective_count": 40.0,
    "needed_count": 1000,
    "minimum_detectable_points": 14.0,
    "text": "at 1 sigma 300 held-out trials show a difference of 14 points",
}
TESTED: dict[str, Any] = {
    "verdict": "not enough",
    "text": "not enough: 300 of 1,000 trials",
    "first_ms": 0,
    "last_ms": 1,
    "holdout_from_ms": 1,
    "coin_count": 8,
    "day_count": 3,
    "trial_count": 900,
    "power": [POWER],
    "family": [],
    "checks": [],
    "dose": [],
    "forecast": None,
    "conditions": [{"name": "power", "holds": False, "text": "enough trials"}],
    "left_out": [{"reason": "no volatility known", "count": 7}],
    "controls_left_out": ["funding_rate"],
    "not_done": ["H2: acceleration at a touch"],
}


def test_the_verdict_of_the_hypothesis_stands_after_its_power_and_its_rule_is_folded_below(opened: Page) -> None:
    answer = {**scored(get(opened, "/score")), "attraction": TESTED}
    opened.route("**/api/v1/score", lambda route: route.fulfill(json=answer))
    opened.locator("#tab-score").click()
    part = opened.locator("#panel-score .stop-part", has_text="Hypothesis under test")
    text = part.inner_text()
    assert text.index(str(POWER["text"])) < text.index(TESTED["text"])
    expect(opened.locator("#hypothesis")).to_have_attribute("data-verdict", "not enough")
    rule = part.locator("summary")
    expect(rule).to_contain_text("(4)")
    rule.click()
    for line in ("power: no. enough trials", "left out, no volatility known: 7", "not controlled for: funding_rate"):
        expect(part).to_contain_text(line)


def test_one_coin_has_no_verdict_of_its_own(opened: Page) -> None:
    opened.locator("#tab-score").click()
    opened.locator("#score-of [data-value=coin]").click()
    expect(opened.locator("#panel-score")).to_contain_text("It is tested of all coins together.")
    wait_for_rest(opened)
