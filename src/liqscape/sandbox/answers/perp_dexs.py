"""perpDexs: the dexs by index; null is the first one."""

from __future__ import annotations

from liqscape.sandbox.answers.contexts import dexs
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import ZERO_ADDRESS
from liqscape.wire.info.perp_dexs import PerpDex


def answer(question: Question) -> list[PerpDex | None]:
    others = dexs(question.sandbox.exchange)[1:]
    return [None, *(PerpDex(name, name, ZERO_ADDRESS, deployerFeeScale=1.0) for name in others)]
