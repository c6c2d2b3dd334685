"""Alerts on the page: begun where something was pointed at, tried, listed, switched, told; answers are made up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from at_rest import wait_for_rest
from browsing import HEAT_READY, PATIENCE_MS, Server, serving
from looking import get, wait_until
from page_alerts import PageAlerts, made_alert
from page_states import open_account
from playwright.sync_api import Browser, Page, expect

LOUD = """
window.said = { asked: 0, shown: [], tones: 0 };
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() {
    window.said.asked += 1;
    window.Notification.permission = "granted";
    return "granted";
  }
  constructor(title, options) { super(); window.said.shown.push([title, options.tag]); }
};
const Before = window.AudioContext;
window.AudioContext = class extends Before { constructor() { super(); window.said.tones += 1; } };
"""
Teller = Callable[[dict[str, Any]], None]


@pytest.fixture
def told(page: Page, server: Server) -> tuple[Page, PageAlerts, Teller]:
    """The page over made-up alerts, and what makes its stream tell of one more."""
    sockets: list[Any] = []
    page.route_web_socket("**/api/v1/stream*", lambda socket: (socket.connect_to_server(), sockets.append(socket)))
    page.add_init_script(LOUD)
    alerts = PageAlerts(page)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator("#clusters .cluster").first.wait_for()
    wait_for_rest(page)
    return page, alerts, lambda alert: sockets[-1].send(json.dumps({"type": "alerts", "alerts": [alert]}))


def test_a_right_click_on_a_cluster_asks_about_it_and_sets_the_rule(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, alerts, _ = told
    cluster = get(page, "/coins/BTC/clusters")["clusters"]
    row = page.locator("#clusters .cluster").first
    name = row.get_attribute("data-cluster")
    row.click(button="right")
    form = page.locator("#alert-form")
    expect(form).to_contain_text("BTC")
    expect(page.locator("#drawer")).to_have_count(0)
    page.locator("#alert-percent").fill("2.5")
    page.locator("#alert-set").click()
    expect(form.locator("[data-said=saved]")).to_contain_text("mark within 2.5 %")
    (rule,) = alerts.sent
    assert (rule["kind"], rule["coin"], rule["percent"]) == ("near_cluster", "BTC", 2.5)
    known = {each["cluster_id"]: "long" if each["side"] == 1 else "short" for each in cluster}
    assert rule["side"] in ("long", "short")
    if "cluster_id" in rule:
        assert known[rule["cluster_id"]] == rule["side"], name
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)


def test_a_right_click_on_the_map_takes_the_price_there(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, alerts, _ = told
    box = page.locator("#chart").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 60, box["y"] + 40, button="right")
    page.locator("#alert-kind").select_option("level_touched")
    pointed = float((page.locator("#chart").get_attribute("data-pointed") or "").split()[0].replace(",", ""))
    assert float(page.locator("#alert-price").input_value()) == pytest.approx(pointed, rel=2e-3)
    page.locator("#alert-approach").select_option("from_below")
    page.locator("#alert-once").check()
    page.locator("#alert-set").click()
    expect(page.locator("[data-said=saved]")).to_be_visible()
    rule = alerts.sent[0]
    assert (rule["kind"], rule["approach"], rule["once"]) == ("level_touched", "from_below", True)
    assert rule["price"] == pytest.approx(pointed, rel=2e-3)
    assert "side" not in rule
    # A press elsewhere closes it.
    page.mouse.click(5, 5)
    expect(page.locator("#alert-form")).to_have_count(0)


def test_a_key_asks_about_the_row_with_the_focus_and_gives_the_focus_back(
    told: tuple[Page, PageAlerts, Teller],
) -> None:
    page, _, _ = told
    row = page.locator("#clusters .cluster").first
    row.focus()
    page.keyboard.press("k")
    expect(page.locator("#alert-kind")).to_be_focused()
    expect(page.locator("#alert-kind option").first).to_have_text("the mark comes near it")
    page.keyboard.press("Escape")
    expect(page.locator("#alert-form")).to_have_count(0)
    expect(row).to_be_focused()


def test_an_account_and_an_own_line_have_a_button_of_their_own(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, alerts, _ = told
    page.keyboard.press("n")
    page.locator(".own-line .line-alert").click()
    line = float(page.locator(".own-line").get_attribute("data-line") or "nan")
    page.locator("#alert-set").click()
    expect(page.locator("[data-said=saved]")).to_be_visible()
    assert alerts.sent[0]["price"] == pytest.approx(line, rel=1e-5)
    page.keyboard.press("Escape")
    open_account(page)
    address = page.locator("#drawer code.address").inner_text()
    page.locator("#account-alert").click()
    page.locator("#alert-set").click()
    expect(page.locator("[data-said=saved]")).to_be_visible()
    assert (alerts.sent[1]["kind"], alerts.sent[1]["address"]) == ("account_near", address)
    page.keyboard.press("Escape")
    page.locator("#drawer-back").click()
    page.locator("#drawer .position").first.click(button="right")
    expect(page.locator("#alert-form-name")).to_contain_text("account")


def test_a_long_press_of_a_finger_asks_and_letting_go_opens_nothing(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    PageAlerts(page)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    row = page.locator("#clusters .cluster").first
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    assert box is not None
    point = {"x": box["x"] + 40, "y": box["y"] + box["height"] / 2}
    finger = context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    form = page.locator("#alert-form")
    expect(form).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(form).to_be_visible()
    expect(page.locator("#drawer")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    inside = form.bounding_box()
    assert inside is not None
    assert inside["x"] >= 0
    assert inside["x"] + inside["width"] <= 360
    context.close()


def test_what_cannot_be_a_rule_is_said_in_a_sentence(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    alerts = PageAlerts(page)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator("#alerts-open").click()
    page.locator("#alert-new").click()
    page.locator("#alert-price").fill("much")
    page.locator("#alert-set").click()
    said = page.locator("[data-said=problem]")
    expect(said).to_have_text("price, USD: “much” is no number.")
    page.locator("#alert-kind").select_option("funding")
    page.locator("#alert-set").click()
    expect(said).to_have_text("Give a bound above or below.")
    assert alerts.sent == []
    alerts.refusal = "rule funding-btc: above 99 is not -32 to 32"
    page.locator("#alert-above").fill("99")
    page.locator("#alert-try").click()
    expect(said).to_have_text(alerts.refusal)
    page.locator("#alert-set").click()
    expect(said).to_have_text(alerts.refusal)
    context.close()


def test_a_rule_is_tried_before_it_is_set_and_says_what_came_after(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, alerts, _ = told
    page.locator("#clusters .cluster").first.click(button="right")
    page.locator("#alert-try").click()
    trial = page.locator("#alert-form .trial")
    expect(trial).to_contain_text("It would have fired once in 1,440 stored minutes")
    expect(trial).to_contain_text("−0.20 % (−0.40 % to +0.10 %)")
    expect(trial).to_contain_text("unknown")
    expect(trial).to_contain_text("what came after is no forecast")
    assert (len(alerts.tried), alerts.sent) == (1, [])


def test_a_rule_is_switched_off_tried_removed_and_put_back(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, alerts, _ = told
    page.locator("#clusters .cluster").first.click(button="right")
    page.locator("#alert-set").click()
    expect(page.locator("[data-said=saved]")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    row = page.locator("#rules li")
    expect(row).to_contain_text("never fired")
    row.locator(".rule-on").uncheck()
    expect(row.locator(".rule-on")).not_to_be_checked()
    switched = alerts.sent[-1]
    assert switched == {**alerts.sent[0], **switched, "on": False}
    assert "fired_count" not in switched
    row.locator(".rule-try").click()
    expect(row.locator(".trial")).to_contain_text("It would have fired")
    row.locator(".rule-remove").click()
    expect(row).to_have_count(0)
    page.locator("#rule-back").click()
    expect(row).to_have_count(1)
    assert alerts.sent[-1]["rule_id"] == switched["rule_id"]
    page.keyboard.press("r")
    expect(page.locator("#drawer")).to_be_hidden()


def test_what_fires_is_counted_until_it_is_seen_and_leads_to_its_price(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, _, tell = told
    button = page.locator("#alerts-open")
    expect(button).to_have_accessible_name("Alerts")
    tell(made_alert("one", is_late=True))
    tell(made_alert("two", at_ms=made_alert("")["at_ms"] + 1))
    tell(made_alert("two", at_ms=made_alert("")["at_ms"] + 1))
    expect(button).to_have_accessible_name("Alerts, 2 new")
    button.click()
    fired = page.locator("#fired button")
    expect(fired).to_have_count(2)
    expect(fired.nth(0)).to_contain_text("(two)")
    expect(fired.nth(1)).to_contain_text("told late")
    expect(fired.nth(0)).to_contain_text(re.compile(r"\d (s|min|h|days) ago"))
    expect(fired.nth(0)).to_contain_text("coverage 99 %")
    expect(button).to_have_accessible_name("Alerts")
    fired.nth(0).click()
    area = page.locator("#chart").get_attribute("data-ticks")
    assert area is not None
    page.reload()
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(button).to_have_accessible_name("Alerts")


def test_rules_are_asked_again_by_each_alert_also_when_the_list_is_full(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, alerts, tell = told
    for place in range(100):
        tell(made_alert(f"{place}"))
    page.keyboard.press("r")
    expect(page.locator("#fired button")).to_have_count(100)
    expect(page.locator("#rules")).to_be_attached()
    wait_for_rest(page)
    expect(page.locator("#rules li")).to_have_count(0)
    alerts.rules["touch-btc"] = {"rule_id": "touch-btc", "kind": "level_touched", "coin": "BTC", "price": 70_000.0}
    tell(made_alert("one more", at_ms=made_alert("")["at_ms"] + 1))
    expect(page.locator("#rules li")).to_have_count(1)
    expect(page.locator("#fired button")).to_have_count(100)


def test_the_browser_is_asked_by_a_click_alone_and_sound_is_off_at_first(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, _, tell = told
    tell(made_alert("quiet"))
    expect(page.locator("#alerts-open")).to_have_accessible_name("Alerts, 1 new")
    page.keyboard.press("r")
    expect(page.locator("#alerts-sound")).not_to_be_checked()
    assert page.evaluate("window.said") == {"asked": 0, "shown": [], "tones": 0}
    page.locator("#alerts-notify").click()
    expect(page.locator("#alerts-notify")).to_be_checked()
    page.locator("#alerts-sound").check()
    expect(page.locator("#fired button")).to_have_count(1)
    tell(made_alert("loud", at_ms=made_alert("")["at_ms"] + 5))
    expect(page.locator("#fired button")).to_have_count(2)
    wait_until(page, "window.said.shown.length === 1 && window.said.tones === 2")
    assert page.evaluate("window.said.shown[0][1]") == "loud"
    page.locator("#alerts-notify").click()
    tell(made_alert("silent", at_ms=made_alert("")["at_ms"] + 6, has_sound=False))
    expect(page.locator("#fired button")).to_have_count(3)
    assert page.evaluate("[window.said.shown.length, window.said.tones, window.said.asked]") == [1, 2, 1]


def test_what_waits_and_what_cannot_be_reached_is_said(told: tuple[Page, PageAlerts, Teller]) -> None:
    page, alerts, _ = told
    row = {"destination": "mail", "kind": "apprise", "waiting": 3, "delivered": 7, "failed": 1}
    alerts.destinations = [{**row, "oldest_age_ms": 240_000, "last_reason": "the server refused the login"}]
    alerts.is_writable = False
    page.keyboard.press("r")
    mail = page.locator("#deliveries [data-destination=mail]")
    expect(mail).to_have_text(
        "mail: 7 delivered; 3 wait, the oldest for 4 min; 1 given up; the server refused the login"
    )
    expect(mail).to_have_class("wrong")
    expect(page.locator("#drawer")).to_contain_text("read only")
    page.locator("#alert-new").click()
    page.locator("#alert-to-mail").check()
    page.locator("#alert-set").click()
    expect(page.locator("[data-said=saved]")).to_be_visible()
    assert alerts.sent[0]["destinations"] == ["mail"]


def test_a_map_within_another_page_leaves_the_menu_to_the_browser(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#BTC&embed=1")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    box = page.locator("#chart").bounding_box()
    assert box is not None
    heard = "new Promise(done => addEventListener('contextmenu', event => done(event.defaultPrevented)))"
    page.evaluate(f"() => {{ window.heard = {heard}; }}")
    page.mouse.click(box["x"] + 60, box["y"] + 40, button="right")
    assert page.evaluate("window.heard") is False


@pytest.fixture
def ruled(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server whose rules can be written, and their file. It ends after the page."""
    rules = tmp_path / "alerts.toml"
    with serving(tmp_path / "history", "--alerts", str(rules)) as server:
        yield server, rules


def test_a_rule_set_on_the_map_fires_with_the_next_frame_of_a_real_server(
    ruled: tuple[Server, Path], page: Page
) -> None:
    server, rules = ruled
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator("#standing .live").wait_for()
    box = page.locator("#chart").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 60, box["y"] + box["height"] / 2, button="right")
    page.locator("#alert-kind").select_option("near_level")
    page.locator("#alert-percent").fill("40")
    page.locator("#alert-try").click()
    expect(page.locator("#alert-form .trial")).to_contain_text("stored minutes")
    page.locator("#alert-set").click()
    expect(page.locator("[data-said=saved]")).to_be_visible()
    page.keyboard.press("Escape")
    assert "near_level" in rules.read_text()
    server.push()
    button = page.locator("#alerts-open")
    expect(button).to_have_accessible_name("Alerts, 1 new")
    button.click()
    expect(page.locator("#fired")).to_contain_text("BTC")
    row = page.locator("#rules li")
    expect(row).to_contain_text("fired once")
    row.locator(".rule-on").uncheck()
    expect(row.locator(".rule-on")).not_to_be_checked()
    row.locator(".rule-remove").click()
    expect(row).to_have_count(0)
    wait_for_rest(page)
