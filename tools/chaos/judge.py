"""Is a frame what the exchange's own book says? Every published frame is asked, and the present moment now and then.

A frame may be late by LATE_MS: silence of marks is said after 10 s, and a message may have been 5 s under way before.
So a mark is right where the exchange had it at some time within LATE_MS before, a size where the account had it LATE_MS
before, moved by all or some of what it traded since, and a level where it had it with the sizes and the marks of the
frame. An account that the product says it is not sure of, and a level that it says it does not know, are not wrong.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import isclose, isnan
from typing import Any

import numpy as np

from chaos.exchange import Account, Exchange, Holding, level_of

LATE_MS = 16_000
RIGHT_MS = 4_000
"""Once a fault is over: marks and contexts come every second, frames at most 3 s apart."""
MAX_DUE = 8
TINY = 1e-9
"""Coins by which floats of one size may differ."""
MAX_EXPLAINED = 256
"""Sizes an account may have had, of eight trades within LATE_MS."""
RELATIVE, ABSOLUTE = 1e-5, 1e-9
"""Of a level (a tenth of a basis point: funding is paid at an oracle of up to a second before), and of its mark where
the level is far below it (states print cash in micro-USD)."""


class Judge:
    """`observe` is told each second what is shown, and of every frame; `why_not_right` looks at the newest."""

    def __init__(self, exchange: Exchange, market: Any) -> None:
        self._exchange = exchange
        self._market = market
        self._sequence, self._doubted_then = -1, set[str]()
        """Of the newest frame: who was in doubt when it was due may be read before the next one."""
        self._due: deque[tuple[Any, set[str]]] = deque(maxlen=MAX_DUE)
        """What frames are made of, and who was in doubt when they were due."""
        market.observers.append(self._note_due)
        self.frames = self.wrong = 0
        self.why: str = ""
        """What was wrong with the first wrong frame."""

    def observe(self, now: Any, *, is_live: bool) -> None:
        """Count a frame that is shown, and whether it is wrong while called live."""
        self.frames += 1
        if now.sequence != self._sequence:
            then = [doubted for held, doubted in self._due if _is_of(held, now)]
            self._sequence, self._doubted_then = now.sequence, self._doubted(now).union(*then)
        if not is_live:
            return
        fault = self._fault(now, LATE_MS)
        if fault is not None:
            self.wrong += 1
            self.why = self.why or fault

    def why_not_right(self) -> str | None:
        """What the newest frame lacks; None where every account has its size and level and nobody is in doubt."""
        now = self._market.live.now
        if now is None:
            return "no frame"
        doubted = self._doubted(now)
        if doubted:
            return f"{len(doubted)} accounts in doubt"
        if len(now.frame.snapshot.in_doubt):
            return f"{len(now.frame.snapshot.in_doubt)} coins in doubt"
        return self._fault(now, RIGHT_MS, is_strict=True)

    def _fault(self, now: Any, late_ms: int, *, is_strict: bool = False) -> str | None:
        exchange, frame = self._exchange, now.frame
        to_ms = exchange.now_ms
        from_ms = to_ms - late_ms
        if all(not each - late_ms - 1_000 <= frame.time_ms <= each + 1_000 for each in (to_ms, exchange.told_ms)):
            return f"frame of {(frame.time_ms - to_ms) / 1_000:+.1f} s"
        coins = frame.snapshot.markets.coins
        marks = dict(zip(coins, frame.snapshot.mark.tolist(), strict=True))
        unsure_coins = {coins[row] for row in frame.snapshot.in_doubt.tolist()}
        for coin in exchange.listed:
            if coin.name in unsure_coins:
                continue
            mark = marks.get(coin.name, float("nan"))
            if isnan(mark):
                if is_strict:
                    return f"mark of {coin.name} is not known"
            elif not any(isclose(mark, each) for each in exchange.marks_within(coin.name, from_ms, to_ms)):
                return f"mark of {coin.name} is {mark}, at the exchange {exchange.marks[coin.name]}"
        held = _positions(now, coins)
        watch = self._market.core.pipeline.ledger.watch()
        doubted, known = self._doubted(now), set(watch.address)
        if not is_strict:
            doubted |= self._doubted_then
        for address in held.keys() - exchange.accounts.keys() - doubted:
            return f"{address} does not exist"
        for account in exchange.accounts.values():
            if account.address in doubted or (account.address not in known and not is_strict):
                continue
            fault = self._account_fault(account, held.get(account.address, {}), marks, (from_ms, to_ms), is_strict)
            if fault is not None:
                return fault
        return None

    def _account_fault(
        self,
        account: Account,
        held: dict[str, tuple[float, float, int]],
        marks: dict[str, float],
        span_ms: tuple[int, int],
        is_strict: bool,
    ) -> str | None:
        had = account.within(*span_ms)
        for coin in {*held, *(name for each in had for name in each.held)}:
            size = held.get(coin, (0.0, 0.0, 0))[0]
            if not _is_explained(size, [each.held.get(coin, 0.0) for each in had]):
                return f"{account.address} holds {size} {coin}, at the exchange {had[-1].held.get(coin, 0.0)}"
        same = [each for each in had if _is_same(held, each)]
        if not same:
            return "sizes of different times" if is_strict else None
        for coin, (_, level, status) in held.items():
            fault = self._level_fault(coin, level, status, same, marks, is_strict)
            if fault is not None:
                return f"{account.address} {coin}: {fault}"
        return None

    def _level_fault(
        self, coin: str, level: float, status: int, same: list[Holding], marks: dict[str, float], is_strict: bool
    ) -> str | None:
        from liqscape.risk.liquidation import LevelStatus

        if status == LevelStatus.UNKNOWN:
            return "level is not known" if is_strict else None
        true = [level_of(each, coin, marks, self._exchange.tiers) for each in same]
        if status != LevelStatus.OK:
            return None if None in true else f"no level, at the exchange {true[-1]}"
        near = ABSOLUTE * self._exchange.marks[coin]
        if any(each is not None and isclose(each, level, rel_tol=RELATIVE, abs_tol=near) for each in true):
            return None
        return f"level {level}, at the exchange {true[-1]}"

    def _note_due(self, _record: Any, fed: Any) -> None:
        self._due.extend((each, self._unsure()) for each in fed.due)

    def _doubted(self, now: Any) -> set[str]:
        """Addresses the product says it is not sure of, has no state of, or that hold a coin in doubt."""
        from liqscape.model.doubt import pools_in_doubt

        pools = np.flatnonzero(pools_in_doubt(now.accounts, now.frame.snapshot.doubt))
        holders = {now.accounts.addresses[row] for row in now.accounts.address_row[pools].tolist()}
        return holders | self._unsure()

    def _unsure(self) -> set[str]:
        watch = self._market.core.pipeline.ledger.watch()
        is_doubted = np.asarray(watch.is_unsure) | ~np.asarray(watch.is_known)
        return {watch.address[row] for row in np.flatnonzero(is_doubted).tolist()}


def _is_of(held: Any, now: Any) -> bool:
    """Whether a frame was made of this."""
    return held.accounts is now.accounts and held.snapshot.time_ms == now.frame.time_ms


def _is_explained(size: float, sizes: list[float]) -> bool:
    """Whether it is the last size, one before, or the first one moved by some of the trades since."""
    if any(isclose(size, each, abs_tol=TINY) for each in sizes):
        return True
    found = [sizes[0]]
    for before, after in pairwise(sizes):
        if after != before and len(found) < MAX_EXPLAINED:
            found += [each + after - before for each in found]
    return any(isclose(size, each, abs_tol=TINY) for each in found)


def _positions(now: Any, coins: tuple[str, ...]) -> dict[str, dict[str, tuple[float, float, int]]]:
    """(signed size, level, its status) by address and coin, of everything a frame was made of."""
    from liqscape.risk.liquidation import solve_liquidation

    accounts = now.accounts
    found: dict[str, dict[str, tuple[float, float, int]]] = {}
    solved = solve_liquidation(accounts, now.frame.snapshot, now.tables)
    owners = accounts.address_row[accounts.pool_of_position()].tolist()
    columns = (accounts.market_index, accounts.size, solved.price, solved.status)
    for owner, market, *figures in zip(owners, *(column.tolist() for column in columns), strict=True):
        found.setdefault(accounts.addresses[owner], {})[coins[market]] = tuple(figures)
    return found


def _is_same(held: dict[str, tuple[float, float, int]], holding: Holding) -> bool:
    return held.keys() == holding.held.keys() and all(
        isclose(size, holding.held[coin], abs_tol=TINY) for coin, (size, _, _) in held.items()
    )
