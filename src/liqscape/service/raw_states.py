"""The state of one account as it was received, found again where its bytes are kept.

A live map's raw log holds them, but no index says where: it is read backwards, no more than NEAR_BYTES from its end
and NEAR_BYTES from the time at which the map last read the account, so that a question costs the same however long the
log is. The sandbox of a demo keeps no bytes; it is asked what it would answer now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from liqscape.feed.records import Record, RecordKind
from liqscape.service.asked_time import utc_text
from liqscape.units import MINUTE_MS
from liqscape.wire.raw_state import PERP, SPOT, RawState, states_in_answer, states_in_message

if TYPE_CHECKING:
    from liqscape.sandbox.market import SandboxMarket
    from liqscape.store.raw_log.newest_first import NewestFirst

NEAR_BYTES = 16_000_000
"""Of packed log, twice at most: some minutes of the whole exchange, unpacked and searched in a second."""
AROUND_MS = 2 * MINUTE_MS
"""A state is received so soon after the time it says, and our clock may differ."""

StateKey = tuple[str, str]
"""(kind, dex) of a state."""


class ReceivedState(NamedTuple):
    """A state, when it was received (ns, our clock), and how; block where the source tells one."""

    state: RawState
    received_ns: int
    source: str
    block: int | None = None


@dataclass(frozen=True)
class FoundStates:
    """states: the newest of each kind and dex. searched: in words, where was looked and how far."""

    states: tuple[ReceivedState, ...]
    searched: str


class StateArchive(Protocol):
    """Where states as received may be found."""

    def find(
        self, address: str, wanted: frozenset[StateKey], until_ms: int | None, observed_ms: int | None
    ) -> FoundStates:
        """States of an address (lower case) received up to a time, None: up to now.

        wanted       kinds and dexs that are looked for; others that are met on the way come with them.
        observed_ms  when the map last read the account, None: not known.
        """


class NoStates:
    """A map of which no bytes are kept. why: in words."""

    def __init__(self, why: str = "nothing is kept of this map but what is stored") -> None:
        self._why = why

    def find(self, *_: object) -> FoundStates:
        return FoundStates((), self._why)


NO_STATES = NoStates()
NO_RECORDED_STATES = NoStates("a recording holds rows of positions; the states they were read from are not in it")


class RawLogStates:
    """Those of a raw log. max_bytes: of packed log that is read from each of the two places."""

    def __init__(self, folder: Path, max_bytes: int = NEAR_BYTES) -> None:
        self._folder, self._max_bytes = folder, max_bytes

    def find(
        self, address: str, wanted: frozenset[StateKey], until_ms: int | None, observed_ms: int | None
    ) -> FoundStates:
        from liqscape.store.raw_log.newest_first import NewestFirst
        from liqscape.store.raw_log.segments import list_segments

        if not list_segments(self._folder):
            return FoundStates((), "no raw log is kept in this data folder, so no bytes as received are")
        found: dict[StateKey, ReceivedState] = {}
        places: list[str] = []
        begins = [None if until_ms is None else until_ms + 1]
        if observed_ms is not None and (until_ms is None or observed_ms + AROUND_MS < until_ms):
            begins.append(observed_ms + AROUND_MS)
        for before_ms in begins:
            log = NewestFirst(self._folder, self._max_bytes, None if before_ms is None else before_ms * 1_000_000)
            self._search(log, address, wanted, before_ms, found)
            places.append(_place(log, before_ms))
            if wanted <= found.keys() or log.is_whole:
                break
        searched = f"raw log, read backwards {' and '.join(places)}, at most {self._max_bytes / 1e6:g} MB each"
        states = sorted(found.values(), key=lambda each: (each.state.kind, each.state.dex))
        return FoundStates(tuple(states), searched)

    def _search(
        self,
        log: NewestFirst,
        address: str,
        wanted: frozenset[StateKey],
        before_ms: int | None,
        found: dict[StateKey, ReceivedState],
    ) -> None:
        for records in log.blocks():
            for record in reversed(records):
                if before_ms is not None and record.received_ns >= before_ms * 1_000_000:
                    continue
                for each in _received(record, address):
                    found.setdefault((each.state.kind, each.state.dex), each)
            if wanted <= found.keys():
                return


class SandboxStates:
    """What the sandbox of a demo would answer to who asks it now, on its own wire protocol.

    ask_market  None while its market is not there yet.
    """

    def __init__(self, ask_market: Callable[[], SandboxMarket | None]) -> None:
        self._ask_market = ask_market

    def find(
        self, address: str, wanted: frozenset[StateKey], until_ms: int | None, _observed_ms: int | None
    ) -> FoundStates:
        if until_ms is not None:
            return FoundStates((), "the sandbox tells states of now alone, and a demo keeps no bytes of earlier ones")
        market = self._ask_market()
        if market is None:
            return FoundStates((), "the sandbox is being started, and a demo keeps no bytes of earlier states")
        from liqscape.sandbox.answers.info import answer_info

        found = []
        with market.lock.reading():
            now_ms = market.world.exchange.time_ms
            for kind, dex in sorted(wanted):
                request = {"type": kind, "user": address} | ({"dex": dex} if kind == PERP and dex else {})
                content = msgspec.json.encode(answer_info(request, market.state))
                state = RawState(kind, dex, content, now_ms if kind == PERP else None)
                found.append(ReceivedState(state, now_ms * 1_000_000, "sandbox"))
        return FoundStates(tuple(found), "made-up state, as the sandbox answers it now on the exchange's own protocol")


def wanted_states(coins: list[str], *, has_spot: bool) -> frozenset[StateKey]:
    """States that hold an account's positions in these coins; has_spot: its collateral stands in the spot state."""
    dexs = {coin.partition(":")[0] if ":" in coin else "" for coin in coins} or {""}
    return frozenset({(PERP, dex) for dex in dexs} | ({(SPOT, "")} if has_spot else set()))


def _received(record: Record, address: str) -> list[ReceivedState]:
    if record.kind is RecordKind.MESSAGE:
        states, source = states_in_message(record.content, address), "socket"
    elif record.kind is RecordKind.ANSWER:
        states, source = states_in_answer(record.subject, record.content, address), "info API"
    else:
        return []
    return [ReceivedState(state, record.received_ns, source) for state in states]


def _place(log: NewestFirst, before_ms: int | None) -> str:
    begin = "from its end" if before_ms is None else f"from {utc_text(before_ms)}"
    if log.is_whole:
        return f"{begin} to its beginning"
    return begin if log.oldest_ns is None else f"{begin} to {utc_text(log.oldest_ns // 1_000_000)}"
