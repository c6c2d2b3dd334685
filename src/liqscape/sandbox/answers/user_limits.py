"""userRateLimit and userFees: an account's volume, and the rates the engine charges it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from liqscape.exchange.columns import RATE_UNIT, AccountColumn, FillColumn, Method
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.state import SandboxState
from liqscape.units import DAY_MS
from liqscape.wire.archive.paths import EPOCH
from liqscape.wire.info.user_fees import (
    DailyVolume,
    FeeSchedule,
    FeeTiers,
    MakerTier,
    StakingTier,
    UserFees,
    UserFeesRequest,
    VipTier,
)
from liqscape.wire.info.user_rate_limit import FREE_REQUESTS, UserRateLimit, UserRateLimitRequest

DAYS = 14
"""Days of volume shown."""
SPOT_TAKER, SPOT_MAKER = 0.0007, 0.0004
"""Base spot rates (HL.DOC.FEES); nothing is traded spot here."""
VIP_TIERS = (
    VipTier(ntlCutoff=5e6, cross=0.0004, add=0.00012, spotCross=0.0006, spotAdd=0.0003),
    VipTier(ntlCutoff=25e6, cross=0.00035, add=0.00008, spotCross=0.0005, spotAdd=0.0002),
    VipTier(ntlCutoff=100e6, cross=0.0003, add=0.00004, spotCross=0.0004, spotAdd=0.0001),
    VipTier(ntlCutoff=500e6, cross=0.00028, add=0.0, spotCross=0.00035, spotAdd=0.0),
    VipTier(ntlCutoff=2e9, cross=0.00026, add=0.0, spotCross=0.0003, spotAdd=0.0),
    VipTier(ntlCutoff=7e9, cross=0.00024, add=0.0, spotCross=0.00025, spotAdd=0.0),
)
MAKER_TIERS = (MakerTier(0.005, -0.00001), MakerTier(0.015, -0.00002), MakerTier(0.03, -0.00003))
STAKING_TIERS = (
    StakingTier(0.0, 0.0),
    StakingTier(0.0001, 0.05),
    StakingTier(0.001, 0.1),
    StakingTier(0.01, 0.15),
    StakingTier(0.1, 0.2),
    StakingTier(1.0, 0.3),
    StakingTier(5.0, 0.4),
)
REFERRAL_DISCOUNT = 0.04
"""The published schedule (HL.DOC.FEES): told, not applied, since everybody here pays the rates of his account."""


@answers(UserRateLimitRequest)
def answer_rate_limit(question: Question[UserRateLimitRequest]) -> UserRateLimit:
    """userRateLimit: requests are earned by volume; none is counted as used, since nobody sends actions here."""
    account = question.account()
    volume = 0 if account is None else int(question.sandbox.exchange.state.account[account, AccountColumn.VOLUME])
    return UserRateLimit(usd(volume), 0, FREE_REQUESTS + volume // 1_000_000, 0)


@answers(UserFeesRequest)
def answer_fees(question: Question[UserFeesRequest]) -> UserFees:
    """userFees."""
    sandbox, account = question.sandbox, question.account()
    rules = sandbox.exchange.rules
    taker, maker = rules.taker_rate, rules.maker_rate
    if account is not None:
        row = sandbox.exchange.state.account[account]
        taker, maker = int(row[AccountColumn.TAKER_RATE]), int(row[AccountColumn.MAKER_RATE])
    return UserFees(
        feeSchedule=FeeSchedule(
            cross=rules.taker_rate / RATE_UNIT,
            add=rules.maker_rate / RATE_UNIT,
            spotCross=SPOT_TAKER,
            spotAdd=SPOT_MAKER,
            tiers=FeeTiers(VIP_TIERS, MAKER_TIERS),
            referralDiscount=REFERRAL_DISCOUNT,
            stakingDiscountTiers=STAKING_TIERS,
        ),
        userCrossRate=taker / RATE_UNIT,
        userAddRate=maker / RATE_UNIT,
        userSpotCrossRate=SPOT_TAKER,
        userSpotAddRate=SPOT_MAKER,
        dailyUserVlm=_daily_volumes(sandbox, account),
    )


def _daily_volumes(sandbox: SandboxState, account: int | None) -> tuple[DailyVolume, ...]:
    """The last days of the records, oldest first; both sides count for the exchange once."""
    rows = sandbox.records.fills.rows
    rows = rows[rows[:, FillColumn.METHOD] <= Method.MARKET]
    today = sandbox.time_ms // DAY_MS
    day = today - rows[:, FillColumn.TIME_MS] // DAY_MS
    notional = (rows[:, FillColumn.LOTS] * rows[:, FillColumn.PRICE]).astype(np.float64)
    taker = np.where(rows[:, FillColumn.IS_BUY_TAKER] == 1, rows[:, FillColumn.BUYER], rows[:, FillColumn.SELLER])
    maker = np.where(rows[:, FillColumn.IS_BUY_TAKER] == 1, rows[:, FillColumn.SELLER], rows[:, FillColumn.BUYER])
    wanted = -1 if account is None else account
    first = today - sandbox.records.start_ms // DAY_MS
    return tuple(
        DailyVolume(
            f"{EPOCH + timedelta(days=today - ago):%Y-%m-%d}",
            usd(int(notional[(day == ago) & (taker == wanted)].sum())),
            usd(int(notional[(day == ago) & (maker == wanted)].sum())),
            usd(int(notional[day == ago].sum())),
        )
        for ago in range(min(DAYS - 1, first), -1, -1)
    )
