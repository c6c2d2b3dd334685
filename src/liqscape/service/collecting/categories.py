"""What each market of the exchange follows (stocks, commodities ...), asked for rarely and only shown.

No frame depends on it, so its answers are no records. One question of weight 20 at the start and every six hours; one
that fails leaves what was known, and is asked again within the hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from liqscape.errors import FeedError, WireError
from liqscape.feed.pause import pause
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.perp_categories import PerpCategoriesAnswer, PerpCategoriesRequest

if TYPE_CHECKING:
    from liqscape.feed.info_client import InfoClient

log = logging.getLogger("liqscape.live")

LATER = 5
"""Priority: everything that makes the map better comes first."""
START_SECONDS = 20.0
"""The listing and the first states have the budget of the beginning."""
RENEW_SECONDS, RETRY_SECONDS = 6 * 3_600.0, 3_600.0


class MarketCategories:
    """`read` from any thread, `run` as a task."""

    def __init__(self) -> None:
        self._known: Mapping[str, str] = {}

    def read(self) -> Mapping[str, str]:
        """Category by coin; nothing before the first answer."""
        return self._known

    async def run(self, stop: asyncio.Event, client: InfoClient) -> None:
        """Until `stop`."""
        await pause(stop, START_SECONDS)
        while not stop.is_set():
            is_answered = await self.renew(client)
            await pause(stop, RENEW_SECONDS if is_answered else RETRY_SECONDS)

    async def renew(self, client: InfoClient) -> bool:
        """Ask once; False where nothing usable was answered."""
        try:
            content = await client.ask(PerpCategoriesRequest(), priority=LATER)
            answer: PerpCategoriesAnswer = parse_answer(content, PerpCategoriesAnswer, "perpCategories")
        except (FeedError, WireError) as error:
            log.info("categories of the markets: %s", error)
            return False
        self._known = dict(answer)
        return True
