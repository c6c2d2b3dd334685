"""Accounts of a server in every dex that is read, with the spot state of those whose perp states leave margin open.

    batchClearinghouseStates, a call for 50 accounts and dex -> states; one by one where the server does not know it
    spotClearinghouseState -> what backs unified and portfolio accounts, where perp states do not say it or positions of
    several dexs may share it

A state that cannot be read stands there as one of which nothing is known: it puts the pool it belongs to in doubt, be
it shared with other dexs, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan

import msgspec

from liqscape.errors import RemoteWireError, RequestFailed
from liqscape.feed.info_client import InfoClient
from liqscape.service.market_inputs.api_dexs import FIRST_NAME, UNKNOWN_REQUEST
from liqscape.states.accounts import Holder, needs_spot
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import (
    ClearinghouseState,
    ClearinghouseStateRequest,
    MarginSummary,
    PartialState,
    faults_of,
)
from liqscape.wire.info.read_state import read_clearinghouse_state, reported_notional
from liqscape.wire.info.read_states import parse_states
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest, read_spot_state

USERS_A_CALL = 50
"""What public clients send; the limit of the exchange is not documented."""

Progress = Callable[[str, int, int], None]
"""Told what is read, how many are done and how many there are."""

States = dict[str, ClearinghouseState]


class AccountReader:
    """Asks in batches until the server says that it does not know them."""

    def __init__(self, client: InfoClient, progress: Progress) -> None:
        self._client, self._progress = client, progress
        self._is_batched = True

    async def read(self, addresses: Sequence[str], dexs: Sequence[str]) -> tuple[tuple[Holder, ...], int]:
        """(holders of positions, newest time of any state in ms, 0 without).

        Raises RemoteWireError where not a single state of the first dex can be read.
        """
        by_dex = {dex: await self._states(addresses, dex) for dex in dexs}
        holders = []
        for address in dict.fromkeys(addresses):
            reported = [(dex, states[address]) for dex, states in by_dex.items() if address in states]
            kept = tuple((dex, state) for dex, state in reported if state.assetPositions or faults_of((state,)))
            if kept:
                holders.append(Holder(address, kept))
        times = [state.time for states in by_dex.values() for state in states.values()]
        return tuple(holders), max(times, default=0)

    async def with_spot(
        self, holders: Sequence[Holder], given: CoinTables, market_of: dict[str, int]
    ) -> tuple[Holder, ...]:
        """The same, with the spot state of those that need it."""
        found = list(holders)
        lacking = set(needs_spot(found, given, market_of, joins_dexs=True))
        open_rows = [row for row, holder in enumerate(found) if holder.address in lacking]
        for start in range(0, len(open_rows), USERS_A_CALL):
            rows = open_rows[start : start + USERS_A_CALL]
            questions = [SpotClearinghouseStateRequest(found[row].address) for row in rows]
            for row, content in zip(rows, await self._client.ask_all(questions), strict=True):
                source = f"{self._client.url}/info spotClearinghouseState {found[row].address}"
                try:
                    spot = read_spot_state(content, source)
                except RemoteWireError:
                    continue  # what backs the positions stays unknown
                found[row] = msgspec.structs.replace(found[row], spot=spot)
            self._progress("spot states", start + len(rows), len(open_rows))
        return tuple(found)

    async def _states(self, addresses: Sequence[str], dex: str) -> States:
        found: States = {}
        first: RemoteWireError | None = None
        has_any = False
        label = f"accounts of {dex or FIRST_NAME}"
        for start in range(0, len(addresses), USERS_A_CALL):
            part = list(addresses[start : start + USERS_A_CALL])
            for user, (state, reported) in zip(part, await self._ask(part, dex), strict=True):
                if isinstance(state, RemoteWireError):
                    first = first or state
                    found[user] = unread_state(reported, str(state))
                elif state is not None:
                    has_any = True
                    found[user] = state
            self._progress(label, min(start + USERS_A_CALL, len(addresses)), len(addresses))
        if first is not None and not has_any and not dex:
            raise first
        return found

    async def _ask(self, users: list[str], dex: str) -> list[tuple[ClearinghouseState | RemoteWireError | None, float]]:
        """(state, USD its answer says it holds; NaN where that is not asked) of each."""
        source = f"{self._client.url}/info"
        if self._is_batched:
            try:
                content = await self._client.ask(BatchClearinghouseStatesRequest(tuple(users), dex))
                return _batch(content, users, f"{source} batchClearinghouseStates {dex}".rstrip())
            except RequestFailed as error:
                if error.context.get("status") not in UNKNOWN_REQUEST:
                    raise
                self._is_batched = False
        questions = [ClearinghouseStateRequest(user, dex) for user in users]
        contents = await self._client.ask_all(questions)
        return [
            (_state(content, f"{source} clearinghouseState {user} {dex}".rstrip()), reported_notional(content))
            for user, content in zip(users, contents, strict=True)
        ]


def unread_state(reported: float, reason: str) -> PartialState:
    """Stands for a state that cannot be read: it says what it holds (USD, NaN not even that), and nothing else."""
    nothing = MarginSummary(nan, nan, nan)
    whole = MarginSummary(nan, reported, nan)
    return PartialState(
        marginSummary=whole,
        crossMarginSummary=nothing,
        crossMaintenanceMarginUsed=nan,
        assetPositions=(),
        time=0,
        faults=(reason,),
        is_cross_unknown=True,
    )


def _state(content: bytes, source: str) -> ClearinghouseState | RemoteWireError:
    try:
        return read_clearinghouse_state(content, source)
    except RemoteWireError as error:
        return error


def _batch(
    content: bytes, users: list[str], source: str
) -> list[tuple[ClearinghouseState | RemoteWireError | None, float]]:
    states = parse_states(content, source)
    if len(states) != len(users):
        raise RequestFailed(f"{source}: {len(states)} states for {len(users)} users", status=200)
    reported = [nan] * len(states)
    if any(isinstance(state, RemoteWireError) for state in states):
        reported = [reported_notional(bytes(row)) for row in msgspec.json.decode(content, type=list[msgspec.Raw])]
    return list(zip(states, reported, strict=True))
