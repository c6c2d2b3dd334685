"""spotClearinghouseState of one account: what a unified or portfolio account holds beside its positions.

Standard accounts hold nothing but perpetuals here, so their list is empty. `total` already holds the perp equity.
"""

from __future__ import annotations

from liqscape.sandbox.answers.account_figures import mode_of, read_pools
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.state import SandboxState
from liqscape.units import PoolMode
from liqscape.wire.info.spot_clearinghouse_state import USDC, Balance, SpotClearinghouseState

PRECISION = 9
"""Places of the portfolio ratio."""


def answer(question: Question) -> SpotClearinghouseState:
    return build_spot_state(question.sandbox, question.account())


def build_spot_state(sandbox: SandboxState, account: int | None) -> SpotClearinghouseState:
    """The record; an address that never came here holds nothing."""
    exchange = sandbox.exchange
    if account is None or mode_of(exchange, account) not in (PoolMode.UNIFIED, PoolMode.PORTFOLIO):
        return SpotClearinghouseState(())
    cross, isolated = read_pools(exchange, account)
    pockets = sum(pool.value for pool in isolated)
    total = cross.value + pockets
    maintenance = cross.maintenance // cross.multiplier
    hold = usd(cross.initial_margin + pockets)
    available = ((USDC, usd(cross.value - maintenance)),)
    if mode_of(exchange, account) == PoolMode.UNIFIED:
        return SpotClearinghouseState(
            (Balance("USDC", usd(total), USDC, hold, entryNtl=0.0),), tokenToAvailableAfterMaintenance=available
        )
    return SpotClearinghouseState(
        (Balance("USDC", usd(total), USDC, hold, entryNtl=0.0, ltv=0.0),),
        portfolioMarginEnabled=True,
        tokenToAvailableAfterMaintenance=available,
        portfolioMarginRatio=round(maintenance / total, PRECISION) if total > 0 else 0.0,
    )
