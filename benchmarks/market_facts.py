"""What large accounts and public prints look like: the same figures for recordings and for the sandbox.

Recorded were, through nine days, some 70 to 250 large accounts at a time. Of a sandbox the hundredth of its addresses
with the highest account value are taken, makers and HLP apart, every four hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from liquidation_facts import percent
from numpy.typing import NDArray

NEAR = 0.05
MAX_ACTIVE = 10
QUANTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class LargePositions:
    """n positions of large accounts, of all instants one after the other.

    account  (n,) int64 whose.
    is_long  (n,)
    distance (n,) liquidation price over mark, minus one; NaN where there is none.
    usd      (n,) notional at the mark.
    """

    account: NDArray[np.int64]
    is_long: NDArray[np.bool_]
    distance: NDArray[np.float64]
    usd: NDArray[np.float64]

    def only(self, rows: NDArray[np.int64]) -> LargePositions:
        """Some of them."""
        return LargePositions(self.account[rows], self.is_long[rows], self.distance[rows], self.usd[rows])


@dataclass(frozen=True)
class Prints:
    """Public prints of a few minutes.

    sizes  (m,) prints in each message after the first of its coin.
    first  (c,) seconds by which the first message of a coin reaches back.
    buyer, seller (n,) int64 numbers of users.
    """

    sizes: NDArray[np.int64]
    first: NDArray[np.float64]
    buyer: NDArray[np.int64]
    seller: NDArray[np.int64]


def large_facts(positions: LargePositions) -> dict[str, float]:
    """Figures of large accounts."""
    has_none = np.isnan(positions.distance)
    is_long, distance = positions.is_long, np.abs(positions.distance)
    long, short = distance[is_long & ~has_none], distance[~is_long & ~has_none]
    found = {
        "shorts": float(np.mean(~is_long)),
        "none": float(has_none.mean()),
        "none_long": float(is_long[has_none].mean()) if has_none.any() else float("nan"),
        "near": float(positions.usd[~has_none & (distance <= NEAR)].sum() / positions.usd.sum()),
        "twice": float(np.mean(short > 1.0)) if len(short) else float("nan"),
    }
    for name, values in (("long", long), ("short", short)):
        for at in QUANTILES:
            found[f"{name}_{at}"] = float(np.quantile(values, at)) if len(values) else float("nan")
    return found


def large_ranges(positions: LargePositions, draws: int, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """(5 %, 95 %) of every figure over accounts drawn with replacement, each with all its positions."""
    order = np.argsort(positions.account, kind="stable")
    edges = np.flatnonzero(np.diff(positions.account[order])) + 1
    groups = np.split(order, edges)
    drawn: list[dict[str, float]] = []
    for _ in range(draws):
        chosen = rng.integers(0, len(groups), len(groups))
        drawn.append(large_facts(positions.only(np.concatenate([groups[at] for at in chosen.tolist()]))))
    low_high = {}
    for name in LARGE_FACTS:
        values = np.array([each[name] for each in drawn])
        low_high[name] = (float(np.nanquantile(values, 0.05)), float(np.nanquantile(values, 0.95)))
    return low_high


def print_facts(parts: Sequence[Prints]) -> dict[str, float]:
    """Figures of public prints; what compares users is looked at in each recording by itself."""
    sizes = np.concatenate([part.sizes for part in parts])
    first = np.concatenate([part.first for part in parts])
    between = prints = 0
    for part in parts:
        counts = Counter(part.buyer.tolist()) + Counter(part.seller.tolist())
        top = np.array([user for user, _ in counts.most_common(MAX_ACTIVE)], np.int64)
        between += int(np.sum(np.isin(part.buyer, top) & np.isin(part.seller, top)))
        prints += len(part.buyer)
    return {
        "message": float(np.median(sizes)),
        "single": float(np.mean(sizes == 1)),
        "between": between / max(1, prints),
        "first_low": float(first.min()) if len(first) else float("nan"),
        "first_high": float(first.max()) if len(first) else float("nan"),
    }


def _distance(value: float) -> str:
    return f"{100 * value:,.0f} %"


LARGE_FACTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "shorts": ("positions that are shorts", percent),
    "none": ("positions without a level", percent),
    "none_long": ("of those, longs", lambda value: f"{100 * value:.0f} %"),
    "near": ("USD with its level within 5 %", percent),
    "twice": ("shorts' levels beyond twice the mark", percent),
    "long_0.25": ("longs' levels below the mark: a quarter within", _distance),
    "long_0.5": ("longs' levels below the mark: median", _distance),
    "long_0.75": ("longs' levels below the mark: three quarters within", _distance),
    "short_0.25": ("shorts' levels above the mark: a quarter within", _distance),
    "short_0.5": ("shorts' levels above the mark: median", _distance),
    "short_0.75": ("shorts' levels above the mark: three quarters within", _distance),
}
PRINT_FACTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "message": ("prints in a message: median", lambda value: f"{value:g}"),
    "single": ("messages of one print", percent),
    "between": ("prints between two of the ten most active users", percent),
    "first_low": ("first message of a coin reaches back, s: least", lambda value: f"{value:.0f}"),
    "first_high": ("first message of a coin reaches back, s: most", lambda value: f"{value:.0f}"),
}
"""Name, what it says, how it is written."""
