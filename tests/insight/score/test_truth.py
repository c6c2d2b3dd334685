"""Shares of levels that were reached are those of the exchange's own log, to the lot."""

from __future__ import annotations

from collections import Counter

import pytest
from score_truth import Level, ScoredWorld, coin_days, true_fates

from liqscape.insight.score.columns import CoinDay
from liqscape.insight.score.fates import FATES
from liqscape.insight.score.levels import score_levels
from liqscape.sandbox.world import WorldSettings

BURSTS = {2: -0.3, 6: 0.5}
LEFT = ("saved_by_margin", "moved_away", "still_there", "unknown")


@pytest.fixture(scope="module")
def world() -> ScoredWorld:
    """Falls through the levels of most longs, then rises through those of most shorts."""
    return ScoredWorld(WorldSettings(seed=101, accounts=250, coins=2, block_ms=3_000)).run(10, BURSTS)


@pytest.fixture(scope="module")
def days(world: ScoredWorld) -> list[CoinDay]:
    """Its coins."""
    return coin_days(world)


def scored_fates(day: CoinDay) -> dict[Level, Counter[str]]:
    """Lots of each level that was reached."""
    found = {}
    for rows in score_levels(day).crossings:
        for place, time_ms in enumerate(rows["time_ms"].tolist()):
            lots = Counter({name: int(rows[f"{name}_lots"][place]) for name in FATES if name not in LEFT})
            lots["rest"] = sum(int(rows[f"{name}_lots"][place]) for name in LEFT)
            level = Level(time_ms, day.coin, int(rows["key"][place]), str(rows["horizon"][place]))
            found[level] = +lots
    return found


def test_every_level_that_was_reached_has_the_fate_of_the_log(world: ScoredWorld, days: list[CoinDay]) -> None:
    truth, judged = true_fates(world)
    found = {level: fates for day in days for level, fates in scored_fates(day).items()}
    assert len(found) > 300
    assert found == truth
    counted = sum(int(cells["predicted_count"].sum()) for day in days for cells in score_levels(day).cells)
    assert counted == judged


@pytest.mark.parametrize("fate", ["liquidated", "closed_before", "closed_after"])
def test_counts_and_usd_of_cells_are_the_sums_of_the_log(world: ScoredWorld, days: list[CoinDay], fate: str) -> None:
    truth, _ = true_fates(world)
    for day in days:
        usd_of_lot = {frame.time_ms: frame.mark / 10.0**day.size_decimals for frame in day.frames}
        for cells in score_levels(day).cells:
            horizons = set(cells["horizon"].tolist())
            mine = {at: lots for at, lots in truth.items() if at.coin == day.coin and at.horizon in horizons}
            assert cells["crossed_count"].sum() == len(mine)
            most = [lots.most_common(1)[0][0] for lots in mine.values()]
            assert cells[f"{fate}_count"].sum() == most.count(fate)
            usd = sum(lots[fate] * usd_of_lot[at.time_ms] for at, lots in mine.items())
            assert cells[f"{fate}_usd"].sum() == pytest.approx(usd, rel=1e-12)


def test_few_levels_of_a_known_world_are_of_unknown_fate(days: list[CoinDay]) -> None:
    lots = Counter[str]()
    for day in days:
        for rows in score_levels(day).crossings:
            for name in FATES:
                lots[name] += int(rows[f"{name}_lots"].sum())
    assert lots["liquidated"] > 0.5 * sum(lots.values())
    assert lots["unknown"] == 0
