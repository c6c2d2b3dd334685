"""Channels userFills, userFundings, userNonFundingLedgerUpdates: the past first, as a snapshot, then news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liqscape.exchange.columns import EventColumn, EventKind
from liqscape.sandbox.answers.channels.channel import Channel, Messages, check_user, serve
from liqscape.sandbox.answers.fills import join_fills, map_fills
from liqscape.sandbox.answers.ledger_updates import ledger_of, map_entry
from liqscape.sandbox.answers.outcome_fills import outcome_fills
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.user_fills import recent_fills
from liqscape.sandbox.answers.user_funding import map_payment
from liqscape.sandbox.records.ledger import LedgerEntry, read_ledger
from liqscape.units import Int64Array
from liqscape.wire.info.funding_history import MAX_ROWS
from liqscape.wire.info.user_fills import Fill
from liqscape.wire.ws.user_fills import UserFillsMessage, UserFillsSubscription
from liqscape.wire.ws.user_fundings import Funding, UserFundingsMessage, UserFundingsSubscription
from liqscape.wire.ws.user_non_funding_ledger_updates import LedgerMessage, UserNonFundingLedgerUpdatesSubscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

PAYMENT_EVENT = [
    EventColumn.TIME_MS,
    EventColumn.ACCOUNT,
    EventColumn.MARKET,
    EventColumn.A,
    EventColumn.B,
    EventColumn.C,
    EventColumn.TRANSACTION,
]
"""Columns of a funding event in the order of Payment."""


def _check_fills(question: Question[Any]) -> None:
    question.address()


def _fills(question: Question[Any]) -> Messages:
    fills = _joined(question, recent_fills(question.sandbox, question.account()))
    return [UserFillsMessage(question.address(), tuple(fills), isSnapshot=True)]


def _fills_update(question: Question[Any], output: BlockOutput) -> Messages:
    fills = _joined(question, fills_in(question, output))
    return [UserFillsMessage(question.address(), tuple(fills))] if fills else []


def fills_in(question: Question[Any], output: BlockOutput) -> list[Fill]:
    """The user's side of the block's fills, outcome markets with them."""
    account, sandbox = question.account(), question.sandbox
    if account is None:
        return []
    since = sandbox.records.previous_ms + 1
    return map_fills(sandbox.exchange, output.fills, account) + outcome_fills(sandbox, account, since)


def _joined(question: Question[Any], fills: list[Fill]) -> list[Fill]:
    return join_fills(fills) if question.request.aggregateByTime else fills


def _fundings(question: Question[Any]) -> Messages:
    account, records = question.account(), question.sandbox.records
    rows = [] if account is None else list(records.fundings_of(account)[-MAX_ROWS:])
    return [UserFundingsMessage(question.address(), _payments(question, rows), isSnapshot=True)]


def _fundings_update(question: Question[Any], output: BlockOutput) -> Messages:
    payments = payments_in(question, output)
    return [UserFundingsMessage(question.address(), payments)] if payments else []


def payments_in(question: Question[Any], output: BlockOutput) -> tuple[Funding, ...]:
    """The user's funding payments of the block."""
    account, events = question.account(), output.events
    if account is None:
        return ()
    own = events[(events[:, EventColumn.KIND] == EventKind.FUNDING) & (events[:, EventColumn.ACCOUNT] == account)]
    return _payments(question, list(own[:, PAYMENT_EVENT]))


def _payments(question: Question[Any], rows: list[Int64Array]) -> tuple[Funding, ...]:
    updates = [map_payment(question.sandbox.exchange, row) for row in rows]
    return tuple(
        Funding(
            time=each.time,
            coin=each.delta.coin,
            usdc=each.delta.usdc,
            szi=each.delta.szi,
            fundingRate=each.delta.fundingRate,
        )
        for each in updates
    )


def _ledger(question: Question[Any]) -> Messages:
    account = question.account()
    updates = [] if account is None else ledger_of(question.sandbox, account, 0)[-MAX_ROWS:]
    return [LedgerMessage(question.address(), tuple(updates), isSnapshot=True)]


def _ledger_update(question: Question[Any], output: BlockOutput) -> Messages:
    account = question.account()
    entries = [entry for entry in entries_in(question, output) if entry.account == account]
    if not entries:
        return []
    return [LedgerMessage(question.address(), tuple(map_entry(question.sandbox.exchange, entry) for entry in entries))]


def entries_in(question: Question[Any], output: BlockOutput) -> list[LedgerEntry]:
    """Everybody's ledger entries of the block."""
    sandbox = question.sandbox
    return read_ledger(output.events, output.fills, sandbox.exchange.state.market, sandbox.records.masters)


serve(UserFillsSubscription, Channel(_check_fills, _fills, _fills_update))
serve(UserFundingsSubscription, Channel(check_user, _fundings, _fundings_update))
serve(UserNonFundingLedgerUpdatesSubscription, Channel(check_user, _ledger, _ledger_update))
