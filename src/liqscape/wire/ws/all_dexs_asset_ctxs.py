"""Channel `allDexsAssetCtxs`: contexts of every market, in the order of each dex's universe."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.answer import parse_answer
from liqscape.wire.decode import decode_json
from liqscape.wire.info.meta import UNKNOWN_CONTEXT, AssetContext, read_context
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class AllDexsAssetContexts(msgspec.Struct, frozen=True):
    """(dex, contexts) pairs; the first dex is ""."""

    ctxs: tuple[tuple[str, tuple[AssetContext, ...]], ...]


def read_all_contexts(content: bytes, source: str) -> tuple[AllDexsAssetContexts, int]:
    """(contexts, how many rows could not be read): one bad row says nothing against the others.

    A row that is no context becomes UNKNOWN_CONTEXT, a dex that is no list is left out. Raises RemoteWireError where
    there is no list of dexs.
    """
    try:
        message = parse_answer(content, AllDexsAssetContexts, source)
        if all(
            row.markPx >= 0.0 <= row.oraclePx and row.openInterest >= 0.0 for _, rows in message.ctxs for row in rows
        ):
            return message, 0
        document = decode_json(content, source)
    except RemoteWireError:
        document = decode_json(content, source)
        if not isinstance(document, dict) or not isinstance(document.get("ctxs"), list):
            raise
    read, bad = [], 0
    for number, pair in enumerate(document["ctxs"]):
        match pair:
            case [str(dex), list(rows)]:
                found = [read_context(row, source, f"ctxs[{number}][1][{place}]") for place, row in enumerate(rows)]
                bad += found.count(None)
                read.append((dex, tuple(row or UNKNOWN_CONTEXT for row in found)))
            case _:
                bad += 1
    return AllDexsAssetContexts(tuple(read)), bad


class AllDexsAssetCtxsSubscription(Subscription[AllDexsAssetContexts], frozen=True, tag="allDexsAssetCtxs"):
    """Figures of every coin."""

    example: ClassVar = Example(
        '{"type": "allDexsAssetCtxs"}',
        '{"ctxs": [["", [{"funding": "0.0000125", "openInterest": "30000.5", "prevDayPx": "98000.0", '
        '"dayNtlVlm": "1000000.0", "premium": "0.0001", "oraclePx": "100010.0", "markPx": "100000.0", '
        '"midPx": "100000.5", "impactPxs": ["99999.0", "100002.0"], "dayBaseVlm": "10.0"}]]]}',
    )
