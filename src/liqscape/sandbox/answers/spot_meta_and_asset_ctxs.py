"""spotMetaAndAssetCtxs: the same with the contexts of the pairs. Nobody trades them: volumes are zero."""

from __future__ import annotations

from liqscape.exchange.columns import MarketColumn
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_meta import build_spot_meta
from liqscape.sandbox.answers.units import price
from liqscape.sandbox.facts.tokens import TOKENS, Token, pair_name
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.spot_meta import SpotMeta
from liqscape.wire.info.spot_meta_and_asset_ctxs import SpotContext, SpotMetaAndAssetCtxsRequest

SUPPLY = 1e8
"""Tokens of each kind, a round figure."""


@answers(SpotMetaAndAssetCtxsRequest)
def answer(question: Question[SpotMetaAndAssetCtxsRequest]) -> tuple[SpotMeta, list[SpotContext]]:
    return build_spot_meta(), spot_contexts(question.sandbox)


def spot_contexts(sandbox: SandboxState) -> list[SpotContext]:
    """One a pair, in the order of spotMeta."""
    return [
        SpotContext(
            prevDayPx=worth,
            dayNtlVlm=0.0,
            markPx=worth,
            midPx=worth,
            circulatingSupply=SUPPLY,
            coin=pair_name(token),
            totalSupply=SUPPLY,
            dayBaseVlm=0.0,
        )
        for token in TOKENS
        if token.pair is not None
        for worth in (token_price(sandbox, token),)
    ]


def token_price(sandbox: SandboxState, token: Token) -> float:
    """USD: the mark of the coin that follows the same thing, where it is listed; else the token's own price."""
    exchange = sandbox.exchange
    market = None if token.coin is None else exchange.markets.find(token.coin)
    return (
        token.price
        if market is None
        else price(exchange, market, int(exchange.state.market[market, MarketColumn.MARK]))
    )
