"""Recorded fills of a node fit together under the ledger's rules; liquidations group as their collectors group them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from liqscape.ledger import Ledger, Recognition
from liqscape.model import Accounts, MarginTables, Market, Markets, flat_table
from liqscape.model.events import AccountsObserved, FillsObserved, MarketDefined
from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.trades import NO_ADDRESS, Fills
from liqscape.wire.node.fills import UserFill, parse_fill_block

pytestmark = pytest.mark.recorded
METHODS = {"market": LiquidationMethod.MARKET, "backstop": LiquidationMethod.BACKSTOP}


def ledger_of(coins: list[str], recognition: Recognition | None = None) -> Ledger:
    ledger = Ledger(recognition=recognition)
    ledger.apply(
        MarketDefined(
            0,
            0,
            Markets.build(Market(coin=coin, size_decimals=8, max_leverage=10, table_row=0) for coin in coins),
            MarginTables.build([flat_table(10)]),
        )
    )
    return ledger


def columns_of(rows: list[UserFill], coins: list[str]) -> Fills:
    fills = [fill for _, fill in rows]
    forced = [None if fill.liquidation is None else fill.liquidation.liquidatedUser for fill in fills]
    addresses = tuple(sorted({user for user, _ in rows} | {user for user in forced if user is not None}))
    place = {address: number for number, address in enumerate(addresses)}
    return Fills(
        addresses=addresses,
        user=np.array([place[user] for user, _ in rows], np.int32),
        market_index=np.array([coins.index(fill.coin) for fill in fills], np.int32),
        price=np.array([fill.px for fill in fills]),
        size=np.array([fill.sz if fill.side == "B" else -fill.sz for fill in fills]),
        start_position=np.array([fill.startPosition for fill in fills]),
        fee=np.array([fill.fee for fill in fills]),
        is_taker=np.array([fill.crossed for fill in fills]),
        time_ms=np.array([fill.time for fill in fills], np.int64),
        trade_id=np.array([fill.tid for fill in fills], np.int64),
        liquidated=np.array([NO_ADDRESS if user is None else place[user] for user in forced], np.int32),
        method=np.array(
            [0 if fill.liquidation is None else METHODS[fill.liquidation.method] for fill in fills], np.uint8
        ),
        trigger_mark=np.array([np.nan if fill.liquidation is None else fill.liquidation.markPx for fill in fills]),
        is_deleveraged=np.array([fill.is_deleveraging for fill in fills], np.bool_),
    )


@pytest.fixture(scope="module")
def blocks(recorded: Path) -> list[list[UserFill]]:
    """Perpetual fills of a thousand blocks."""
    lines = (recorded / "stream" / "node_fills_by_block_1000.jsonl").read_bytes().splitlines()
    parsed = [parse_fill_block(line, "recorded").events for line in lines]
    return [[(user, fill) for user, fill in block if fill.coin[0] != "@" and "/" not in fill.coin] for block in parsed]


def test_a_thousand_blocks_need_no_correction(blocks: list[list[UserFill]]) -> None:
    rows = [row for block in blocks for row in block]
    coins = sorted({fill.coin for _, fill in rows})
    first, last = {}, {}
    for user, fill in rows:
        first.setdefault((user, fill.coin), fill.startPosition)
        last[(user, fill.coin)] = fill.startPosition + (fill.sz if fill.side == "B" else -fill.sz)
    users = sorted({user for user, _ in first})
    held = sorted((users.index(user), coins.index(coin), size) for (user, coin), size in first.items() if size != 0.0)
    offsets = np.searchsorted([row for row, _, _ in held], np.arange(len(users) + 1))
    seen = Accounts.build(
        addresses=users,
        address_row=range(len(users)),
        raw_usd=np.zeros(len(users)),
        offsets=offsets,
        market_index=[market for _, market, _ in held],
        size=[size for _, _, size in held],
        table_row=np.zeros(len(held)),
    )
    ledger = ledger_of(coins)
    ledger.apply(AccountsObserved(time_ms=1, received_ns=0, accounts=seen))
    for block in blocks:
        if block:
            ledger.apply(FillsObserved(block[0][1].time, 0, columns_of(block, coins)))
    assert ledger.tracking_figures().corrected == 0
    accounts = ledger.accounts
    found = {
        (accounts.addresses[accounts.address_row[pool]], coins[market]): size
        for pool, market, size in zip(accounts.pool_of_position(), accounts.market_index, accounts.size, strict=True)
    }
    expected = {key: pytest.approx(size, abs=1e-7) for key, size in last.items() if abs(size) > 1e-8}
    assert found == expected
    assert len(found) > 1_000


def test_the_recorded_liquidations_of_a_node_count_once(blocks: list[list[UserFill]]) -> None:
    rows = [row for block in blocks for row in block if any(fill.is_liquidation for _, fill in [row])]
    coins = sorted({fill.coin for _, fill in rows})
    ledger = ledger_of(coins)
    ledger.apply(FillsObserved(rows[-1][1].time, 0, columns_of(rows, coins)))
    ledger.flush_liquidations()
    events = ledger.take_liquidations()
    victims = [(user, fill) for user, fill in rows if fill.liquidation and fill.liquidation.liquidatedUser == user]
    assert sum(event.fill_count for event in events) == len(victims)
    assert sum(event.notional for event in events) == pytest.approx(sum(fill.px * fill.sz for _, fill in victims))


def test_fills_up_to_five_seconds_apart_group_as_their_collectors_group_them(recorded: Path) -> None:
    with (recorded / "events" / "liquidation_fills_2025-26.csv").open() as file:
        rows = list(csv.DictReader(file))
    with (recorded / "events" / "liquidation_units_2025-26.csv").open() as file:
        units = Counter((int(row["ts"]), row["coin"], row["user"], int(row["fills"])) for row in csv.DictReader(file))
    rows = [row for row in rows if float(row["notional"]) > 0.0]
    coins, users = sorted({row["coin"] for row in rows}), sorted({row["user"] for row in rows})
    count, user = len(rows), np.array([users.index(row["user"]) for row in rows], np.int32)
    size = -np.array([float(row["notional"]) for row in rows])
    fills = Fills(
        addresses=tuple(users),
        user=user,
        market_index=np.array([coins.index(row["coin"]) for row in rows], np.int32),
        price=np.ones(count),
        size=size,
        start_position=np.zeros(count),
        fee=np.zeros(count),
        is_taker=np.ones(count, np.bool_),
        time_ms=np.array([int(row["ts"]) for row in rows]),
        trade_id=np.full(count, -1),
        liquidated=user,
        method=np.full(count, LiquidationMethod.MARKET, np.uint8),
        trigger_mark=np.full(count, np.nan),
        is_deleveraged=np.zeros(count, np.bool_),
    )
    ledger = ledger_of(coins, Recognition(exact_gap_ms=5_000))
    ledger.apply(FillsObserved(int(fills.time_ms[-1]), 0, fills))
    ledger.flush_liquidations()
    events = ledger.take_liquidations()
    assert Counter((e.first_ms, coins[e.market_index], e.address, e.fill_count) for e in events) == units
    assert sum(event.notional for event in events) == pytest.approx(-size.sum())
