"""`{"type": "userFees", "user"}`: fee rates of one account, and the schedule they come from."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


class DailyVolume(msgspec.Struct, frozen=True):
    """USD of one UTC day: taken, made, everybody's."""

    date: str
    userCross: float
    userAdd: float
    exchange: float


class VipTier(msgspec.Struct, frozen=True, kw_only=True):
    """Rates from a volume of 14 days on."""

    ntlCutoff: float
    cross: float
    add: float
    spotCross: float
    spotAdd: float


class MakerTier(msgspec.Struct, frozen=True):
    """Maker rate from a share of all maker volume on; negative is a rebate."""

    makerFractionCutoff: float
    add: float


class FeeTiers(msgspec.Struct, frozen=True):
    vip: tuple[VipTier, ...] = ()
    mm: tuple[MakerTier, ...] = ()


class StakingTier(msgspec.Struct, frozen=True):
    """Share of the fee left out from a staked amount on, in 1/10,000 of the most HYPE there can be."""

    bpsOfMaxSupply: float
    discount: float


class FeeSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Base rates, fractions of notional."""

    cross: float
    add: float
    spotCross: float
    spotAdd: float
    tiers: FeeTiers = FeeTiers()
    referralDiscount: float = 0.0
    stakingDiscountTiers: tuple[StakingTier, ...] = ()


class StakingLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """Another account whose stake counts for this one's fees, or the other way round."""

    type: str
    stakingUser: str | None = None


class UserFees(msgspec.Struct, frozen=True, kw_only=True):
    """The account's own rates: taker (cross), maker (add)."""

    feeSchedule: FeeSchedule
    userCrossRate: float
    userAddRate: float
    userSpotCrossRate: float
    userSpotAddRate: float
    dailyUserVlm: tuple[DailyVolume, ...] = ()
    activeReferralDiscount: float = 0.0
    feeTrialEscrow: float = 0.0
    trial: str | None = None
    nextTrialAvailableTimestamp: int | None = None
    stakingLink: StakingLink | None = None
    activeStakingDiscount: StakingTier = StakingTier(0.0, 0.0)


class UserFeesRequest(InfoRequest[UserFees], frozen=True, tag="userFees"):
    """Fee rates of one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "userFees", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"feeSchedule": {"cross": "0.00045", "add": "0.00015", "spotCross": "0.0007", "spotAdd": "0.0004", '
        '"tiers": {"vip": [], "mm": []}, "referralDiscount": "0.04", "stakingDiscountTiers": []}, '
        '"userCrossRate": "0.00045", "userAddRate": "0.00015", "userSpotCrossRate": "0.0007", '
        '"userSpotAddRate": "0.0004", "dailyUserVlm": [{"date": "2026-02-02", "userCross": "0.0", '
        '"userAdd": "0.0", "exchange": "1000.0"}]}',
    )
