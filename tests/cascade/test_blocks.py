"""Blocks that go by at once are blocks one by one, and whom the index does not look at is safe (cascade/kernels)."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from cascade_worlds import ALL_DOWN, SHORT_RUN, crowd, question_of, with_stops

from liqscape.cascade import CascadeResult, CascadeSettings, Mode, Shape, of_vector, run_cascade
from liqscape.exchange.rules import BackstopClock, CheckOn, Rules

POOR = replace(SHORT_RUN, vault_equity=(30_000.0,))
CLOCKS = (Rules(), Rules(backstop_clock=BackstopClock.CHECK), Rules(check_on=CheckOn.BLOCK, backstop_period_ms=700))


def one_by_one(settings: CascadeSettings) -> CascadeSettings:
    """A sample of every block: none is passed over."""
    return replace(settings, sample_ms=settings.block_ms)


def assert_same(found: CascadeResult, wanted: CascadeResult, every: int) -> None:
    for name in ("per_second", "per_level", "winners", "fates"):
        one, other = getattr(found, name), getattr(wanted, name)
        for field in fields(one):
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), (name, field.name)
    for field in fields(found.path):
        seen, there = getattr(found.path, field.name), getattr(wanted.path, field.name)[::every]
        assert np.array_equal(seen, there[: len(seen)], equal_nan=seen.dtype == np.float64), field.name


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("rules", CLOCKS)
def test_blocks_that_go_by_at_once_are_blocks_one_by_one(mode: Mode, rules: Rules) -> None:
    settings = replace(POOR, mode=mode, rules=rules, block_ms=100, sample_ms=1_000)
    question = with_stops(crowd(21, 300))
    shock = of_vector(question.snapshot, ALL_DOWN, 70_050, shape=Shape.SMOOTH)
    found, wanted = (run_cascade(question, shock, each) for each in (settings, one_by_one(settings)))
    assert found.totals.accounts > 30
    assert_same(found, wanted, 10)


def test_withdrawal_is_that_of_its_equations_block_by_block() -> None:
    """Eq. 2, 3 and 8 for one market in which nobody trades, as a plain loop."""
    settings = replace(SHORT_RUN, mode=Mode.BOOK, sample_ms=SHORT_RUN.block_ms)
    question = crowd(22, 20, leverage=(0.2, 0.3))
    path = run_cascade(question, of_vector(question.snapshot, ALL_DOWN, 60_000), settings).path
    depth, step = settings.depth, settings.block_ms
    lag, window, recovery = (
        math.exp(-step / each) for each in (depth.anchor_lag_ms, depth.volatility_window_ms, depth.recovery_ms)
    )
    normal = depth.day_volatility * math.sqrt(0.5 * depth.volatility_window_ms / 86_400_000)
    anchor, average, log_share, shares = 60_000.0, math.log(60_000.0), 0.0, [1.0]
    for block in range(1, len(path.time_ms)):
        outside = 60_000.0 * math.exp(math.log1p(ALL_DOWN["BTC"]) * min(1.0, block * step / 60_000))
        anchor = outside + (anchor - outside) * lag
        average = math.log(anchor) + (average - math.log(anchor)) * window
        move = abs(math.log(anchor) - average) / normal
        log_share = log_share * recovery - depth.move_withdrawal / 1_000.0 * max(0.0, move - 1.0) * step
        log_share = min(0.0, max(log_share, math.log(depth.min_withdrawal)))
        shares.append(math.exp(log_share))
    assert min(shares) < 0.5
    assert path.withdrawal_bid[:, 0] == pytest.approx(shares, rel=1e-9)
    assert path.withdrawal_ask[:, 0] == pytest.approx(shares, rel=1e-9)


def test_a_pool_of_one_position_waits_for_its_mark_alone() -> None:
    """Checked are those whom the mark reaches, however often other marks move."""
    question = crowd(23, 400)
    accounts = question.accounts.take(np.flatnonzero(np.diff(question.accounts.offsets) == 1))
    result = run_cascade(
        question_of(accounts), of_vector(question.snapshot, ALL_DOWN, 120_000), replace(SHORT_RUN, mode=Mode.GIVEN)
    )
    assert result.totals.accounts > 30
    assert result.totals.checks < 3 * result.totals.accounts + result.totals.orders
