"""How the map stands behind an answer: what it is made of, of when, how complete, and whether it is live.

Asked of `/status` and `/coins` and kept for KEPT_S, so that a run of questions does not ask it each time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from liqscape.errors import LiqscapeError
from liqscape.mcp.asking import AskApi
from liqscape.service.asked_time import utc_text
from liqscape.service.asking import question_path
from liqscape.service.paging import MAX_ROWS

KEPT_S = 5.0
"""A frame comes each minute; the age that is said is worked out anew with each answer."""

Json = dict[str, Any]


class _AskedStanding(NamedTuple):
    status: Json
    coverage: dict[str, float | None]
    """Of open interest, by coin; empty where the list could not be asked."""
    asked_s: float


class StandingMemory:
    """The newest standing of a map, asked again when it is older than KEPT_S.

    clock  seconds that never go back.
    """

    def __init__(self, api: AskApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._seen: _AskedStanding | None = None
        self._asking = asyncio.Lock()

    async def of(self, coin: str | None, as_of_ms: int | None) -> Json:
        """Provenance, time, coverage and liveness beside an answer.

        coin      the one that was asked about: its own coverage is said too.
        as_of_ms  instant of the answer; that of the newest frame where it names none.
        Raises what asking the map raises.
        """
        seen = await self._newest()
        status = seen.status
        newest_ms = status["as_of_ms"]
        of_ms = newest_ms if as_of_ms is None else as_of_ms
        coverage: Json = {"share": status["coverage"]["share"], "known_coins": status["coverage"]["known_coins"]}
        if coin is not None:
            coverage["coin_share"] = seen.coverage.get(coin)
        return {
            "provenance": status["provenance"],
            "as_of": utc_text(of_ms),
            "as_of_ms": of_ms,
            "newest_frame": utc_text(newest_ms),
            "is_live": status["is_live"],
            "feed_state": status["feed_state"],
            "coverage": coverage,
            "oldest_account_age_ms": status["oldest_age_ms"],
            "median_account_age_ms": status["median_age_ms"],
            "margin_source_share": status["margin_source_share"],
            "is_in_doubt": coin in status["in_doubt"] if coin is not None else bool(status["in_doubt_count"]),
            "not_stored": status["not_stored_reason"],
            "damaged_files": len(status["damaged"]),
        }

    async def _newest(self) -> _AskedStanding:
        async with self._asking:
            seen = self._seen
            if seen is None or self._clock() - seen.asked_s > KEPT_S:
                seen = self._seen = await self._ask()
            return seen

    async def _ask(self) -> _AskedStanding:
        status: Json = msgspec.json.decode(await self._api.read(question_path("/status", {})))
        try:
            coins: Json = msgspec.json.decode(await self._api.read(question_path("/coins", {"limit": MAX_ROWS})))
        except LiqscapeError:
            coins = {"coins": []}
        return _AskedStanding(status, {each["coin"]: each["coverage"] for each in coins["coins"]}, self._clock())
