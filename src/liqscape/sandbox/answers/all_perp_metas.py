"""allPerpMetas: meta of every dex."""

from __future__ import annotations

from liqscape.sandbox.answers.contexts import dexs
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.meta import build_meta
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.all_perp_metas import AllPerpMetasRequest
from liqscape.wire.info.meta import Meta


@answers(AllPerpMetasRequest)
def answer(question: Question[AllPerpMetasRequest]) -> list[Meta]:
    return [build_meta(question.sandbox, dex) for dex in dexs(question.sandbox.exchange)]
