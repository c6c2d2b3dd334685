"""Ledger updates of a node as movements of cash behind positions (docs/tracking.md, "Cash that moves").

Each kind has a rule that gives both sides of what it moved. Where fields are missing, or it is not told who pays a fee
or what of it is cash behind perps, the amount is NaN; so it is for kinds without a rule. Kinds and fields are as the
venue's documents and public clients show them (docs/venue.md, "Ledger").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import NamedTuple, TypeGuard

import numpy as np

from liqscape.model.cash import CashMovements
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import HOUR_MS
from liqscape.wire.decode import LARGEST_NUMBER
from liqscape.wire.info.user_non_funding_ledger_updates import LedgerDelta
from liqscape.wire.node.misc_events import NodeLedgerUpdate

FIRST_DEX, SPOT = "", "spot"
"""As `sourceDex` and `destinationDex` name the first-party dex, and balances outside of all dexs."""
MAX_WITHDRAWAL_MS = HOUR_MS
"""The bridge takes three to four minutes, more when it is busy."""
DOLLAR = "USDC"
"""The token whose part in an account's common pool is told; which pool another one is of is not known here."""


class CashRow(NamedTuple):
    """One row of CashMovements."""

    address: str
    dex: str
    amount: float
    whole: float
    kind: MinuteKind = MinuteKind.TRANSFER


class ReportedUpdate(NamedTuple):
    """An update with its addresses in lower case, "" where there is none. sender is `user` of the delta."""

    time_ms: int
    users: tuple[str, ...]
    sender: str
    receiver: str
    vault: str
    delta: LedgerDelta


Rule = Callable[[ReportedUpdate], list[CashRow] | None]
"""Sides; None where they cannot be told."""


def map_cash(updates: Sequence[tuple[int, NodeLedgerUpdate]]) -> CashMovements:
    """Rows of all updates (time, update) in their order; those that move nothing have none."""
    rows: dict[str, int] = {}
    dexs: dict[str, int] = {}
    found: list[tuple[int, int, int, float, float, int]] = []
    for time_ms, update in updates:
        moved_ms, sides = read_update(time_ms, update)
        for side in sides:
            user, dex = rows.setdefault(side.address, len(rows)), dexs.setdefault(side.dex, len(dexs))
            found.append((user, dex, moved_ms, side.amount, side.whole, side.kind))
    return CashMovements(
        addresses=tuple(rows),
        dexs=tuple(dexs),
        user=np.array([each[0] for each in found], np.int32),
        dex=np.array([each[1] for each in found], np.int32),
        time_ms=np.array([each[2] for each in found], np.int64),
        amount=np.array([each[3] for each in found], np.float64),
        whole=np.array([each[4] for each in found], np.float64),
        kind=np.array([each[5] for each in found], np.uint8),
    )


def read_update(time_ms: int, update: NodeLedgerUpdate) -> tuple[int, list[CashRow]]:
    """(when, what) an update moved; NaN for everybody it names where the amount is unknown."""
    delta = update.delta
    users = tuple(user.lower() for user in update.users)
    sender, receiver, vault = ((name or "").lower() for name in (delta.user, delta.destination, delta.vault))
    reported = ReportedUpdate(time_ms, users, sender, receiver, vault, delta)
    rule = RULES.get(delta.type)
    sides = None if rule is None else rule(reported)
    if sides is None:
        named = dict.fromkeys((*users, reported.sender, reported.receiver, reported.vault))
        return time_ms, [CashRow(name, FIRST_DEX, nan, nan) for name in named if name]
    moved_ms = delta.nonce if rule is _withdraw and delta.nonce is not None else time_ms
    return moved_ms, [side for side in sides if side.amount != 0.0 or side.whole != 0.0]


def _deposit(reported: ReportedUpdate) -> list[CashRow] | None:
    """Money bridged in."""
    usd = reported.delta.usdc
    if len(reported.users) != 1 or not _is_amount(usd):
        return None
    return [CashRow(reported.users[0], FIRST_DEX, usd, usd, MinuteKind.DEPOSIT)]


def _withdraw(reported: ReportedUpdate) -> list[CashRow] | None:
    """Bridged out, the fee on top of what arrives. It is reported on arrival, but left when it was signed: `nonce`."""
    usd, fee, signed_ms = reported.delta.usdc, reported.delta.fee, reported.delta.nonce
    if len(reported.users) != 1 or not _is_amount(usd) or not _is_amount(fee) or signed_ms is None:
        return None
    if not 0 <= reported.time_ms - signed_ms <= MAX_WITHDRAWAL_MS:
        return None
    return [CashRow(reported.users[0], FIRST_DEX, -(usd + fee), -(usd + fee), MinuteKind.WITHDRAWAL)]


