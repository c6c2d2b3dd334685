"""The tasks of a live market: none dies unseen, and what goes wrong around them ends none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from live_records import Speaker
from small_sandbox import eventful_sandbox, name

from liqscape.feed.discovery import AddressBook
from liqscape.feed.discovery.addresses import MAX_DEXS
from liqscape.heatmap.moment import Moment
from liqscape.model.markets import Market, Markets
from liqscape.service.collecting.candles import ExchangeCandles
from liqscape.service.collecting.categories import MarketCategories
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.disk_look import DiskLook
from liqscape.service.collecting.feeding import Feeding
from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics

USERS = [name(number) for number in range(12)]


class Broken:
    """A writer with a bug."""

    def append(self, *_: object) -> None:
        raise RuntimeError("a bug")


def market_of(writer: object) -> LiveMarket:
    core = LiveCore(Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None))
    history = HistoryQueue(writer)  # type: ignore[arg-type]
    return LiveMarket(
        core=core, live=LiveState(), history=history, raw=RawQueue(None), metrics=LiveMetrics(), clock=SteadyClock()
    )


def test_a_writer_that_dies_of_a_bug_ends_the_program_and_not_only_its_history() -> None:
    market = market_of(Broken())

    async def run() -> None:
        nothing = SimpleNamespace(byte_count=0)
        market.history.offer(Moment(frame=nothing, accounts=nothing, tables=None, is_stored=True))  # type: ignore[arg-type]
        async with asyncio.timeout(10.0):
            await market.run(asyncio.Event())

    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(run())


def test_a_data_folder_that_is_taken_away_is_no_end_of_the_figures(tmp_path: Path) -> None:
    assert DiskLook(tmp_path / "gone").answer().free_bytes is None
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert DiskLook(tmp_path).answer().free_bytes is not None


def fed_by(market: LiveMarket) -> Feeding:
    """What asks and listens, of a market that knows the listing of the sandbox; nothing runs."""
    from liqscape.feed.limiter import WeightLimiter
    from liqscape.service.collecting.settings import MAINNET, LiveSettings

    for record in Speaker(eventful_sandbox()).listing():
        market.core.feed(record)
    queue = None
    candles = ExchangeCandles("trades", lambda: 0)
    return Feeding(
        LiveSettings(network=MAINNET, data=Path("nowhere")),
        market,
        queue,  # type: ignore[arg-type]
        AddressBook(),
        WeightLimiter(),
        candles,
        categories=MarketCategories(),
    )


def test_more_dexs_than_are_told_apart_are_said_and_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    market = market_of(None)
    feeding = fed_by(market)
    dexs = ("", *(f"d{number}" for number in range(80)))
    market.core.assembler.markets.list_dexs(dexs)
    markets = Markets.build(
        [
            Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=0),
            *(Market(coin=f"{dex}:A", size_decimals=2, max_leverage=5, table_row=0, dex=dex) for dex in dexs[1:]),
        ]
    )
    feeding._follow(markets)
    assert "81 dexs" in caplog.text
    assert len(feeding.planner.dexs) == MAX_DEXS
    assert sum(each.wanted for each in feeding.pool.figures()) >= 82


def test_subscriptions_of_delisted_coins_end() -> None:
    feeding = fed_by(market_of(None))
    markets = feeding._assembler.markets.markets
    before = sum(each.wanted for each in feeding.pool.figures())
    feeding._follow(Markets.build(replace(each, is_delisted=row == 1) for row, each in enumerate(markets.rows)))
    assert sum(each.wanted for each in feeding.pool.figures()) == before - 1
    feeding._follow(markets)
    assert sum(each.wanted for each in feeding.pool.figures()) == before


def test_holders_of_coins_without_room_for_their_prints_are_in_doubt_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    speaker, market = Speaker(eventful_sandbox()), market_of(None)
    feeding = fed_by(market)
    coins = feeding._assembler.markets.markets.coins
    for record in (speaker.answer(type="batchClearinghouseStates", users=USERS), speaker.tick()):
        market.core.feed(record)
    ledger = market.core.pipeline.ledger
    assert not ledger.watch().is_unsure.any()
    worth = feeding._assembler.markets.worth()
    feeding.print_room = 1
    feeding._follow(ledger.markets)
    kept = coins[int(np.argmax(worth))]
    assert feeding.streams.left_out == tuple(
        coin for coin in sorted(coins, key=lambda each: -worth[coins.index(each)]) if coin != kept
    )
    accounts, watch = ledger.accounts, ledger.watch()
    held = {
        accounts.addresses[row]
        for row, at in zip(accounts.address_row[accounts.pool_of_position()], accounts.market_index, strict=True)
        if coins[at] != kept
    }
    assert {name for name, is_unsure in zip(watch.address, watch.is_unsure.tolist(), strict=True) if is_unsure} == held
    assert "no prints of" in caplog.text
    (row,) = [row for row in feeding.streams.rows() if row.kind == "prints"]
    assert row.trouble is not None
    assert row.trouble.startswith("no room for prints of ")
    feeding.print_room = len(coins)
    feeding._follow(ledger.markets)
    assert feeding.streams.left_out == ()


def test_a_system_clock_that_is_set_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    wall = [1_770_000_000_000_000_000]
    market = market_of(None)
    market.clock = SteadyClock(lambda: wall[0], lambda: 0)
    market.look_at_clock()
    assert caplog.text == ""
    wall[0] -= 3_600 * 1_000_000_000
    market.look_at_clock()
    market.look_at_clock()
    assert caplog.text.count("the system's clock was set by -3600 s") == 1
