"""`{"type": "vaultDetails", "vaultAddress", "user"}`: one vault, its children and followers; null where there is none.

Positions belong to the vault's own address, and of a parent to its children's: `relationship.data.childAddresses`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.portfolio import PortfolioAnswer
from liqscape.wire.info.request import Example, InfoRequest


class Follower(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's money in it, USD. `user` may read "Leader"."""

    user: str
    vaultEquity: float
    pnl: float
    allTimePnl: float
    daysFollowing: int
    vaultEntryTime: int
    lockupUntil: int | None = None


class Children(msgspec.Struct, frozen=True):
    childAddresses: tuple[str, ...]


class Relationship(msgspec.Struct, frozen=True, omit_defaults=True):
    """parent (with children), child or normal."""

    type: str
    data: Children | None = None


class VaultDetails(msgspec.Struct, frozen=True, kw_only=True):
    """One vault. Shares and rates are JSON numbers here, USD of followers text."""

    plain_numbers: ClassVar = ("apr", "leaderFraction", "leaderCommission", "maxDistributable", "maxWithdrawable")

    name: str
    vaultAddress: str
    leader: str
    description: str
    portfolio: PortfolioAnswer
    apr: float
    followerState: Follower | None
    leaderFraction: float
    leaderCommission: float
    followers: tuple[Follower, ...]
    maxDistributable: float
    maxWithdrawable: float
    isClosed: bool
    relationship: Relationship
    allowDeposits: bool
    alwaysCloseOnWithdraw: bool


VaultDetailsAnswer = VaultDetails | None


class VaultDetailsRequest(InfoRequest[VaultDetailsAnswer], frozen=True, tag="vaultDetails"):
    """One vault."""

    vaultAddress: str
    user: str | None = None

    example: ClassVar = Example(
        '{"type": "vaultDetails", "vaultAddress": "0xc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"}',
        '{"name": "A vault", "vaultAddress": "0xc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3", '
        '"leader": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "description": "Made up", '
        '"portfolio": [["day", {"accountValueHistory": [[1770000000000, "1000.0"]], '
        '"pnlHistory": [[1770000000000, "0.0"]], "vlm": "0.0"}]], "apr": 0.1, "followerState": null, '
        '"leaderFraction": 0.5, "leaderCommission": 0.1, '
        '"followers": [{"user": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2", "vaultEquity": "500.0", '
        '"pnl": "5.0", "allTimePnl": "5.0", "daysFollowing": 3, "vaultEntryTime": 1770000000000, '
        '"lockupUntil": 1770300000000}], "maxDistributable": 100.0, "maxWithdrawable": 100.0, '
        '"isClosed": false, "relationship": {"type": "parent", '
        '"data": {"childAddresses": ["0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"]}}, "allowDeposits": true, '
        '"alwaysCloseOnWithdraw": false}',
    )
