"""The scorecard against plain loops over the rows of days, and what it does not say."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.insight.score.card import level_errors, level_scores, recall_scores
from liqscape.insight.score.fates import FATES
from liqscape.insight.score.power import detectable_correlation, detectable_share
from liqscape.units import AnyArray

HORIZONS = ("1h", "4h", "24h")


def cells(seed: int, rows: int, days: int) -> dict[str, AnyArray]:
    """Made cells of levels."""
    chance = np.random.default_rng(seed)
    fates = chance.integers(0, 4, (rows, len(FATES)))
    table: dict[str, AnyArray] = {
        "day": chance.integers(20_000, 20_000 + days, rows),
        "coin": chance.choice(np.array(("BTC", "ETH")), rows),
        "side": chance.choice(np.array(("long", "short")), rows),
        "horizon": chance.choice(np.array(HORIZONS), rows),
        "distance": chance.choice(np.array(("0-1 %", "2-5 %")), rows),
        "age": chance.choice(np.array(("<1m", ">6h")), rows),
        "margin_source": chance.choice(np.array(("state", "tracked")), rows),
        "crossed_count": fates.sum(axis=1),
        "window_count": fates.sum(axis=1),
        "inferred_usd": np.zeros(rows),
    }
    usd = fates * chance.uniform(1.0, 1e5, (rows, 1))
    table["crossed_usd"] = usd.sum(axis=1)
    table["predicted_count"], table["predicted_usd"] = table["crossed_count"] + 5, table["crossed_usd"] + 1.0
    for number, fate in enumerate(FATES):
        table |= {f"{fate}_count": fates[:, number], f"{fate}_window_count": fates[:, number]}
        table[f"{fate}_usd"] = usd[:, number]
    return table


def test_shares_are_sums_of_rows_by_class() -> None:
    table = cells(1, 300, 9)
    found = level_scores(table, HORIZONS)
    assert {each.by for each in found} == {"all", "coin", "side", "distance", "age", "margin_source"}
    for score in found:
        own = [
            row
            for row in range(300)
            if table["horizon"][row] == score.horizon and (score.by == "all" or table[score.by][row] == score.key)
        ]
        assert score.predicted_count == sum(int(table["predicted_count"][row]) for row in own)
        assert score.crossed_usd == pytest.approx(sum(float(table["crossed_usd"][row]) for row in own))
        assert score.day_count == len({int(table["day"][row]) for row in own})
        for fate in score.fates:
            count = sum(int(table[f"{fate.fate}_count"][row]) for row in own)
            usd = sum(float(table[f"{fate.fate}_usd"][row]) for row in own)
            assert (fate.count, fate.usd) == (count, pytest.approx(usd))
            if score.window_count < 20:
                continue
            assert fate.share is not None
            assert fate.usd_share is not None
            assert fate.share.share == pytest.approx(count / score.crossed_count)
            assert fate.usd_share.share == pytest.approx(usd / score.crossed_usd)
            assert fate.usd_share.low is not None
            assert fate.usd_share.high is not None
            assert fate.usd_share.low <= fate.usd_share.share <= fate.usd_share.high
        assert sum(fate.count for fate in score.fates) == score.crossed_count


def test_the_order_of_days_changes_nothing_but_the_last_bits() -> None:
    table = cells(2, 200, 5)
    order = np.random.default_rng(0).permutation(200)
    mixed = {name: values[order] for name, values in table.items()}
    first, second = level_scores(table, HORIZONS), level_scores(mixed, HORIZONS)
    assert [(each.by, each.key, each.horizon) for each in first] == [
        (each.by, each.key, each.horizon) for each in second
    ]
    for one, other in zip(first, second, strict=True):
        assert one.crossed_usd == pytest.approx(other.crossed_usd)
        assert [fate.count for fate in one.fates] == [fate.count for fate in other.fates]


def test_below_twenty_levels_no_share_is_told_and_one_day_has_no_interval() -> None:
    table = cells(3, 2, 1)
    assert all(fate.share is fate.usd_share is None for score in level_scores(table, HORIZONS) for fate in score.fates)
    for score in level_scores(cells(4, 100, 1), HORIZONS):
        for fate in score.fates:
            if fate.usd_share is not None:
                assert (fate.usd_share.low, fate.usd_share.high) == (None, None)


def test_no_rows_make_no_card() -> None:
    empty = {name: values[:0] for name, values in cells(5, 3, 1).items()}
    assert level_scores(empty, HORIZONS) == ()


def forced(count: int, days: int) -> dict[str, AnyArray]:
    """Liquidations, each tenth not on the map; errors rise with the row."""
    row = np.arange(count)
    status = np.where(row % 10 == 0, "not known", "level")
    return {
        "day": 20_000 + row % days,
        "coin": np.full(count, "BTC"),
        "side": np.full(count, "long"),
        "horizon": np.full(count, "1h"),
        "age": np.where(row % 10 == 0, "none", "<1m"),
        "margin_source": np.where(row % 10 == 0, "none", "state"),
        "status": status,
        "error_bp": np.where(row % 10 == 0, np.nan, row.astype(float)),
        "usd": np.full(count, 100.0),
        "is_exact": row % 2 == 1,
    }


def test_recall_counts_accounts_that_were_not_on_the_map_and_levels_that_were_far_off() -> None:
    [found] = [each for each in recall_scores(forced(200, 8), HORIZONS) if each.by == "all"]
    assert (found.count, found.usd, found.day_count) == (200, 20_000.0, 8)
    assert found.on_map is not None
    assert found.within_0_1 is not None
    assert found.within_1_usd is not None
    assert found.on_map.share == 0.9
    assert found.within_0_1.share == 9 / 200  # errors 1 to 9 bp; 10 is row 10, not on the map
    assert found.within_1_usd.share == pytest.approx(sum(1 for row in range(101) if row % 10) / 200)


def test_errors_are_told_apart_by_evidence_and_class() -> None:
    found = level_errors(forced(200, 8), HORIZONS)
    [exact] = [each for each in found if each.by == "all" and each.evidence == "exact"]
    [inferred] = [each for each in found if each.by == "all" and each.evidence == "inferred"]
    assert (exact.count, inferred.count) == (100, 80)
    assert exact.quantiles_bp is not None
    assert [each.value for each in exact.quantiles_bp] == [19.0, 99.0, 179.0]
    assert {each.key for each in found if each.by == "margin_source"} == {"state"}
    assert level_errors(forced(10, 2), HORIZONS)[0].quantiles_bp is None


def test_liquidations_without_a_frame_before_are_not_judged() -> None:
    table = forced(60, 2) | {"status": np.full(60, "no frame")}
    assert recall_scores(table, HORIZONS) == ()


@pytest.mark.parametrize(("count", "share"), [(19, None), (4_900, 0.0200), (19_600, 0.0100)])
def test_power_of_a_share_is_that_of_the_textbook(count: int, share: float | None) -> None:
    """0.25 (2.80 / 0.02)^2 = 4,900 trials tell 52 from 50 %, 19,600 tell 51."""
    found = detectable_share(count)
    assert found == (None if share is None else pytest.approx(share, rel=2e-3))


def test_power_of_a_correlation() -> None:
    assert detectable_correlation(788) == pytest.approx(0.1, abs=1e-3)
    assert detectable_correlation(19) is None
