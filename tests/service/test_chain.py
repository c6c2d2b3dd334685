"""Chains: order of the clusters, shares counted from the runs alone, measured sweeps apart, the same for a seed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_up_study import MemoryStudies, made_up_rows, sweep
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket, small_market

from liqscape.errors import NotFound, QuestionError
from liqscape.insight.study_rows import SweepRow
from liqscape.service.answers.chain import ChainAnswer
from liqscape.service.answers.clusters import far_edge, near_edge
from liqscape.service.chain import (
    ChainQuestion,
    answer_chain,
    lost_usd,
    measured_links,
    measured_share,
    reach_counts,
)
from liqscape.service.market_inputs import of_view
from liqscape.service.view import MapView
from liqscape.units import DAY_MS, HOUR_MS


@pytest.fixture(scope="module")
def market() -> SmallMarket:
    return small_market()


@pytest.fixture(scope="module")
def view(market: SmallMarket) -> MapView:
    return MapView(MemoryHistory(market))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def answer(view: MapView) -> ChainAnswer:
    return answer_chain(view, of_view(view), ChainQuestion(coin="BTC", paths=10, links=2), None)


def test_clusters_come_in_the_order_the_mark_would_meet_them(answer: ChainAnswer) -> None:
    assert answer.is_simulated
    assert [side.side for side in answer.sides] == [1, -1]
    assert answer.mark is not None
    for side in answer.sides:
        assert [link.place for link in side.links] == [0, 1]
        distances = [link.distance_percent * side.side for link in side.links]
        assert 0.0 > distances[0] >= distances[1]


def test_only_what_was_simulated_has_a_probability_and_its_runs(answer: ChainAnswer) -> None:
    for side in answer.sides:
        first, second = side.links
        assert (first.probability, first.usd_expected, first.from_paths) == (None, None, None)
        assert second.from_paths is not None
        assert second.reached_paths is not None
        assert second.from_paths > 0
        assert second.probability == second.reached_paths / second.from_paths
        assert second.low is not None
        assert second.high is not None
        assert second.low <= second.probability <= second.high
        assert second.usd_expected is not None
        assert second.usd_expected > 0.0
    assert answer.assumptions


def test_the_same_seed_gives_the_same_chain(view: MapView, answer: ChainAnswer) -> None:
    long = answer_chain(view, of_view(view), ChainQuestion(coin="BTC", side=1, paths=10, links=2), None)
    assert long.sides == answer.sides[:1]


def test_progress_is_told_and_stops_the_runs(view: MapView) -> None:
    class Left(Exception):
        pass

    told: list[float] = []

    def tell(share: float) -> None:
        told.append(share)
        if share > 0.1:
            raise Left

    with pytest.raises(Left):
        answer_chain(view, of_view(view), ChainQuestion(coin="BTC", side=1, paths=10, links=2), None, tell)
    assert 0.1 < told[-1] < 0.5
    assert told == sorted(told)


def made(side: int, low: float, high: float) -> Any:
    return SimpleNamespace(side=side, price_low=low, price_high=high)


def test_runs_are_counted_by_their_furthest_mark() -> None:
    """Longs 90 to 95, then 80 to 85: of four runs three are through the first, one is at the second."""
    this, following = made(1, 90.0, 95.0), made(1, 80.0, 85.0)
    run: Any = SimpleNamespace(outcome={"extreme_mark": np.array([91.0, 90.0, 86.0, 85.0])})
    assert reach_counts(run, this, following) == (1, 3)
    assert (near_edge(this), far_edge(this)) == (95.0, 90.0)
    above, further = made(-1, 105.0, 110.0), made(-1, 115.0, 120.0)
    run = SimpleNamespace(outcome={"extreme_mark": np.array([109.0, 110.0, 116.0, 115.0])})
    assert reach_counts(run, above, further) == (2, 3)
    assert (near_edge(above), far_edge(above)) == (105.0, 110.0)


def test_usd_is_what_the_book_the_vault_and_winners_took() -> None:
    outcome = {"filled": np.array([1.0, 2.0]), "backstop": np.array([3.0, 0.0]), "adl": np.array([5.0, 0.0])}
    run: Any = SimpleNamespace(outcome=outcome)
    assert lost_usd(run).tolist() == [9.0, 2.0]


def spans(count: int, followed: int) -> tuple[SweepRow, ...]:
    """Sweeps of longs two hours apart, the first of them followed by one of a cluster below."""
    rows = [sweep(120 * number, "swept") for number in range(count)]
    further = {"price_low": 50_000.0, "price_high": 55_000.0, "crossed_ms": None}
    rows += [sweep(120 * number + 30, "swept", "BTC-long-9-9", **further) for number in range(followed)]
    return tuple(rows)


def test_below_twenty_sweeps_no_share_is_told() -> None:
    assert measured_share(4, 19) is None
    share = measured_share(5, 20)
    assert share is not None
    assert (share.share, round(share.low, 3), round(share.high, 3)) == (0.25, 0.112, 0.469)


@pytest.mark.parametrize(("count", "followed"), [(19, 4), (20, 5)])
def test_sweeps_that_crossed_are_counted_with_those_that_followed(
    market: SmallMarket, count: int, followed: int
) -> None:
    rows = replace(made_up_rows(), sweeps=spans(count, followed))
    view = MapView(MemoryHistory(market), studies=MemoryStudies(rows))  # type: ignore[arg-type]
    at_ms = START_MS + 3 * DAY_MS
    assert measured_links(view, "BTC", 1, at_ms) == (followed, count)
    assert measured_links(view, "BTC", -1, at_ms) == (0, 0)
    assert measured_links(view, "BTC", 1, START_MS + HOUR_MS) == (0, 0)


def test_where_there_is_no_second_cluster_it_says_so(view: MapView) -> None:
    (side,) = answer_chain(view, of_view(view), ChainQuestion(coin="DARK", side=1), None).sides
    assert side.links == []
    assert side.note == "DARK has 0 clusters of longs ahead of the mark: a chain needs two."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"paths": 9}, "paths 9 is outside 10..50"),
        ({"links": 1}, "links 1 is outside 2..6"),
        ({"side": 2}, "side 2 is neither"),
        ({"seed": -1}, "seed -1 is outside"),
    ],
)
def test_bounds_are_told_in_a_sentence(asked: dict[str, int], said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        ChainQuestion(coin="BTC", **asked)


def test_an_unknown_coin_is_refused(view: MapView) -> None:
    with pytest.raises(NotFound, match="NOPE"):
        answer_chain(view, of_view(view), ChainQuestion(coin="NOPE"), None)
