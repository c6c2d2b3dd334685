"""Ensembles show what stops and take-profits did over their runs, and without any are what they always were."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import ALL_DOWN, SHORT_RUN, crowd, with_stops
from trigger_worlds import no_triggers

from liqscape.cascade import CascadeInput, CascadeResult, EnsembleResult, Mode, of_vector, run_cascade, run_ensemble
from liqscape.cascade.ensemble import LEVELS, drawn_settings
from liqscape.cascade.ensemble_stops import StopMembers
from liqscape.cascade.trigger_results import StopFlow, TriggerLevels, TriggerSeconds

SETTINGS = replace(SHORT_RUN, horizon_ms=60_000, mode=Mode.BOOK, seed=5, vault_equity=(30_000.0, 200_000.0))
MEMBERS = 4
WITHOUT = "a1018b0f5bc33c97"
"""SHA-256 of the figures of crowd(1, 200), names in order, as they were at commit dae6fe77."""


def ensemble(question: CascadeInput) -> EnsembleResult:
    return run_ensemble(question, of_vector(question.snapshot, ALL_DOWN, 40_000), SETTINGS, MEMBERS)


def members_of(question: CascadeInput) -> list[CascadeResult]:
    """The runs of the ensemble, one by one."""
    shock = of_vector(question.snapshot, ALL_DOWN, 40_000)
    return [run_cascade(question, shock, drawn_settings(SETTINGS, member)[0]) for member in range(MEMBERS)]


@pytest.fixture(scope="module")
def stopped() -> CascadeInput:
    return with_stops(crowd(1, 200))


@pytest.fixture(scope="module")
def told(stopped: CascadeInput) -> EnsembleResult:
    return ensemble(stopped)


def test_without_triggers_an_ensemble_is_to_the_bit_what_it_was() -> None:
    question = crowd(1, 200)
    plain, empty = ensemble(question), ensemble(replace(question, triggers=no_triggers()))
    figures = b"".join(plain.outcome[name].tobytes() for name in sorted(plain.outcome))
    assert hashlib.sha256(figures).hexdigest()[:16] == WITHOUT
    assert empty.digest == plain.digest
    assert {name: values.tobytes() for name, values in empty.outcome.items()} == {
        name: values.tobytes() for name, values in plain.outcome.items()
    }
    assert plain.triggers is None
    none = empty.triggers
    assert none is not None
    assert (none.loaded, len(none.per_level.price_low)) == (0, 0)
    assert all(not values.any() for values in none.quantiles.values())


def test_figures_of_stops_are_those_of_each_member_and_stand_apart(stopped: CascadeInput, told: EnsembleResult) -> None:
    stops = told.triggers
    assert stops is not None
    assert stops.outcome.keys() & told.outcome.keys() == {"slippage"}  # each of its own orders
    for member, run in enumerate(members_of(stopped)):
        flow = run.triggers
        assert flow is not None
        assert (stops.loaded, stops.left_out) == (flow.loaded, flow.left_out)
        assert stops.loaded == sum(stops.outcome[name][member] for name in ("fired", "closed_before", "still_waiting"))
        assert stops.outcome["fired"][member] == flow.fired
        assert told.outcome["filled"][member] == run.totals.filled
        for name in ("stops_sent", "stops_filled", "profits_sent", "profits_filled", "slippage"):
            assert stops.outcome[name][member] == pytest.approx(getattr(flow.per_second, name).sum()), name
    assert stops.outcome["stops_filled"].min() > 0.0
    assert len(set(stops.outcome["stops_filled"])) == MEMBERS  # thinner books fill less of the same orders
    for name, values in stops.outcome.items():
        assert stops.quantiles[name].tolist() == np.quantile(values, LEVELS).tolist()


def test_flow_by_level_is_of_all_members_and_zero_where_none_of_a_member_fired(
    stopped: CascadeInput, told: EnsembleResult
) -> None:
    """The same by plain dictionaries."""
    flows: dict[tuple[int, float], dict[int, tuple[float, float]]] = {}
    for member, run in enumerate(members_of(stopped)):
        assert run.triggers is not None
        rows = run.triggers.per_level
        for row, key in enumerate(zip(rows.market_index.tolist(), rows.price_low.tolist(), strict=True)):
            flows.setdefault(key, {})[member] = (rows.stops_filled[row], rows.profits_filled[row])
    assert told.triggers is not None
    levels = told.triggers.per_level
    assert list(zip(levels.market_index.tolist(), levels.price_low.tolist(), strict=True)) == sorted(flows)
    assert (levels.price_high > levels.price_low).all()
    for row, key in enumerate(sorted(flows)):
        assert levels.fired_share[row] == len(flows[key]) / MEMBERS
        for column, table in enumerate((levels.stops_filled, levels.profits_filled)):
            values = [flows[key].get(member, (0.0, 0.0))[column] for member in range(MEMBERS)]
            assert table[row].tolist() == pytest.approx(np.quantile(values, LEVELS).tolist())


def flow_at(*rows: tuple[int, float, float]) -> StopFlow:
    """A run in which stops of so many USD filled: market, lower edge, USD."""
    market, low, usd = (np.array(column) for column in zip(*rows, strict=True))
    zero, one = np.zeros(len(rows)), np.ones(len(rows), np.int64)
    flows = {"stops_sent": usd, "stops_filled": usd, "profits_sent": zero, "profits_filled": zero, "slippage": zero}
    return StopFlow(
        loaded=9,
        left_out={},
        fired=len(rows),
        closed_before=0,
        still_waiting=9 - len(rows),
        per_second=TriggerSeconds(market_index=market, second=one, orders=one, **flows),
        per_level=TriggerLevels(market_index=market, price_low=low, price_high=low * 1.002, orders=one, **flows),
    )


def test_a_level_that_one_run_reaches_alone_has_no_flow_in_the_others() -> None:
    members = StopMembers()
    for flow in (flow_at((0, 100.0, 4.0), (1, 100.0, 1.0)), flow_at((0, 99.8, 6.0), (0, 100.0, 8.0))):
        members.add(flow)
    told = members.result((0.0, 0.5, 1.0))
    assert told is not None
    levels = told.per_level
    assert list(zip(levels.market_index.tolist(), levels.price_low.tolist(), strict=True)) == [
        (0, 99.8),
        (0, 100.0),
        (1, 100.0),
    ]
    assert levels.fired_share.tolist() == [0.5, 1.0, 0.5]
    assert levels.stops_filled.tolist() == [[0.0, 3.0, 6.0], [4.0, 6.0, 8.0], [0.0, 0.5, 1.0]]
    assert told.outcome["stops_filled"].tolist() == [5.0, 14.0]
    assert StopMembers().result((0.5,)) is None
