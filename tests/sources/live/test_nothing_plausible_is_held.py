"""Whatever was recorded, and whatever the sandbox lives through, is taken as it is told: not one reading is flagged."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from liqscape.sandbox.answers.contexts import asset_contexts
from liqscape.sandbox.records import Records
from liqscape.sandbox.state import SandboxState
from liqscape.sandbox.world import World, WorldSettings
from liqscape.sources.live.markets import LiveMarkets
from liqscape.sources.live.plausibility import Plausibility
from liqscape.units import HOUR_MS, MINUTE_MS
from liqscape.wire.info.meta import UNKNOWN_CONTEXT, Asset, AssetContext, Meta
from liqscape.wire.ws.all_dexs_asset_ctxs import read_all_contexts

SECOND_NS = 1_000_000_000
START_NS = 10**18
CRASH_SECONDS = 60
"""A recorded hour is told as if all of it had happened within a minute."""


class Listener:
    """Hears contexts of coins, and never doubts one of them."""

    def __init__(self, coins: list[str]) -> None:
        self.live = LiveMarkets(("",))
        self.meta = Meta(tuple(Asset(name=coin, maxLeverage=10, szDecimals=2, marginTableId=10) for coin in coins))
        self.reading_count = 0

    def hear(self, contexts: list[AssetContext], received_ns: int) -> None:
        if not self.reading_count:
            self.live.put("", self.meta, contexts, "test", received_ns)
        self.live.move("", contexts, received_ns)
        self.reading_count += len(contexts)
        doubt = self.live.doubt
        coins = self.live.markets.coins
        assert doubt is None, {coins[row]: int(doubt[row]) for row in np.flatnonzero(doubt)}


def reported(
    marks: list[float | None], oracles: list[float | None], interest: list[float | None]
) -> list[AssetContext]:
    return [
        UNKNOWN_CONTEXT
        if mark is None
        else AssetContext(markPx=mark, oraclePx=oracle or mark, openInterest=held or 1.0)
        for mark, oracle, held in zip(marks, oracles, interest, strict=True)
    ]


@pytest.mark.parametrize("seconds", [1, 3, 59])
def test_all_recorded_snapshots_in_order_however_closely_they_follow_one_another(recorded: Path, seconds: int) -> None:
    """43 snapshots of up to 190 coins, hours apart: told seconds apart they move far more than any market did."""
    positions = pl.read_parquet(recorded / "market_2026_02" / "positions.parquet").filter(pl.col("szi") != 0)
    marks = positions.group_by("snapshot_ts", "coin").agg(
        (pl.col("position_value") / pl.col("szi").abs()).median().alias("mark")
    )
    wide = marks.pivot(on="coin", index="snapshot_ts", values="mark").sort("snapshot_ts")
    wide = wide.with_columns(pl.all().exclude("snapshot_ts").forward_fill())
    coins = wide.columns[1:]
    listener = Listener(coins)
    unknown: list[float | None] = [None] * len(coins)
    for number, row in enumerate(wide.rows()):
        listener.hear(reported(list(row[1:]), unknown, unknown), START_NS + number * seconds * SECOND_NS)
    assert listener.reading_count == 43 * len(coins)


def test_marks_oracles_and_open_interest_of_all_recorded_markets(recorded: Path) -> None:
    markets = pl.read_parquet(recorded / "market_2026_02" / "markets.parquet").sort("snapshot_ts", "coin")
    coins = sorted(set(markets["coin"]))
    listener = Listener(coins)
    for number, (_, rows) in enumerate(markets.group_by("snapshot_ts", maintain_order=True)):
        assert rows["coin"].to_list() == coins
        columns = (rows[name].to_list() for name in ("mark_px", "oracle_px", "open_interest_coins"))
        contexts = [
            AssetContext(markPx=mark, oraclePx=oracle, openInterest=held)
            for mark, oracle, held in zip(*columns, strict=True)
        ]
        listener.hear(contexts, START_NS + number * 3 * SECOND_NS)
    assert listener.reading_count == 912


@pytest.mark.parametrize("path", [("o", "h", "l", "c"), ("o", "l", "h", "c"), ("h", "l"), ("l", "h")])
def test_every_recorded_hour_of_every_venue_as_if_its_ends_were_a_minute_apart(
    recorded: Path, path: tuple[str, ...]
) -> None:
    """Five coins, seven venues, a year, with the crash of 10 October 2025. Each hour is a market of its own."""
    candles = pl.read_parquet(recorded / "multivenue" / "candles.parquet")
    judge, rows = Plausibility(), np.arange(len(candles))
    judge.grow(len(candles))
    is_listed, before = np.ones(len(candles), np.bool_), np.full((3, len(candles)), np.nan)
    for number, name in enumerate(path):
        price = candles[name].to_numpy()
        reported = np.stack((price, price, np.ones_like(price)))
        received_ns = START_NS + number * CRASH_SECONDS * SECOND_NS
        assert (
            judge.judge(rows, reported, before, is_listed, received_ns, is_named=False) is None or not judge.doubt.any()
        )
        before = reported
    assert len(candles) > 100_000


def test_every_saved_answer_with_contexts(recorded: Path) -> None:
    seen = 0
    for path in sorted((recorded / "api").glob("*ctxs*.json")):
        document = msgspec.json.decode(path.read_bytes())
        if isinstance(document, dict) and document.get("channel") == "allDexsAssetCtxs":
            message, bad = read_all_contexts(msgspec.json.encode(document["data"]), path.name)
            assert not bad
            for _, contexts in message.ctxs:
                listener = Listener([f"C{number}" for number in range(len(contexts))])
                listener.hear(list(contexts), START_NS)
                seen += len(contexts)
    assert seen > 400


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_of_the_sandbox_with_their_crashes(seed: int) -> None:
    """Told every minute and taken for seconds apart: a day in a few minutes."""
    world = World.new(WorldSettings(seed=seed, accounts=20, coins=6, start_ms=1_780_012_800_000))
    state = SandboxState(exchange=world.exchange, records=Records(world.exchange.markets))
    markets = [row for row, market in enumerate(world.exchange.markets.rows) if not market.dex]
    listener = Listener([world.exchange.markets.coins[row] for row in markets])
    for minute in range(3 * HOUR_MS // MINUTE_MS):
        for output in world.preroll(world.time_ms + MINUTE_MS):
            state.observe(output)
        listener.hear(asset_contexts(state, markets), START_NS + 3 * minute * SECOND_NS)
    assert listener.reading_count >= 6 * 180
