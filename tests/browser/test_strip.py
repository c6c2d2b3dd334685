"""The strip under the map: the figures of the API on the time axis of the map, kept as it was chosen."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import HEAT_READY, Server
from looking import get
from playwright.sync_api import Page, Request, Route, expect

LABEL = "#strip .strip-label[data-series={}]"
INKED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 3; at < data.length; at += 4) count += data[at] > 0 ? 1 : 0;
  return count;
}"""


@pytest.fixture
def page_options() -> dict[str, Any]:
    """High enough for the strip to stand open by itself."""
    return {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"}


def test_the_newest_figures_are_those_of_the_api(opened: Page) -> None:
    status = get(opened, "/status")
    hour_ms = 3_600_000
    answer = get(opened, "/coins/BTC/context", start=status["last_ms"] - hour_ms, end=status["last_ms"] + 1, width=60)
    newest = max(column for column, time in enumerate(answer["time_ms"]) if time is not None)
    interest = answer["open_interest_usd"][newest]
    label = opened.locator(LABEL.format("interest"))
    if interest is None:
        expect(label).to_contain_text("unknown")
    else:
        shown = f"${interest / 10 ** (3 * ((len(str(int(interest))) - 1) // 3)):.4g}"
        expect(label).to_contain_text(shown[:4])
    assert opened.locator("#strip canvas").evaluate(INKED) > 0


def test_figures_follow_the_pointer_over_the_map_and_over_the_strip(opened: Page) -> None:
    label = opened.locator(LABEL.format("interest"))
    expect(label).to_contain_text("UTC")
    newest = label.inner_text()
    chart = opened.locator("#chart").bounding_box()
    assert chart is not None
    opened.mouse.move(chart["x"] + chart["width"] * 0.3, chart["y"] + 60)
    expect(label).not_to_have_text(newest)
    expect(opened.locator("#strip .strip-line")).to_be_visible()
    before = label.inner_text()
    panes = opened.locator("#strip .strip-panes").bounding_box()
    assert panes is not None
    opened.mouse.move(chart["x"] + chart["width"] * 0.5, panes["y"] + 20)
    expect(label).not_to_have_text(before)


def test_what_is_shown_is_kept_and_nothing_is_asked_while_it_is_closed(page: Page, server: Server) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/context" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator("#strip-series [data-value=cascade]").click()
    expect(page.locator(LABEL.format("cascade"))).to_be_visible()
    page.locator("#strip-toggle").click()
    expect(page.locator("#strip .strip-panes")).to_have_count(0)
    asked.clear()
    page.reload()
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(page.locator("#strip-toggle")).to_have_attribute("aria-expanded", "false")
    assert asked == []
    page.locator("#strip-toggle").click()
    expect(page.locator(LABEL.format("cascade"))).to_be_visible()


def test_a_small_pan_asks_nothing(opened: Page) -> None:
    expect(opened.locator(LABEL.format("interest"))).to_contain_text("UTC")
    opened.keyboard.press("3")
    opened.wait_for_timeout(500)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url) if "/context" in request.url else None)
    for _ in range(4):
        opened.keyboard.press("ArrowLeft")
        opened.wait_for_timeout(50)
    opened.wait_for_timeout(300)
    assert asked == []


def test_why_a_figure_is_unknown_is_said(page: Page, server: Server) -> None:
    def answer(route: Route) -> None:
        told = route.fetch()
        body = told.json()
        body["funding_8h"] = [None] * body["columns"]
        body["notes"] = ["No funding is kept in a recording of snapshots."]
        route.fulfill(response=told, json=body)

    page.route("**/context?*", answer)
    page.goto(server.url)
    expect(page.locator("#strip .strip-note")).to_have_text("No funding is kept in a recording of snapshots.")
    expect(page.locator(LABEL.format("funding"))).to_contain_text("unknown")
