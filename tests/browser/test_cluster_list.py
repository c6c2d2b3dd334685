"""Clusters in the list and on the map: near ones first, rows and spans light each other, a link keeps one."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import HEAT_READY, Server
from looking import get
from playwright.sync_api import Page, expect


def name_of(cluster: dict[str, Any]) -> str:
    return f"{cluster['side']}/{cluster['price_peak']}"


def spans(page: Page) -> list[str]:
    """How many clusters the map has, which is chosen, and which is pointed at."""
    text = str(page.evaluate("document.documentElement.dataset.spans"))
    count, *names = text.split("/")
    middle = 2 if names[:1] != [""] else 1
    return [count, "/".join(names[:middle]), "/".join(names[middle:])]


def edge_place(page: Page) -> tuple[float, float, str]:
    """A place at the right edge of the pane where the chart points at a cluster, and which."""
    box = page.locator("#chart").bounding_box()
    assert box is not None
    width = page.evaluate("document.querySelector('#chart canvas').getBoundingClientRect().right")
    for y in range(int(box["y"]) + 20, int(box["y"] + box["height"]) - 40, 4):
        page.mouse.move(width - 4, y)
        if pointed := spans(page)[2]:
            return width - 4, y, pointed
    pytest.fail("no cluster stands at the right edge")


def test_near_clusters_stand_first_each_group_by_distance(opened: Page) -> None:
    clusters = get(opened, "/coins/BTC/clusters")["clusters"]
    away = sorted(clusters, key=lambda each: abs(each["distance_percent"]))
    expect(opened.locator("#clusters .cluster")).to_have_count(len(clusters))
    listed = opened.locator("#clusters .cluster").evaluate_all("rows => rows.map(row => row.dataset.cluster)")
    assert listed == [name_of(each) for each in away]
    near = sum(abs(each["distance_percent"]) <= 10.0 for each in clusters)
    assert 0 < near < len(clusters)
    titles = opened.locator("#clusters .cluster-group")
    expect(titles).to_have_text(["Within 10 % of the mark", "Farther"])
    opened.locator("#orders [data-value=usd]").click()
    first = opened.locator("#clusters .cluster").first.get_attribute("data-cluster")
    assert first == name_of(max(away[:near], key=lambda each: each["notional"]))


def test_a_row_says_side_usd_distance_age_and_accounts_in_words(opened: Page) -> None:
    for cluster in get(opened, "/coins/BTC/clusters")["clusters"][:5]:
        row = opened.locator(f"#clusters [data-cluster='{name_of(cluster)}']")
        expect(row).to_contain_text("longs, forced sell" if cluster["side"] == 1 else "shorts, forced buy")
        expect(row).to_contain_text("account")
        for part in ("amount", "away", "price"):
            assert row.locator(f".{part}").inner_text() != ""
        share = cluster["largest_account_notional"] / cluster["notional"]
        is_whale = share >= 0.5 and cluster["largest_account_notional"] >= 100_000
        if cluster["vault_notional"] < 0.5 * cluster["notional"]:
            expect(row.locator(".holder")).to_have_count(int(is_whale))


def test_a_row_and_its_span_on_the_map_light_each_other(opened: Page) -> None:
    row = opened.locator("#clusters .cluster").first
    row.hover()
    assert spans(opened)[2] == row.get_attribute("data-cluster")
    x, y, pointed = edge_place(opened)
    expect(opened.locator(f"#clusters [data-cluster='{pointed}'].is-pointed")).to_be_visible()
    opened.mouse.move(x - 200, 5)
    expect(opened.locator("#clusters .is-pointed")).to_have_count(0)
    opened.mouse.click(x, y)
    expect(opened.locator("#drawer .position").first).to_be_visible()
    assert spans(opened)[1] == pointed


def test_arrows_move_from_row_to_row(opened: Page) -> None:
    rows = opened.locator("#clusters .cluster")
    rows.first.focus()
    for key, place in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("Home", 0), ("ArrowUp", 0)):
        opened.keyboard.press(key)
        expect(rows.nth(place)).to_be_focused()
        assert spans(opened)[2] == rows.nth(place).get_attribute("data-cluster")
    opened.keyboard.press("End")
    expect(rows.last).to_be_focused()


def test_a_click_brings_a_far_cluster_and_the_newest_time_into_view(opened: Page) -> None:
    opened.locator("#chart").focus()
    for _ in range(12):
        opened.keyboard.press("ArrowLeft")
    far = opened.locator("#clusters .cluster").last
    name = far.get_attribute("data-cluster") or ""
    far.click()
    assert spans(opened)[1] == name
    opened.keyboard.press("Escape")
    assert spans(opened)[1] == ""
    places = set()
    box = opened.locator("#chart").bounding_box()
    assert box is not None
    right = opened.evaluate("document.querySelector('#chart canvas').getBoundingClientRect().right")
    for y in range(int(box["y"]) + 2, int(box["y"] + box["height"]) - 30, 2):
        opened.mouse.move(right - 4, y)
        places.add(spans(opened)[2])
    assert name in places
    nearest = opened.locator("#clusters .cluster").first.get_attribute("data-cluster")
    assert nearest in places, "what was seen before stays"


def test_a_link_opens_the_cluster_it_names_and_closing_forgets_it(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#BTC")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    name = page.locator("#clusters .cluster").nth(1).get_attribute("data-cluster") or ""
    page.locator("#clusters .cluster").nth(1).click()
    link = page.url
    assert "cluster=" in link
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#drawer .position").first).to_be_visible()
    assert spans(page)[1] == name
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    assert "cluster=" not in page.url


def test_the_marks_go_with_their_layer(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#BTC&layers=events")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    box = page.locator("#chart").bounding_box()
    assert box is not None
    right = page.evaluate("document.querySelector('#chart canvas').getBoundingClientRect().right")
    for y in range(int(box["y"]) + 20, int(box["y"] + box["height"]) - 40, 20):
        page.mouse.move(right - 4, y)
        assert spans(page)[2] == ""


@pytest.mark.parametrize("width", [300, 1280])
def test_rows_are_whole_at_any_width_of_the_panel(page: Page, server: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    row = page.locator("#clusters .cluster").first
    expect(row).to_be_visible()
    cut = row.evaluate(
        "row => [...row.querySelectorAll('span:not(.bar)')].filter(each => each.scrollWidth > each.clientWidth + 1 &&"
        " getComputedStyle(each).display !== 'inline').map(each => each.className)"
    )
    assert cut == []
    assert row.evaluate("row => row.scrollWidth <= row.clientWidth")


def test_what_the_list_shows_is_saved_as_csv_with_its_source(opened: Page) -> None:
    opened.locator("#orders [data-value=usd]").click()
    with opened.expect_download() as saving:
        opened.locator("#panel-clusters .csv").click()
    assert re.fullmatch(r"liqscape_BTC_clusters_[0-9TZ-]+\.csv", saving.value.suggested_filename)
    rows = list(csv.DictReader(io.StringIO(saving.value.path().read_text(), newline="")))
    listed = opened.locator("#clusters .cluster").evaluate_all("rows => rows.map(row => row.dataset.cluster)")
    sides = {"long": "1", "short": "-1"}
    assert [f"{sides[row['side']]}/{row['price_peak_usd']}" for row in rows] == listed
    by_name = {name_of(each): each for each in get(opened, "/coins/BTC/clusters")["clusters"]}
    for row, name in zip(rows, listed, strict=True):
        assert float(row["notional_usd"]) == by_name[name]["notional"]
        assert row["is_simulated"] == "true"
        assert row["as_of_utc"].endswith("Z")


def test_max_pain_says_the_price_of_each_side_and_brings_it_into_view(opened: Page) -> None:
    pain = get(opened, "/coins/BTC/clusters")["max_pain"]
    part = opened.locator("#max-pain")
    for side in ("long", "short"):
        line = part.locator(f"button.{side}")
        if pain[side] is None:
            expect(line).to_contain_text("no known level within 10 %")
            continue
        expect(line).to_contain_text(f"{side}s ")
        expect(line).to_contain_text("to there")
        line.click()
    expect(part).to_contain_text("within 10 % of the mark")


def test_liquidations_of_the_last_hours_are_summed_by_side_or_not_told(page: Page, server: Server) -> None:
    page.route("**/liquidations?*", lambda route: route.fulfill(json=SUMS))
    page.route("**/context?*", lambda route: route.fulfill(json=watched(route.request.url)))
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator("#tab-liquidations").click()
    rows = page.locator("#recent-liquidations tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("$2.000k")
    expect(rows.nth(2)).to_contain_text("at least $2.000k")
    expect(rows.nth(2).locator(".short")).to_contain_text("unknown")
    expect(rows.nth(2)).to_contain_text("watched for 4.0 h of it")


SUMS = {
    "provenance": {"kind": "sandbox", "name": "made up", "is_simulated": True, "note": ""},
    "as_of_ms": 0,
    "totals": {"count": 1, "address_count": 1, "long_notional": 2000.0, "short_notional": 0.0, "refuted_count": 0},
    "liquidations": [],
    "note": None,
    "damaged": [],
    "next_cursor": None,
}


def watched(url: str) -> dict[str, Any]:
    """A day of which the last four hours were watched."""
    quarter_ms = 900_000
    start_ms = int(parse_qs(urlsplit(url).query)["start"][0])
    return {
        "start_ms": start_ms,
        "step_ms": quarter_ms,
        "liquidated_long_usd": [None] * 80 + [0.0] * 16,
        "liquidated_short_usd": [None] * 80 + [0.0] * 16,
    }
