"""Solo and joint levels in a real browser: by keyboard, labelled, equal to the API."""

from __future__ import annotations

import pytest
from browsing import HEAT_READY, Server
from looking import get, shown_usd
from playwright.sync_api import Page, expect


def test_a_key_shows_joint_clusters_with_their_assumptions_and_back(opened: Page) -> None:
    solo = opened.locator("#clusters").inner_text()
    expect(opened.locator("#joint-note")).to_be_hidden()
    opened.keyboard.press("j")
    note = opened.locator("#joint-note")
    expect(note).to_contain_text("all coins move with BTC")
    expect(note).to_contain_text("the heatmap, the balance and the tooltip stay solo")
    expect(note).to_contain_text("Betas: ")
    expect(opened.locator("#headline-levels")).to_be_visible()
    expect(opened.locator("#levels [aria-pressed=true]")).to_have_text("joint")
    answer = get(opened, "/coins/BTC/clusters", mode="joint")
    rows = opened.locator("#clusters .cluster")
    expect(rows).to_have_count(len(answer["clusters"]))
    shown, half = shown_usd(rows.first.locator(".amount").inner_text())
    nearest = min(answer["clusters"], key=lambda cluster: abs(cluster["distance_percent"]))
    assert shown == pytest.approx(nearest["notional"], abs=half)
    assert opened.locator("#clusters").inner_text() != solo
    opened.keyboard.press("j")
    expect(note).to_be_hidden()
    expect(opened.locator("#clusters")).to_have_text(solo, use_inner_text=True)


def test_the_control_is_reached_with_tab_and_pressed_with_space(opened: Page) -> None:
    opened.locator("#levels button", has_text="solo").focus()
    opened.keyboard.press("Tab")
    opened.keyboard.press("Space")
    expect(opened.locator("#joint-note")).to_contain_text("Betas: ")
    assert opened.url.endswith("levels=joint")


def test_a_link_opens_joint_levels_and_a_joint_cluster_lists_no_solo_accounts(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#ETH&levels=joint")
    page.wait_for_selector(HEAT_READY.format(coin="ETH"))
    expect(page.locator("#joint-note")).to_contain_text("Beta of ETH")
    page.locator("#clusters .cluster").first.click()
    expect(page.locator("#clusters .cluster").first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#drawer")).to_be_hidden()
