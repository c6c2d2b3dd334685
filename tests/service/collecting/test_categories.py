"""Categories of markets: asked for rarely and late, and kept where the exchange does not answer."""

from __future__ import annotations

import asyncio

import pytest
from virtual_time import now_s, run_virtually

from liqscape.errors import RequestFailed
from liqscape.service.collecting.categories import LATER, RENEW_SECONDS, RETRY_SECONDS, START_SECONDS, MarketCategories
from liqscape.wire.info.perp_categories import PerpCategoriesRequest

ANSWERS = (
    b'[["xyz:GOLD", "commodities"], ["xyz:TSLA", "stocks"]]',
    b'[["xyz:GOLD", "metals"]]',
    None,
    b'{"xyz:GOLD": "commodities"}',
    b'[["xyz:GOLD", "commodities"], ["flx:EUR", "fx"]]',
)


class Exchange:
    """Answers in turn; None: not at all."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop
        self.asked_s: list[float] = []

    async def ask(self, request: PerpCategoriesRequest, *, priority: int) -> bytes:
        assert (request, priority) == (PerpCategoriesRequest(), LATER)
        answer = ANSWERS[len(self.asked_s)]
        self.asked_s.append(now_s())
        if len(self.asked_s) == len(ANSWERS):
            self.stop.set()
        if answer is None:
            raise RequestFailed("no answer", url="here", status=502)
        return answer


def test_they_are_asked_four_times_a_day_and_sooner_after_a_failure() -> None:
    async def work() -> tuple[list[float], dict[str, str]]:
        stop, categories = asyncio.Event(), MarketCategories()
        exchange = Exchange(stop)
        assert categories.read() == {}
        await categories.run(stop, exchange)  # type: ignore[arg-type]
        return exchange.asked_s, dict(categories.read())

    asked_s, known = run_virtually(work())
    gaps = [after - before for before, after in zip([0.0, *asked_s], asked_s, strict=False)]
    assert gaps == pytest.approx([START_SECONDS, RENEW_SECONDS, RENEW_SECONDS, RETRY_SECONDS, RETRY_SECONDS], abs=1.0)
    assert known == {"xyz:GOLD": "commodities", "flx:EUR": "fx"}


@pytest.mark.parametrize("bad", [2, 3])
def test_what_was_known_stays_where_nothing_usable_is_answered(bad: int) -> None:
    async def work() -> dict[str, str]:
        categories, exchange = MarketCategories(), Exchange(asyncio.Event())
        assert await categories.renew(exchange)  # type: ignore[arg-type]
        exchange.asked_s = [0.0] * bad
        assert not await categories.renew(exchange)  # type: ignore[arg-type]
        return dict(categories.read())

    assert run_virtually(work()) == {"xyz:GOLD": "commodities", "xyz:TSLA": "stocks"}
