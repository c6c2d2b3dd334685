"""spotClearinghouseState of one account: its tokens, and what backs the positions of unified and portfolio accounts.

A unified account has one balance a collateral token, which holds the equity of all pools of that token: `total` is
value of the cross pool and of the isolated pockets, and free after maintenance is what the cross pool is worth beyond
its maintenance. Standard accounts hold spot tokens apart from their perpetuals, or none. Outcome tokens name no token.
"""

from __future__ import annotations

from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.account_figures import ExactPool, cross_backing, read_pools
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.outcome_fills import has_spot_money
from liqscape.sandbox.answers.portfolio_margin import is_portfolio, portfolio_spot_state
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.facts.tokens import token_name
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.spot_clearinghouse_state import (
    USDC,
    Balance,
    SpotClearinghouseState,
    SpotClearinghouseStateRequest,
)


@answers(SpotClearinghouseStateRequest)
def answer(question: Question[SpotClearinghouseStateRequest]) -> SpotClearinghouseState:
    return build_spot_state(question.sandbox, question.account())


def build_spot_state(sandbox: SandboxState, account: int | None) -> SpotClearinghouseState:
    """The record; an address that never came here holds nothing."""
    if account is None:
        return SpotClearinghouseState(balances=())
    if has_spot_money(sandbox, account):
        return SpotClearinghouseState(balances=tuple(_wallet(sandbox, account) + _outcomes(sandbox, account)))
    if is_portfolio(sandbox, account):
        return portfolio_spot_state(sandbox, account, _outcomes(sandbox, account))
    balances, available = [], []
    for token, cross, pockets in _collateral(sandbox.exchange, account):
        whole, hold = usd(cross.value + pockets), usd(cross.initial_margin + pockets)
        balances.append(Balance(coin=token_name(token), token=token, total=whole, hold=hold, entryNtl=0.0))
        available.append((token, usd(cross.value - cross.maintenance // cross.multiplier)))
    return SpotClearinghouseState(
        balances=tuple(balances + _outcomes(sandbox, account)), tokenToAvailableAfterMaintenance=tuple(available)
    )


def _collateral(exchange: Exchange, account: int) -> list[tuple[int, ExactPool, int]]:
    """(token, cross pool, micro-USD in isolated pockets) of each collateral token of a unified account."""
    rows, pools = exchange.markets.rows, read_pools(exchange, account)
    found = []
    for token in exchange.collateral_tokens:
        dex = next(row.dex for row in rows if row.collateral_token == token)
        pockets = sum(
            pool.value for pool in pools if pool.is_isolated and rows[pool.isolated_market].collateral_token == token
        )
        found.append((token, cross_backing(exchange, account, dex), pockets))
    return found


def _wallet(sandbox: SandboxState, account: int) -> list[Balance]:
    """Spot tokens of a standard account."""
    usdc = sandbox.facts.spot_usdc(sandbox.exchange.addresses[account], sandbox.time_ms)
    return [] if usdc is None else [Balance(coin="USDC", token=USDC, total=usdc, hold=0.0, entryNtl=0.0)]


def _outcomes(sandbox: SandboxState, account: int) -> list[Balance]:
    """Outcome tokens: held, sold or settled not long ago."""
    outcomes = sandbox.facts.outcomes
    if outcomes is None:
        return []
    address, has_money = sandbox.exchange.addresses[account], has_spot_money(sandbox, account)
    return [
        Balance(coin=row.coin, token=None, total=row.total, hold=0.0, entryNtl=row.paid)
        for row in outcomes.rows_of(address, sandbox.time_ms, has_money=has_money)
    ]
