"""Requests whose answers nothing here reads: staking, referrals, auctions, lists of explorers.

Other programs send them to a sandbox. Their answers are plain JSON. What one is asked with is told as far as the
sandbox looks at it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest

Object = dict[str, Any]


class AlignedQuoteTokenInfoRequest(InfoRequest[Object | None], frozen=True, tag="alignedQuoteTokenInfo"):
    """A quote token's terms; null where it has none."""

    example: ClassVar = Example(
        '{"type": "alignedQuoteTokenInfo"}',
        "null",
    )


class ApprovedBuildersRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="approvedBuilders"):
    """Builders a user approved."""

    user: str

    example: ClassVar = Example(
        '{"type": "approvedBuilders", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "[]",
    )


class BorrowLendReserveStateRequest(InfoRequest[Object], frozen=True, tag="borrowLendReserveState"):
    """One token that may be supplied or borrowed."""

    token: Annotated[int, msgspec.Meta(ge=0)]

    example: ClassVar = Example(
        '{"type": "borrowLendReserveState", "token": 0}',
        '{"ltv": "0.0", "oraclePx": "1.0"}',
    )


class DelegationsRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="delegations"):
    """Stakes of a user."""

    user: str

    example: ClassVar = Example(
        '{"type": "delegations", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "[]",
    )


class DelegatorHistoryRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="delegatorHistory"):
    """Stakes given and taken back by a user."""

    user: str

    example: ClassVar = Example(
        '{"type": "delegatorHistory", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "[]",
    )


class DelegatorRewardsRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="delegatorRewards"):
    """What a user's stakes earned."""

    user: str

    example: ClassVar = Example(
        '{"type": "delegatorRewards", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "[]",
    )


class DelegatorSummaryRequest(InfoRequest[Object], frozen=True, tag="delegatorSummary"):
    """Stakes of a user together."""

    user: str

    example: ClassVar = Example(
        '{"type": "delegatorSummary", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"delegated": "0.0", "undelegated": "0.0", "totalPendingWithdrawal": "0.0", "nPendingWithdrawals": 0}',
    )


class ExtraAgentsRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="extraAgents"):
    """Wallets that may act for a user."""

    user: str

    example: ClassVar = Example(
        '{"type": "extraAgents", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"name": "bot", "address": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2", "validUntil": 1770000000000}]',
    )


class GossipPriorityAuctionStatusRequest(InfoRequest[tuple[Any, ...]], frozen=True, tag="gossipPriorityAuctionStatus"):
    """Auctions of places in the gossip of nodes."""

    example: ClassVar = Example(
        '{"type": "gossipPriorityAuctionStatus"}',
        '[[null], [{"startTimeSeconds": 1770000000, "durationSeconds": 111600, "startGas": "500.0", '
        '"currentGas": "500.0", "endGas": null}]]',
    )


class GossipRootIpsRequest(InfoRequest[tuple[str, ...]], frozen=True, tag="gossipRootIps"):
    """Nodes to begin with."""

    example: ClassVar = Example(
        '{"type": "gossipRootIps"}',
        '["192.0.2.1"]',
    )


class IsVipRequest(InfoRequest[bool | None], frozen=True, tag="isVip"):
    """Whether a user is a large one; null where that was never said."""

    user: str

    example: ClassVar = Example(
        '{"type": "isVip", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "null",
    )


class LegalCheckRequest(InfoRequest[Object], frozen=True, tag="legalCheck"):
    """Whether a user may trade from where he is."""

    user: str

    example: ClassVar = Example(
        '{"type": "legalCheck", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"ipAllowed": true, "acceptedTerms": true, "userAllowed": true}',
    )


class MaxBuilderFeeRequest(InfoRequest[int], frozen=True, tag="maxBuilderFee"):
    """Fee a user allows a builder, in tenths of a basis point."""

    user: str
    builder: str

    example: ClassVar = Example(
        '{"type": "maxBuilderFee", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"builder": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"}',
        "0",
    )


class OutcomeTemplatesRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="outcomeTemplates"):
    """Kinds of outcome markets."""

    example: ClassVar = Example(
        '{"type": "outcomeTemplates"}',
        "[]",
    )


class PerpAnnotationRequest(InfoRequest[Object | None], frozen=True, tag="perpAnnotation"):
    """What a deployer says of a market; null where nothing."""

    example: ClassVar = Example(
        '{"type": "perpAnnotation"}',
        "null",
    )


class PerpConciseAnnotationsRequest(
    InfoRequest[tuple[tuple[str, Object], ...]], frozen=True, tag="perpConciseAnnotations"
):
    """Category of every market."""

    example: ClassVar = Example(
        '{"type": "perpConciseAnnotations"}',
        '[["xyz:GOLD", {"category": "commodities"}]]',
    )


