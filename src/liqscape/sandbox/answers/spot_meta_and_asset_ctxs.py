"""spotMetaAndAssetCtxs: the same with the contexts of no pair."""

from __future__ import annotations

from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_meta import build_spot_meta
from liqscape.wire.info.spot_meta import SpotMeta
from liqscape.wire.info.spot_meta_and_asset_ctxs import SpotContext


def answer(question: Question) -> tuple[SpotMeta, list[SpotContext]]:  # noqa: ARG001
    return build_spot_meta(), []
