"""Sub-accounts: which addresses stand below which master, and the money that moves between them.

A sub-account is an address with margin of its own; its master moves money in and out (ledger delta
`subAccountTransfer`). Drawn once from the seed.
"""

from __future__ import annotations

from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD
from liqscape.sandbox.facts.chance import share_of
from liqscape.sandbox.world.population import Population, TraderKind
from liqscape.units import HOUR_MS

MASTER_EVERY = 60
"""Traders for each master; the smallest world has one."""
MAX_SUBS = 3
TRANSFER_CHANCE = 0.2
"""That a family moves money in an hour."""
TRANSFER_SHARE = 0.1
"""Of what the giver brought, at most."""


def families_of(seed: int, population: Population) -> dict[int, tuple[int, ...]]:
    """Account rows of the sub-accounts by the row of their master; nobody stands in two, nobody joins late."""
    kinds = (TraderKind.TREND_FOLLOWER, TraderKind.MEAN_REVERTER, TraderKind.NOISE)
    traders = [row for row in population.of_kind(*kinds).tolist() if population.joins_ms[row] == 0]
    traders.sort(key=lambda row: share_of(seed, "family", population.addresses[row]))
    found: dict[int, tuple[int, ...]] = {}
    for _ in range(max(1, len(traders) // MASTER_EVERY)):
        if len(traders) < 2:
            break
        master = traders.pop()
        count = 1 + int(share_of(seed, "subs", population.addresses[master]) * MAX_SUBS)
        found[master] = tuple(traders.pop() for _ in range(min(count, len(traders))))
    return found


def move_money(exchange: Exchange, seed: int, families: dict[int, tuple[int, ...]], population: Population) -> None:
    """The hourly round: a few masters give to, or take from, one of their sub-accounts what may be taken out."""
    hour = exchange.time_ms // HOUR_MS
    for master, subs in families.items():
        key = ("transfer", population.addresses[master], hour)
        if share_of(seed, *key) >= TRANSFER_CHANCE:
            continue
        sub = subs[int(share_of(seed, *key, "who") * len(subs))]
        giver, taker = (master, sub) if share_of(seed, *key, "way") < 0.5 else (sub, master)
        wanted = round(float(population.capital[giver]) * TRANSFER_SHARE * share_of(seed, *key, "part"), 2)
        moved = min(round(wanted * UUSD), exchange.withdrawable(giver))
        if moved > 0:
            exchange.deposit(giver, -moved)
            exchange.deposit(taker, moved)
