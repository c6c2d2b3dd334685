"""Questions every live map asks: what is listed, what time it is, who HLP is. At the start, and again at intervals.

Markets of all dexs come in one answer (`allPerpMetas`, weight 20); where a server refuses that, or its answer cannot be
used, each dex is asked for (`metaAndAssetCtxs`, weight 20 each). Contexts come over the socket within a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from liqscape.errors import FeedError, RateLimited, WireError
from liqscape.feed.info_client import InfoClient
from liqscape.feed.pause import pause
from liqscape.feed.records import RecordKind
from liqscape.wire.decode import decode_record
from liqscape.wire.info.all_perp_metas import AllPerpMetasRequest, name_dexs, parse_all_perp_metas
from liqscape.wire.info.exchange_status import ExchangeStatusRequest
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest
from liqscape.wire.info.perp_dexs import PerpDex, PerpDexsRequest
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.info.vault_details import VaultDetailsRequest
from liqscape.wire.known_addresses import HLP

log = logging.getLogger("liqscape.live")

REFRESH_SECONDS = 600.0
"""Metas change when a coin is listed or a margin table moves: rarely. A mismatch of contexts asks at once."""
LOOK_SECONDS = 5.0
DOUBT_SECONDS, MAX_DOUBT_SECONDS = 1.0, 30.0
"""Contexts of a dex with markets in doubt are asked for at once, then after 3, 6, 12, 24 and every 30 s: a last mark is
held for a minute, and a crash is believed once an answer that names its markets agrees."""
FIRST = 0
"""Priority: nothing works without the listing."""

Say = Callable[[RecordKind, str, bytes], None]
"""Takes a record made now."""


async def read_listing(client: InfoClient, dexs: tuple[str, ...] | None, say: Say) -> None:
    """The exchange's clock, its dexs, their markets, and contexts of the first one. Raises FeedError or WireError."""
    await ask(client, ExchangeStatusRequest(), say)
    listed = None
    if dexs is None:
        content = await ask(client, PerpDexsRequest(), say)
        rows = decode_record(content, list[PerpDex | None], f"{client.url}/info perpDexs")
        dexs = listed = ("", *(row.name for row in rows if row is not None))
    has_all = len(dexs) > 1 and await _ask_all_metas(client, dexs, listed, say)
    for dex in ("",) if has_all else dexs:
        await ask(client, MetaAndAssetCtxsRequest(dex), say)


async def keep_listing(
    stop: asyncio.Event,
    client: InfoClient,
    dexs: tuple[str, ...] | None,
    say: Say,
    wants_metas: Callable[[], bool],
) -> None:
    """Read it again every REFRESH_SECONDS and when contexts no longer match; a failure is tried again later."""
    passed = 0.0
    await _vaults(client, say)
    while not stop.is_set():
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await stop.wait()
            return
        except TimeoutError:
            passed += LOOK_SECONDS
        if passed < REFRESH_SECONDS and not wants_metas():
            continue
        passed = 0.0
        try:
            await read_listing(client, dexs, say)
            await _vaults(client, say)
        except (FeedError, WireError) as error:
            log.warning("listing cannot be read again: %s", error)


async def keep_contexts(
    stop: asyncio.Event, client: InfoClient, say: Say, wanted: Callable[[], tuple[str, ...]]
) -> None:
    """Contexts, in answers that name their markets, of the dexs that have markets in doubt, while they have."""
    due: dict[str, tuple[float, float]] = {}
    passed = 0.0
    while not stop.is_set():
        await pause(stop, DOUBT_SECONDS)
        passed += DOUBT_SECONDS
        due = {dex: due.get(dex, (passed, 3.0 * DOUBT_SECONDS)) for dex in wanted()}
        for dex, (at, wait) in list(due.items()):
            if passed < at:
                continue
            due[dex] = passed + wait, min(2.0 * wait, MAX_DOUBT_SECONDS)
            try:
                await ask(client, MetaAndAssetCtxsRequest(dex), say)
            except (FeedError, WireError) as error:
                log.warning("markets in doubt cannot be read again: %s", error)


async def ask(client: InfoClient, request: InfoRequest[Any], say: Say, priority: int = FIRST) -> bytes:
    """One question whose answer becomes a record."""
    content = await client.ask(request, priority=priority)
    say(RecordKind.ANSWER, request.as_json(), content)
    return content


async def _ask_all_metas(client: InfoClient, dexs: tuple[str, ...], listed: tuple[str, ...] | None, say: Say) -> bool:
    """Whether one answer held the markets of all dexs that are read; then it has become a record.

    listed  all dexs of the exchange, where they were asked for.
    Raises RateLimited: a server that is short of weight is not asked for more.
    """
    request = AllPerpMetasRequest()
    try:
        content = await client.ask(request, priority=FIRST)
        named = name_dexs(parse_all_perp_metas(content, "allPerpMetas"), listed, "allPerpMetas")
    except RateLimited:
        raise
    except (FeedError, WireError) as error:
        log.info("allPerpMetas: %s; each dex is asked for", error)
        return False
    if not named.keys() >= set(dexs):
        return False
    say(RecordKind.ANSWER, request.as_json(), content)
    return True


async def _vaults(client: InfoClient, say: Say) -> None:
    """Children of HLP; a server that has no HLP says null, one that does not know the question is passed over."""
    try:
        await ask(client, VaultDetailsRequest(HLP), say)
    except FeedError as error:
        log.info("vaultDetails of HLP: %s", error)
