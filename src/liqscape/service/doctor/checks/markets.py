"""Whether every request for markets lists the same ones in the same order: contexts carry no names."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.service.doctor.records import Check, differs, holds, unknown
from liqscape.service.doctor.seen import Seen
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.meta import AssetContext, Meta, parse_meta, parse_meta_and_asset_contexts
from liqscape.wire.info.perp_dexs import PerpDexsAnswer
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetContexts, AllDexsAssetCtxsSubscription, read_all_contexts
from liqscape.wire.ws.envelope import Envelope

ORDER = "order of markets"
WRONG_MARKS = "marks would be given to the wrong coins: do not trust a map of this server"


def first_dex(seen: Seen) -> tuple[Meta, tuple[AssetContext, ...]] | None:
    """Markets of the first dex with their contexts; None where they cannot be read."""
    content = seen.content("metaAndAssetCtxs")
    try:
        return None if content is None else parse_meta_and_asset_contexts(content, "metaAndAssetCtxs")
    except RemoteWireError:
        return None


def check_markets(seen: Seen) -> Iterator[Check]:
    """Order and number of markets by request and by channel."""
    listed = first_dex(seen)
    if listed is None:
        yield unknown(ORDER, "the markets of the first dex cannot be read")
        return
    names = [asset.name for asset in listed[0].universe]
    yield from _metas(seen, names)
    yield from _contexts(seen, names)


def _metas(seen: Seen, names: list[str]) -> Iterator[Check]:
    name = f"{ORDER}, allPerpMetas"
    content, dexs = seen.content("allPerpMetas"), seen.content("perpDexs")
    try:
        metas = None if content is None else parse_meta(content, "allPerpMetas")
        count = None if dexs is None else len(parse_answer(dexs, PerpDexsAnswer, "perpDexs"))
    except RemoteWireError:
        metas = count = None
    if metas is None:
        yield unknown(name, "allPerpMetas cannot be read")
        return
    reported = [asset.name for asset in metas[0].universe] if metas else []
    if reported != names:
        row = next((row for row, pair in enumerate(zip(reported, names, strict=False)) if pair[0] != pair[1]), None)
        where = "lengths differ" if row is None else f"row {row} is {reported[row]} here and {names[row]} there"
        yield differs(name, f"{len(reported)} markets against {len(names)}: {where}", WRONG_MARKS)
    elif count is not None and count != len(metas):
        yield differs(name, f"{len(metas)} dexs, perpDexs has {count}", "the list of markets is read dex by dex")
    else:
        yield holds(name, f"{len(names)} markets of the first dex, {len(metas)} dexs")


def _contexts(seen: Seen, names: list[str]) -> Iterator[Check]:
    name = f"{ORDER}, contexts pushed"
    pushed = _pushed(seen)
    if pushed is None:
        yield unknown(name, "no contexts were pushed")
        return
    rows = dict(pushed.ctxs).get("")
    if rows is None or len(rows) != len(names):
        yield differs(name, f"{0 if rows is None else len(rows)} contexts for {len(names)} markets", WRONG_MARKS)
    else:
        yield holds(name, f"{len(rows)} contexts, {len(pushed.ctxs)} dexs")


def _pushed(seen: Seen) -> AllDexsAssetContexts | None:
    channel = AllDexsAssetCtxsSubscription.channel()
    messages = seen.heard.messages.get(channel)
    if not messages:
        return None
    try:
        data = bytes(msgspec.json.decode(messages[0].content, type=Envelope).data)
        return read_all_contexts(data, channel)[0]
    except (msgspec.DecodeError, RemoteWireError):
        return None
