"""What a portfolio-margin account holds, owes and has free: spot state, loans, health (HL.DOC.PORTFOLIO_MARGIN).

    ratio = (offset + maintenance + debt) / (USDC + sum of coins * (0.5 + 0.5 LTV))      liquidatable above 0.95

The offset of 20 USDC counts only where something is owed (recorded: 23.104792 / 894.08996004 without a loan).
"""

from __future__ import annotations

from typing import NamedTuple

from liqscape.exchange.columns import MarketColumn
from liqscape.sandbox.answers.account_figures import ExactPool, cross_backing, mode_of, read_pools
from liqscape.sandbox.answers.units import coins, usd
from liqscape.sandbox.facts.tokens import BY_NUMBER, TOKENS, USDC, Token
from liqscape.sandbox.state import SandboxState
from liqscape.units import PoolMode
from liqscape.wire.info.borrow_lend import BorrowLendUserState
from liqscape.wire.info.spot_clearinghouse_state import Balance, SpotClearinghouseState

OFFSET = 20_000_000
"""micro-USD added to the requirement of a borrower."""
AT_RISK, LIQUIDATABLE = 0.8, 0.95
RATIO_DECIMALS = 9


class Portfolio(NamedTuple):
    """The one pool; micro-USD of cash and positions (below 0 owed), of isolated pockets, and of the coins held."""

    cross: ExactPool
    usdc: int
    pockets: int
    coins: dict[Token, int]

    @property
    def debt(self) -> int:
        return max(0, -self.usdc)


def read_portfolio(sandbox: SandboxState, account: int) -> Portfolio:
    """One account; coins are micro-USD worth by token."""
    exchange = sandbox.exchange
    cross = cross_backing(exchange, account, "")
    pockets = sum(pool.value for pool in read_pools(exchange, account) if pool.is_isolated)
    worth = {
        token: lots * int(exchange.state.market[market, MarketColumn.MARK])
        for market, lots in cross.collateral.items()
        for token in TOKENS
        if token.coin == exchange.markets.coins[market]
    }
    return Portfolio(cross, cross.value, pockets, worth)


def portfolio_ratio(held: Portfolio) -> float:
    """Requirement over liquidation value; 0 for who holds nothing."""
    backed = max(0, held.usdc) + held.pockets
    backed += sum(int(worth * (0.5 + 0.5 * (token.ltv or 0.0))) for token, worth in held.coins.items())
    required = held.cross.maintenance // held.cross.multiplier + held.debt + (OFFSET if held.debt else 0)
    return round(required / backed, RATIO_DECIMALS) if backed > 0 else 0.0


def portfolio_spot_state(sandbox: SandboxState, account: int, outcomes: list[Balance]) -> SpotClearinghouseState:
    """The record: USDC, then the coins that may be collateral, held or not; what backs no position is supplied."""
    held, exchange = read_portfolio(sandbox, account), sandbox.exchange
    total, hold = max(0, held.usdc + held.pockets), held.cross.initial_margin + held.pockets
    amounts = {
        token: coins(exchange, market, lots)
        for market, lots in held.cross.collateral.items()
        for token in held.coins
        if token.coin == exchange.markets.coins[market]
    }
    balances = [
        Balance(
            coin="USDC",
            token=USDC,
            total=usd(total),
            hold=usd(min(hold, total)),
            entryNtl=0.0,
            ltv=0.0,
            borrowed=usd(held.debt) if held.debt else None,
            supplied=usd(max(0, total - hold)),
        )
    ]
    balances += [
        Balance(
            coin=token.name,
            token=token.number,
            total=amounts.get(token, 0.0),
            hold=0.0,
            entryNtl=0.0,
            ltv=token.ltv,
            supplied=amounts.get(token) or None,
        )
        for token in TOKENS
        if token.ltv and token.number != USDC
    ]
    free = held.cross.value + held.cross.haircut - held.cross.maintenance // held.cross.multiplier
    available = [(USDC, usd(free)), *((row.token, 0.0) for row in balances[1:] if row.token is not None)]
    return SpotClearinghouseState(
        balances=(*balances, *outcomes),
        portfolioMarginEnabled=True,
        tokenToAvailableAfterMaintenance=tuple(available),
        portfolioMarginRatio=portfolio_ratio(held),
        tokenToPortfolioSupplyRatio=(),
    )


def portfolio_loans(sandbox: SandboxState, account: int) -> BorrowLendUserState:
    """borrowLendUserState: what is borrowed and supplied by token. Interest is not charged, so basis is value."""
    state = portfolio_spot_state(sandbox, account, [])
    rows: list[tuple[int, dict[str, object]]] = []
    for row in state.balances:
        if row.token is None or not (row.borrowed or row.supplied):
            continue
        borrowed, supplied = row.borrowed or 0.0, row.supplied or 0.0
        sides = {"borrow": borrowed, "supply": supplied}
        rows.append((row.token, {name: {"basis": value, "value": value} for name, value in sides.items()}))
    ratio = portfolio_ratio(read_portfolio(sandbox, account))
    health = "healthy" if ratio < AT_RISK else "atRisk" if ratio <= LIQUIDATABLE else "marketLiquidatable"
    return BorrowLendUserState(tuple(rows), health)


def reserves(sandbox: SandboxState) -> dict[int, tuple[float, float]]:
    """(supplied, borrowed) tokens of all portfolio accounts by token."""
    found = dict.fromkeys(BY_NUMBER, (0.0, 0.0))
    for account in range(len(sandbox.exchange.addresses)):
        if not is_portfolio(sandbox, account):
            continue
        for row in portfolio_spot_state(sandbox, account, []).balances:
            if row.token is not None:
                supplied, borrowed = found[row.token]
                found[row.token] = (supplied + (row.supplied or 0.0), borrowed + (row.borrowed or 0.0))
    return found


def is_portfolio(sandbox: SandboxState, account: int) -> bool:
    """Whether the account has portfolio margin."""
    return mode_of(sandbox.exchange, account) == PoolMode.PORTFOLIO
