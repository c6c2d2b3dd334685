"""spotMeta: the one token there is; nothing is traded spot here."""

from __future__ import annotations

from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.spot_meta import SpotMeta, SpotToken

USDC_TOKEN = SpotToken("USDC", 8, 8, 0, "0x" + "0" * 32, isCanonical=True)


def answer(question: Question) -> SpotMeta:  # noqa: ARG001
    return build_spot_meta()


def build_spot_meta() -> SpotMeta:
    """The record."""
    return SpotMeta((), (USDC_TOKEN,))
