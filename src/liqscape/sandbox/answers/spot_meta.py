"""spotMeta: tokens and their pairs against USDC; nothing is traded spot here."""

from __future__ import annotations

import hashlib

from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.facts.tokens import TOKENS, USDC, pair_name
from liqscape.wire.info.spot_meta import SpotMeta, SpotMetaRequest, SpotPair, SpotToken


@answers(SpotMetaRequest)
def answer(question: Question[SpotMetaRequest]) -> SpotMeta:  # noqa: ARG001
    return build_spot_meta()


def build_spot_meta() -> SpotMeta:
    """The record."""
    tokens = tuple(
        SpotToken(
            name=token.name,
            szDecimals=token.size_decimals,
            weiDecimals=token.wei_decimals,
            index=token.number,
            tokenId=token_id(token.name),
            isCanonical=True,
        )
        for token in TOKENS
    )
    pairs = tuple(
        SpotPair(pair_name(token), (token.number, USDC), token.pair, token.name == "PURR")
        for token in TOKENS
        if token.pair is not None
    )
    return SpotMeta(pairs, tokens)


def token_id(name: str) -> str:
    """Made-up id of a token, by its name."""
    return "0x" + hashlib.blake2b(name.encode(), digest_size=16, person=b"token").hexdigest()
