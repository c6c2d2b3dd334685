"""From a node's files alone: a snapshot and the lines after it are what the exchange holds, cash included."""

from __future__ import annotations

from pathlib import Path

import pytest
from node_states import name, pools_of
from small_sandbox import BTC, ETH, FIRST_PRICES, USD, SmallSandbox, eventful_sandbox, quotes

from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.ledger import Ledger
from liqscape.model.events import CashMoved, MarketDefined, MarksUpdated
from liqscape.sandbox.files import NodeFiles
from liqscape.sources.node.decode import NodeDecoder
from liqscape.sources.node.state_events import map_state
from liqscape.sources.node.states import StateWatch
from liqscape.sources.node.tail import NodeTail
from liqscape.states.node.state_columns import unpack_state
from liqscape.units import PoolMode

MICRO_USD = 1e-6


DEPOSITS = {2: 1_234.567_891, 3: 500.25, 4: 2_000.0, 5: 80.0, 6: -3_000.000_001}
"""USD by account: cross, isolated, unified, portfolio margin, cross."""


@pytest.fixture
def world() -> SmallSandbox:
    return eventful_sandbox()


def go_on(world: SmallSandbox) -> None:
    """Trades, an hour's funding, closing, turning over, money in and out, an account that was not there before."""
    for account, usd in DEPOSITS.items():
        world.exchange.deposit(account, round(usd * USD))
    world.step(100, world.order(2, BTC, 0.3), world.order(3, ETH, -4.0), *quotes(world, 0, FIRST_PRICES))
    world.step(3_600_000, *quotes(world, 0, FIRST_PRICES))
    world.exchange.deposit(3, -USD // 4)
    world.step(100, world.order(2, BTC, -1.3), world.order(4, BTC, -0.1), *quotes(world, 0, FIRST_PRICES))


def test_a_snapshot_and_the_lines_after_it_are_what_the_exchange_holds(world: SmallSandbox, tmp_path: Path) -> None:
    exchange = world.exchange
    files = NodeFiles(tmp_path, state_every=exchange.block)
    files.observe(exchange, world.outputs[-1])
    begun = len(world.outputs)
    record = StateWatch(tmp_path).read(1)
    assert record is not None
    go_on(world)
    for output in world.outputs[begun:]:
        files.observe(exchange, output)
    files.close()

    rows = {table.tiers: row for row, table in enumerate(exchange.tables.tables)}
    market_of = {coin: row for row, coin in enumerate(exchange.markets.coins)}
    ledger = Ledger()
    ledger.apply(MarketDefined(0, 0, exchange.markets, exchange.tables))
    ledger.apply(MarksUpdated(exchange.time_ms, 0, to_snapshot(exchange)))
    ledger.apply(map_state(unpack_state(record.content, "state"), market_of, lambda table: rows[table.tiers], 0))
    decoder, tail = NodeDecoder(market_of), NodeTail(tmp_path)
    moves = 0
    while records := tail.read(1):
        for each in records:
            for event in decoder.decode(each):
                moves += len(event.movements) if isinstance(event, CashMoved) else 0
                ledger.apply(event)

    ours = pools_of(ledger.accounts, exchange.markets, (0,))
    theirs = pools_of(to_accounts(exchange), exchange.markets, (0,))
    assert ours.keys() == theirs.keys()
    for key, (cash, sizes) in theirs.items():
        assert {coin: float(size) for coin, size in sizes.items()} == pytest.approx(
            {coin: float(size) for coin, size in ours[key][1].items()}, abs=1e-9
        )
        if key[1] == PoolMode.PORTFOLIO:
            assert key[0] == name(6)
            assert ours[key][0] is None, "its cash is not in the state"
        else:
            assert float(ours[key][0] or 0) == pytest.approx(float(cash or 0), abs=MICRO_USD)
    assert moves == len(DEPOSITS) + 1
    assert ledger.tracking_figures().cash_ambiguous == 0
