"""`{"type": "userNonFundingLedgerUpdates", "user", "startTime", "endTime"}`: deposits, transfers, liquidations."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest, Milliseconds


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


class UserNonFundingLedgerUpdatesRequest(
    InfoRequest[UserNonFundingLedgerUpdatesAnswer], frozen=True, tag="userNonFundingLedgerUpdates"
):
    """Money in and out of one account."""

    user: str
    startTime: Milliseconds | None = None
    endTime: Milliseconds | None = None

    items_per_weight: ClassVar = 20
    max_items: ClassVar = 500
    example: ClassVar = Example(
        '{"type": "userNonFundingLedgerUpdates", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"startTime": 1770000000000, "endTime": 1770003600000}',
        '[{"time": 1770000000000, '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", '
        '"delta": {"type": "deposit", "usdc": "1000.0"}}]',
    )
