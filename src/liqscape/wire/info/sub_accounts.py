"""`{"type": "subAccounts", "user"}` and `subAccounts2`: the accounts below a master; null where there are none."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState


class SubAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `subAccounts`: the state of the first dex."""

    name: str
    subAccountUser: str
    master: str
    clearinghouseState: ClearinghouseState
    spotState: SpotClearinghouseState


class SubAccount2(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of `subAccounts2`: the state of every dex, and the margin mode."""

    dexToClearinghouseState: tuple[tuple[str, ClearinghouseState], ...]
    spotState: SpotClearinghouseState
    name: str | None = None
    subAccountUser: str | None = None
    master: str | None = None
    abstraction: str | None = None


SubAccountsAnswer = tuple[SubAccount, ...] | None
SubAccounts2Answer = tuple[SubAccount2, ...] | None


class SubAccountsRequest(InfoRequest[SubAccountsAnswer], frozen=True, tag="subAccounts"):
    """Accounts below a master, as they are in the first dex."""

    user: str

    example: ClassVar = Example(
        '{"type": "subAccounts", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"name": "one", "subAccountUser": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2", '
        '"master": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"clearinghouseState": {"marginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", '
        '"totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, "crossMarginSummary": {"accountValue": "0.0", '
        '"totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, '
        '"crossMaintenanceMarginUsed": "0.0", "withdrawable": "0.0", "assetPositions": [], '
        '"time": 1770000000000}, "spotState": {"balances": [{"coin": "USDC", "token": 0, "total": "1500.0", '
        '"hold": "0.0", "entryNtl": "0.0"}]}}]',
    )


class SubAccounts2Request(InfoRequest[SubAccounts2Answer], frozen=True, tag="subAccounts2"):
    """Accounts below a master, as they are in every dex."""

    user: str

    example: ClassVar = Example(
        '{"type": "subAccounts2", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"dexToClearinghouseState": [["", {"marginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", '
        '"totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, "crossMarginSummary": {"accountValue": "0.0", '
        '"totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, '
        '"crossMaintenanceMarginUsed": "0.0", "withdrawable": "0.0", "assetPositions": [], '
        '"time": 1770000000000}]], "spotState": {"balances": [{"coin": "USDC", "token": 0, "total": "1500.0", '
        '"hold": "0.0", "entryNtl": "0.0"}]}, "name": "one", '
        '"subAccountUser": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2", '
        '"master": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}]',
    )
