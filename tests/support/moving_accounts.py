"""Accounts that live on from step to step as the ledger's do: a plain world of objects, one rule a function.

It shares nothing with the store: what comes back from rows is compared with what these objects were.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np

from liqscape.model import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.units import MarginSource

MINUTE_MS = 60_000


@dataclass
class Held:
    market: int
    size: float
    entry: float
    mark: float = 1.0
    published: int = 0
    price: float = float("nan")
    table: int = 0
    leverage: float = 10.0


@dataclass
class Pool:
    raw: float
    margin_source: int
    mode: int
    observed_ms: int
    held: list[Held] = field(default_factory=list)
    is_exempt: bool = False

    def move(self) -> None:
        """What the venue published is of before."""
        if not np.isnan(self.raw):
            self.margin_source = MarginSource.TRACKED
        for each in self.held:
            each.published, each.price = 0, float("nan")


class MovingAccounts:
    """A world of a few addresses; every step is one of STEPS, by name."""

    def __init__(self, seed: int, addresses: int = 6, markets: int = 4) -> None:
        self.random = random.Random(seed)
        self.markets = markets
        self.time_ms = 1_770_076_800_000
        self.names = [f"0x{seed:08x}{row:032x}" for row in range(addresses)]
        self.pools: dict[str, list[Pool]] = {name: [] for name in self.names}
        for name in self.names:
            self.open(name)
        self.funding: HourlyFunding | None = None

    def accounts(self) -> Accounts:
        """As columns."""
        pools = [(row, pool) for row, name in enumerate(self.names) for pool in self.pools[name]]
        held = [each for _, pool in pools for each in pool.held]
        return Accounts.build(
            addresses=self.names,
            address_row=[row for row, _ in pools],
            raw_usd=[pool.raw for _, pool in pools],
            offsets=np.cumsum([0, *(len(pool.held) for _, pool in pools)]),
            market_index=[each.market for each in held],
            size=[each.size for each in held],
            table_row=[each.table for each in held],
            margin_source=[pool.margin_source for _, pool in pools],
            mode=[pool.mode for _, pool in pools],
            is_exempt=[pool.is_exempt for _, pool in pools],
            observed_ms=[pool.observed_ms for _, pool in pools],
            entry_price=[each.entry for each in held],
            leverage=[each.leverage for each in held],
            observed_mark=[each.mark for each in held],
            published=[each.published for each in held],
            published_price=[each.price for each in held],
        )

    def step(self, names: list[str], minutes: int = 1) -> Accounts:
        """The next frame, after so many events."""
        self.time_ms += minutes * MINUTE_MS
        self.is_funded = False
        for name in names:
            getattr(self, name)(self.random.choice(self.names))
        return self.accounts()

    def open(self, name: str) -> None:
        pools = self.pools[name]
        own = {each.market for pool in pools for each in pool.held}
        free = [market for market in range(self.markets) if market not in own]
        if not free:
            return
        position = Held(self.random.choice(free), self.random.choice((-1, 1)) * self.random.uniform(1, 9), 1.0)
        if not pools or self.random.random() < 0.4:
            mode = self.random.choice((0, 1, 4))
            raw = float("nan") if self.random.random() < 0.1 else self.random.uniform(-9, 9)
            pools.insert(
                self.random.randint(0, len(pools)), Pool(raw, MarginSource.STATE, mode, self.time_ms, [position])
            )
        else:
            pool = self.random.choice(pools)
            pool.held.insert(self.random.randint(0, len(pool.held)), position)
            pool.move()

    def close(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None and pool.held:
            pool.held.pop(self.random.randrange(len(pool.held)))
            pool.raw += 0.25
            pool.move()

    def vanish(self, name: str) -> None:
        self.pools[name] = []

    def drop_pool(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None:
            self.pools[name].remove(pool)

    def trade(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None and pool.held:
            position = self.random.choice(pool.held)
            position.size += 0.5 if position.size > 0 else -0.5
            position.entry *= 1.01
            pool.raw -= 0.5
            pool.move()

    def flip(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None and pool.held:
            position = self.random.choice(pool.held)
            position.size = -position.size
            pool.move()

    def deposit(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None:
            pool.raw += 1.0

    def reorder(self, name: str) -> None:
        self.random.shuffle(self.pools[name])
        for pool in self.pools[name]:
            self.random.shuffle(pool.held)

    def swap_coin(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None and pool.held:
            own = {each.market for each in pool.held}
            for market in range(self.markets):
                if market not in own:
                    pool.held[0].market = market
                    return

    def read(self, name: str) -> None:
        """A full state: exact, but for the noise of a sum of decimals."""
        for pool in self.pools[name]:
            pool.observed_ms = self.time_ms
            pool.margin_source = MarginSource.STATE
            if not np.isnan(pool.raw):
                pool.raw += self.random.uniform(-1e-6, 1e-6)
            for each in pool.held:
                each.mark = self.random.uniform(0.9, 1.1)
                each.published = each.published or self.random.choice((1, 2, 2, 2))
                each.price = self.random.uniform(0.5, 2.0) if each.published == 2 else float("nan")

    def read_half(self, name: str) -> None:
        """A state of one pool only."""
        pool = self._pool(name)
        if pool is not None and pool.held:
            pool.observed_ms = self.time_ms
            pool.held[-1].published, pool.held[-1].price = 2, 1.5

    def exempt(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None:
            pool.is_exempt = not pool.is_exempt

    def lose_raw(self, name: str) -> None:
        pool = self._pool(name)
        if pool is not None:
            pool.raw, pool.margin_source = float("nan"), MarginSource.UNKNOWN

    def grow(self, _: str) -> None:
        name = f"0xff{len(self.names):038x}"
        if name not in self.pools:
            self.names.append(name)
            self.pools[name] = []
            self.open(name)

    def renew(self, _: str) -> None:
        """Another order of addresses, as of another source of accounts."""
        self.random.shuffle(self.names)

    def fund(self, _: str) -> None:
        """Everybody pays for an hour, once; of one coin in ten the rate is not known."""
        hour_ms = self.time_ms // 3_600_000 * 3_600_000
        if self.is_funded or (self.funding is not None and self.funding.hour_ms == hour_ms):
            return
        self.is_funded = True
        due = [
            float("nan") if self.random.random() < 0.1 else self.random.choice((0.0, self.random.uniform(-1, 1)))
            for _ in range(self.markets)
        ]
        self.funding = HourlyFunding(hour_ms, np.array(due))
        for pools in self.pools.values():
            for pool in pools:
                has_paid = False
                for each in pool.held:
                    if not np.isnan(due[each.market]):
                        pool.raw += -each.size * due[each.market]
                        has_paid = True
                if has_paid:
                    pool.move()

    def _pool(self, name: str) -> Pool | None:
        pools = self.pools[name]
        return self.random.choice(pools) if pools else None


STEPS = (
    *("open", "close", "vanish", "drop_pool", "trade", "flip", "deposit", "reorder", "swap_coin", "read", "read_half"),
    *("exempt", "lose_raw", "grow", "renew", "fund", "fund", "read", "trade"),
)
