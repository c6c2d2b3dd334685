"""`{"type": "userNonFundingLedgerUpdates", "user", "startTime", "endTime"}`: deposits, transfers, liquidations."""

from __future__ import annotations

import msgspec


class LiquidatedPosition(msgspec.Struct, frozen=True):
    """Signed coins."""

    coin: str
    szi: float


class LedgerDelta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened, by `type`; the fields of other types are absent.

    deposit, withdraw      usdc, and for a withdrawal nonce and fee.
    liquidation            liquidatedNtlPos, accountValue (of the pocket where Isolated), leverageType Cross or
                           Isolated, liquidatedPositions. Node files also say ledgerLiquidation.
    vaultDeposit, vaultWithdraw, accountClassTransfer, internalTransfer, ...: usdc where they have it.
    """

    type: str
    usdc: float | None = None
    liquidatedNtlPos: float | None = None
    accountValue: float | None = None
    leverageType: str | None = None
    liquidatedPositions: tuple[LiquidatedPosition, ...] | None = None
    nonce: int | None = None
    fee: float | None = None
    vault: str | None = None
    user: str | None = None
    destination: str | None = None
    toPerp: bool | None = None

    @property
    def is_liquidation(self) -> bool:
        return self.type in ("liquidation", "ledgerLiquidation")


class LedgerUpdate(msgspec.Struct, frozen=True):
    """One entry."""

    time: int
    hash: str
    delta: LedgerDelta


UserNonFundingLedgerUpdatesAnswer = tuple[LedgerUpdate, ...]
