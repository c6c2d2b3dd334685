"""Channels `allMids` and `fastAssetCtxs`: mids once a second; marks and mids of what changed with a block, packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET

from liqscape.exchange.columns import MarketColumn
from liqscape.sandbox.answers.all_mids import build_mids
from liqscape.sandbox.answers.channels.channel import Channel, Messages, nothing_to_check, serve
from liqscape.sandbox.answers.contexts import mid_price
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import price
from liqscape.wire.ws.all_mids import AllMidsMessage, AllMidsSubscription
from liqscape.wire.ws.fast_asset_ctxs import (
    FastAssetContexts,
    FastAssetCtxsSubscription,
    FastContext,
    pack_fast_asset_contexts,
)

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

MIDS_PERIOD_MS = 1_000
MEMORY_KEY = "fastAssetCtxs"


def _check_mids(question: Question[Any]) -> None:
    question.dex()


def _mids(question: Question[Any]) -> Messages:
    dex = question.dex()
    return [AllMidsMessage(build_mids(question.sandbox, dex), dex or None)]


def _mids_update(question: Question[Any], output: BlockOutput) -> Messages:  # noqa: ARG001
    return _mids(question) if question.sandbox.records.has_passed(MIDS_PERIOD_MS) else []


def _fast_now(question: Question[Any]) -> FastAssetContexts:
    exchange = question.sandbox.exchange
    return {
        coin: FastContext(
            price(exchange, row, int(exchange.state.market[row, MarketColumn.MARK])), mid_price(exchange, row)
        )
        for row, coin in enumerate(exchange.markets.coins)
        if not exchange.markets.rows[row].is_delisted
    }


def _fast(question: Question[Any]) -> Messages:
    return [pack_fast_asset_contexts(_fast_now(question))]


def _fast_update(question: Question[Any], output: BlockOutput) -> Messages:  # noqa: ARG001
    memory = question.sandbox.memory
    before, now = cast("FastAssetContexts", memory.get(MEMORY_KEY, {})), _fast_now(question)
    memory[MEMORY_KEY] = now
    changed = {
        coin: _difference(before[coin], context) if coin in before else context
        for coin, context in now.items()
        if before.get(coin) != context
    }
    return [pack_fast_asset_contexts(changed)] if changed else []


def _difference(before: FastContext, now: FastContext) -> FastContext:
    return FastContext(
        now.markPx if now.markPx != before.markPx else None, now.midPx if now.midPx != before.midPx else UNSET
    )


serve(AllMidsSubscription, Channel(_check_mids, _mids, _mids_update))
serve(FastAssetCtxsSubscription, Channel(nothing_to_check, _fast, _fast_update))
