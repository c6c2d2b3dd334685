"""metaAndAssetCtxs: markets of one dex with their contexts, index by index."""

from __future__ import annotations

from liqscape.sandbox.answers.contexts import asset_contexts, markets_of
from liqscape.sandbox.answers.meta import build_meta
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.meta import AssetContext, Meta


def answer(question: Question) -> tuple[Meta, list[AssetContext]]:
    sandbox, dex = question.sandbox, question.dex()
    return build_meta(sandbox, dex), asset_contexts(sandbox, markets_of(sandbox.exchange, dex))
