"""Channels `activeAssetCtx`, `allDexsAssetCtxs`, `spotAssetCtxs`: with each mark update and once a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liqscape.sandbox.answers.channels.channel import Channel, Messages, check_coin, nothing_to_check, serve
from liqscape.sandbox.answers.contexts import asset_context, asset_contexts, dexs, markets_of
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_meta_and_asset_ctxs import spot_contexts
from liqscape.wire.ws.active_asset_ctx import ActiveAssetContext, ActiveAssetCtxSubscription
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetContexts, AllDexsAssetCtxsSubscription
from liqscape.wire.ws.spot_asset_ctxs import SpotAssetCtxsSubscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

CONTEXT_PERIOD_MS = 1_000


def is_due(question: Question[Any], output: BlockOutput) -> bool:
    """With a mark update, or once a second."""
    return output.is_mark_update or question.sandbox.records.has_passed(CONTEXT_PERIOD_MS)


def _one(question: Question[Any]) -> Messages:
    market = question.market()
    context = asset_context(question.sandbox, market)
    return [ActiveAssetContext(question.sandbox.exchange.markets.coins[market], context)]


def _one_update(question: Question[Any], output: BlockOutput) -> Messages:
    return _one(question) if is_due(question, output) else []


def _all(question: Question[Any]) -> Messages:
    exchange = question.sandbox.exchange
    return [
        AllDexsAssetContexts(
            tuple((dex, tuple(asset_contexts(question.sandbox, markets_of(exchange, dex)))) for dex in dexs(exchange))
        )
    ]


def _all_update(question: Question[Any], output: BlockOutput) -> Messages:
    return _all(question) if is_due(question, output) else []


def _spot(question: Question[Any]) -> Messages:
    return [spot_contexts(question.sandbox)]


def _spot_update(question: Question[Any], output: BlockOutput) -> Messages:
    return _spot(question) if is_due(question, output) else []


serve(ActiveAssetCtxSubscription, Channel(check_coin, _one, _one_update))
serve(AllDexsAssetCtxsSubscription, Channel(nothing_to_check, _all, _all_update))
serve(SpotAssetCtxsSubscription, Channel(nothing_to_check, _spot, _spot_update))
