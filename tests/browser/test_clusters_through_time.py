"""Clusters through time on the page: ages first, a life as a chart, marks of liquidations, a badge with its rule."""

from __future__ import annotations

import re

import pytest
from at_rest import wait_for_rest
from browsing import HEAT_READY, Server
from looking import get
from made_up_study import OLD
from playwright.sync_api import Page, Route, expect


def test_the_weighted_age_stands_in_the_list_and_says_at_least_where_the_record_begins_later(opened: Page) -> None:
    answer = get(opened, "/coins/BTC/clusters")
    known = [cluster for cluster in answer["clusters"] if cluster["weighted_age_ms"] is not None]
    expect(opened.locator("#clusters .cluster .held")).to_have_count(len(known))
    censored = [cluster for cluster in known if cluster["is_weighted_age_at_least"]]
    assert censored
    row = opened.locator(f"#clusters [data-cluster='{censored[0]['side']}/{censored[0]['price_peak']}']")
    expect(row.locator(".held")).to_have_text("held at least 60 min")
    expect(row.locator(".persistence")).to_have_text("30 % there for 1 h")
    expect(opened.locator("#ages-note")).to_contain_text("Ages count since")


def test_a_key_filters_by_age_the_link_keeps_it_and_any_brings_all_back(opened: Page) -> None:
    rows = opened.locator("#clusters .cluster")
    everything = len(get(opened, "/coins/BTC/clusters")["clusters"])
    expect(rows).to_have_count(everything)
    for _ in range(3):
        opened.keyboard.press("h")
    held = get(opened, "/coins/BTC/clusters", held_for="1d")
    assert 0 < len(held["clusters"]) < everything
    expect(rows).to_have_count(len(held["clusters"]))
    expect(opened.locator("#held [aria-pressed=true]")).to_have_text("≥ 1 d")
    assert opened.url.endswith("held=1d")
    opened.locator("#held [data-value=any]").click()
    expect(rows).to_have_count(everything)


def test_clusters_near_the_mark_are_ordered_by_how_long_they_were_held(opened: Page) -> None:
    opened.locator("#orders [data-value=held]").click()
    clusters = [
        cluster
        for cluster in get(opened, "/coins/BTC/clusters")["clusters"]
        if abs(cluster["distance_percent"]) <= 10.0
    ]
    oldest = max(cluster["weighted_age_ms"] or -1 for cluster in clusters)
    first = opened.locator("#clusters .cluster").first.get_attribute("data-cluster")
    assert first in {f"{each['side']}/{each['price_peak']}" for each in clusters if each["weighted_age_ms"] == oldest}


def test_a_cluster_opens_with_its_life_its_reasons_in_words_and_its_liquidations(opened: Page) -> None:
    clusters = get(opened, "/coins/BTC/clusters")["clusters"]
    mine = next(cluster for cluster in clusters if cluster["cluster_id"] == OLD)
    opened.locator(f"#clusters [data-cluster='{mine['side']}/{mine['price_peak']}']").click()
    life = opened.locator("#drawer .cluster-life")
    expect(life.locator(".ages")).to_contain_text("held 2 days")
    assert "Size of the cluster from" in (life.locator("svg[role=img]").get_attribute("aria-label") or "")
    expect(life.locator("svg rect.flow.came")).not_to_have_count(0)
    expect(life.locator("svg rect.flow.left")).not_to_have_count(0)
    life.locator("summary").click()
    expect(life.locator(".why dl")).to_contain_text("opened")
    told = get(opened, "/coins/BTC/events", cluster_id=OLD)
    expect(life.locator("[data-event-id]")).to_have_count(len(told["events"]))
    expect(opened.locator("#drawer .position").first).to_be_visible()
    life.locator("[data-event-id]").first.click()
    expect(opened.locator("#drawer-title")).to_contain_text("Account")


