"""allPerpMetas: meta of every dex."""

from __future__ import annotations

from liqscape.sandbox.answers.contexts import dexs
from liqscape.sandbox.answers.meta import build_meta
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.meta import Meta


def answer(question: Question) -> list[Meta]:
    return [build_meta(question.sandbox, dex) for dex in dexs(question.sandbox.exchange)]
