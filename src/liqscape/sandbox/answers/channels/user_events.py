"""Channels `userEvents` (messages named `user`) and `notification`: what happens to an account, as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liqscape.sandbox.answers.channels.channel import Channel, Messages, check_user, serve
from liqscape.sandbox.answers.channels.orders import changes_of
from liqscape.sandbox.answers.channels.user_history import entries_in, fills_in, payments_in
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import address, usd
from liqscape.sandbox.records.ledger import LedgerEntry, LedgerKind
from liqscape.wire.ws.notification import NotificationMessage, NotificationSubscription
from liqscape.wire.ws.user_events import (
    EventFunding,
    EventLiquidation,
    NonUserCancel,
    UserEvent,
    UserEventsSubscription,
)

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

LIQUIDATIONS = (LedgerKind.MARKET_LIQUIDATION, LedgerKind.TAKEOVER)


def _events_snapshot(question: Question[Any]) -> Messages:
    changes_of(question, None)
    return []


def _events(question: Question[Any], output: BlockOutput) -> Messages:
    messages: Messages = []
    fills = fills_in(question, output)
    if fills:
        messages.append(UserEvent(fills=tuple(fills)))
    messages += [
        UserEvent(funding=EventFunding(coin=paid.coin, usdc=paid.usdc, szi=paid.szi, fundingRate=paid.fundingRate))
        for paid in payments_in(question, output)
    ]
    messages += [UserEvent(liquidation=_liquidation(question, entry)) for entry in _liquidations(question, output)]
    cancelled = [
        NonUserCancel(change.order.coin, change.order.oid)
        for change in changes_of(question, output)
        if change.status == "liquidatedCanceled"
    ]
    if cancelled:
        messages.append(UserEvent(nonUserCancel=tuple(cancelled)))
    return messages


def _liquidations(question: Question[Any], output: BlockOutput) -> list[LedgerEntry]:
    """Of the user, and those the user took over."""
    account = question.account()
    if account is None:
        return []
    return [
        entry
        for entry in entries_in(question, output)
        if entry.kind in LIQUIDATIONS and account in (entry.account, entry.counterparty)
    ]


def _liquidation(question: Question[Any], entry: LedgerEntry) -> EventLiquidation:
    exchange = question.sandbox.exchange
    return EventLiquidation(
        lid=entry.transaction,
        liquidator=address(exchange, entry.counterparty),
        liquidated_user=address(exchange, entry.account),
        liquidated_ntl_pos=usd(entry.notional),
        liquidated_account_value=usd(entry.value),
    )


def _no_snapshot(question: Question[Any]) -> Messages:  # noqa: ARG001
    return []


def _notifications(question: Question[Any], output: BlockOutput) -> Messages:
    account, coins = question.account(), question.sandbox.exchange.markets.coins
    return [
        NotificationMessage(f"Liquidated: {', '.join(coins[market] for market, _ in entry.positions)}")
        for entry in _liquidations(question, output)
        if entry.account == account
    ]


serve(UserEventsSubscription, Channel(check_user, _events_snapshot, _events))
serve(NotificationSubscription, Channel(check_user, _no_snapshot, _notifications))
