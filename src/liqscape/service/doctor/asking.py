"""Every request that the map uses, once, within WEIGHT units of weight.

One attempt each: what a map would try again is here a finding.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from liqscape.errors import FeedError, RemoteWireError
from liqscape.feed.info_client import InfoClient
from liqscape.service.doctor.seen import Answer, Request
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.perp_dexs import PerpDexsAnswer
from liqscape.wire.info.weights import weight_of
from liqscape.wire.known_addresses import HLP

WEIGHT = 200
"""Of the 1,200 a minute that the exchange allows: a running map beside it goes on."""
ANSWER_S = 15.0
SAMPLE = 3
"""Accounts whose states are read."""
CANDLE_MINUTES = 30
FILLS_MS = 120_000
"""userFills weighs by its length, so fills of the last two minutes stand for it."""


class Inquiry:
    """Asks one server and keeps what it said."""

    def __init__(self, client: InfoClient, now_ms: Callable[[], float]) -> None:
        self.answers: dict[str, Answer] = {}
        self.weight = 0
        self._client = client
        self._now_ms = now_ms

    async def ask(self, name: str, request: Request) -> bytes | None:
        """The answer, noted under `name`; None where there is none or no weight is left for it."""
        weight = weight_of(str(request["type"]))
        if self.weight + weight > WEIGHT:
            now_ms = self._now_ms()
            self.answers[name] = Answer(
                request=request,
                content=None,
                trouble=f"not asked: {WEIGHT} units of weight are used",
                sent_ms=now_ms,
                received_ms=now_ms,
            )
            return None
        self.weight += weight
        return await self._note(name, request, lambda: self._client.ask(request, deadline_s=ANSWER_S))

    async def fetch(self, name: str, url: str) -> bytes | None:
        """A list of the statistics host; it weighs nothing."""

        async def listed() -> bytes | None:
            return await self._client.leaderboard(url)

        return await self._note(name, {"url": url}, listed)

    async def _note(self, name: str, request: Request, ask: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        sent_ms, content, trouble = self._now_ms(), None, ""
        try:
            content = await ask()
            trouble = "" if content is not None else "there is none (HTTP 404)"
        except FeedError as error:
            trouble = str(error)
        self.answers[name] = Answer(
            request=request, content=content, trouble=trouble, sent_ms=sent_ms, received_ms=self._now_ms()
        )
        return content


async def ask_markets(inquiry: Inquiry) -> None:
    """The clock, the dexs, and every market, by both roads."""
    await inquiry.ask("exchangeStatus", {"type": "exchangeStatus"})
    dexs = await inquiry.ask("perpDexs", {"type": "perpDexs"})
    await inquiry.ask("metaAndAssetCtxs", {"type": "metaAndAssetCtxs"})
    await inquiry.ask("allPerpMetas", {"type": "allPerpMetas"})
    other = _second_dex(dexs)
    if other is not None:
        await inquiry.ask("metaAndAssetCtxs of a dex", {"type": "metaAndAssetCtxs", "dex": other})


async def ask_accounts(inquiry: Inquiry, users: tuple[str, ...], now_ms: int) -> None:
    """States of a few accounts, one by one and in a batch, and the fills of one."""
    for number, user in enumerate(users):
        await inquiry.ask(f"clearinghouseState {number}", {"type": "clearinghouseState", "user": user})
        await inquiry.ask(f"spotClearinghouseState {number}", {"type": "spotClearinghouseState", "user": user})
    if users:
        await inquiry.ask("batchClearinghouseStates", {"type": "batchClearinghouseStates", "users": list(users)})
        bounds = {"startTime": now_ms - FILLS_MS, "endTime": now_ms}
        await inquiry.ask("userFillsByTime", {"type": "userFillsByTime", "user": users[0], **bounds})


async def ask_rest(inquiry: Inquiry, coin: str, now_ms: int) -> None:
    """What the map asks now and then."""
    await inquiry.ask("vaultDetails", {"type": "vaultDetails", "vaultAddress": HLP})
    start_ms = now_ms - CANDLE_MINUTES * 60_000
    bounds = {"coin": coin, "interval": "1m", "startTime": start_ms, "endTime": now_ms}
    await inquiry.ask("candleSnapshot", {"type": "candleSnapshot", "req": bounds})
    await inquiry.ask("l2Book", {"type": "l2Book", "coin": coin})


def _second_dex(content: bytes | None) -> str | None:
    if content is None:
        return None
    try:
        names = [dex.name for dex in parse_answer(content, PerpDexsAnswer, "perpDexs") if dex is not None]
    except RemoteWireError:  # the check of its shape says what is wrong with it
        return None
    return names[0] if names else None