def test_liquidations_stand_on_the_map_and_lead_to_band_cluster_and_account(opened: Page) -> None:
    expect(opened.locator("html")).to_have_attribute("data-marks", "5/1")
    opened.evaluate("location.hash = 'BTC&low=65000&high=74000'")  # they lie farther away than the page shows at first
    opened.wait_for_selector("#chart[data-mark*=',']")
    x, y = (int(part) for part in (opened.locator("#chart").get_attribute("data-mark") or "").split(","))
    opened.locator("#chart").click(position={"x": max(x, 1), "y": y})
    title = opened.locator("#drawer-title")
    expect(title).to_contain_text("liquidated")
    expect(opened.locator("#drawer-body")).to_contain_text("bp after 1 / 10 / 60 s")
    for way in ("band", "account"):
        expect(opened.locator(f"#drawer [data-way={way}]")).to_be_visible()
    opened.locator("#drawer [data-way=account]").click()
    expect(title).to_contain_text("Account")


def test_the_cascade_badge_opens_with_its_rule_and_figures(opened: Page) -> None:
    badge = opened.locator("#cascade")
    expect(badge.locator("summary")).to_have_text("cascade exhausted: longs sold, $50.0k in a minute")
    expect(badge.locator("dl")).to_be_hidden()
    badge.locator("summary").focus()
    opened.keyboard.press("Enter")
    expect(badge.locator("dl")).to_contain_text("more than 99.5 % of the coin's minutes")
    expect(badge.locator("dl")).to_contain_text("$10.00k")


def test_a_coin_without_a_study_says_why_it_has_no_ages(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#ETH")
    page.wait_for_selector(HEAT_READY.format(coin="ETH"))
    expect(page.locator("#ages-note")).to_contain_text("No ages yet: no minute with this coin was studied")
    expect(page.locator("#clusters .held")).to_have_count(0)
    expect(page.locator("#cascade")).to_be_hidden()
    page.locator("#clusters .cluster").first.click()
    expect(page.locator("#drawer .cluster-life")).to_contain_text("No history: it is none of the clusters")


@pytest.mark.parametrize("width", [360, 3840])
def test_ages_and_badge_fit_narrow_and_wide_screens(page: Page, server: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(page.locator("#cascade summary")).to_be_visible()
    page.locator("#cascade summary").click()
    box = page.locator("#cascade dl").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


WATCH_FIRST_ROW = """
window.rowPlaces = [];
const look = () => {
  const row = document.querySelector("#drawer .position");
  if (row !== null) window.rowPlaces.push(Math.round(row.getBoundingClientRect().top));
  requestAnimationFrame(look);
};
look();
"""
"""Where the first account of the list stands, in every frame from its first on."""


@pytest.mark.parametrize("last", ["life", "positions"])
def test_accounts_of_a_cluster_stay_where_they_are_shown_first_whatever_comes_last(opened: Page, last: str) -> None:
    clusters = get(opened, "/coins/BTC/clusters")["clusters"]
    mine = next(cluster for cluster in clusters if cluster["cluster_id"] == OLD)
    held: list[Route] = []
    answers = {"life": f"**/clusters/{OLD}*", "positions": "**/coins/BTC/positions*"}
    is_released = False

    def hold(route: Route) -> None:
        if is_released:
            route.continue_()
        else:
            held.append(route)

    opened.route(answers[last], hold)
    opened.evaluate(WATCH_FIRST_ROW)
    first = re.compile(rf"/clusters/{OLD}" if last == "positions" else "/BTC/positions")
    with opened.expect_request(answers[last]), opened.expect_response(first):
        opened.locator(f"#clusters [data-cluster='{mine['side']}/{mine['price_peak']}']").click()
    expect(opened.locator("#drawer .cluster-facts")).to_be_visible()
    expect(opened.locator("#drawer .position")).to_have_count(0)
    is_released = True
    for route in held:
        route.continue_()
    expect(opened.locator("#drawer .position").first).to_be_visible()
    expect(opened.locator("#drawer .cluster-life .ages")).to_be_visible()
    wait_for_rest(opened)
    assert len(set(opened.evaluate("window.rowPlaces"))) == 1
