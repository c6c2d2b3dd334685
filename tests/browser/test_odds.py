"""Odds beside clusters: in rows with the record at the pointer, in the drawer as a table; none without a record."""

from __future__ import annotations

from typing import Any

from at_rest import wait_for_rest
from browsing import HEAT_READY, Server
from looking import get
from playwright.sync_api import Page, expect

HORIZONS = ("1h", "4h", "24h")


def recorded(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as if each level had a record."""
    within = [
        {"horizon": each, "distance_sigma": 1.0, "probability": share, "brier": 0.0312, "skill": -0.04, "note": None}
        for each, share in zip(HORIZONS, (0.04, 0.11, 0.38), strict=True)
    ]
    return {**answer, "levels": [{**level, "within": within} for level in answer["levels"]]}


def test_rows_and_drawer_say_the_odds_with_their_record(page: Page, server: Server) -> None:
    page.route("**/coins/BTC/odds*", lambda route: route.fulfill(json=recorded(route.fetch().json())))
    page.goto(f"{server.url}/#BTC")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    said = page.locator("#clusters .cluster .odds").first
    expect(said).to_have_text("reached within 1 h 4 %, 4 h 11 %, 24 h 38 %")
    expect(said).to_have_attribute(
        "title",
        "1 h: Brier score 0.031, skill −4 %; 4 h: Brier score 0.031, skill −4 %; 24 h: Brier score 0.031, skill −4 %",
    )
    page.locator("#clusters .cluster").first.click()
    rows = page.locator("#drawer table[data-odds] tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(2)).to_contain_text("38 %")
    wait_for_rest(page)


def test_without_a_record_rows_say_nothing_and_the_drawer_says_why(opened: Page) -> None:
    answer = get(opened, "/coins/BTC/odds")
    has_record = any(each["probability"] is not None for level in answer["levels"] for each in level["within"])
    if not has_record:
        expect(opened.locator("#clusters .cluster .odds")).to_have_count(0)
    opened.locator("#clusters .cluster").first.click()
    facts = opened.locator("#drawer .cluster-facts")
    note = next((each["note"] for level in answer["levels"] for each in level["within"] if each["note"]), None)
    if note is not None:
        expect(facts).to_contain_text(note)
    wait_for_rest(opened)
