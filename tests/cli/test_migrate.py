"""`liqscape migrate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from former_history import write_former
from small_market import TABLES

from liqscape.service.folders import LIQUIDATIONS
from liqscape.store.books import BookReader
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.liquidations import LiquidationFilter, LiquidationReader

Run = Callable[..., str]
DAY, TIME_MS = "2026-02-02", 1_770_000_000_000


@pytest.fixture
def former(stored: Any, tmp_path: Path) -> Path:
    """A folder as version 1 left it: three parts, two heads, a day of liquidations, a day of books."""
    folder = tmp_path / "former"
    market = stored.market
    write_former(folder, list(zip(market.frames, market.accounts, strict=True)), TABLES, in_parts=[2, 1, 1])
    row = {
        "address": "0x" + "1" * 40,
        "coin": "BTC",
        "side": -1,
        "size": 1.0,
        "price": 2.0,
        "notional": 2.0,
        "mark": float("nan"),
        "predicted_price": float("nan"),
        "method": "market",
        "evidence": "exact",
        "fee": 0.5,
        "account_value": float("nan"),
        "fill_count": 1,
        "first_ms": TIME_MS,
        "last_ms": TIME_MS,
        "trade_ids": [7],
    }
    types = {"side": polars.Int8, "fill_count": polars.Int32}
    (folder / LIQUIDATIONS).mkdir()
    polars.DataFrame([row], schema_overrides=types).write_parquet(
        folder / LIQUIDATIONS / f"{DAY}.parquet", metadata={"liqscape.schema_version": "1"}
    )
    book = {"time_ms": [TIME_MS] * 2, "side": [1, -1], "price": [1.0, 2.0], "size": [3.0, 4.0], "orders": [1, 2]}
    day = {"coin": "BTC", "every_ms": 60_000, "from_ms": TIME_MS, "until_ms": TIME_MS + 1, "is_whole": True, "books": 1}
    (folder / "books" / "BTC").mkdir(parents=True)
    polars.DataFrame(book, schema_overrides={"side": polars.Int8, "orders": polars.Int32}).write_parquet(
        folder / "books" / "BTC" / f"{DAY}.parquet",
        metadata={"liqscape.schema_version": "1", "liqscape.books": json.dumps(day)},
    )
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def answers(folder: Path) -> tuple[object, ...]:
    reader = HistoryReader(folder)
    times = reader.frame_times(0, 2**50).tolist()
    held = [reader.accounts_at(time_ms) for time_ms in times]
    events = LiquidationReader(folder / LIQUIDATIONS).find(LiquidationFilter(), 10).rows
    book = BookReader(folder).find("BTC", TIME_MS, 0)
    assert book is not None
    return (
        times,
        [each.raw_usd.tobytes() + each.size.tobytes() + each.observed_ms.tobytes() for each in held],
        [(row.side, row.first_ms, row.trade_ids, np.isnan(row.mark)) for row in events],
        (book.bids.tolist(), book.asks.tolist()),
    )


def test_everything_answers_the_same_afterwards_and_is_of_today(
    former: Path, command: Run, command_json: Callable[..., Any]
) -> None:
    before = answers(former)
    said = command_json("history", "migrate", former)
    counts = {"part_count": 3, "frame_count": 4, "head_count": 2, "liquidation_day_count": 1, "book_day_count": 1}
    assert {name: said[name] for name in counts} == counts
    assert said["left"] == []
    assert answers(former) == before
    assert "everything is of today's version" in command("migrate", former)
    event = polars.read_parquet(former / LIQUIDATIONS / f"{DAY}.parquet").row(0, named=True)
    assert (event["side"], event["mark"], event["trade_ids"]) == ("short", None, [7])
    book = polars.read_parquet(former / "books" / "BTC" / f"{DAY}.parquet")
    assert book["side"].to_list() == ["bid", "ask"]


def test_a_dry_run_says_what_there_is_and_touches_nothing(former: Path, command: Run) -> None:
    before = contents(former)
    said = command("migrate", former, "--dry-run")
    assert "to rewrite: 3 parts of 4 frames, 2 head files, 1 days of liquidations, 1 days of order books" in said
    assert contents(former) == before


def test_what_is_damaged_stays_and_is_named(former: Path, command: Run) -> None:
    path = former / LIQUIDATIONS / f"{DAY}.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    said = command("migrate", former)
    assert f"stays as it is: {LIQUIDATIONS}/{DAY}.parquet" in said


def test_a_folder_that_cannot_be_migrated_is_refused(former: Path, stored: Any, refused: Run, tmp_path: Path) -> None:
    assert "is not a folder" in refused("migrate", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "no history here" in refused("migrate", tmp_path / "empty")
    before = contents(former)
    with HistoryWriter(former, stored.market.frames[0].provenance):
        pass
    with HistoryWriter(former, stored.market.frames[0].provenance):
        assert "did not take this up within 1 s" in refused("history", "migrate", former, "--wait", "1")
    assert set(before) <= set(contents(former))
