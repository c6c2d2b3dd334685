"""What liquidations look like, as nine figures of separate hours: the same for recorded fills and for the sandbox's.

A *unit* is what is closed of one user in one coin until nothing of it happens for 5 s. The figures of some hours are
those of all their units together; whatever compares two units looks inside one hour only, since the recorded hours
are months apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAP_MS = 5_000
"""Longer pauses begin a new unit of the same user and coin."""
TOGETHER_MS = 1_000
LARGE_USD = 100_000.0
DRAWN = 12
"""Hours looked at together: as many as were recorded."""


@dataclass(frozen=True)
class Fills:
    """n liquidation fills of the liquidated side, in order of time; coin and user are numbers.

    time_ms (n,), coin (n,), user (n,) int64; usd (n,) float64.
    """

    time_ms: NDArray[np.int64]
    coin: NDArray[np.int64]
    user: NDArray[np.int64]
    usd: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Hour:
    """The units of one hour, reduced to what the figures need.

    usd         (n,) of each unit.
    single      how many are one fill.
    bitcoin_usd USD of them in BTC.
    follows     how many come within a second after one of the same user in another coin.
    users       users with a unit; more: those with more than one.
    again_s     (g,) seconds between units of the same user and coin.
    """

    usd: NDArray[np.float64]
    single: int
    bitcoin_usd: float
    follows: int
    users: int
    more: int
    again_s: NDArray[np.float64]


def group_fills(fills: Fills) -> tuple[Fills, NDArray[np.int64]]:
    """Fills joined to units in order of their first fill: (units, fills in each)."""
    order = np.lexsort((np.arange(len(fills.time_ms)), fills.time_ms, fills.coin, fills.user))
    time_ms, coin, user = fills.time_ms[order], fills.coin[order], fills.user[order]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (np.diff(time_ms) > GAP_MS) | (np.diff(coin) != 0) | (np.diff(user) != 0)
    start = np.flatnonzero(is_new)
    usd = np.add.reduceat(fills.usd[order], start) if len(start) else np.zeros(0)
    count = np.diff(np.append(start, len(order)))
    by_time = np.argsort(time_ms[start], kind="stable")
    at = start[by_time]
    return Fills(time_ms[at], coin[at], user[at], usd[by_time]), count[by_time].astype(np.int64)


def hour_of(fills: Fills, bitcoin: int) -> Hour:
    """The figures of one hour's fills; `bitcoin` is the number of the coin BTC."""
    units, count = group_fills(fills)
    seen: dict[int, list[tuple[int, int]]] = {}
    follows, again = 0, []
    for time_ms, coin, user in zip(units.time_ms.tolist(), units.coin.tolist(), units.user.tolist(), strict=True):
        before = seen.setdefault(user, [])
        follows += any(time_ms - then <= TOGETHER_MS and other != coin for then, other in before)
        again += [(time_ms - then) / 1e3 for then, other in before if other == coin][-1:]
        before.append((time_ms, coin))
    return Hour(
        usd=units.usd,
        single=int(np.sum(count == 1)),
        bitcoin_usd=float(units.usd[units.coin == bitcoin].sum()),
        follows=follows,
        users=len(seen),
        more=sum(len(each) > 1 for each in seen.values()),
        again_s=np.array(again, np.float64),
    )


def facts_of(hours: Sequence[Hour]) -> dict[str, float]:
    """The nine figures of some hours taken together; NaN where there is nothing to take one of.

    An hour without a liquidation counts as one with one where the busiest is compared with the quietest.
    """
    usd = np.concatenate([hour.usd for hour in hours])
    again = np.concatenate([hour.again_s for hour in hours])
    counts = np.array([max(1, len(hour.usd)) for hour in hours])
    total, units = float(usd.sum()), len(usd)
    users = sum(hour.users for hour in hours)
    if not units:
        return dict.fromkeys(FACTS, float("nan"))
    largest = np.sort(usd)[-max(1, round(0.01 * units)) :]
    is_large = usd > LARGE_USD
    return {
        "median": float(np.median(usd)),
        "single": sum(hour.single for hour in hours) / units,
        "top": float(largest.sum()) / total,
        "large_count": float(is_large.mean()),
        "large_usd": float(usd[is_large].sum()) / total,
        "bitcoin": sum(hour.bitcoin_usd for hour in hours) / total,
        "together": sum(hour.follows for hour in hours) / units,
        "more": sum(hour.more for hour in hours) / users,
        "again": float(np.median(again)) if len(again) else float("nan"),
        "ratio": float(counts.max() / counts.min()),
    }


def ranges_of(
    hours: Sequence[Hour], draws: int, rng: np.random.Generator, *, is_bootstrap: bool
) -> dict[str, tuple[float, float, float]]:
    """(5 %, median, 95 %) of every figure over twelve hours drawn again and again, with or without replacement."""
    drawn = [
        facts_of([hours[at] for at in rng.choice(len(hours), min(DRAWN, len(hours)), replace=is_bootstrap)])
        for _ in range(draws)
    ]
    found = {}
    for name in FACTS:
        values = np.array([each[name] for each in drawn])
        low, middle, high = np.nanquantile(values, (0.05, 0.5, 0.95)) if not np.isnan(values).all() else [np.nan] * 3
        found[name] = (float(low), float(middle), float(high))
    return found


def percent(value: float) -> str:
    """A share with two figures."""
    return f"{100 * value:.2g} %"


def usd_text(value: float) -> str:
    """USD with two figures."""
    return f"{float(f'{value:.2g}'):,.0f}"


FACTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "median": ("median liquidation, USD", usd_text),
    "single": ("closed by a single fill", percent),
    "top": ("share of USD in the largest 1 %", percent),
    "large_count": ("above 100k USD: by count", percent),
    "large_usd": ("above 100k USD: by USD", percent),
    "bitcoin": ("BTC's share of liquidated USD", percent),
    "together": ("preceded within 1 s by one of the same user in another coin", percent),
    "more": ("user-hours with more than one", percent),
    "again": ("same user and coin again within the hour: median, s", usd_text),
    "ratio": ("busiest to quietest of twelve hours", lambda value: f"{value:,.0f} x"),
}
"""Name, what it says, how it is written."""
