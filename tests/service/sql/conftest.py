"""A data folder with some of everything that is stored: parts, heads, funding, liquidations, known addresses, books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from small_market import FIRST_MARKS, TABLES, address, small_accounts
from sql_asker import Asker
from stored_moments import moment_of

from liqscape.feed.discovery.columns import RegisterColumns
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model import Accounts, Market, Markets, MarketSnapshot
from liqscape.model.funding import HourlyFunding
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.service.folders import LIQUIDATIONS, REGISTER
from liqscape.store.books import BookRows, DayFile, write_day
from liqscape.store.history import HistoryWriter
from liqscape.store.liquidations import LiquidationWriter
from liqscape.store.register import AddressRegister
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, PoolMode

NOON_MS = 1_770_292_800_000
"""2026-02-05 12:00 UTC."""
SEALED, FRAMES = 10, 18
FIRST_MS = NOON_MS - (FRAMES - 1) * MINUTE_MS
MARKETS = Markets.build(
    [
        Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=1),
        Market(coin="ETH", size_decimals=4, max_leverage=40, table_row=1),
        Market(coin="HYPE", size_decimals=0, max_leverage=10, table_row=0),
        Market(coin="DARK", size_decimals=2, max_leverage=10, table_row=0),
        Market(coin="GONE", size_decimals=2, max_leverage=10, table_row=0, is_delisted=True),
    ]
)
SOURCE = Provenance("generated", "small world", True, "made up for tests")


@dataclass(frozen=True)
class World:
    """The folder, and the frames and accounts that were put into it."""

    folder: Path
    frames: list[MarketFrame]
    accounts: list[Accounts]


def begun() -> Accounts:
    """As on the exchange, nobody holds a coin twice; of every other pool 8 % of what it holds is left at first."""
    accounts = small_accounts(3, FIRST_MS)
    pool = accounts.pool_of_position()
    owner = accounts.address_row[pool]
    is_isolated = accounts.mode[pool] == PoolMode.ISOLATED
    holds_twice = is_isolated & np.isin(owner, owner[~is_isolated & (accounts.market_index == 1)])
    accounts = accounts.take(np.setdiff1d(np.arange(accounts.pool_count), pool[holds_twice]))
    exposure = accounts.size * np.nan_to_num(FIRST_MARKS, nan=1.0)[accounts.market_index]
    pool = accounts.pool_of_position()
    gross, net = (np.bincount(pool, each, accounts.pool_count) for each in (np.abs(exposure), exposure))
    is_near = (np.arange(accounts.pool_count) % 2 == 0) & ~np.isnan(accounts.raw_usd)
    return replace(accounts, raw_usd=np.where(is_near, 0.08 * gross - net, accounts.raw_usd))


def made(count: int = FRAMES) -> tuple[list[MarketFrame], list[Accounts]]:
    """Marks wander; each minute an account changes a size, opens or closes something, or goes."""
    rng = np.random.default_rng(7)
    marks, accounts = FIRST_MARKS.copy(), begun()
    frames, kept = [], []
    for number in range(count):
        time_ms = FIRST_MS + number * MINUTE_MS
        marks = marks * np.exp(rng.normal(0.0, 0.002, len(marks)))
        if number % 4 == 3:
            accounts = accounts.take(np.delete(np.arange(accounts.pool_count), 9 + number))
        size = accounts.size.copy()
        size[number] *= -1.0 if number % 3 == 0 else 1.25
        observed = np.where(np.arange(accounts.pool_count) % 5 == number % 5, time_ms, accounts.observed_ms)
        accounts = replace(accounts, size=size, observed_ms=observed.astype(np.int64))
        snapshot = MarketSnapshot(
            markets=MARKETS,
            time_ms=time_ms,
            mark=marks,
            oracle=marks * 1.0001,
            open_interest=np.array([50.0, 900.0, np.nan, np.nan, 1.0]),
        )
        hour_ms = NOON_MS if number == count - 1 else NOON_MS - HOUR_MS
        funding = HourlyFunding(hour_ms, marks * 0.00001) if number >= 4 else None
        frames.append(replace(build_frame(accounts, snapshot, TABLES, SOURCE), funding=funding))
        kept.append(accounts)
    return frames, kept


def event(number: int, side: int, evidence: Evidence, predicted: float) -> Liquidation:
    """A liquidation of BTC."""
    return Liquidation(
        address=address(number),
        market_index=0,
        side=side,
        size=0.5,
        price=70_000.0,
        notional=35_000.0,
        mark=float("nan"),
        predicted_price=predicted,
        method=LiquidationMethod.MARKET,
        evidence=evidence,
        fee=float("nan"),
        account_value=float("nan"),
        fill_count=2,
        first_ms=NOON_MS - number * MINUTE_MS,
        last_ms=NOON_MS,
        trade_ids=(number, number + 1),
    )


def register_rows() -> RegisterColumns:
    """Three addresses: one who trades and holds, one nobody saw trade, a vault."""
    key = [list(bytes.fromhex(address(number)[2:])) for number in (3, 5_000, 6_000)]
    return RegisterColumns(
        key=np.array(key, np.uint8),
        sources=np.array([1, 2, 4], np.uint8),
        first_seen_ms=np.array([FIRST_MS] * 3),
        last_activity_ms=np.array([NOON_MS, -1, -1]),
        traded_usd=np.array([1e5, 0.0, 0.0]),
        account_value=np.array([0.0, 5e6, 0.0]),
        week_volume=np.zeros(3),
        month_volume=np.zeros(3),
        dex_bits=np.zeros(3, np.int64),
        is_vault=np.array([False, False, True]),
        is_exempt=np.zeros(3, np.bool_),
    )


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world") / "data"
    frames, accounts = made()
    with HistoryWriter(folder, SOURCE) as writer:
        for number, (frame, held) in enumerate(zip(frames, accounts, strict=True)):
            writer.append(moment_of(frame, held, TABLES))
            if number == SEALED - 1:
                writer.compact()
    keeper = LiquidationWriter(folder / LIQUIDATIONS)
    keeper.keep([event(3, 1, Evidence.EXACT, 69_900.0), event(8, -1, Evidence.INFERRED, float("nan"))], MARKETS.coins)
    register = AddressRegister(folder / REGISTER)
    register.save(register_rows())
    register.close()
    rows = BookRows.of([(NOON_MS, 1, 69_999.0, 1.5, 3), (NOON_MS, -1, 70_001.0, 2.5, 4)])
    day_ms = NOON_MS // DAY_MS * DAY_MS
    write_day(
        folder,
        DayFile(coin="BTC", every_ms=MINUTE_MS, from_ms=day_ms, until_ms=day_ms + DAY_MS, is_whole=True, books=1),
        rows,
    )
    return World(folder, frames, accounts)


@pytest.fixture
def ask(world: World) -> Iterator[Asker]:
    asker = Asker(world.folder)
    yield asker
    asker.connection.close()
