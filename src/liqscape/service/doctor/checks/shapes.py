"""Whether each answer has the shape that the map reads, and came at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from liqscape.errors import RemoteWireError
from liqscape.service.doctor.records import Check, differs, holds, unknown
from liqscape.service.doctor.seen import Request, Seen, SeenAnswer
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.all_perp_metas import AllPerpMetasRequest
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest, faults_of
from liqscape.wire.info.leaderboard import Leaderboard
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest, parse_meta, parse_meta_and_asset_contexts
from liqscape.wire.info.read_state import read_clearinghouse_state
from liqscape.wire.info.read_states import parse_states
from liqscape.wire.info.request import InfoRequest, parse_info_answer
from liqscape.wire.info.spot_clearinghouse_state import PartialSpot, SpotClearinghouseStateRequest, read_spot_state
from liqscape.wire.info.vault_list import ListedVault

SLOW_MS = 5_000.0

MEANINGS = {
    "exchangeStatus": "the map takes the exchange's time from its messages alone",
    "perpDexs": "other dexs than the first are not found",
    "metaAndAssetCtxs": "no map can begin without the markets of the first dex",
    "metaAndAssetCtxs of a dex": "coins of other dexs are missing from the map",
    "allPerpMetas": "the list of markets is read dex by dex, which weighs more",
    "clearinghouseState": "accounts cannot be read: the map stays empty",
    "spotClearinghouseState": "levels of unified accounts follow from published prices alone",
    "batchClearinghouseStates": "accounts are read one by one: coverage grows more slowly",
    "userFillsByTime": "liquidations told from prints are not confirmed",
    "vaultDetails": "children of HLP are told apart by the built-in list only",
    "candleSnapshot": "no prices from before the map began",
    "l2Book": "a cascade on this server assumes its depth",
    "leaderboard": "accounts are found in prints only: those that rest are found late",
    "vaults": "vaults are not told apart",
}
LISTS: dict[str, Any] = {"leaderboard": Leaderboard, "vaults": tuple[ListedVault, ...]}
"""Lists of the statistics host, and what each is read as."""


def check_shapes(seen: Seen) -> Iterator[Check]:
    """A check for each request."""
    for name, answer in seen.answers.items():
        yield check_shape(name, answer)
    if not seen.users:
        yield unknown("account states", "no account is known: neither prints nor a leaderboard named any")


def check_shape(name: str, answer: SeenAnswer, label: str | None = None) -> Check:
    """One answer. label: the check's own name where it is not the request's."""
    kind = name.rstrip("0123456789 ") or name
    label, meaning = label or name, MEANINGS.get(kind, "it cannot be used")
    if answer.content is None:
        is_absent = name in LISTS and "404" in answer.trouble
        if answer.trouble.startswith("not asked"):
            return unknown(label, answer.trouble)
        return unknown(label, answer.trouble) if is_absent else differs(label, answer.trouble, meaning)
    try:
        faults = _read(answer.request, name, answer.content, label)
    except RemoteWireError as error:
        return differs(label, str(error), meaning)
    took_ms = answer.received_ms - answer.sent_ms
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return differs(label, f"{faults[0]}{more}", "pools with such rows are listed without a level")
    if took_ms > SLOW_MS and name not in LISTS:
        return differs(label, f"answered after {took_ms / 1_000.0:.1f} s", "the map grows slowly and is late")
    size = "null: there is none" if answer.content == b"null" else f"{len(answer.content):,} bytes"
    return holds(label, f"{size}, {took_ms:.0f} ms")


def _read(request: Request, name: str, content: bytes, source: str) -> tuple[str, ...]:
    """What could be read only in part. Raises RemoteWireError where the whole cannot be read."""
    if isinstance(request, str):
        parse_answer(content, LISTS[name], source)
        return ()
    reader = _READERS.get(type(request))
    if reader is not None:
        return reader(content, source)
    parse_info_answer(type(request), content, source)
    return ()


def _state(content: bytes, source: str) -> tuple[str, ...]:
    return faults_of([read_clearinghouse_state(content, source)])


def _batch(content: bytes, source: str) -> tuple[str, ...]:
    rows = parse_states(content, source)
    errors = tuple(str(row) for row in rows if isinstance(row, RemoteWireError))
    return errors + faults_of(row for row in rows if row is not None and not isinstance(row, RemoteWireError))


def _spot(content: bytes, source: str) -> tuple[str, ...]:
    state = read_spot_state(content, source)
    return state.faults if isinstance(state, PartialSpot) else ()


def _whole(read: Callable[[bytes, str], Any]) -> Callable[[bytes, str], tuple[str, ...]]:
    def reader(content: bytes, source: str) -> tuple[str, ...]:
        read(content, source)
        return ()

    return reader


_READERS: dict[type[InfoRequest[Any]], Callable[[bytes, str], tuple[str, ...]]] = {
    ClearinghouseStateRequest: _state,
    SpotClearinghouseStateRequest: _spot,
    BatchClearinghouseStatesRequest: _batch,
    MetaAndAssetCtxsRequest: _whole(parse_meta_and_asset_contexts),
    AllPerpMetasRequest: _whole(parse_meta),
}
