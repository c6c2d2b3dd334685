"""Channels `l2Book` and `bbo`: the whole book twice a second, its best prices whenever they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liqscape.sandbox.answers.channels.channel import Channel, Messages, check_coin, serve
from liqscape.sandbox.answers.l2_book import build_book, read_figures
from liqscape.sandbox.answers.question import Question
from liqscape.wire.ws.bbo import Bbo, BboSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

BOOK_PERIOD_MS = 500
"""HL.DOC.WS: pushed at most each half second."""


def _check_book(question: Question[Any]) -> None:
    question.market()
    read_figures(question.request)


def _book(question: Question[Any]) -> Messages:
    figures, mantissa = read_figures(question.request)
    is_fast = bool(question.request.fast)
    return [build_book(question.sandbox.exchange, question.market(), figures, mantissa, is_fast=is_fast)]


def _book_update(question: Question[Any], output: BlockOutput) -> Messages:  # noqa: ARG001
    is_due = question.request.fast or question.sandbox.records.has_passed(BOOK_PERIOD_MS)
    return _book(question) if is_due else []


def _best(question: Question[Any]) -> Bbo:
    book = build_book(question.sandbox.exchange, question.market(), count=1)
    bids, asks = book.levels
    return Bbo(book.coin, book.time, (bids[0] if bids else None, asks[0] if asks else None))


def _best_snapshot(question: Question[Any]) -> Messages:
    return [_best(question)]


def _best_update(question: Question[Any], output: BlockOutput) -> Messages:  # noqa: ARG001
    best, memory = _best(question), question.sandbox.memory
    key = ("bbo", best.coin)
    has_changed = memory.get(key) != best.bbo
    memory[key] = best.bbo
    return [best] if has_changed else []


serve(L2BookSubscription, Channel(_check_book, _book, _book_update))
serve(BboSubscription, Channel(check_coin, _best_snapshot, _best_update))
