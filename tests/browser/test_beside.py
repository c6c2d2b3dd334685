"""Coins side by side: a link shows them, the board adds and removes, each is painted, on a phone one below another."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import HEAT_READY, Server
from playwright.sync_api import Page, expect

SMALL = ".small-map"
PAINTED = ".small-map[data-coin='{coin}'] .small-chart[data-heat^='{coin}/']"


def names(page: Page) -> list[str]:
    return list(page.locator(SMALL).evaluate_all("maps => maps.map(map => map.dataset.coin)"))


def open_beside(page: Page, server: Server, *coins: str) -> None:
    page.goto(f"{server.url}/#BTC&beside={','.join(coins)}")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    for coin in coins:
        page.wait_for_selector(PAINTED.format(coin=coin))


def test_a_link_paints_each_coin_and_says_its_own_mark_and_scale(page: Page, server: Server) -> None:
    open_beside(page, server, "ETH", "kPEPE")
    assert names(page) == ["ETH", "kPEPE"]
    heads = page.locator(".small-head").all_inner_texts()
    assert all("mark " in head and "UTC" in head and "per 0.1 % and more" in head for head in heads)
    assert len({head.split("hot is")[1].split("per")[0] for head in heads}) == 2


def test_the_board_adds_a_coin_and_the_map_takes_it_away(opened: Page) -> None:
    opened.keyboard.press("b")
    add = opened.locator("tr[data-coin='ETH'] button.beside")
    add.click()
    opened.wait_for_selector(PAINTED.format(coin="ETH"))
    assert "beside=ETH" in opened.url
    expect(add).to_have_attribute("aria-pressed", "true")
    expect(opened.locator("tr[data-coin='BTC'] button.beside")).to_be_disabled()
    opened.get_by_role("button", name="Remove ETH").click()
    expect(opened.locator(SMALL)).to_have_count(0)
    assert "beside" not in opened.url
    add.click()
    opened.wait_for_selector(PAINTED.format(coin="ETH"))


def test_a_small_map_and_the_first_change_places(page: Page, server: Server) -> None:
    open_beside(page, server, "ETH", "kPEPE")
    page.get_by_role("button", name="Make ETH the first").click()
    page.wait_for_selector(HEAT_READY.format(coin="ETH"))
    page.wait_for_selector(PAINTED.format(coin="BTC"))
    assert names(page) == ["BTC", "kPEPE"]
    assert page.url.endswith("#ETH&beside=BTC,kPEPE")


def test_a_coin_named_twice_or_as_the_first_stands_once(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#BTC&beside=BTC,ETH,ETH")
    page.wait_for_selector(PAINTED.format(coin="ETH"))
    assert names(page) == ["ETH"]


@pytest.fixture
def page_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    is_phone = "phone" in request.node.name
    size = {"width": 360, "height": 740} if is_phone else {"width": 1440, "height": 900}
    return {"viewport": size, "color_scheme": "dark", "has_touch": is_phone}


def test_on_a_phone_they_stand_below_one_another(page: Page, server: Server) -> None:
    open_beside(page, server, "ETH")
    first, small = page.locator(".first-map").bounding_box(), page.locator(SMALL).bounding_box()
    assert first is not None
    assert small is not None
    assert small["y"] >= first["y"] + first["height"] - 1
    assert small["width"] >= 300
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    heights = page.locator(".small-head button").evaluate_all("all => all.map(b => b.getBoundingClientRect().height)")
    assert min(heights) >= 44
