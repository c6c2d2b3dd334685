"""Portfolio-margin accounts of the world: coins as collateral, loans, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from liqscape.exchange.columns import MarketColumn, PoolColumn
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.answers.account_figures import cross_backing
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.state import SandboxState
from liqscape.sandbox.world import World
from liqscape.units import HOUR_MS, MINUTE_MS


@pytest.fixture(scope="module")
def lived(begun_world: bytes) -> World:
    """Four hours in blocks of five minutes."""
    world = World.restore(begun_world)
    for _ in world.preroll(world.time_ms + 4 * HOUR_MS, 5 * MINUTE_MS):
        pass
    return world


@pytest.fixture(scope="module")
def state(lived: World) -> SandboxState:
    return state_of(lived)


def ask(state: SandboxState, kind: str, **more: object) -> Any:
    return answer_info({"type": kind, **more}, state)


def portfolios(state: SandboxState) -> list[str]:
    return [
        address
        for address in state.exchange.addresses
        if ask(state, "userAbstraction", user=address) == "portfolioMargin"
    ]


def test_portfolio_accounts_hold_coins_and_some_owe_dollars(state: SandboxState) -> None:
    spots = [ask(state, "spotClearinghouseState", user=address) for address in portfolios(state)]
    assert len(spots) >= 2
    rows = [{row["coin"]: row for row in spot["balances"] if "token" in row} for spot in spots]
    assert all(float(each["HYPE"]["total"]) > 0.0 or float(each["UBTC"]["total"]) > 0.0 for each in rows)
    assert all(
        (each["HYPE"]["ltv"], each["UBTC"]["ltv"], each["USDC"]["ltv"]) == ("0.65", "0.5", "0.0") for each in rows
    )
    assert any(float(each["USDC"].get("borrowed", 0.0)) > 0.0 for each in rows)
    assert all(spot["portfolioMarginEnabled"] and 0.0 <= float(spot["portfolioMarginRatio"]) < 0.95 for spot in spots)


def test_free_margin_counts_collateral_after_its_haircut(state: SandboxState) -> None:
    exchange = state.exchange
    value, maintenance = exchange.pool_margin()
    multiplier = cross_backing(exchange, 0, "").multiplier
    for address in portfolios(state):
        account = exchange.account_row(address)
        assert account is not None
        pool = exchange.cross_pool(account)
        worth = sum(
            lots * int(exchange.state.market[market, MarketColumn.MARK])
            for market, lots in exchange.collateral_of(pool).items()
        )
        assert worth > 0
        spot = ask(state, "spotClearinghouseState", user=address)
        free = float(dict(spot["tokenToAvailableAfterMaintenance"])[0]) * 1e6
        assert free == pytest.approx(int(value[pool]) - int(maintenance[pool]) / multiplier, abs=3.0)
        assert exchange.state.pool[pool, PoolColumn.HOLDING]


def test_loans_are_told_by_token_and_add_up_in_the_reserves(state: SandboxState) -> None:
    reserves = dict(ask(state, "allBorrowLendReserveStates"))
    supplied, borrowed = dict.fromkeys(reserves, 0.0), dict.fromkeys(reserves, 0.0)
    for address in portfolios(state):
        reported = ask(state, "borrowLendUserState", user=address)
        assert reported["health"] == "healthy"
        for token, sides in reported["tokenToState"]:
            borrowed[token] += float(sides["borrow"]["value"])
            supplied[token] += float(sides["supply"]["value"])
    for token, row in reserves.items():
        assert float(row["totalSupplied"]) == pytest.approx(supplied[token], abs=1e-5)
        assert float(row["totalBorrowed"]) == pytest.approx(borrowed[token], abs=1e-5)
    assert borrowed[0] > 0.0


def test_who_has_no_portfolio_margin_has_no_loans(state: SandboxState) -> None:
    others = set(state.exchange.addresses) - set(portfolios(state))
    reported = ask(state, "borrowLendUserState", user=min(others))
    assert reported == {"tokenToState": [], "health": "healthy", "healthFactor": None}


def test_a_restored_world_goes_on_with_its_collateral(lived: World) -> None:
    copy = World.restore(lived.checkpoint())
    until_ms = lived.time_ms + HOUR_MS
    for world in (lived, copy):
        for _ in world.preroll(until_ms, 10 * MINUTE_MS):
            pass
    assert copy.digest() == lived.digest()
