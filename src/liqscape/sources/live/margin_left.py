"""Isolated margin of an address that no listed position holds, by its newest states (HL.RECORDED.ISOLATED_LEFT)."""

from __future__ import annotations

from collections.abc import Iterable

from liqscape.states.accounts import Holder


class MarginLeft:
    """`observe` holders as they are read; only addresses that hold some are kept."""

    def __init__(self) -> None:
        self._by_dex: dict[str, dict[str, float]] = {}

    def observe(self, holders: Iterable[Holder]) -> None:
        """States of some dexs; what is known of the others stays."""
        for holder in holders:
            for dex, state in holder.states:
                left = state.isolated_margin_left
                if left is not None:
                    self._by_dex.setdefault(holder.address, {})[dex] = left
                elif holder.address in self._by_dex:
                    self._by_dex[holder.address].pop(dex, None)

    def of(self, address: str) -> float | None:
        """USD over all dexs; None where there is none."""
        return sum(self._by_dex.get(address, {}).values()) or None
