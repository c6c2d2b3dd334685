"""Files that hold an account state: the venue's bare answer, or one of the wrappers people save it in.

    {"marginSummary": ..., "assetPositions": ...}                          clearinghouseState as it came
    {"clearinghouseState": ..., "spotClearinghouseState" | "spotState": ...}   with the spot state beside it
    [{"subAccountUser": ..., "clearinghouseState": ...}]                    subAccounts
    [{"dexToClearinghouseState": [[dex, state], ...], "spotState": ...}]    subAccounts2, one account a row
    {"fixture": ...}, {"responses": {"clearinghouseState": ...}}           any of these inside a capture
    {"selection": {"positions": [...], "marginSummary": ...}}              chosen positions, totals of the whole account

Inside `fixture`, `selection`, or beside a `note` or `metaExcerpt` positions may have been left out while the totals
are of the whole account (`is_abridged`). Anywhere else totals that differ from the positions are an error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from liqscape.errors import InputError
from liqscape.units import PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.decode import decode_json, join_path, refuse
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, convert_clearinghouse_state
from liqscape.wire.info.meta import convert_metas, map_coin_tables
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState, convert_spot_clearinghouse_state

DECLARED_MODES = {
    "unifiedAccount": PoolMode.UNIFIED,
    "portfolioMargin": PoolMode.PORTFOLIO,
    "disabled": PoolMode.CROSS,
}
"""`abstraction` of an account; `default` and `dexAbstraction` say nothing about the pool."""

EXCERPT_MARKS = ("fixture", "selection", "note", "provenance_note", "metaExcerpt")
"""Keys of files that people cut down."""

DEEPEST = 6
"""Wrappers within wrappers before we give up."""


@dataclass(frozen=True)
class SavedAccount:
    """One account of a file.

    address      lower-case hex; None where the file does not say.
    declared     mode the venue named beside the state; None where it did not.
    states       (dex, state), one a dex; at least one.
    spot         None where not saved.
    is_abridged  positions may be missing; the totals are those of the whole account.
    excerpt      margin tables found beside the state.
    """

    address: str | None
    declared: PoolMode | None
    states: tuple[tuple[str, ClearinghouseState], ...]
    spot: SpotClearinghouseState | None
    is_abridged: bool = False
    excerpt: CoinTables | None = None

    @property
    def time_ms(self) -> int:
        return max(state.time for _, state in self.states)


@dataclass(frozen=True)
class _Around:
    """What the wrappers outside a state said."""

    source: str
    address: str | None = None
    time_ms: int | None = None
    excerpt: CoinTables | None = None
    may_be_abridged: bool = False


def parse_saved_state(content: bytes, source: str) -> tuple[SavedAccount, ...]:
    """Every account of a file, at least one. Raises RemoteWireError or InputError naming file, field and rule."""
    if not content.strip():
        raise InputError(f"{source}: the file is empty, a clearinghouseState is needed", file=source)
    accounts = tuple(_read(decode_json(content, source), "", _Around(source), 0))
    if not accounts:
        raise InputError(f"{source}: holds no account", file=source)
    return accounts


def _read(value: Any, path: str, around: _Around, depth: int) -> list[SavedAccount]:
    if depth > DEEPEST:
        raise refuse(around.source, path, "...", "nests too deep for a saved account state")
    if isinstance(value, list):
        return [
            account for row, item in enumerate(value) for account in _read(item, f"{path}[{row}]", around, depth + 1)
        ]
    if not isinstance(value, dict):
        rule = "must be a clearinghouseState object or a wrapper of one"
        raise refuse(around.source, path or "document", type(value).__name__, rule)
    around = _look_around(value, path, around)
    if "dexToClearinghouseState" in value or isinstance(value.get("clearinghouseState"), dict):
        return [_wrapped(value, path, around)]
    for inner in ("responses", "fixture", "selection", "response", "data", "clearinghouseState"):
        if isinstance(value.get(inner), dict | list) and "assetPositions" not in value:
            return _read(value[inner], join_path(path, inner), around, depth + 1)
    if "assetPositions" not in value and isinstance(value.get("positions"), list):
        value = {**value, "assetPositions": [{"position": position} for position in value["positions"]]}
        return [_bare(value, path, around)]
    if "metaExcerpt" in value and "assetPositions" in value:
        return [_bare(value, path, around)]
    if not {"assetPositions", "marginSummary", "crossMarginSummary"} & value.keys():
        keys = ", ".join(sorted(map(str, value))[:6]) or "none"
        raise InputError(f"{around.source}: {path or 'document'}: no clearinghouseState here (keys: {keys})")
    return [_bare(value, path, around)]


def _wrapped(value: dict[str, Any], path: str, around: _Around) -> SavedAccount:
    source = around.source
    states: list[tuple[str, ClearinghouseState]] = []
    if "dexToClearinghouseState" in value:
        rows, place = value["dexToClearinghouseState"], join_path(path, "dexToClearinghouseState")
        if not isinstance(rows, list) or not rows:
            raise refuse(source, place, rows, "must be a list of [dex, clearinghouseState]")
        for number, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != 2 or not isinstance(row[0], str):
                raise refuse(source, f"{place}[{number}]", row, "must be [dex, clearinghouseState]")
            if row[0] in dict(states):
                raise refuse(source, f"{place}[{number}]", row[0], "names a dex twice")
            states.append((row[0], _state(row[1], f"{place}[{number}][1]", around)))
    else:
        place = join_path(path, "clearinghouseState")
        states.append(("", _state(value["clearinghouseState"], place, around)))
    spot = None
    for name in ("spotState", "spotClearinghouseState"):
        if value.get(name) is not None:
            spot = convert_spot_clearinghouse_state(value[name], source, join_path(path, name))
    declared = DECLARED_MODES.get(str(value.get("abstraction", value.get("userAbstraction"))))
    if declared is None and spot is not None and spot.portfolioMarginEnabled:
        declared = PoolMode.PORTFOLIO
    is_abridged = not all(state.shows_all_positions for _, state in states)
    return SavedAccount(around.address, declared, tuple(states), spot, is_abridged, around.excerpt)


def _bare(value: dict[str, Any], path: str, around: _Around) -> SavedAccount:
    """A bare state; in an excerpt `time` may have stayed outside and positions may be missing."""
    state = _state(value, path, around)
    is_abridged = not state.shows_all_positions
    return SavedAccount(around.address, None, (("", state),), None, is_abridged, around.excerpt)


def _state(value: Any, path: str, around: _Around) -> ClearinghouseState:
    if isinstance(value, dict) and "time" not in value and around.time_ms is not None:
        value = {**value, "time": around.time_ms}
    return convert_clearinghouse_state(value, around.source, path, may_be_abridged=around.may_be_abridged)


def _look_around(value: dict[str, Any], path: str, around: _Around) -> _Around:
    """Address, time of capture and margin tables that a wrapper states beside the account."""
    if any(name in value for name in EXCERPT_MARKS):
        around = replace(around, may_be_abridged=True)
    for holder in (value, value.get("subject")):
        if isinstance(holder, dict):
            for name in ("user", "subAccountUser", "address"):
                if isinstance(holder.get(name), str):
                    around = replace(around, address=_address(holder[name], around.source, join_path(path, name)))
    if isinstance(value.get("capturedAt"), str):
        around = replace(around, time_ms=_time_ms(value["capturedAt"], around.source, join_path(path, "capturedAt")))
    for name in ("metaExcerpt", "perpUniverse"):
        if isinstance(value.get(name), list):
            metas = convert_metas({"universe": value[name]}, around.source, join_path(path, name))
            if any(asset.marginTable is not None for asset in metas[0].universe):
                around = replace(around, excerpt=map_coin_tables(metas, around.source))
    return around


def _address(text: str, source: str, path: str) -> str:
    address = text.lower()
    if len(address) != 42 or not address.startswith("0x") or set(address[2:]) - set("0123456789abcdef"):
        raise refuse(source, path, text, "is not an address (0x and 40 hex digits)")
    return address


def _time_ms(text: str, source: str, path: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(source, path, text, "is not an ISO 8601 time") from None
    if moment.tzinfo is None:
        raise refuse(source, path, text, "does not say its time zone")
    return int(moment.timestamp() * 1000)
