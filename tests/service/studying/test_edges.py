"""Between two studied minutes the standing shows what marks have done at the edges of clusters."""

from __future__ import annotations

import numpy as np

from liqscape.insight.records import SweepState
from liqscape.insight.study_rows import ClusterRow
from liqscape.insight.sweeps import WatchedEdge, watched_edges
from liqscape.model import Market, Markets, MarketSnapshot
from liqscape.model.events import FrameDue, MarksUpdated
from liqscape.service.studying.edges import LiveEdges
from liqscape.service.studying.standing import CoinStanding, StudyProgress, StudyStanding, StudyState


def markets(*coins: str) -> Markets:
    return Markets.build(Market(coin=coin, size_decimals=2, max_leverage=20, table_row=0) for coin in coins)


BOTH = markets("AAA", "BBB")


def marks(time_ms: int, *mark: float, of: Markets = BOTH) -> MarksUpdated:
    return MarksUpdated(time_ms, 0, MarketSnapshot.of_marks(of, time_ms, np.array(mark)))


def edge(name: str) -> WatchedEdge:
    return WatchedEdge(
        cluster_id=name, side=1, low=90.0, high=95.0, margin=1.25, state=SweepState.UNTOUCHED, is_crossed=False
    )


def cluster(name: str) -> ClusterRow:
    fields: dict[str, object] = dict.fromkeys(ClusterRow.__struct_fields__)
    return ClusterRow(**{**fields, "cluster_id": name, "sweep_state": "untouched"})


def studied(time_ms: int) -> StudyStanding:
    standing = CoinStanding(
        coin="BBB", time_ms=time_ms, since_ms=0, clusters=(cluster("b"), cluster("c")), edges=watched_edges([edge("b")])
    )
    progress = StudyProgress(start_ms=0, studied_ms=time_ms, stored_ms=time_ms)
    return StudyStanding(time_ms=time_ms, coins={"BBB": standing}, progress=progress)


def states(state: StudyState) -> dict[str, str | None]:
    standing = state.of_coin("BBB")
    return {} if standing is None else {row.cluster_id: row.sweep_state for row in standing.clusters}


def test_a_mark_at_an_edge_is_shown_until_the_next_minute_is_studied() -> None:
    state = StudyState()
    edges = LiveEdges(state)
    edges.observe([marks(1_000, 10.0, 100.0)])
    assert states(state) == {}
    state.publish(studied(1_000))
    edges.observe([marks(4_000, 90.0, 96.0), FrameDue(4_000, 0)])
    assert states(state) == {"b": "untouched", "c": "untouched"}, "the other coin's mark is no mark of this one"
    edges.observe([marks(7_000, 10.0, 94.0)])
    assert states(state) == {"b": "entered", "c": "untouched"}
    edges.observe([marks(10_000, 10.0, 89.0), marks(13_000, 10.0, 96.5)])
    assert states(state) == {"b": "left", "c": "untouched"}
    state.publish(studied(61_000))
    assert states(state) == {"b": "untouched", "c": "untouched"}, "the studied minute decides"


def test_marks_that_came_while_the_minute_was_studied_count() -> None:
    state = StudyState()
    edges = LiveEdges(state)
    edges.observe([marks(1_000, 10.0, 80.0), marks(62_000, 10.0, 94.0)])
    state.publish(studied(61_000))
    edges.observe([marks(65_000, 10.0, 96.0)])
    assert states(state) == {"b": "entered", "c": "untouched"}


def test_coins_are_known_by_name_where_the_list_of_markets_changes() -> None:
    state, other = StudyState(), markets("BBB", "AAA")
    edges = LiveEdges(state)
    state.publish(studied(1_000))
    edges.observe([marks(4_000, 90.0, 100.0)])
    edges.observe([marks(7_000, 100.0, 90.0, of=other)])
    assert states(state) == {"b": "untouched", "c": "untouched"}
    edges.observe([marks(10_000, 94.0, 100.0, of=other)])
    assert states(state) == {"b": "entered", "c": "untouched"}
