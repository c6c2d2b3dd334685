"""Files that hold an account state: the venue's bare answer, or one of the wrappers people save it in.

    {"marginSummary": ..., "assetPositions": ...}             clearinghouseState as it came
    {"clearinghouseState": ..., "spotState": ...}              with the spot state beside it, whatever the names
    [clearinghouseState, spotClearinghouseState]               the same as a pair
    [{"subAccountUser": ..., "clearinghouseState": ...}]       subAccounts
    [{"dexToClearinghouseState": [[dex, state], ...], ...}]    subAccounts2, one account a row
    {"fixture": ...}, {"responses": ...}, {"data": ...}        any of these inside a capture, its meta beside it
    {"selection": {"positions": [...], "marginSummary": ...}}  chosen positions, totals of the whole account

Inside `fixture`, `selection`, or beside a `note` or `metaExcerpt` positions may have been left out while the totals
are of the whole account (`is_abridged`). Anywhere else totals that differ from the positions are an error.

Closed legs and outcome tokens are skipped and counted. A row that enters a sum and cannot be read is an error where the
file holds one account; among several it leaves its own pool unknown (docs/architecture.md, "One bad row").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from liqscape.errors import InputError, RemoteWireError
from liqscape.units import PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.decode import decode_json, join_path, refuse
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, PartialState, faults_of, skipped_in
from liqscape.wire.info.meta import convert_metas, map_coin_tables
from liqscape.wire.info.read_state import read_state_value
from liqscape.wire.info.spot_clearinghouse_state import PartialSpot, SpotClearinghouseState, read_spot_value

DECLARED_MODES = {
    "unifiedAccount": PoolMode.UNIFIED,
    "portfolioMargin": PoolMode.PORTFOLIO,
    "disabled": PoolMode.CROSS,
}
"""`abstraction` of an account; `default` and `dexAbstraction` say nothing about the pool."""

EXCERPT_MARKS = ("fixture", "selection", "note", "provenance_note", "metaExcerpt")
"""Keys of files that people cut down."""

TOTAL_FIELD = "crossMarginSummary.totalNtlPos"
EXCERPT_HINT = '; where positions were left out by hand, a key "note" beside them marks an excerpt'

DEEPEST = 6
"""Wrappers within wrappers before we give up."""


@dataclass(frozen=True, kw_only=True)
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

    @property
    def faults(self) -> tuple[str, ...]:
        """What could not be read, a sentence each."""
        spot = self.spot.faults if isinstance(self.spot, PartialSpot) else ()
        return (*faults_of(state for _, state in self.states), *spot)

    @property
    def skipped_count(self) -> int:
        """Rows left out because they do not matter: closed legs, outcome tokens."""
        spot = self.spot.skipped_count if isinstance(self.spot, PartialSpot) else 0
        return skipped_in(state for _, state in self.states) + spot


@dataclass(frozen=True, kw_only=True)
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
    accounts = tuple(_read(decode_json(content, source), "", _Around(source=source), 0))
    if not accounts:
        raise InputError(f"{source}: holds no account", file=source)
    if len(accounts) == 1 and accounts[0].faults:
        raise RemoteWireError(accounts[0].faults[0], source=source)
    return accounts


def _read(value: Any, path: str, around: _Around, depth: int) -> list[SavedAccount]:
    if depth > DEEPEST:
        raise refuse(around.source, path, "...", "nests too deep for a saved account state")
    if isinstance(value, list):
        if len(value) == 2 and _is_state(value[0]) and _is_spot(value[1]):
            return _read({"clearinghouseState": value[0], "spotState": value[1]}, path, around, depth + 1)
        return [
            account for row, item in enumerate(value) for account in _read(item, f"{path}[{row}]", around, depth + 1)
        ]
    if not isinstance(value, dict):
        rule = "must be a clearinghouseState object or a wrapper of one"
        raise refuse(around.source, path or "document", type(value).__name__, rule)
    around = _look_around(value, path, around)
    if "dexToClearinghouseState" in value:
        return [_account(value, path, around, _states_by_dex(value["dexToClearinghouseState"], path, around))]
    if {"assetPositions", "marginSummary", "crossMarginSummary"} & value.keys():
        if "assetPositions" not in value and isinstance(value.get("positions"), list):
            value = {**value, "assetPositions": [{"position": position} for position in value["positions"]]}
        return [_account(value, path, around, (("", _state(value, path, around)),))]
    named = [name for name in value if name == "clearinghouseState" or _is_state(value[name])]
    if len(named) == 1 and isinstance(value[named[0]], dict):
        state = _state(value[named[0]], join_path(path, named[0]), around)
        return [_account(value, path, around, (("", state),))]
    for inner in ("responses", "fixture", "selection", "response", "data", "clearinghouseState"):
        if isinstance(value.get(inner), dict | list):
            return _read(value[inner], join_path(path, inner), around, depth + 1)
    keys = ", ".join(sorted(map(str, value))[:6]) or "none"
    raise InputError(f"{around.source}: {path or 'document'}: no clearinghouseState here (keys: {keys})")


def _is_state(value: object) -> bool:
    return isinstance(value, dict) and "assetPositions" in value


def _is_spot(value: object) -> bool:
    return isinstance(value, dict) and "balances" in value and "assetPositions" not in value


def _states_by_dex(rows: Any, path: str, around: _Around) -> tuple[tuple[str, ClearinghouseState], ...]:
    source, place = around.source, join_path(path, "dexToClearinghouseState")
    if not isinstance(rows, list) or not rows:
        raise refuse(source, place, rows, "must be a list of [dex, clearinghouseState]")
    states: dict[str, ClearinghouseState] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 2 or not isinstance(row[0], str):
            raise refuse(source, f"{place}[{number}]", row, "must be [dex, clearinghouseState]")
        if row[0] in states:
            raise refuse(source, f"{place}[{number}]", row[0], "names a dex twice")
        states[row[0]] = _state(row[1], f"{place}[{number}][1]", around)
    return tuple(states.items())


def _account(
    value: dict[str, Any], path: str, around: _Around, states: tuple[tuple[str, ClearinghouseState], ...]
) -> SavedAccount:
    """The account's states, with the spot state and the mode that stand beside them."""
    spot = None
    for name in value:
        if value[name] is not None and (name in ("spotState", "spotClearinghouseState") or _is_spot(value[name])):
            spot = read_spot_value(value[name], around.source, join_path(path, name))
    declared = DECLARED_MODES.get(str(value.get("abstraction", value.get("userAbstraction"))))
    if declared is None and spot is not None and spot.is_portfolio:
        declared = PoolMode.PORTFOLIO
    is_abridged = around.may_be_abridged and not all(state.shows_all_positions for _, state in states)
    return SavedAccount(
        address=around.address,
        declared=declared,
        states=states,
        spot=spot,
        is_abridged=is_abridged,
        excerpt=around.excerpt,
    )


def _state(value: Any, path: str, around: _Around) -> ClearinghouseState:
    if isinstance(value, dict) and "time" not in value and around.time_ms is not None:
        value = {**value, "time": around.time_ms}
    state = read_state_value(value, around.source, path, may_be_abridged=around.may_be_abridged)
    return state if around.may_be_abridged else _with_way_out(state)


def _with_way_out(state: ClearinghouseState) -> ClearinghouseState:
    """The same; where positions are missing the sentence also says how an excerpt is marked."""
    shown = sum(position.positionValue for position in state.cross_positions)
    if not isinstance(state, PartialState) or shown >= state.crossMarginSummary.totalNtlPos:
        return state
    faults = tuple(fault + EXCERPT_HINT if TOTAL_FIELD in fault else fault for fault in state.faults)
    return msgspec.structs.replace(state, faults=faults)


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
    for name in ("meta", "metaAndAssetCtxs"):
        if isinstance(value.get(name), dict | list):
            metas = convert_metas(value[name], around.source, join_path(path, name))
            if any(meta.marginTables for meta in metas):
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
