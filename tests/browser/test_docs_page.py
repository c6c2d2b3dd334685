"""/docs in a real browser: drawn from the server's own documents, with nothing from anywhere else."""

from __future__ import annotations

from browsing import Server
from playwright.sync_api import Page, expect


def test_routes_and_messages_are_drawn_found_and_asked(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/docs")
    content = page.locator("#content")
    expect(content.locator("summary", has_text="GET /api/v1/coins/{coin}/frame")).to_be_visible()
    expect(content.locator("summary", has_text="WS /api/v1/stream")).to_be_visible()
    expect(content.locator("h2")).to_have_text(["Routes", "Stream"])

    page.fill("#find", "open_interest_change")
    expect(content.locator("> details:visible")).to_have_count(1)
    expect(content.locator("> details:visible summary").first).to_contain_text("/context")
    page.fill("#find", "liquidations")
    message = content.locator("> details:visible", has=page.locator("summary code", has_text="liquidations")).last
    message.locator("summary").click()
    expect(message.locator("td", has_text="predicted_liquidation_price").first).to_be_visible()

    page.fill("#find", "/asymmetry")
    route = content.locator("> details:visible")
    route.locator("> summary").click()
    expect(route.locator("td", has_text="distance_percent").first).to_be_visible()
    route.locator("summary", has_text="Ask this server").click()
    route.get_by_label("coin").fill("BTC")
    route.get_by_role("button", name="Ask").click()
    expect(route.locator("pre")).to_contain_text("200 application/json")
    expect(route.locator("pre")).to_contain_text("long_below_notional")
    assert asked
    assert all(url.startswith(server.url) for url in asked)
