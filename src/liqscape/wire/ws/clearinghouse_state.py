"""Channels `clearinghouseState` and `allDexsClearinghouseState`: an account's margin and positions."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.clearinghouse_state import ClearinghouseState


class ClearinghouseMessage(msgspec.Struct, frozen=True):
    """One dex of one account."""

    dex: str
    user: str
    clearinghouseState: ClearinghouseState


class AllDexsClearinghouseMessage(msgspec.Struct, frozen=True):
    """Every dex of one account."""

    user: str
    clearinghouseStates: tuple[tuple[str, ClearinghouseState], ...]
