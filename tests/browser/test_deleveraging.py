"""Figures of what the map leaves open, places in the queue of auto-deleveraging, and who pays for a cluster."""

from __future__ import annotations

from typing import Any

from browsing import HEAT_READY, Server
from looking import get, shown_usd
from page_states import open_account, open_cluster
from playwright.sync_api import Page, expect


def test_each_limit_has_the_figures_of_the_api_and_unknown_has_its_reason(opened: Page) -> None:
    told = get(opened, "/coins/BTC/caveats")["caveats"]
    opened.locator("#tab-limits").click()
    expect(opened.locator("#caveats section")).to_have_count(len(told))
    for caveat in told:
        part = opened.locator(f"[data-caveat={caveat['key']}]")
        expect(part.locator("h3")).to_have_text(caveat["title"])
        for place, figure in enumerate(caveat["figures"]):
            shown = part.locator("dd").nth(place)
            if figure["value"] is None:
                expect(shown).to_contain_text(figure["reason"] or "unknown")
                continue
            expect(shown).to_contain_text(figure["source"])
            if figure["n"] is not None:
                expect(shown).to_contain_text(f"n = {figure['n']:,}")
            if figure["unit"] == "USD":
                value, half = shown_usd(shown.inner_text().partition(",")[0])
                assert abs(value - figure["value"]) <= half


def test_places_in_the_queue_are_those_of_the_api_of_one_score_and_of_all_when_opened(opened: Page) -> None:
    open_account(opened)
    address = opened.locator("#drawer code.address").inner_text()
    rows = get(opened, f"/accounts/{address}/deleveraging")["rows"]
    part = opened.locator("#queue-places")
    expect(part).to_have_attribute("data-rows", str(len(rows)))
    first = part.locator("table").first.locator("tbody tr")
    expect(first).to_have_count(len(rows))
    for place, row in enumerate(rows):
        rank = next(each for each in row["ranks"] if each["is_default"])
        name = f"{row['coin']} {'long' if row['side'] == 1 else 'short'}"
        expect(first.nth(place)).to_contain_text(name)
        if rank["rank"] is not None:
            expect(first.nth(place)).to_contain_text(f"{rank['rank']:,} of {rank['queue_count']:,}")
    others = part.locator("details table tbody tr")
    expect(others.first).not_to_be_visible()
    part.locator("summary").click()
    expect(others.first).to_be_visible()
    expect(others).to_have_count(sum(len(row["ranks"]) for row in rows))


def test_payers_of_a_cluster_are_asked_for_by_hand_and_lead_to_their_account(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    span = {"price_low": 1, "price_high": 1e9}
    address = get(page, "/coins/BTC/positions", **span)["positions"][0]["address"]

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        told = route.fetch().json()
        for row in told["clusters"]:
            payer = {"address": address, "coin": "BTC", "side": -row["side"], "size": 1.0, "usd": 5e4, "share": 0.5}
            row |= {"deleveraged_usd": 1e5, "deleveraging_risk": 0.2, "payer_count": 3, "payers": [payer]}
        route.fulfill(json=told)

    page.route("**/coins/BTC/deleveraging*", answer)
    open_cluster(page)
    part = page.locator("#drawer .deleveraging")
    assert asked == []
    part.locator("summary").click()
    payer = part.locator("button.payer")
    expect(payer).to_contain_text("$50.0k 50.0 %")
    expect(part).to_contain_text("3 in all")
    expect(part).to_contain_text("of the cluster")
    assert len(asked) == 1
    with page.expect_response(lambda told: address in told.url):
        payer.click()
