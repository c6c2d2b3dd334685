"""Whether a listing may be taken at once: markets keep name, place and size decimals for good (HL.DOC.PERPETUALS).

Compared by names, size decimals and order. A listing that is longer is an ordinary one: markets were added at its end.
Where one that stood is gone, elsewhere, named anew or has other decimals, its market is in doubt, the listing before
holds, and the metas are asked for again: told the same a second time, SPACED_NS later, it is taken.
"""

from __future__ import annotations

from liqscape.sources.live.plausibility import SPACED_NS
from liqscape.wire.info.meta import Meta

Shape = tuple[tuple[str, int | None], ...]
"""Names and size decimals in their order."""


class ListingWatch:
    """`settles` each listing of a dex; `in_doubt` names the coins that wait for the second one."""

    def __init__(self) -> None:
        self._proposed: dict[str, tuple[Shape, int]] = {}
        self._coins: dict[str, frozenset[str]] = {}
        self.held_count = 0
        """Listings that were not taken."""

    @property
    def in_doubt(self) -> frozenset[str]:
        """Coins whose newest listing has another place, name or other size decimals than the one in force."""
        return frozenset().union(*self._coins.values())

    def settles(self, dex: str, before: Meta | None, after: Meta, received_ns: int) -> bool:
        """Whether `after` is in force from now on. Without a listing before it always is."""
        coins = frozenset() if before is None else changed_coins(before, after)
        shape = _shape(after)
        proposed, first_ns = self._proposed.get(dex, ((), received_ns))
        if coins and not (proposed == shape and received_ns - first_ns >= SPACED_NS):
            if proposed != shape:
                self._proposed[dex] = shape, received_ns
            self._coins[dex] = coins
            self.held_count += 1
            return False
        self._proposed.pop(dex, None)
        self._coins.pop(dex, None)
        return True

    def forget(self, dex: str) -> None:
        """Forget a dex's listing: it is not listed any more."""
        self._proposed.pop(dex, None)
        self._coins.pop(dex, None)


def changed_coins(before: Meta, after: Meta) -> frozenset[str]:
    """Coins of `before` that `after` does not list in the same place with the same size decimals."""
    reported = _shape(after)
    return frozenset(
        name
        for place, (name, decimals) in enumerate(_shape(before))
        if reported[place : place + 1] != ((name, decimals),)
    )


def _shape(meta: Meta) -> Shape:
    return tuple((asset.name, asset.szDecimals) for asset in meta.universe)
