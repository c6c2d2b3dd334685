"""metaAndAssetCtxs: markets of one dex with their contexts, index by index."""

from __future__ import annotations

from liqscape.sandbox.answers.contexts import asset_contexts, markets_of
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.meta import build_meta
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.meta import AssetContext, Meta, MetaAndAssetCtxsRequest


@answers(MetaAndAssetCtxsRequest)
def answer(question: Question[MetaAndAssetCtxsRequest]) -> tuple[Meta, list[AssetContext]]:
    sandbox, dex = question.sandbox, question.dex()
    return build_meta(sandbox, dex), asset_contexts(sandbox, markets_of(sandbox.exchange, dex))
