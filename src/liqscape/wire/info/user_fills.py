"""`{"type": "userFills", "user"}` and `userFillsByTime`: one side of a fill, with its liquidation mark.

At most 2,000 a call. `liquidation` stands on both sides of a fill; the victim is `liquidatedUser`, which may be absent
since August 2026. Method "market" went to the book, the victim being the aggressor; "backstop" is a takeover by the
liquidator, or auto-deleveraging where either side's `dir` says so. The set of `dir` is open: read it as text
(docs/venue.md).
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from liqscape.wire.info.request import Example, InfoRequest, Milliseconds

MAX_FILLS = 2_000
"""A call."""

AUTO_DELEVERAGING = "Auto-Deleveraging"
BACKSTOP = "backstop"
LIQUIDATED = "Liquidated"
"""`dir` of a victim's side begins with it in a takeover."""


class FillLiquidation(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Why a fill was forced."""

    markPx: float
    method: str
    liquidatedUser: str | None = None


class Fill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One user's side of one fill. A busy block has thousands: left to the garbage collector they take twice as long.

    side B bought, A sold. startPosition signed coins before it. closedPnl USD without fee; fee > 0 is paid. crossed:
    the user was the aggressor. hash of the transaction. tid repeats on the other side. Old recordings lack tid,
    feeToken, twapId.
    """

    coin: str
    px: float
    sz: float
    side: str
    time: int
    startPosition: float
    dir: str
    closedPnl: float
    hash: str
    oid: int
    crossed: bool
    fee: float
    builderFee: float | None = None
    tid: int | None = None
    cloid: str | None = None
    liquidation: FillLiquidation | None = None
    feeToken: str | None = None
    builder: str | None = None
    deployerFee: float | None = None
    twapId: int | UnsetType | None = UNSET

    @property
    def is_liquidation(self) -> bool:
        return self.liquidation is not None

    @property
    def is_deleveraging(self) -> bool:
        """This side was cut by auto-deleveraging; of the victim's side the other one has to be looked at."""
        return self.dir == AUTO_DELEVERAGING

    @property
    def is_own_liquidation(self) -> bool:
        """This side is the victim's, as far as it says so without a name."""
        if self.liquidation is None:
            return False
        return self.dir.startswith(LIQUIDATED) if self.liquidation.method == BACKSTOP else self.crossed


UserFillsAnswer = tuple[Fill, ...]


class UserFillsRequest(InfoRequest[UserFillsAnswer], frozen=True, tag="userFills"):
    """Newest fills of one account."""

    user: str
    aggregateByTime: bool | None = None

    items_per_weight: ClassVar = 20
    example: ClassVar = Example(
        '{"type": "userFills", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"coin": "BTC", "px": "100000.0", "sz": "0.05", "side": "B", "time": 1770000000000, '
        '"startPosition": "0.0", "dir": "Open Long", "closedPnl": "0.0", '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", "oid": 91, '
        '"crossed": true, "fee": "2.25", "tid": 7001, "feeToken": "USDC", "twapId": null}]',
    )


class UserFillsByTimeRequest(InfoRequest[UserFillsAnswer], frozen=True, kw_only=True, tag="userFillsByTime"):
    """Fills of one account between two times."""

    user: str
    startTime: Milliseconds
    endTime: Milliseconds | None = None
    aggregateByTime: bool | None = None
    reversed: bool | None = None

    items_per_weight: ClassVar = 20
    example: ClassVar = Example(
        '{"type": "userFillsByTime", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"startTime": 1770000000000, "endTime": 1770003600000}',
        '[{"coin": "BTC", "px": "100000.0", "sz": "0.05", "side": "B", "time": 1770000000000, '
        '"startPosition": "0.0", "dir": "Open Long", "closedPnl": "0.0", '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", "oid": 91, '
        '"crossed": true, "fee": "2.25", "tid": 7001, "feeToken": "USDC", "twapId": null}]',
    )
