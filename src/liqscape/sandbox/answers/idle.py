"""What a map has no use for: staking, referrals, auctions, explorers' lists. Each answers with its documented shape
where nothing is there, so that a client which asks for it is not refused.
"""

from __future__ import annotations

from typing import Any

from liqscape.sandbox.answers.bad_request import BadRequest
from liqscape.sandbox.answers.borrow_lend import answer_reserves
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import NULL, Question
from liqscape.wire.info.unread import (
    AlignedQuoteTokenInfoRequest,
    ApprovedBuildersRequest,
    BorrowLendReserveStateRequest,
    DelegationsRequest,
    DelegatorHistoryRequest,
    DelegatorRewardsRequest,
    DelegatorSummaryRequest,
    ExtraAgentsRequest,
    GossipPriorityAuctionStatusRequest,
    GossipRootIpsRequest,
    IsVipRequest,
    LegalCheckRequest,
    MaxBuilderFeeRequest,
    OutcomeTemplatesRequest,
    PerpAnnotationRequest,
    PerpConciseAnnotationsRequest,
    PerpDeployAuctionStatusRequest,
    PreTransferCheckRequest,
    ReferralRequest,
    SettledOutcomeRequest,
    SpotDeployStateRequest,
    SpotPairDeployAuctionStatusRequest,
    TwapHistoryRequest,
    UserBorrowLendInterestRequest,
    UserDexAbstractionRequest,
    UserToMultiSigSignersRequest,
    UserTwapSliceFillsByTimeRequest,
    UserTwapSliceFillsRequest,
    ValidatorL1VotesRequest,
    ValidatorSummariesRequest,
)

AUCTION_SECONDS = 111_600
"""A deploy auction lasts 31 hours (HL.DOC.HIP3)."""
GOSSIP_SECONDS, GOSSIP_SLOTS = 180, 5
"""Auctions of places in the gossip of nodes."""


@answers(GossipRootIpsRequest, OutcomeTemplatesRequest, ValidatorL1VotesRequest, ValidatorSummariesRequest)
def answer_nothing(question: Question[Any]) -> list[object]:  # noqa: ARG001
    """An empty list."""
    return []


@answers(AlignedQuoteTokenInfoRequest, PerpAnnotationRequest, SettledOutcomeRequest)
def answer_null(question: Question[Any]) -> None:
    """Nothing of this name."""


LISTS_OF_USERS = (
    ExtraAgentsRequest,
    UserTwapSliceFillsRequest,
    ApprovedBuildersRequest,
    DelegationsRequest,
    DelegatorHistoryRequest,
    DelegatorRewardsRequest,
    TwapHistoryRequest,
    UserBorrowLendInterestRequest,
    UserTwapSliceFillsByTimeRequest,
)
"""What lists things of an address that nobody has here."""


@answers(*LISTS_OF_USERS)
def answer_nothing_of_user(question: Question[Any]) -> list[object]:
    """An empty list of an address."""
    question.address()
    return []


@answers(IsVipRequest, UserDexAbstractionRequest, UserToMultiSigSignersRequest)
def answer_null_of_user(question: Question[Any]) -> None:
    """Nothing is set by an address."""
    question.address()


@answers(MaxBuilderFeeRequest)
def answer_builder_fee(question: Question[MaxBuilderFeeRequest]) -> int:
    """maxBuilderFee: nobody approved anything."""
    question.address()
    question.address("builder")
    return 0


@answers(DelegatorSummaryRequest)
def answer_staking(question: Question[DelegatorSummaryRequest]) -> dict[str, object]:
    """delegatorSummary: nobody stakes."""
    question.address()
    return {"delegated": 0.0, "undelegated": 0.0, "totalPendingWithdrawal": 0.0, "nPendingWithdrawals": 0}


@answers(ReferralRequest)
def answer_referral(question: Question[ReferralRequest]) -> dict[str, object]:
    """referral: nobody was referred, and a code of one's own needs volume first."""
    question.address()
    amounts = dict.fromkeys(("cumVlm", "unclaimedRewards", "claimedRewards", "builderRewards"), 0.0)
    state = {"stage": "needToTrade", "data": {"required": 10_000.0}}
    return {"referredBy": None, **amounts, "tokenToState": [], "referrerState": state, "rewardHistory": []}


@answers(PerpDeployAuctionStatusRequest, SpotPairDeployAuctionStatusRequest)
def answer_auction(question: Question[Any]) -> dict[str, object]:
    """perpDeployAuctionStatus, spotPairDeployAuctionStatus: an auction at its lowest price, in which nobody bids."""
    return _auction(question, AUCTION_SECONDS)


@answers(GossipPriorityAuctionStatusRequest)
def answer_gossip(question: Question[GossipPriorityAuctionStatusRequest]) -> list[object]:
    """gossipPriorityAuctionStatus: every place is free."""
    return [[None] * GOSSIP_SLOTS, [_auction(question, GOSSIP_SECONDS) for _ in range(GOSSIP_SLOTS)]]


@answers(SpotDeployStateRequest)
def answer_spot_deploy(question: Question[SpotDeployStateRequest]) -> dict[str, object]:
    """spotDeployState: nobody deploys a token."""
    question.address()
    return {"states": [], "gasAuction": answer_auction(question)}


@answers(BorrowLendReserveStateRequest)
def answer_reserve(question: Question[BorrowLendReserveStateRequest]) -> object:
    """borrowLendReserveState: of one token. Raises BadRequest (500) for one that cannot be lent."""
    wanted = question.request.token
    found = [state for token, state in answer_reserves(question) if token == wanted]
    if not found:
        raise BadRequest(500, NULL)
    return found[0]


@answers(LegalCheckRequest)
def answer_legal(question: Question[LegalCheckRequest]) -> dict[str, bool]:
    """legalCheck: everybody may look."""
    question.address()
    return {"ipAllowed": True, "acceptedTerms": True, "userAllowed": True}


@answers(PreTransferCheckRequest)
def answer_transfer(question: Question[PreTransferCheckRequest]) -> dict[str, object]:
    """preTransferCheck: what sending to an address would cost."""
    question.address("source")
    is_known = question.account() is not None
    return {"fee": 0.0 if is_known else 1.0, "isSanctioned": False, "userExists": is_known, "userHasSentTx": is_known}


@answers(PerpConciseAnnotationsRequest)
def answer_concise(question: Question[PerpConciseAnnotationsRequest]) -> list[tuple[str, dict[str, str]]]:
    """perpConciseAnnotations: the category of every market."""
    sandbox = question.sandbox
    return [(coin, {"category": sandbox.facts.coin(coin).category}) for coin in sandbox.exchange.markets.coins]


def _auction(question: Question[Any], seconds: int) -> dict[str, object]:
    start = question.sandbox.time_ms // 1_000 // seconds * seconds
    return {
        "startTimeSeconds": start,
        "durationSeconds": seconds,
        "startGas": 500.0,
        "currentGas": 500.0,
        "endGas": None,
    }
