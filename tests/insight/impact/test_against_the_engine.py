"""Impact against what the exchange would have done without the liquidation (insight/impact).

Impact as shown is the move from before to after. The engine tells what the liquidation itself did: the difference to
the same world in which it did not happen. Here its cause lies outside the market, so the two differ by what price
would have done anyway, which has no direction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from planted_liquidations import MidLog, candidates, mids_without, moments, small_market, take_cash

from liqscape.exchange.columns import PoolColumn
from liqscape.insight.impact.figures import HORIZONS_MS
from liqscape.model.liquidations import Evidence
from liqscape.model.minute_notes import Columns
from liqscape.sandbox.market import SandboxMarket

MINUTES = 12
"""Ten to recover in, and the minutes of the burst and of the frame that tells."""


class Measured(NamedTuple):
    """One planted liquidation: (3,) bp as shown and as the engine has it."""

    shown: np.ndarray
    true: np.ndarray
    row: dict[str, object]


def planted(seed: int, count: int, accounts: int = 240) -> list[Measured]:
    """The largest liquidations of a world, each planted alone."""
    start = small_market(seed, accounts=accounts)
    checkpoint = start.checkpoint()
    without = mids_without(checkpoint, 5)
    found = []
    for victim in candidates(start)[:count]:
        market = SandboxMarket.restore(checkpoint)
        state, log = market.world.exchange.state, MidLog(market)
        take_cash(market.world.exchange, victim.pool)
        address = market.world.exchange.addresses[state.pool[victim.pool, PoolColumn.ACCOUNT]]
        rows = row_of(market, address)
        at = rows["address"].tolist().index(address)
        row = {name: values[at] for name, values in rows.items()}
        last_ms = int(rows["last_fill_ms"][rows["burst_id"] == row["burst_id"]].max())
        ends = [
            (log.at(last_ms + horizon_ms, victim.market_index), without.at(last_ms + horizon_ms, victim.market_index))
            for horizon_ms in HORIZONS_MS
        ]
        true = np.array([row["direction"] * (with_it / other - 1.0) * 1e4 for with_it, other in ends])
        moved = np.array([row["direction"] * (with_it / row["pre_mid"] - 1.0) * 1e4 for with_it, _ in ends])
        shown = np.array([row[f"impact_{horizon_ms // 1000}s_bp"] for horizon_ms in HORIZONS_MS])
        assert shown == pytest.approx(moved, abs=1e-6)
        found.append(Measured(shown, true, row))
    return found


def row_of(market: SandboxMarket, address: str) -> Columns:
    """Rows of the minute in which a liquidation of an account is finished."""
    for moment in moments(market, MINUTES):
        assert moment.notes is not None
        assert moment.notes.liquidations is not None
        if address in moment.notes.liquidations["address"].tolist():
            return moment.notes.liquidations
    raise AssertionError(f"no liquidation of {address} was finished")


def test_a_second_after_a_single_order_impact_is_what_the_engine_says_it_did() -> None:
    measured = planted(2, 2, accounts=120)
    assert len(measured) == 2
    for each in measured:
        assert each.row["measured_on"] == "mids"
        assert each.row["taken_by"] == "book"
        assert each.row["evidence"] == Evidence.EXACT
        assert 0.0 < each.row["depth_share"] < 1.0
        # Quotes follow the outside price once a second: what it did in that second is in one and not in the other.
        assert each.shown[0] == pytest.approx(each.true[0], abs=3.0)
    assert min(each.true[0] for each in measured) > 5.0


@pytest.mark.truth
def test_over_twenty_worlds_impact_is_right_on_average() -> None:
    measured = [each for seed in range(1, 21) for each in planted(seed, 3)]
    error = np.array([each.shown - each.true for each in measured])
    true = np.array([each.true for each in measured])
    spread = error.std(axis=0) / np.sqrt(len(error))
    print("\nplanted", len(measured), "true", true.mean(axis=0), "error", error.mean(axis=0), "standard error", spread)
    print(
        "median |error|",
        np.median(np.abs(error), axis=0),
        "correlation",
        [float(np.corrcoef(true[:, place], true[:, place] + error[:, place])[0, 1]) for place in range(3)],
    )
    assert (np.abs(error.mean(axis=0)) <= 3.0 * spread + 0.5).all()
    assert np.corrcoef(true[:, 0], true[:, 0] + error[:, 0])[0, 1] > 0.9
