"""What a map has no use for: staking, referrals, auctions, explorers' lists. Each answers with its documented shape
where nothing is there, so that a client which asks for it is not refused.
"""

from __future__ import annotations

from collections.abc import Callable

from liqscape.sandbox.answers import token_details
from liqscape.sandbox.answers.bad_request import BadRequest
from liqscape.sandbox.answers.borrow_lend import answer_reserves
from liqscape.sandbox.answers.question import NULL, Question

AUCTION_SECONDS = 111_600
"""A deploy auction lasts 31 hours (HL.DOC.HIP3)."""
GOSSIP_SECONDS, GOSSIP_SLOTS = 180, 5
"""Auctions of places in the gossip of nodes."""


def answer_nothing(question: Question) -> list[object]:  # noqa: ARG001
    """An empty list."""
    return []


def answer_null(question: Question) -> None:
    """Nothing of this name."""


def answer_nothing_of_user(question: Question) -> list[object]:
    """An empty list of an address."""
    question.address()
    return []


def answer_null_of_user(question: Question) -> None:
    """Nothing is set by an address."""
    question.address()


def answer_builder_fee(question: Question) -> int:
    """maxBuilderFee: nobody approved anything."""
    question.address()
    question.address("builder")
    return 0


def answer_staking(question: Question) -> dict[str, object]:
    """delegatorSummary: nobody stakes."""
    question.address()
    return {"delegated": 0.0, "undelegated": 0.0, "totalPendingWithdrawal": 0.0, "nPendingWithdrawals": 0}


def answer_referral(question: Question) -> dict[str, object]:
    """referral: nobody was referred, and a code of one's own needs volume first."""
    question.address()
    amounts = dict.fromkeys(("cumVlm", "unclaimedRewards", "claimedRewards", "builderRewards"), 0.0)
    state = {"stage": "needToTrade", "data": {"required": 10_000.0}}
    return {"referredBy": None, **amounts, "tokenToState": [], "referrerState": state, "rewardHistory": []}


def answer_auction(question: Question) -> dict[str, object]:
    """perpDeployAuctionStatus, spotPairDeployAuctionStatus: an auction at its lowest price, in which nobody bids."""
    return _auction(question, AUCTION_SECONDS)


def answer_gossip(question: Question) -> list[object]:
    """gossipPriorityAuctionStatus: every place is free."""
    return [[None] * GOSSIP_SLOTS, [_auction(question, GOSSIP_SECONDS) for _ in range(GOSSIP_SLOTS)]]


def answer_spot_deploy(question: Question) -> dict[str, object]:
    """spotDeployState: nobody deploys a token."""
    question.address()
    return {"states": [], "gasAuction": answer_auction(question)}


def answer_reserve(question: Question) -> object:
    """borrowLendReserveState: of one token. Raises BadRequest (500) for one that cannot be lent."""
    wanted = question.number("token")
    found = [state for token, state in answer_reserves(question) if token == wanted]
    if not found:
        raise BadRequest(500, NULL)
    return found[0]


def answer_legal(question: Question) -> dict[str, bool]:
    """legalCheck: everybody may look."""
    question.address()
    return {"ipAllowed": True, "acceptedTerms": True, "userAllowed": True}


def answer_transfer(question: Question) -> dict[str, object]:
    """preTransferCheck: what sending to an address would cost."""
    question.address("source")
    is_known = question.account() is not None
    return {"fee": 0.0 if is_known else 1.0, "isSanctioned": False, "userExists": is_known, "userHasSentTx": is_known}


def answer_concise(question: Question) -> list[tuple[str, dict[str, str]]]:
    """perpConciseAnnotations: the category of every market."""
    sandbox = question.sandbox
    return [(coin, {"category": sandbox.facts.coin(coin).category}) for coin in sandbox.exchange.markets.coins]


def _auction(question: Question, seconds: int) -> dict[str, object]:
    start = question.sandbox.time_ms // 1_000 // seconds * seconds
    return {
        "startTimeSeconds": start,
        "durationSeconds": seconds,
        "startGas": 500.0,
        "currentGas": 500.0,
        "endGas": None,
    }


IDLE: dict[str, Callable[[Question], object]] = {
    "alignedQuoteTokenInfo": answer_null,
    "approvedBuilders": answer_nothing_of_user,
    "borrowLendReserveState": answer_reserve,
    "delegations": answer_nothing_of_user,
    "delegatorHistory": answer_nothing_of_user,
    "delegatorRewards": answer_nothing_of_user,
    "delegatorSummary": answer_staking,
    "gossipPriorityAuctionStatus": answer_gossip,
    "gossipRootIps": answer_nothing,
    "isVip": answer_null_of_user,
    "legalCheck": answer_legal,
    "maxBuilderFee": answer_builder_fee,
    "outcomeTemplates": answer_nothing,
    "perpAnnotation": answer_null,
    "perpConciseAnnotations": answer_concise,
    "perpDeployAuctionStatus": answer_auction,
    "preTransferCheck": answer_transfer,
    "referral": answer_referral,
    "settledOutcome": answer_null,
    "spotDeployState": answer_spot_deploy,
    "spotPairDeployAuctionStatus": answer_auction,
    "tokenDetails": token_details.answer,
    "twapHistory": answer_nothing_of_user,
    "userBorrowLendInterest": answer_nothing_of_user,
    "userDexAbstraction": answer_null_of_user,
    "userToMultiSigSigners": answer_null_of_user,
    "userTwapSliceFillsByTime": answer_nothing_of_user,
    "validatorL1Votes": answer_nothing,
    "validatorSummaries": answer_nothing,
}
"""Handlers by request type; the wire has no records of their answers, because nothing reads them."""
