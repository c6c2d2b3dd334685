"""Every request that the map uses, once, within WEIGHT units of weight.

One attempt each: what a map would try again is here a finding.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from liqscape.errors import FeedError, RemoteWireError
from liqscape.feed.info_client import InfoClient
from liqscape.service.doctor.seen import Request, SeenAnswer
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.all_perp_metas import AllPerpMetasRequest
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.candle_snapshot import CandleRange, CandleSnapshotRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.exchange_status import ExchangeStatusRequest
from liqscape.wire.info.l2_book import L2BookRequest
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest
from liqscape.wire.info.perp_dexs import PerpDexsAnswer, PerpDexsRequest
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest
from liqscape.wire.info.user_fills import UserFillsByTimeRequest
from liqscape.wire.info.vault_details import VaultDetailsRequest
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
        self.answers: dict[str, SeenAnswer] = {}
        self.weight = 0
        self._client = client
        self._now_ms = now_ms

    async def ask(self, name: str, request: InfoRequest[Any]) -> bytes | None:
        """The answer, noted under `name`; None where there is none or no weight is left for it."""
        weight = request.weight
        if self.weight + weight > WEIGHT:
            now_ms = self._now_ms()
            self.answers[name] = SeenAnswer(
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

        return await self._note(name, url, listed)

    async def _note(self, name: str, request: Request, ask: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        sent_ms, content, trouble = self._now_ms(), None, ""
        try:
            content = await ask()
            trouble = "" if content is not None else "there is none (HTTP 404)"
        except FeedError as error:
            trouble = str(error)
        self.answers[name] = SeenAnswer(
            request=request, content=content, trouble=trouble, sent_ms=sent_ms, received_ms=self._now_ms()
        )
        return content


async def ask_markets(inquiry: Inquiry) -> None:
    """The clock, the dexs, and every market, by both roads."""
    await inquiry.ask("exchangeStatus", ExchangeStatusRequest())
    dexs = await inquiry.ask("perpDexs", PerpDexsRequest())
    await inquiry.ask("metaAndAssetCtxs", MetaAndAssetCtxsRequest())
    await inquiry.ask("allPerpMetas", AllPerpMetasRequest())
    other = _second_dex(dexs)
    if other is not None:
        await inquiry.ask("metaAndAssetCtxs of a dex", MetaAndAssetCtxsRequest(other))


async def ask_accounts(inquiry: Inquiry, users: tuple[str, ...], now_ms: int) -> None:
    """States of a few accounts, one by one and in a batch, and the fills of one."""
    for number, user in enumerate(users):
        await inquiry.ask(f"clearinghouseState {number}", ClearinghouseStateRequest(user))
        await inquiry.ask(f"spotClearinghouseState {number}", SpotClearinghouseStateRequest(user))
    if users:
        await inquiry.ask("batchClearinghouseStates", BatchClearinghouseStatesRequest(users))
        await inquiry.ask(
            "userFillsByTime", UserFillsByTimeRequest(user=users[0], startTime=now_ms - FILLS_MS, endTime=now_ms)
        )


async def ask_rest(inquiry: Inquiry, coin: str, now_ms: int) -> None:
    """What the map asks now and then."""
    await inquiry.ask("vaultDetails", VaultDetailsRequest(HLP))
    start_ms = now_ms - CANDLE_MINUTES * 60_000
    await inquiry.ask("candleSnapshot", CandleSnapshotRequest(CandleRange(coin, "1m", start_ms, now_ms)))
    await inquiry.ask("l2Book", L2BookRequest(coin))


def _second_dex(content: bytes | None) -> str | None:
    if content is None:
        return None
    try:
        names = [dex.name for dex in parse_answer(content, PerpDexsAnswer, "perpDexs") if dex is not None]
    except RemoteWireError:  # the check of its shape says what is wrong with it
        return None
    return names[0] if names else None
