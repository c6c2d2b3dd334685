"""Account states on their way to the ledger: gathered for a moment, joined with the spot state where that is needed.

States are built into columns in batches, which is many times cheaper than one by one. A state that alone does not say
what backs its positions waits for the address's spot state, but not for long: then it goes on and says what is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from liqscape.states.accounts import Holder
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState

MAX_GATHERED = 200
"""States before a batch is built without waiting for the next tick: some ten milliseconds of work."""
MAX_WAIT_TICKS = 15
"""Seconds a state waits for its spot state."""
SPOT_KEPT = 100_000
"""Addresses whose spot state is remembered; the oldest go."""


@dataclass
class _Waiting:
    holder: Holder
    ticks: int = 0


@dataclass
class HolderQueue:
    """`put` states, `take` batches of holders by the dexs their states are of."""

    _gathered: dict[str, dict[str, ClearinghouseState]] = field(default_factory=dict)
    _waiting: dict[tuple[str, tuple[str, ...]], _Waiting] = field(default_factory=dict)
    _spots: dict[str, SpotClearinghouseState] = field(default_factory=dict)
    _wanted: dict[str, None] = field(default_factory=dict)

    def put(self, address: str, dex: str, state: ClearinghouseState) -> None:
        """Add one state; of several of one dex the newest counts."""
        held = self._gathered.setdefault(address, {})
        if dex not in held or held[dex].time <= state.time:
            held[dex] = state

    def put_spot(self, address: str, spot: SpotClearinghouseState) -> None:
        """Add the spot state of an address."""
        self._spots.pop(address, None)
        self._spots[address] = spot
        while len(self._spots) > SPOT_KEPT:
            self._spots.pop(next(iter(self._spots)))

    def has_spot(self, address: str) -> bool:
        """Whether the spot state of an address was needed, and came."""
        return address in self._spots

    @property
    def is_full(self) -> bool:
        """Enough for a batch."""
        return len(self._gathered) >= MAX_GATHERED

    def gathered(self) -> list[Holder]:
        """All gathered states as holders, each with its spot state where one is remembered.

        Without a spot state the pools of each dex stand alone, and so does each state: it then has a time of its own.
        """
        taken, self._gathered = self._gathered, {}
        holders = []
        for address, states in taken.items():
            spot, rows = self._spots.get(address), tuple(sorted(states.items()))
            if spot is not None:
                holders.append(Holder(address, rows, spot))
            else:
                holders += [Holder(address, (row,)) for row in rows]
        return holders

    def hold(self, holders: Iterable[Holder]) -> None:
        """Hold back holders that need a spot state that has not come yet. A newer state keeps the wait of the older."""
        for holder in holders:
            key = holder.address, tuple(dex for dex, _ in holder.states)
            before = self._waiting.get(key)
            self._waiting[key] = _Waiting(holder, 0 if before is None else before.ticks)
            self._wanted[holder.address] = None

    def released(self) -> list[Holder]:
        """Those whose spot state has come, or that have waited long enough; to be called once a tick."""
        ready = []
        for key, waiting in list(self._waiting.items()):
            waiting.ticks += 1
            spot = self._spots.get(key[0])
            if spot is not None or waiting.ticks > MAX_WAIT_TICKS:
                ready.append(Holder(key[0], waiting.holder.states, spot))
                del self._waiting[key]
        return ready

    def take_wanted(self) -> tuple[str, ...]:
        """Addresses whose spot state should be asked for; each is named once."""
        wanted, self._wanted = tuple(self._wanted), {}
        return wanted


def by_dexs(holders: Iterable[Holder]) -> dict[tuple[str, ...], list[Holder]]:
    """Batches of holders whose states are of the same dexs."""
    batches: dict[tuple[str, ...], list[Holder]] = {}
    for holder in holders:
        batches.setdefault(tuple(dex for dex, _ in holder.states), []).append(holder)
    return batches
