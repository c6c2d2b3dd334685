"""`{"type": "clearinghouseState", "user", "dex"}`: margin and positions of one account in one dex.

Fields and their meaning: docs/venue.md. `positionValue` is abs(szi) * mark, exact; `crossMarginSummary` leaves
isolated pockets out; `leverage.rawUsd` is the cash leg of an isolated pocket; `liquidationPx` null means that no
positive mark liquidates. A closed leg may stay listed with size zero. An answer without its margin figures is a
failure, whatever its HTTP status. Readers: read_state.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import msgspec

from liqscape.wire.info.request import Dex, Example, InfoRequest
from liqscape.wire.info.sizes import MB
from liqscape.wire.info.weights import LIGHT_WEIGHT

LARGEST_TIME_MS = 10**14
"""Year 5138."""

SUM_TOLERANCE = 1e-6
"""Relative: the venue's sums agree to 1e-12; half a figure changed does not."""
CENT_USD = 0.01


class MarginSummary(msgspec.Struct, frozen=True):
    """USD: equity, sum of notional, signed cash leg, sum of `marginUsed`."""

    accountValue: float
    totalNtlPos: float
    totalRawUsd: float
    totalMarginUsed: float | None = None


class Leverage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The user's setting; `rawUsd` with type isolated only."""

    plain_numbers: ClassVar = ("value",)

    type: Literal["cross", "isolated"]
    value: float
    rawUsd: float | None = None


class CumulativeFunding(msgspec.Struct, frozen=True):
    """USD paid (> 0) or received: ever, since the position was opened, since it last changed."""

    allTime: float
    sinceOpen: float
    sinceChange: float


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One netted position. `maxLeverage` is the first tier of the position's own margin table."""

    coin: str
    szi: float
    leverage: Leverage
    positionValue: float
    liquidationPx: str | float | None
    maxLeverage: int | None = None
    entryPx: float | None = None
    marginUsed: float | None = None
    unrealizedPnl: float | None = None
    returnOnEquity: float | None = None
    cumFunding: CumulativeFunding | None = None

    @property
    def mark(self) -> float:
        """USD, the mark in force when the state was made."""
        return self.positionValue / abs(self.szi)

    @property
    def is_isolated(self) -> bool:
        return self.leverage.type == "isolated"


class AssetPosition(msgspec.Struct, frozen=True):
    position: Position
    type: str = "oneWay"


class ClearinghouseState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of one account in one dex."""

    marginSummary: MarginSummary
    crossMarginSummary: MarginSummary
    crossMaintenanceMarginUsed: float
    assetPositions: tuple[AssetPosition, ...]
    time: int
    withdrawable: float | None = None

    @property
    def cross_positions(self) -> tuple[Position, ...]:
        return tuple(row.position for row in self.assetPositions if not row.position.is_isolated)

    @property
    def shows_all_positions(self) -> bool:
        """The cross positions given add up to the account's own total."""
        return is_sum(self.crossMarginSummary.totalNtlPos, self.cross_positions)

    @property
    def isolated_margin_left(self) -> float | None:
        """USD the account holds apart from cross margin and from every pocket listed; None within a cent of nothing.

        An account without positions may still hold some (HL.RECORDED.ISOLATED_LEFT). Not known, and so None, where a
        row could not be read.
        """
        isolated = self.marginSummary.accountValue - self.crossMarginSummary.accountValue
        if isolated <= CENT_USD:
            # By far the most; pockets under water are not looked behind.
            return None
        pockets = [row.position for row in self.assetPositions if row.position.is_isolated]
        if any(pocket.leverage.rawUsd is None for pocket in pockets):
            return None
        left = isolated - sum((pocket.leverage.rawUsd or 0.0) + pocket.szi * pocket.mark for pocket in pockets)
        return left if left > CENT_USD + SUM_TOLERANCE * isolated else None


class PartialState(ClearinghouseState, frozen=True, kw_only=True):
    """A state of which something was left out; never built by a decoder, so a plain state is one without.

    skipped_count     closed legs, and fields that enter no sum and could not be read.
    faults            one sentence for each thing that could not be read, naming it.
    is_cross_unknown  what backs the cross positions is not known.
    unknown_coins     listed with their size only: their own row could not be read whole.
    has_lost_row      of some row not even coin and size could be read: a position that is not listed.
    """

    skipped_count: int = 0
    faults: tuple[str, ...] = ()
    is_cross_unknown: bool = False
    unknown_coins: frozenset[str] = frozenset()
    has_lost_row: bool = False


def is_sum(total: float, positions: Iterable[Position]) -> bool:
    """The notional of the positions adds up to a printed total."""
    shown = sum(position.positionValue for position in positions)
    return abs(shown - total) <= SUM_TOLERANCE * max(shown, total) + CENT_USD


def faults_of(states: Iterable[ClearinghouseState]) -> tuple[str, ...]:
    """Sentences of what could not be read in any of them."""
    return tuple(fault for state in states if isinstance(state, PartialState) for fault in state.faults)


def skipped_in(states: Iterable[ClearinghouseState]) -> int:
    """What was left out of any of them because it does not matter."""
    return sum(state.skipped_count for state in states if isinstance(state, PartialState))


class ClearinghouseStateRequest(InfoRequest[ClearinghouseState], frozen=True, tag="clearinghouseState"):
    """State of one account in one dex."""

    user: str
    dex: Dex = ""

    weight: ClassVar = LIGHT_WEIGHT
    max_bytes: ClassVar = 1 * MB  # 34 positions: 13.5 kB recorded; 1,000 would be 450 kB
    example: ClassVar = Example(
        '{"type": "clearinghouseState", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"marginSummary": {"accountValue": "1000.0", "totalNtlPos": "5000.0", "totalRawUsd": "-4000.0", '
        '"totalMarginUsed": "250.0"}, "crossMarginSummary": {"accountValue": "1000.0", '
        '"totalNtlPos": "5000.0", "totalRawUsd": "-4000.0", "totalMarginUsed": "250.0"}, '
        '"crossMaintenanceMarginUsed": "62.5", "withdrawable": "750.0", "assetPositions": [{"type": "oneWay", '
        '"position": {"coin": "BTC", "szi": "0.05", "leverage": {"type": "cross", "value": 20}, '
        '"entryPx": "99000.0", "positionValue": "5000.0", "unrealizedPnl": "50.0", "returnOnEquity": "0.2", '
        '"liquidationPx": "81012.7", "marginUsed": "250.0", "maxLeverage": 40, '
        '"cumFunding": {"allTime": "1.5", "sinceOpen": "0.5", "sinceChange": "0.0"}}}], "time": 1770000000000}',
    )
