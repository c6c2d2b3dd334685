"""The hazard of a level is the share that was found elsewhere, over the hours between two readings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from liqscape.insight.intervals.hazard import MIN_CASES, measured_hazard
from liqscape.model.accounts import Accounts
from liqscape.units import MarginSource

HOUR_MS = 3_600_000
COUNT = 400


def accounts_at(time_ms: int) -> Accounts:
    """One position an account, read at a time."""
    return Accounts.build(
        addresses=[f"0x{number:040x}" for number in range(COUNT)],
        address_row=range(COUNT),
        raw_usd=[-50.0] * COUNT,
        offsets=range(COUNT + 1),
        market_index=[0] * COUNT,
        size=[1.0] * COUNT,
        table_row=[0] * COUNT,
        observed_ms=[time_ms] * COUNT,
    )


def test_a_planted_share_of_moved_levels_is_found() -> None:
    root = np.full(COUNT, 90.0)
    after = root.copy()
    after[:39] *= 0.99
    found = measured_hazard(accounts_at(0), accounts_at(2 * HOUR_MS), root, after)
    assert found is not None
    assert (found.n, found.per_hour) == (COUNT, pytest.approx(40.0 / (2.0 * COUNT)))


def test_levels_within_a_band_have_not_moved_and_one_case_is_always_taken() -> None:
    root = np.full(COUNT, 90.0)
    found = measured_hazard(accounts_at(0), accounts_at(HOUR_MS), root, root * 1.0004)
    assert found is not None
    assert found.per_hour == pytest.approx(1.0 / COUNT)


def test_who_was_not_read_again_or_has_traded_or_is_a_simulations_own_is_no_case() -> None:
    root, before, after = np.full(COUNT, 90.0), accounts_at(0), accounts_at(HOUR_MS)
    assert measured_hazard(before, before, root, root) is None
    size = np.where(np.arange(COUNT) < COUNT - MIN_CASES + 1, 2.0, 1.0)
    assert measured_hazard(before, replace(after, size=size), root, root) is None
    modelled = replace(after, margin_source=np.full(COUNT, MarginSource.MODELLED, np.uint8))
    assert measured_hazard(before, modelled, root, root) is None