def _class_transfer(reported: ReportedUpdate) -> list[CashRow] | None:
    """Between the spot balance and the first dex of one account."""
    usd, is_to_perp = reported.delta.usdc, reported.delta.toPerp
    if len(reported.users) != 1 or not _is_amount(usd) or is_to_perp is None:
        return None
    return [CashRow(reported.users[0], FIRST_DEX, usd if is_to_perp else -usd, 0.0)]


def _internal_transfer(reported: ReportedUpdate) -> list[CashRow] | None:
    """From the first dex of one account to that of another. On which side the fee of a first transfer is, is open."""
    return _account_transfer(reported) if reported.delta.fee == 0.0 else None


def _account_transfer(reported: ReportedUpdate) -> list[CashRow] | None:
    """The same between an account and its sub-account, without a fee."""
    return _moved(reported.sender, reported.receiver, reported.delta.usdc)


def _send(reported: ReportedUpdate) -> list[CashRow] | None:
    """Any token from a dex or the spot balance to one of the same or another account."""
    source, target = reported.delta.sourceDex, reported.delta.destinationDex
    return None if source is None or target is None else _token_transfer(reported, source, target)


def _spot_transfer(reported: ReportedUpdate) -> list[CashRow] | None:
    """Any token from spot balance to spot balance."""
    return _token_transfer(reported, SPOT, SPOT)


def _vault_deposit(reported: ReportedUpdate) -> list[CashRow] | None:
    """From a depositor's first dex to the vault's."""
    return _moved(_beside_vault(reported), reported.vault, reported.delta.usdc)


def _vault_create(reported: ReportedUpdate) -> list[CashRow] | None:
    """The first deposit, of the leader. Whether it includes the fee is not reported."""
    sides = _vault_deposit(reported)
    if sides is None or reported.delta.fee == 0.0:
        return sides
    return [sides[0]._replace(amount=nan, whole=nan), *sides[1:]]


def _vault_withdraw(reported: ReportedUpdate) -> list[CashRow] | None:
    """The depositor gets the net. With a commission or a closing cost, what left the vault is not reported."""
    sides = _moved(reported.vault, _beside_vault(reported), reported.delta.netWithdrawnUsd)
    if sides is None or (reported.delta.commission == 0.0 and reported.delta.closingCost == 0.0):
        return sides
    return [sides[0]._replace(amount=nan, whole=nan), *sides[1:]]


def _outside(reported: ReportedUpdate) -> list[CashRow] | None:
    """Coins outside of all dexs: nothing of a standard account's cash."""
    return [CashRow(user, FIRST_DEX, 0.0, nan) for user in reported.users]


def _nothing(_: ReportedUpdate) -> list[CashRow] | None:
    """No cash by itself: the fills report what a liquidation did."""
    return []


RULES: dict[str, Rule] = {
    "deposit": _deposit,
    "withdraw": _withdraw,
    "accountClassTransfer": _class_transfer,
    "internalTransfer": _internal_transfer,
    "subAccountTransfer": _account_transfer,
    "send": _send,
    "spotTransfer": _spot_transfer,
    "vaultCreate": _vault_create,
    "vaultDeposit": _vault_deposit,
    "vaultWithdraw": _vault_withdraw,
    "cStakingTransfer": _outside,
    "spotGenesis": _outside,
    "liquidation": _nothing,
    "ledgerLiquidation": _nothing,
}


def _moved(sender: str, receiver: str, usd: float | None) -> list[CashRow] | None:
    """Rows of USD moved from one account's first dex to another's."""
    if not sender or not receiver or sender == receiver or not _is_amount(usd):
        return None
    return [CashRow(sender, FIRST_DEX, -usd, -usd), CashRow(receiver, FIRST_DEX, usd, usd)]


def _token_transfer(reported: ReportedUpdate, source: str, target: str) -> list[CashRow] | None:
    """With a fee, the balance it was taken from is not reported: every candidate is NaN."""
    amount, token = reported.delta.amount, reported.delta.token
    if not reported.sender or not reported.receiver or not token or not _is_amount(amount):
        return None
    if reported.delta.fee or reported.delta.nativeTokenFee:
        amount = nan
    whole = amount if token == DOLLAR else nan
    if reported.sender == reported.receiver:
        whole = 0.0 * amount
        amount = whole if source == target else amount
    return [
        CashRow(reported.sender, FIRST_DEX, 0.0, -whole)
        if source == SPOT
        else CashRow(reported.sender, source, -amount, -whole),
        CashRow(reported.receiver, FIRST_DEX, 0.0, whole)
        if target == SPOT
        else CashRow(reported.receiver, target, amount, whole),
    ]


def _beside_vault(reported: ReportedUpdate) -> str:
    """The account at the other end: named as user, else the only one besides the vault; "" where that is open."""
    others = {reported.sender} if reported.sender else set(reported.users) - {reported.vault}
    return others.pop() if len(others) == 1 else ""


def _is_amount(value: float | None) -> TypeGuard[float]:
    return value is not None and 0.0 <= value <= LARGEST_NUMBER
