"""userRateLimit and userFees: an account's volume, and the rates the engine charges it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from liqscape.exchange.columns import RATE_UNIT, Account, Fill, Method
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.state import SandboxState
from liqscape.units import DAY_MS
from liqscape.wire.archive.paths import EPOCH
from liqscape.wire.info.user_fees import DailyVolume, FeeSchedule, UserFees
from liqscape.wire.info.user_rate_limit import FREE_REQUESTS, UserRateLimit

DAYS = 14
"""Days of volume shown."""
SPOT_TAKER, SPOT_MAKER = 0.0007, 0.0004
"""Base spot rates (HL.DOC.FEES); nothing is traded spot here."""


def answer_rate_limit(question: Question) -> UserRateLimit:
    """userRateLimit: requests are earned by volume; none is counted as used, since nobody sends actions here."""
    account = question.account()
    volume = 0 if account is None else int(question.sandbox.exchange.state.account[account, Account.VOLUME])
    return UserRateLimit(usd(volume), 0, FREE_REQUESTS + volume // 1_000_000)


def answer_fees(question: Question) -> UserFees:
    """userFees."""
    sandbox, account = question.sandbox, question.account()
    rules = sandbox.exchange.rules
    taker, maker = rules.taker_rate, rules.maker_rate
    if account is not None:
        row = sandbox.exchange.state.account[account]
        taker, maker = int(row[Account.TAKER_RATE]), int(row[Account.MAKER_RATE])
    return UserFees(
        FeeSchedule(rules.taker_rate / RATE_UNIT, rules.maker_rate / RATE_UNIT, SPOT_TAKER, SPOT_MAKER),
        taker / RATE_UNIT,
        maker / RATE_UNIT,
        SPOT_TAKER,
        SPOT_MAKER,
        _daily_volumes(sandbox, account),
    )


def _daily_volumes(sandbox: SandboxState, account: int | None) -> tuple[DailyVolume, ...]:
    """The last days of the records, oldest first; both sides count for the exchange once."""
    rows = sandbox.records.fills.rows
    rows = rows[rows[:, Fill.METHOD] <= Method.MARKET]
    today = sandbox.time_ms // DAY_MS
    day = today - rows[:, Fill.TIME_MS] // DAY_MS
    notional = (rows[:, Fill.LOTS] * rows[:, Fill.PRICE]).astype(np.float64)
    taker = np.where(rows[:, Fill.IS_BUY_TAKER] == 1, rows[:, Fill.BUYER], rows[:, Fill.SELLER])
    maker = np.where(rows[:, Fill.IS_BUY_TAKER] == 1, rows[:, Fill.SELLER], rows[:, Fill.BUYER])
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
