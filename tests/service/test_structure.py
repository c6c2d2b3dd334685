"""Structure of a map: which prices it rests on, nothing after the time asked about, unknown said with its reason."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from made_bars import MadeFeed
from made_candles import MadeCandles
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket

from liqscape.errors import NotFound
from liqscape.heatmap.moment import Moment
from liqscape.insight.structure import PriceBars, PriceHistory, SideSpan, place_cluster, structure_at
from liqscape.service.answers.structure import StructureAnswer
from liqscape.service.live import LiveState
from liqscape.service.price_bars import LOOK_BACK_MS, MARK_VOLUME, NO_PRICES, VENUE_VOLUME
from liqscape.service.structure import StructureQuestions
from liqscape.service.view import MapView
from liqscape.units import MINUTE_MS, Side

LAST_MARK = 70_000.0


def fed(history: MemoryHistory, **more: bool) -> tuple[MapView, MadeFeed]:
    feed = MadeFeed(history.last_ms, LAST_MARK, **more)
    return MapView(history, feed=feed), feed


def ask(view: MapView, coin: str = "BTC", at_ms: int | None = None) -> StructureAnswer:
    return StructureQuestions(view).ask(coin, at_ms)


def test_the_answer_is_that_of_the_bars_and_the_frame(history: MemoryHistory) -> None:
    view, feed = fed(history)
    answer = ask(view)
    at_ms, mark = answer.as_of_ms, answer.mark
    assert at_ms == history.last_ms
    assert mark is not None
    known = feed.rows[:, 0] >= at_ms - LOOK_BACK_MS - 900_000
    assert feed.volume is not None
    bars = PriceBars.of_rows(feed.rows[known], 900_000, feed.volume[known])
    expected = structure_at(PriceHistory.of_bars(bars), at_ms, mark)
    assert answer.atr == expected.atr
    assert [(s.kind, s.side, s.price, s.time_ms, s.known_at_ms, s.broken_ms) for s in answer.swings] == [
        (s.kind, s.side, s.price, s.time_ms, s.known_ms, s.broken_ms) for s in expected.swings
    ]
    assert answer.swings
    assert expected.donchian is not None
    assert answer.range is not None
    assert (answer.range.low, answer.range.high) == (expected.donchian.low, expected.donchian.high)
    assert answer.profile is not None
    assert expected.profile is not None
    assert [each.size for each in answer.profile.bins] == expected.profile.size.tolist()
    assert answer.profile.source == feed.name
    assert answer.profile.value_area_low < answer.profile.poc < answer.profile.value_area_high
    assert (answer.profile_note, answer.notes) == (None, [])
    found = {(each.side, each.price_low): each for each in answer.clusters}
    assert len(found) == len(view.clusters("BTC").clusters) > 0
    for cluster in view.clusters("BTC").clusters:
        placed = place_cluster(
            SideSpan(Side(cluster.side), cluster.price_low, cluster.price_high),
            mark=mark,
            atr=expected.atr,
            swings=[swing for swing in expected.swings if swing.stands_at(at_ms)],
            nodes=expected.profile.nodes,
            donchian=expected.donchian,
        )
        own = found[cluster.side, cluster.price_low]
        assert placed.labels is not None
        assert placed.confluence is not None
        assert own.labels == list(placed.labels)
        assert [(each.of, each.price) for each in own.confluence or ()] == [(c.of, c.price) for c in placed.confluence]
    distances = [abs(each.near_edge - mark) for each in answer.clusters]
    assert distances == sorted(distances)


def test_nothing_after_the_time_asked_about_is_looked_at(market: SmallMarket) -> None:
    at_ms = market.frames[2].time_ms
    view, feed = fed(MemoryHistory(market))
    before = ask(view, at_ms=at_ms)
    later = feed.rows[:, 0] + 900_000 > at_ms
    feed.rows[later, 1:] *= 3.0
    assert ask(view, at_ms=at_ms) == before
    assert before.as_of_ms == at_ms


def test_candles_of_the_exchange_come_before_those_of_others_and_marks(history: MemoryHistory) -> None:
    feed, venue = MadeFeed(history.last_ms, LAST_MARK), MadeCandles(history.last_ms)
    for view, kind, name, note in (
        (MapView(history, candles=venue, feed=feed), "venue_candles", feed.name, None),
        (MapView(history, candles=venue), "venue_candles", venue.name, VENUE_VOLUME),
        (MapView(history), "mark_path", "mark price of the stored frames", MARK_VOLUME),
        (
            MapView(history, feed=MadeFeed(history.last_ms, LAST_MARK, with_volume=False)),
            "venue_candles",
            feed.name,
            f"{feed.name} came without volume",
        ),
    ):
        answer = ask(view)
        assert answer.source is not None
        assert (answer.source.kind, answer.source.name, answer.profile_note) == (kind, name, note)
        assert (answer.profile is None) is (note is not None)


def test_too_few_prices_are_said_and_no_label_rests_on_them(history: MemoryHistory) -> None:
    answer = ask(MapView(history))
    assert answer.atr is None
    assert answer.clusters
    assert all(each.labels is None and each.confluence is None for each in answer.clusters)
    assert any("ATR needs 15 hours" in note for note in answer.notes)
    assert any("of 20 days of prices are known, so no label says beyond range" in note for note in answer.notes)


def test_an_unknown_mark_leaves_prices_without_distances(history: MemoryHistory) -> None:
    answer = ask(fed(history)[0], "DARK")
    assert answer.mark is None
    assert answer.swings
    assert {each.distance_percent for each in (*answer.swings, *answer.lines)} == {None}
    assert (answer.atr_percent, answer.clusters) == (None, [])
    assert answer.notes[0].startswith("the mark is unknown")


def test_a_map_of_one_frame_without_prices_says_so(market: SmallMarket) -> None:
    moment = Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=False)
    answer = ask(MapView(None, LiveState.of_moment(moment)))
    assert (answer.source, answer.bar_count, answer.notes) == (None, 0, [NO_PRICES])
    assert (answer.swings, answer.sessions, answer.range, answer.profile) == ([], [], None, None)
    assert answer.clusters[0].labels is None
    venue = MadeCandles(answer.as_of_ms)
    assert ask(MapView(None, LiveState.of_moment(moment), venue)).atr is not None


def test_no_figure_is_nan(history: MemoryHistory) -> None:
    for coin in ("BTC", "ETH", "kPEPE", "DARK", "GONE"):
        assert b"NaN" not in msgspec.json.encode(ask(fed(history)[0], coin))


@pytest.mark.parametrize(("coin", "at_ms", "said"), [("BTCC", None, "did you mean"), ("BTC", START_MS - 1, "frame")])
def test_what_is_not_there_is_not_found(history: MemoryHistory, coin: str, at_ms: int | None, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        ask(MapView(history), coin, at_ms)


def test_frames_hours_apart_give_bars_as_long(history: MemoryHistory) -> None:
    """A recording of snapshots: nothing is made up between them."""

    class Sparse(MemoryHistory):
        def frame_times(self, start_ms: int, end_ms: int) -> np.ndarray:
            return np.arange(start_ms, end_ms, 240 * MINUTE_MS)

    answer = ask(MapView(Sparse(history.market)))
    assert answer.source is not None
    assert answer.source.interval_ms == 240 * MINUTE_MS
    assert "bars are 4 hours long: swings and ATR need bars of at most an hour" in answer.notes
