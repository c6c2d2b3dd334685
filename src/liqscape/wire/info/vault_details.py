"""`{"type": "vaultDetails", "vaultAddress", "user"}`: one vault, its children and followers; null where there is none.

Positions belong to the vault's own address, and of a parent to its children's: `relationship.data.childAddresses`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.portfolio import PortfolioAnswer


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
