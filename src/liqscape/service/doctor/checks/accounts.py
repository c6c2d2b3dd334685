"""States of a few accounts: batch against single answers, sizes against open interest, our prices against theirs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from liqscape.errors import InputError, ModelError, RemoteWireError
from liqscape.risk.inference.classes import RowClass
from liqscape.service.doctor.checks.markets import first_dex
from liqscape.service.doctor.records import Check, differs, holds, unknown
from liqscape.service.doctor.seen import Seen
from liqscape.states.account_answer import PositionRow
from liqscape.states.solve_account import solve_account
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.meta import map_coin_tables, parse_meta
from liqscape.wire.info.read_state import read_clearinghouse_state
from liqscape.wire.info.read_states import parse_states
from liqscape.wire.saved_state import parse_saved_state

TOLERANCE = 1e-4
"""Relative: what docs/accuracy.md calls reproduced."""
NOT_EXPLAINED = frozenset(each.value for each in RowClass if not each.is_explained)
MARK_TOLERANCE = 0.02
"""A mark in a state against that of the contexts, read seconds apart."""
BATCH, SUMS, PRICES = "batch of states", "sizes and marks of the sample", "our prices against the published ones"


def check_accounts(seen: Seen) -> Iterator[Check]:
    """The three of them."""
    states = _states(seen)
    yield _batch(seen, states)
    yield _sums(seen, states)
    yield _prices(seen)


def _states(seen: Seen) -> dict[int, ClearinghouseState]:
    found = {}
    for number in range(len(seen.users)):
        content = seen.content(f"clearinghouseState {number}")
        try:
            if content is not None:
                found[number] = read_clearinghouse_state(content, f"clearinghouseState {number}")
        except RemoteWireError:
            continue
    return found


def _batch(seen: Seen, states: dict[int, ClearinghouseState]) -> Check:
    content = seen.content("batchClearinghouseStates")
    if content is None or not seen.users:
        return unknown(BATCH, "not answered: the map reads accounts one by one here")
    try:
        rows = parse_states(content, BATCH)
    except RemoteWireError:
        return unknown(BATCH, "it cannot be read")
    if len(rows) != len(seen.users):
        meaning = "answers could not be told apart by account; the map refuses such a batch"
        return differs(BATCH, f"{len(rows)} states for {len(seen.users)} accounts", meaning)
    for number, state in states.items():
        row = rows[number]
        held = {asset.position.coin for asset in state.assetPositions}
        reported = (
            {asset.position.coin for asset in row.assetPositions} if isinstance(row, ClearinghouseState) else set()
        )
        if isinstance(row, ClearinghouseState) and len(held ^ reported) > max(2, len(held) // 5):
            meaning = "states may be given to the wrong accounts: do not trust a map of this server"
            return differs(BATCH, f"account {number} holds {len(held)} coins alone and {len(reported)} in it", meaning)
    return holds(BATCH, f"{len(rows)} states, in the order asked")


def _sums(seen: Seen, states: dict[int, ClearinghouseState]) -> Check:
    listed = first_dex(seen)
    if listed is None or not states:
        return unknown(SUMS, "no markets or no account states")
    contexts = {asset.name: context for asset, context in zip(listed[0].universe, listed[1], strict=False)}
    count = 0
    for state in states.values():
        for asset in state.assetPositions:
            position, context = asset.position, contexts.get(asset.position.coin)
            if context is None:
                return differs(SUMS, f"{position.coin} is held and not listed", "its holders have no level there")
            interest, mark = context.openInterest, context.markPx
            if interest is not None and abs(position.szi) > interest * (1.0 + MARK_TOLERANCE):
                seen_text = f"one account holds {abs(position.szi):.15g} {position.coin}, open interest {interest:.15g}"
                return differs(SUMS, seen_text, "open interest is counted otherwise: coverage is wrong")
            if mark is not None and mark > 0.0 and abs(position.mark / mark - 1.0) > MARK_TOLERANCE:
                seen_text = f"{position.coin} has mark {position.mark:.15g} in a state and {mark:.15g} in its context"
                return differs(SUMS, seen_text, "marks may belong to other coins: do not trust a map of this server")
            count += 1
    return holds(SUMS, f"{count} positions of {len(states)} accounts")


@dataclass
class _Tally:
    reproduced: int = 0
    unchecked: int = 0
    off: list[PositionRow] = field(default_factory=list)
    largest: float = 0.0


def _prices(seen: Seen) -> Check:
    tables = _tables(seen)
    if tables is None:
        return unknown(PRICES, "no margin tables")
    tally = _Tally()
    for number in range(len(seen.users)):
        for row in _solve(seen, number, tables):
            if row.row_class in NOT_EXPLAINED or (row.relative_error or 0.0) > TOLERANCE:
                tally.off.append(row)
            elif row.relative_error is not None:
                tally.reproduced += 1
                tally.largest = max(tally.largest, row.relative_error)
            else:
                tally.unchecked += row.published_liquidation_price is not None
    if not tally.reproduced and not tally.off:
        return unknown(PRICES, f"no price of the sample can be checked ({tally.unchecked} stand alone)")
    text = f"{tally.reproduced} of {tally.reproduced + len(tally.off)} reproduced, largest error {tally.largest:.1e}"
    if tally.off:
        worst = max(tally.off, key=lambda row: row.relative_error or math.inf)
        ours = "unknown" if worst.liquidation_price is None else f"{worst.liquidation_price:.15g}"
        text += f"; {worst.coin}: ours {ours}, published {worst.published_liquidation_price}"
        meaning = "margin rules or tables changed, or a state was read between two prints: look again"
        return differs(PRICES, text, meaning)
    return holds(PRICES, text)


def _tables(seen: Seen) -> CoinTables | None:
    for name in ("allPerpMetas", "metaAndAssetCtxs"):
        content = seen.content(name)
        try:
            if content is not None:
                metas = parse_meta(content, name)
                return map_coin_tables(metas if name == "allPerpMetas" else metas[:1], name)
        except (RemoteWireError, InputError):
            continue
    return None


def _solve(seen: Seen, number: int, tables: CoinTables) -> tuple[PositionRow, ...]:
    state = seen.content(f"clearinghouseState {number}")
    spot = seen.content(f"spotClearinghouseState {number}")
    if state is None:
        return ()
    parts = {"clearinghouseState": msgspec.Raw(state)}
    if spot is not None:
        parts["spotState"] = msgspec.Raw(spot)
    name = f"account {number}"
    try:
        account = parse_saved_state(msgspec.json.encode(parts), name)[0]
        return solve_account(account, tables, name).positions
    except (RemoteWireError, InputError, ModelError):
        return ()  # the check of its shape says what is wrong
