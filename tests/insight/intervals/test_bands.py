"""Low and high of bands: what is certain, what each cause adds, and what is not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import ModelError
from liqscape.insight.intervals import HeldPositions, IntervalRules, WaitingAccounts, band_intervals

MARK = 100.0
EDGES = np.array([90.0, 92.0, 94.0, 96.0, 98.0, 100.0, 102.0, 104.0, 106.0, 108.0])
LOW, HIGH = EDGES[:-1], EDGES[1:]


def held_of(
    *rows: tuple[float, float, int], age_hours: float = 0.0, gap: float = 0.0, joint: list[float] | None = None
) -> HeldPositions:
    """Positions of (level, USD, side), all read so long ago; USD missing on either side."""
    level, usd, side = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    return HeldPositions(
        mark=MARK,
        gap_usd=np.array([gap, gap]),
        level=level,
        joint=level if joint is None else np.array(joint),
        usd=usd,
        side=side.astype(np.int8),
        age_hours=np.full(len(rows), age_hours),
    )


LONGS = ((93.0, 1_000.0, 1), (95.0, 500.0, 1), (95.5, 300.0, 1), (103.0, 700.0, -1))


def test_fresh_positions_of_a_coin_that_is_held_whole_are_certain() -> None:
    found = band_intervals(held_of(*LONGS), LOW, HIGH)
    assert found.shown[0].tolist() == [0.0, 1_000.0, 800.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert found.shown[1].tolist() == [0.0] * 6 + [700.0, 0.0, 0.0]
    assert (found.low == found.shown).all()
    assert (found.high == found.shown).all()


def test_what_was_read_long_ago_may_be_gone_and_may_be_elsewhere() -> None:
    found = band_intervals(held_of(*LONGS, age_hours=24.0), LOW, HIGH)
    assert found.low[0][1] == 0.0
    assert found.high[0][1] >= 1_000.0
    assert found.high[0][0] > 0.0  # who left 93 may stand here


def test_a_map_that_follows_no_trades_is_less_sure_at_the_same_age() -> None:
    rows = tuple((95.0, 100.0, 1) for _ in range(50))
    followed = band_intervals(held_of(*rows, age_hours=1.0), LOW, HIGH).low[0][2]
    alone = band_intervals(held_of(*rows, age_hours=1.0), LOW, HIGH, is_followed=False).low[0][2]
    assert 0.0 < alone < followed < 5_000.0
    # Of fifty that are there with exp(-0.25) each fewer than 32 are left 2.5 % of the time; some came back near by.
    assert 3_200.0 < alone < 4_200.0


def test_what_open_interest_has_and_the_map_has_not_raises_high_and_never_low() -> None:
    sure = band_intervals(held_of(*LONGS), LOW, HIGH)
    found = band_intervals(held_of(*LONGS, gap=10_000.0), LOW, HIGH)
    assert (found.low == sure.low).all()
    assert (found.high[0][:5] > sure.high[0][:5]).all()
    assert (found.high[0][5:] == 0.0).all()  # longs do not stand above the mark


def test_waiting_accounts_take_their_part_of_the_gap() -> None:
    many = tuple((90.5 + 0.1 * place, 1_000.0, 1) for place in range(90))
    unread = WaitingAccounts(count=1_000, read_count=90, size_ratio=0.01)
    hidden = band_intervals(held_of(*many, gap=30_000.0), LOW, HIGH)
    waiting = band_intervals(held_of(*many, gap=30_000.0), LOW, HIGH, unread=unread)
    assert (waiting.high[0][:5] > waiting.shown[0][:5]).all()
    # A thousand small ones are nearly sure to be everywhere, a few of a thousand USD are not.
    assert (waiting.high[0][:5] < hidden.high[0][:5]).all()


def test_a_position_whose_margin_is_not_known_may_stand_where_known_ones_do() -> None:
    found = band_intervals(held_of(*LONGS, (np.nan, 5_000.0, 1)), LOW, HIGH)
    assert (found.shown[0] == band_intervals(held_of(*LONGS), LOW, HIGH).shown[0]).all()
    assert found.high[0][1] > 5_000.0


def test_the_interval_holds_what_stands_there_at_solo_and_at_joint_levels() -> None:
    found = band_intervals(held_of((93.0, 1_000.0, 1), (95.0, 500.0, 1), joint=[97.0, 95.0]), LOW, HIGH)
    assert (found.low[0][1], found.high[0][1]) == (0.0, 1_000.0)
    assert (found.low[0][3], found.high[0][3]) == (0.0, 1_000.0)
    assert (found.low[0][2], found.high[0][2]) == (500.0, 500.0)


def test_a_hedge_that_is_bought_back_low_stands_below_the_mark_in_joint_mode() -> None:
    found = band_intervals(held_of((103.0, 700.0, -1), joint=[93.0]), LOW, HIGH)
    assert found.high[1][1] == 700.0
    assert found.high[1][6] == 700.0


def test_unknown_open_interest_leaves_high_unknown_and_unknown_mark_all() -> None:
    held = replace(held_of(*LONGS), gap_usd=np.array([np.nan, 0.0]))
    found = band_intervals(held, LOW, HIGH)
    assert np.isnan(found.high[0]).all()
    assert not np.isnan(found.high[1]).any()
    assert (found.low[0] == found.shown[0]).all()
    nowhere = band_intervals(replace(held, mark=np.nan), LOW, HIGH)
    assert np.isnan(nowhere.low).all()
    assert np.isnan(nowhere.high).all()


def test_a_side_of_which_nobody_is_known_has_no_interval_where_something_is_missing() -> None:
    found = band_intervals(held_of((103.0, 700.0, -1), gap=1_000.0), LOW, HIGH)
    assert np.isnan(found.high[0]).all()


ROWS = st.lists(
    st.tuples(st.floats(80.0, 99.5), st.floats(1.0, 1e6), st.just(1)), min_size=1, max_size=12
)  # positions of longs


@given(ROWS, st.floats(0.0, 48.0), st.floats(0.0, 1e6), st.randoms(use_true_random=False))
def test_low_shown_and_high_keep_their_order_however_positions_are_arranged(
    rows: list[tuple[float, float, int]], age: float, gap: float, chance: object
) -> None:
    rules = IntervalRules(draws=60)
    found = band_intervals(held_of(*rows, age_hours=age, gap=gap), LOW, HIGH, rules=rules)
    assert (found.low[0] <= found.shown[0]).all()
    assert (found.shown[0] <= found.high[0]).all()
    chance.shuffle(rows)  # type: ignore[attr-defined]
    again = band_intervals(held_of(*rows, age_hours=age, gap=gap), LOW, HIGH, rules=rules)
    assert again.high[0] == pytest.approx(found.high[0], rel=1e-9)


def test_spans_that_overlap_and_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ModelError, match="must ascend and not overlap"):
        band_intervals(held_of(*LONGS), np.array([90.0, 91.0]), np.array([92.0, 93.0]))
    with pytest.raises(ModelError, match="share of an interval is 1, must be between 0 and 1"):
        IntervalRules(share=1.0)
    with pytest.raises(ModelError, match="draws are 3, an interval needs 40"):
        IntervalRules(draws=3)
