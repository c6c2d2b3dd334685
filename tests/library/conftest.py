"""The small made-up market as a data folder with liquidations, opened and served."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from made_up_study import write_study
from resting_books import EVERY_MS, depth, made_up_books, write_books
from small_market import SmallMarket, address, small_market
from stored_moments import moments_of

import liqscape as lq
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.service.folders import LIQUIDATIONS
from liqscape.store.history import HistoryWriter
from liqscape.store.liquidations import LiquidationWriter


@dataclass(frozen=True)
class Stored:
    """A data folder and what was put into it."""

    folder: Path
    market: SmallMarket

    @property
    def middle_ms(self) -> int:
        return self.market.frames[3].time_ms


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    market = small_market(count=6)
    folder = tmp_path_factory.mktemp("data") / "history"
    writer = HistoryWriter(folder, market.frames[0].provenance)
    notes = depth(70_000.0, (1_000.0, 3_000.0, 4_000.0), (2_000.0, 6_000.0, float("nan")))
    moments = moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables)
    writer.append_many(replace(moment, notes=notes) for moment in moments)
    writer.close()
    first_ms = market.frames[0].time_ms
    write_books(folder, made_up_books(first_ms - EVERY_MS, 3, 2_000.0), "ETH")
    events = [
        Liquidation(
            address=address(number),
            market_index=number % 2,
            side=1 if number % 3 else -1,
            size=1.0 + number,
            price=100.0,
            notional=100.0 + 100.0 * number,
            mark=99.5,
            predicted_price=float("nan") if number else 99.75,
            method=LiquidationMethod.MARKET,
            evidence=Evidence.EXACT,
            fee=float("nan"),
            account_value=5.0,
            fill_count=1,
            first_ms=first_ms + 1_000 * number,
            last_ms=first_ms + 1_000 * number + 10,
            trade_ids=(number,),
        )
        for number in range(5)
    ]
    LiquidationWriter(folder / LIQUIDATIONS).keep(events, market.frames[0].snapshot.markets.coins)
    write_study(folder)
    return Stored(folder, market)


@pytest.fixture(scope="session")
def served(stored: Stored) -> Iterator[str]:
    """Address of a server of the same folder."""
    words = [sys.executable, "-m", "liqscape", "serve", "--data", str(stored.folder), "--read-only", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = re.search(r"http://\S+", process.stdout.readline())
        assert ready is not None, "the server did not start; its error is above"
        try:
            yield ready[0]
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def folder_map(stored: Stored) -> lq.Map:
    return lq.open(stored.folder)


@pytest.fixture(scope="session")
def served_map(served: str) -> lq.Map:
    return lq.open(served)
