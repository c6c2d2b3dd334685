"""`{"type": "userNonFundingLedgerUpdates", "user", "startTime", "endTime"}`: deposits, transfers, liquidations."""

from __future__ import annotations

import msgspec


class LiquidatedPosition(msgspec.Struct, frozen=True):
    """Signed coins."""

    coin: str
    szi: float


class LedgerDelta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened, by `type`; the fields of other types are absent. docs/venue.md lists the types.

    deposit, withdraw, transfers, vaults   USDC as `usdc`.
    send, spotTransfer, ...                `amount` of `token`.
    liquidation                            Node files also say ledgerLiquidation. accountValue is of the pocket where
                                           leverageType is Isolated, not Cross.
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
    token: str | None = None
    amount: float | None = None
    nativeTokenFee: float | None = None
    sourceDex: str | None = None
    destinationDex: str | None = None
    commission: float | None = None
    closingCost: float | None = None
    netWithdrawnUsd: float | None = None

    @property
    def is_liquidation(self) -> bool:
        return self.type in ("liquidation", "ledgerLiquidation")


class LedgerUpdate(msgspec.Struct, frozen=True):
    """One entry."""

    time: int
    hash: str
    delta: LedgerDelta


UserNonFundingLedgerUpdatesAnswer = tuple[LedgerUpdate, ...]
