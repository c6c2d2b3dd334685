"""A live map of an exchange with several dexs, outcome tokens, closed legs and sub-accounts: everybody's positions and
levels are those of the engine, standard and unified, cross and isolated.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live_map import Exchange, LiveMap, agrees, exchange, live_map, seconds_until

from liqscape.cascade.question import CascadeInput
from liqscape.exchange.columns import AccountColumn
from liqscape.risk.liquidation import solve_liquidation
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.answers.clearinghouse_state import build_state
from liqscape.service.answers.cascade_records import CascadeAnswer
from liqscape.service.cascade import CascadeQuestion, answer_cascade, prepare_cascade
from liqscape.service.market_inputs import of_view
from liqscape.units import PoolMode

Key = tuple[str, str]


def true_levels(served: Exchange) -> dict[Key, float | None]:
    """Published liquidation price of every position, by address and coin; None where no positive mark liquidates."""
    with served.runner.turnstile.reading():
        sandbox = served.runner.state
        return {
            (address, row.position.coin): None
            if row.position.liquidationPx is None
            else float(row.position.liquidationPx)
            for account, address in enumerate(sandbox.exchange.addresses)
            for dex in sandbox.exchange.dexs
            for row in build_state(sandbox, account, dex).assetPositions
            if row.position.szi
        }


def map_levels(running: LiveMap) -> dict[Key, float]:
    """The map's own, NaN where it has none."""
    now = running.market.live.now
    assert now is not None
    accounts, snapshot = now.accounts, now.frame.snapshot
    price = solve_liquidation(accounts, snapshot, now.tables).price
    owners = accounts.address_row[accounts.pool_of_position()]
    return {
        (accounts.addresses[owner], snapshot.markets.coins[market]): float(level)
        for owner, market, level in zip(owners, accounts.market_index, price, strict=True)
    }


def modes(served: Exchange) -> Iterator[tuple[str, PoolMode]]:
    """Dex and margin mode of the account of every position."""
    exchange = served.runner.world.exchange
    for address, coin in true_levels(served):
        account = exchange.account_row(address)
        assert account is not None
        yield (
            coin.partition(":")[0] if ":" in coin else "",
            PoolMode(int(exchange.state.account[account, AccountColumn.MODE])),
        )


def differing(running: LiveMap, served: Exchange) -> list[tuple[Key, float | None, float | None]]:
    """Positions whose level is another one."""
    truth, ours = true_levels(served), map_levels(running)
    return [
        (key, level, ours.get(key))
        for key, level in truth.items()
        if not np.isclose(ours.get(key, -1.0), np.nan if level is None else level, rtol=1e-6, equal_nan=True)
    ]


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=160, coins=3, seed=4) as made:
        yield made


def test_every_position_and_level_of_every_dex_is_the_engines(served: Exchange, tmp_path: Path) -> None:
    with live_map(served.network, tmp_path / "data") as running:
        seconds_until(lambda: len(running.sizes()) > len(served.sizes()) // 2, "the map to know half of the positions")
        served.freeze()
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be whole", 120.0)
        seconds_until(lambda: not differing(running, served), "levels to be the engine's", 120.0)
        held = set(modes(served))
        assert held >= {(dex, mode) for dex in ("", "xyz") for mode in (PoolMode.CROSS, PoolMode.UNIFIED)}
        assert any(dex == "hyna" for dex, _ in held)
        assert any(mode == PoolMode.PORTFOLIO for _, mode in held)
        market = of_view(running.view)
        for coin in ("BTC", "xyz:GOLD", "hyna:BTC"):
            target = 0.8 * market.mark_of(coin)
            asked = CascadeQuestion(coin=coin, price=target, minutes=3.0, shock_minutes=2.0)
            answer = answer_cascade(prepare_cascade(market, asked))
            assert isinstance(answer, CascadeAnswer)
            assert answer.coin == coin
            # Who holds a coin of a builder, and how near, follows from how long the market lived.
            assert answer.totals.account_count > 0 or not has_long_level_above(market.cascade, coin, target)
        assert has_long_level_above(market.cascade, "BTC", 0.8 * market.mark_of("BTC"))
        moved = {row.coin: row for row in running.view.joint(-50.0).coins}
        assert "BTC" in moved
        assert any(":" in coin for coin in moved)
        assert moved["BTC"].joint_notional > 0.0


def has_long_level_above(question: CascadeInput, coin: str, target: float) -> bool:
    """Whether a long of the coin has its level between the target and the mark."""
    row = question.snapshot.markets.index_of(coin)
    levels = solve_liquidation(question.accounts, question.snapshot, question.tables).price
    rows = (question.accounts.market_index == row) & (question.accounts.size > 0.0)
    return bool(((levels[rows] > target) & (levels[rows] < question.snapshot.mark[row])).any())


def test_the_market_holds_what_a_reader_has_to_pass_over(served: Exchange) -> None:
    sandbox = served.runner.state
    coins, legs = set(), 0
    for address in sandbox.exchange.addresses:
        spot = answer_info({"type": "spotClearinghouseState", "user": address}, sandbox)
        coins |= {row["coin"][0] for row in spot["balances"] if "token" not in row}  # type: ignore[index]
        state = answer_info({"type": "clearinghouseState", "user": address}, sandbox)
        legs += sum(row["position"]["szi"] == "0.0" for row in state["assetPositions"])  # type: ignore[index]
    assert {"+", "o"} <= coins
    assert legs
    assert sandbox.sub_accounts