class PerpDeployAuctionStatusRequest(InfoRequest[Object], frozen=True, tag="perpDeployAuctionStatus"):
    """Auction of the next market of a builder."""

    example: ClassVar = Example(
        '{"type": "perpDeployAuctionStatus"}',
        '{"startTimeSeconds": 1770000000, "durationSeconds": 111600, "startGas": "500.0", '
        '"currentGas": "500.0", "endGas": null}',
    )


class PreTransferCheckRequest(InfoRequest[Object], frozen=True, tag="preTransferCheck"):
    """What sending to an address would cost."""

    user: str
    source: str

    example: ClassVar = Example(
        '{"type": "preTransferCheck", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"source": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"}',
        '{"fee": "1.0", "isSanctioned": false, "userExists": false, "userHasSentTx": false}',
    )


class ReferralRequest(InfoRequest[Object], frozen=True, tag="referral"):
    """Who referred a user, and whom he referred."""

    user: str

    example: ClassVar = Example(
        '{"type": "referral", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"referredBy": null, "cumVlm": "0.0", "rewardHistory": []}',
    )


class SettledOutcomeRequest(InfoRequest[Object | None], frozen=True, tag="settledOutcome"):
    """An outcome that is settled; null while it is not."""

    example: ClassVar = Example(
        '{"type": "settledOutcome"}',
        "null",
    )


class SpotDeployStateRequest(InfoRequest[Object], frozen=True, tag="spotDeployState"):
    """Tokens a user deploys."""

    user: str

    example: ClassVar = Example(
        '{"type": "spotDeployState", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"states": [], "gasAuction": {"startTimeSeconds": 1770000000, "durationSeconds": 111600, '
        '"startGas": "500.0", "currentGas": "500.0", "endGas": null}}',
    )


class SpotPairDeployAuctionStatusRequest(InfoRequest[Object], frozen=True, tag="spotPairDeployAuctionStatus"):
    """Auction of the next spot pair."""

    example: ClassVar = Example(
        '{"type": "spotPairDeployAuctionStatus"}',
        '{"startTimeSeconds": 1770000000, "durationSeconds": 111600, "startGas": "500.0", '
        '"currentGas": "500.0", "endGas": null}',
    )


class TokenDetailsRequest(InfoRequest[Object], frozen=True, tag="tokenDetails"):
    """One spot token."""

    tokenId: str

    example: ClassVar = Example(
        '{"type": "tokenDetails", "tokenId": "0x5cb498393ff3eab9fde1998ba1a16b33"}',
        '{"name": "PURR", "maxSupply": "1000000000.0", "szDecimals": 0, "weiDecimals": 5}',
    )


class TwapHistoryRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="twapHistory"):
    """Orders spread over time, of a user."""

    user: str

    example: ClassVar = Example(
        '{"type": "twapHistory", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "[]",
    )


class UserBorrowLendInterestRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="userBorrowLendInterest"):
    """Interest a user paid or got."""

    user: str

    example: ClassVar = Example(
        '{"type": "userBorrowLendInterest", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "[]",
    )


class UserDexAbstractionRequest(InfoRequest[bool | None], frozen=True, tag="userDexAbstraction"):
    """Whether a user's dexs share their money; null where that was never said."""

    user: str

    example: ClassVar = Example(
        '{"type": "userDexAbstraction", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "null",
    )


class UserToMultiSigSignersRequest(InfoRequest[Object | None], frozen=True, tag="userToMultiSigSigners"):
    """Signers of a shared account; null where it is none."""

    user: str

    example: ClassVar = Example(
        '{"type": "userToMultiSigSigners", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "null",
    )


class UserTwapSliceFillsRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="userTwapSliceFills"):
    """Fills of a user's orders spread over time."""

    user: str

    items_per_weight: ClassVar = 20
    example: ClassVar = Example(
        '{"type": "userTwapSliceFills", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"twapId": 5, "fill": {"coin": "BTC", "tid": 7001}}]',
    )


class UserTwapSliceFillsByTimeRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="userTwapSliceFillsByTime"):
    """The same between two times."""

    user: str

    example: ClassVar = Example(
        '{"type": "userTwapSliceFillsByTime", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        "[]",
    )


class ValidatorL1VotesRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="validatorL1Votes"):
    """Votes of validators under way."""

    example: ClassVar = Example(
        '{"type": "validatorL1Votes"}',
        "[]",
    )


class ValidatorSummariesRequest(InfoRequest[tuple[Object, ...]], frozen=True, tag="validatorSummaries"):
    """Validators."""

    example: ClassVar = Example(
        '{"type": "validatorSummaries"}',
        '[{"validator": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2", "name": "One"}]',
    )
