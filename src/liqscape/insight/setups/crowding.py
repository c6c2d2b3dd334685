"""How much of a side was opened within a day (docs/structure.md, eq. 4), and the cluster it is asked about.

    opened share = sum over accounts of max(0, size now - size of the same side then) / size of the side now

of the accounts that the map knew then: whoever was met since may hold old positions, so that size is apart. Accounts
that cannot be liquidated in practice (HLP) are left out: they take the other side of everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from liqscape.insight.structure import SideSpan
from liqscape.units import Side

LARGE_SHARE = 0.02
"""Of the USD of its side: a smaller cluster is not what a crowd looks at."""
MAX_UNKNOWN_SHARE = 0.5
"""With more of the side unknown then, the rest says nothing of it."""


@dataclass(frozen=True)
class CoinHolders:
    """Who held a coin at a time. size: signed coins by address; known: every address the map knew then."""

    size: Mapping[str, float]
    known: Collection[str]


@dataclass(frozen=True, kw_only=True)
class OpenedShare:
    """Of one side. share: of its size, 0 to 1, None unknown; unknown_share: size of accounts not known then."""

    share: float | None
    unknown_share: float | None


UNKNOWN_SHARE = OpenedShare(share=None, unknown_share=None)


def opened_share(now: CoinHolders, then: CoinHolders | None, side: Side) -> OpenedShare:
    """Share of a side's size that was not held the time before; then None: nothing is known of that time."""
    held = {address: abs(size) for address, size in now.size.items() if size * int(side) > 0.0}
    if then is None or not held:
        return UNKNOWN_SHARE
    met = unknown = opened = 0.0
    for address, size in held.items():
        if address not in then.known:
            unknown += size
            continue
        met += size
        opened += max(0.0, size - max(0.0, then.size.get(address, 0.0) * int(side)))
    unknown_share = unknown / (met + unknown)
    is_enough = met > 0.0 and unknown_share <= MAX_UNKNOWN_SHARE
    return OpenedShare(share=opened / met if is_enough else None, unknown_share=unknown_share)


def nearest_large(
    clusters: Iterable[tuple[SideSpan, float]], side_notional: Mapping[Side, float], mark: float
) -> int | None:
    """Place of the cluster with at least LARGE_SHARE of its side whose near edge is nearest to the mark, None without.

    clusters  spans with their USD. side_notional: USD of all known positions of each side.
    """
    found = [
        (abs(span.near_edge - mark), place)
        for place, (span, notional) in enumerate(clusters)
        if side_notional[span.side] > 0.0 and notional >= LARGE_SHARE * side_notional[span.side]
    ]
    return min(found)[1] if found and mark > 0.0 else None
