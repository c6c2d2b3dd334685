"""Candles are asked for by what is looked at: a long history costs no detail."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from browsing import HEAT_READY, Server
from playwright.sync_api import Page, Response, expect

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def asked(answer: Response) -> tuple[int, int, int]:
    """Start and end of the question, 0 where it had none, and the interval of the answer."""
    query = dict(parse_qsl(urlsplit(answer.url).query))
    interval = answer.json()["source"]["interval_ms"]
    return int(query.get("start", 0)), int(query.get("end", 0)), interval


def test_an_hour_of_a_year_has_candles_of_a_minute(page: Page, year_long: Server) -> None:
    page.goto(f"{year_long.url}/#BTC&range=all")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.wait_for_timeout(300)
    with page.expect_response(lambda answer: "/candles" in answer.url) as seen:
        page.keyboard.press("1")
    start, end, interval = asked(seen.value)
    assert interval == MINUTE_MS
    assert HOUR_MS <= end - start <= 4 * HOUR_MS
    page.wait_for_timeout(300)
    with page.expect_response(lambda answer: "/candles" in answer.url) as seen:
        for _ in range(14):
            page.keyboard.press("-")
            page.wait_for_timeout(30)
    start, end, interval = asked(seen.value)
    assert end - start > 6 * HOUR_MS
    assert interval > 0


def test_a_short_history_is_asked_for_as_a_whole(page: Page, server: Server) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/candles" in answer.url else None)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    for key in ("1", "+", "+", "ArrowLeft", "-", "-"):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
    assert {asked(answer) for answer in answers} == {(0, 0, MINUTE_MS)}


def test_whose_candles_they_are_stands_in_the_legend(page: Page, year_long: Server, server: Server) -> None:
    page.goto(f"{year_long.url}/#BTC&range=1d")
    expect(page.locator("#candles-source")).to_have_text("price: made-up venue, 1 minute, shown only, in no sum")
    page.goto(server.url)
    expect(page.locator("#candles-source")).to_have_text("price: marks of this map")
