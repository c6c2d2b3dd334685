"""tokenDetails: one spot token by its id. Nothing is traded spot here, so its price of yesterday is that of today."""

from __future__ import annotations

from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import NULL, Question
from liqscape.sandbox.answers.spot_meta import token_id
from liqscape.sandbox.answers.spot_meta_and_asset_ctxs import token_price
from liqscape.sandbox.facts.tokens import TOKENS
from liqscape.wire.info.unread import TokenDetailsRequest

SUPPLY = 1e9
"""Coins of every token, made up."""


@answers(TokenDetailsRequest)
def answer(question: Question[TokenDetailsRequest]) -> dict[str, object]:
    """Raises BadRequest: 422 for a text that is no id, 500 for a token that is not there."""
    wanted = question.request.tokenId.lower()
    if not wanted.startswith("0x"):
        raise BadRequest(422, UNREADABLE)
    token = next((each for each in TOKENS if token_id(each.name) == wanted), None)
    if token is None:
        raise BadRequest(500, NULL)
    price = token_price(question.sandbox, token)
    return {
        "name": token.name,
        "maxSupply": SUPPLY,
        "totalSupply": SUPPLY,
        "circulatingSupply": SUPPLY,
        "szDecimals": token.size_decimals,
        "weiDecimals": token.wei_decimals,
        "midPx": price,
        "markPx": price,
        "prevDayPx": price,
        "genesis": None,
        "deployer": None,
        "deployGas": None,
        "deployTime": None,
        "seededUsdc": 0.0,
        "nonCirculatingUserBalances": [],
        "futureEmissions": 0.0,
    }
