"""Low and high of bands as answers say them: what the map shows is inside, and unknown is null."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars
import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket

from liqscape.errors import QuestionError
from liqscape.heatmap.moment import Moment
from liqscape.insight.intervals import WaitingAccounts
from liqscape.model.markets import MarketSnapshot
from liqscape.service.answers.frame import FrameAnswer
from liqscape.service.interval_rows import with_intervals
from liqscape.service.live import LiveState
from liqscape.service.moment_rows import build_rows
from liqscape.service.near_estimates import NearEstimates
from liqscape.service.view import MapView
from liqscape.units import SIDE_NUMBERS


def held_sums(answer: FrameAnswer) -> dict[tuple[int, int], float]:
    """USD by band and side, by plain loops."""
    sums: dict[tuple[int, int], float] = {}
    bands = answer.bands
    for band, side, usd in zip(bands.band, bands.side, bands.notional, strict=True):
        sums[band, side] = sums.get((band, side), 0.0) + (usd or 0.0)
    return sums


def moment_of(market: SmallMarket, snapshot: MarketSnapshot | None = None) -> Moment:
    moment = Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=True)
    return moment if snapshot is None else replace(moment, frame=replace(moment.frame, snapshot=snapshot))


@pytest.mark.parametrize("level", [0, 4])
def test_what_the_map_shows_lies_between_low_and_high(view: MapView, level: int) -> None:
    answer = view.frame("BTC", level=level, interval=True)
    assert answer.intervals is not None
    sums = held_sums(answer)
    rows = answer.intervals
    assert sums
    assert {band for band, _ in sums} <= set(rows.band)
    for place, band in enumerate(rows.band):
        sides = ((1, rows.long_low, rows.long_high), (-1, rows.short_low, rows.short_high))
        for side, lows, highs in sides:
            low, high, shown = lows[place], highs[place], sums.get((band, side), 0.0)
            assert low is not None
            assert low <= shown * (1.0 + 1e-12)
            assert high is None or shown <= high * (1.0 + 1e-12)


def test_every_band_near_the_mark_has_a_row_and_rows_of_bands_repeat_it(view: MapView) -> None:
    answer = view.frame("ETH", level=2, interval=True)
    rows, bands, mark = answer.intervals, answer.bands, answer.mark
    assert rows is not None
    assert mark is not None
    near = [low for low in rows.price_low if abs(low / mark - 1.0) < 0.099]
    assert np.diff(np.log(near)) == pytest.approx(4 * np.log1p(0.0005))
    assert len(near) > 90
    assert bands.low is not None
    for place, (band, side) in enumerate(zip(bands.band, bands.side, strict=True)):
        at = rows.band.index(band)
        assert bands.low[place] == (rows.long_low if side > 0 else rows.short_low)[at]


def test_nobody_gets_an_interval_who_did_not_ask(view: MapView) -> None:
    answer = view.frame("BTC")
    assert (answer.intervals, answer.bands.low, answer.bands.high) == (None, None, None)
    assert view.positions("BTC", price_low=1.0, price_high=1e9).interval is None


def test_positions_behind_a_span_say_the_interval_of_the_span(view: MapView) -> None:
    frame = view.frame("BTC", level=4, interval=True)
    rows = frame.intervals
    assert rows is not None
    at = next(place for place, low in enumerate(rows.long_low) if low or rows.short_low[place])
    answer = view.positions("BTC", band=rows.band[at], level=4, interval=True)
    found = answer.interval
    assert found is not None
    assert (found.price_low, found.price_high) == (rows.price_low[at], rows.price_high[at])
    assert found.long_low == pytest.approx(rows.long_low[at])
    assert (found.long_low or 0.0) <= answer.totals.long_notional <= (found.long_high or np.inf)
    assert (found.short_low or 0.0) <= answer.totals.short_notional <= (found.short_high or np.inf)


def test_unknown_open_interest_is_said_and_leaves_high_unknown(market: SmallMarket) -> None:
    moment = moment_of(market)
    snapshot = replace(moment.frame.snapshot, open_interest=np.full(len(moment.frame.snapshot.markets), np.nan))
    answer = MapView(None, LiveState.of_moment(moment_of(market, snapshot))).frame("BTC", interval=True)
    assert answer.intervals is not None
    assert set(answer.intervals.long_high) == {None}
    assert None not in answer.intervals.long_low
    assert "open interest is not known" in answer.intervals.note


def test_an_unknown_mark_leaves_all_unknown(view: MapView) -> None:
    answer = view.frame("DARK", interval=True)
    assert answer.intervals is not None
    assert answer.intervals.band == []


def test_who_is_waiting_to_be_read_counts_in_the_newest_frame_alone(market: SmallMarket) -> None:
    near = NearEstimates(unread=WaitingAccounts(count=100, read_count=10, size_ratio=0.1))
    live = MapView(
        None, LiveState.of_moment(replace(moment_of(market), sequence=7, is_stored=False)), near=lambda: near
    )
    answer = live.frame("BTC", interval=True)
    assert answer.intervals is not None
    assert "not read" not in answer.intervals.note
    stored = MapView(MemoryHistory(market), near=lambda: near).frame("BTC", interval=True)
    assert stored.intervals is not None
    assert "how many accounts were not read is not known" in stored.intervals.note


def test_joint_bands_have_no_interval_of_their_own(view: MapView) -> None:
    with pytest.raises(QuestionError, match="interval asks of solo bands: it holds the joint levels already"):
        view.frame("BTC", mode="joint", interval=True)


def test_exported_rows_have_the_interval_of_their_band_and_side(market: SmallMarket) -> None:
    moment = moment_of(market)
    rows = build_rows("bands", moment, ("BTC", "ETH"))
    table = with_intervals(rows, moment)
    assert table.drop("low", "high").equals(rows)
    assert table.columns[table.columns.index("position_count") + 1 :][:2] == ["low", "high"]
    answer = MapView(None, LiveState.of_moment(moment)).frame("ETH", interval=True)
    for row in table.filter(polars.col("coin") == "ETH").iter_rows(named=True):
        keys = list(zip(answer.bands.band, answer.bands.side, strict=True))
        at = keys.index((row["band"], SIDE_NUMBERS[row["side"]]))
        assert answer.bands.low is not None
        assert row["low"] == answer.bands.low[at]
