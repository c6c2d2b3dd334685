"""userNonFundingLedgerUpdates: deposits, withdrawals, transfers and liquidations of an account, oldest first."""

from __future__ import annotations

from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import coins, transaction_hash, usd
from liqscape.sandbox.facts.tokens import token_name
from liqscape.sandbox.records.ledger import LedgerEntry, LedgerKind
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.funding_history import MAX_ROWS
from liqscape.wire.info.user_non_funding_ledger_updates import (
    LedgerDelta,
    LedgerUpdate,
    LiquidatedPosition,
    UserNonFundingLedgerUpdatesRequest,
)


@answers(UserNonFundingLedgerUpdatesRequest)
def answer(question: Question[UserNonFundingLedgerUpdatesRequest]) -> list[LedgerUpdate]:
    account, start, end = (
        question.account(),
        question.request.startTime or 0,
        question.request.endTime,
    )
    if account is None:
        return []
    return ledger_of(question.sandbox, account, start, end)[:MAX_ROWS]


def ledger_of(sandbox: SandboxState, account: int, start_ms: int, end_ms: int | None = None) -> list[LedgerUpdate]:
    """Entries within start_ms .. end_ms."""
    entries = sandbox.records.ledger_updates(account, start_ms, end_ms)
    return [map_entry(sandbox.exchange, entry) for entry in entries]


def map_entry(exchange: Exchange, entry: LedgerEntry) -> LedgerUpdate:
    """One entry."""
    return LedgerUpdate(entry.time_ms, transaction_hash(entry.transaction), map_delta(exchange, entry))


def map_delta(exchange: Exchange, entry: LedgerEntry) -> LedgerDelta:
    """What it says, without time and hash."""
    if entry.dex and entry.kind in (LedgerKind.DEPOSIT, LedgerKind.WITHDRAWAL):
        return _sent(exchange, entry)
    if entry.kind == LedgerKind.DEPOSIT:
        return LedgerDelta(type="deposit", usdc=usd(entry.uusd))
    if entry.kind == LedgerKind.WITHDRAWAL:
        # Signed after the block whose time the entry bears: the state of that block does not have it yet.
        return LedgerDelta(type="withdraw", usdc=usd(entry.uusd), nonce=entry.time_ms + 1, fee=0.0)
    if entry.kind in (LedgerKind.GIVEN, LedgerKind.RECEIVED):
        sides = (entry.account, entry.counterparty)
        giver, taker = sides if entry.kind == LedgerKind.GIVEN else sides[::-1]
        return LedgerDelta(
            type="subAccountTransfer",
            usdc=usd(entry.uusd),
            user=exchange.addresses[giver],
            destination=exchange.addresses[taker],
        )
    return LedgerDelta(
        type="liquidation",
        liquidatedNtlPos=usd(entry.notional),
        accountValue=usd(entry.value),
        leverageType="Isolated" if entry.is_isolated else "Cross",
        liquidatedPositions=tuple(
            LiquidatedPosition(exchange.markets.coins[market], coins(exchange, market, lots))
            for market, lots in entry.positions
        ),
    )


def _sent(exchange: Exchange, entry: LedgerEntry) -> LedgerDelta:
    """Money of one account between its spot balance and a dex of a builder: bridges know the first dex alone."""
    dex, address = exchange.dexs[entry.dex], exchange.addresses[entry.account]
    token = next(row.collateral_token for row in exchange.markets.rows if row.dex == dex)
    source, target = ("spot", dex) if entry.kind == LedgerKind.DEPOSIT else (dex, "spot")
    return LedgerDelta(
        type="send",
        user=address,
        destination=address,
        sourceDex=source,
        destinationDex=target,
        token=token_name(token),
        amount=usd(entry.uusd),
        fee=0.0,
        nativeTokenFee=0.0,
        nonce=entry.time_ms + 1,
    )
