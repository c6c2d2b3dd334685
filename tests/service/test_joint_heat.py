"""Joint levels through time: every column is the joint frame of its own moment, and knows nothing later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_candles import MadeCandles
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket, small_market

from liqscape.errors import NotFound, QuestionError
from liqscape.model import MarketSnapshot
from liqscape.service import joint_heat
from liqscape.service.answers.heatmap import HeatmapAnswer
from liqscape.service.joint_heat import MAX_COLUMNS, MAX_POSITIONS, MIN_COLUMNS, most_columns
from liqscape.service.view import MapView
from liqscape.units import HOUR_MS

FRAMES = 6
END_MS = START_MS + FRAMES * HOUR_MS


@pytest.fixture(scope="module")
def hourly() -> SmallMarket:
    return small_market(seed=5, count=FRAMES, step_ms=HOUR_MS)


def view_of(market: SmallMarket, candles: MadeCandles | None = None) -> MapView:
    return MapView(MemoryHistory(market), candles=candles)


def heat(view: MapView, coin: str, **choice: object) -> HeatmapAnswer:
    return view.heatmap(coin, **{"width": FRAMES, "height": 60, "mode": "joint"} | choice)  # type: ignore[arg-type]


def noisy_candles() -> MadeCandles:
    """Coins that follow BTC loosely, so that every further hour changes their betas."""
    made, random = MadeCandles(END_MS), np.random.default_rng(8)
    for coin in ("ETH", "kPEPE"):
        made.rows[coin][:, 1:] *= np.exp(0.004 * random.standard_normal(len(made.rows[coin])))[:, None]
    return made


@pytest.mark.parametrize("value", ["mark", "level"])
@pytest.mark.parametrize("coin", ["BTC", "ETH", "kPEPE"])
def test_each_column_is_the_joint_frame_of_its_moment(hourly: SmallMarket, coin: str, value: str) -> None:
    view = view_of(hourly, MadeCandles(END_MS))
    drawn = heat(view, coin, value=value)
    header, compared = drawn.header, 0
    assert header.mode == "joint"
    assert "Made, 1 hour" in str(header.betas_origins)
    for column, at_ms in enumerate(drawn.as_of_ms.tolist()):
        assert at_ms == hourly.frames[column].time_ms
        frame = view.frame(coin, at_ms, mode="joint")
        wanted = np.zeros((2, header.rows))
        bands = frame.bands
        for band, side, size, usd in zip(bands.band, bands.side, bands.size, bands.notional, strict=True):
            row = (band >> header.level) - header.first_band
            if 0 <= row < header.rows:
                middle = np.exp((band + 0.5) * header.log_width)
                wanted[int(side < 0), row] += usd if value == "mark" else size * middle
                compared += 1
        np.testing.assert_allclose(drawn.long[:, column], wanted[0], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(drawn.short[:, column], wanted[1], rtol=1e-6, atol=1e-6)
    assert compared > 3 * FRAMES
    solo = heat(view, coin, value=value, mode="solo")
    assert (solo.header.mode, solo.header.betas_origins) == ("solo", None)
    assert not np.array_equal(solo.long, drawn.long) or not np.array_equal(solo.short, drawn.short)


def test_nothing_later_enters_a_column(hourly: SmallMarket) -> None:
    """The same columns where later frames are not there yet and later candles are quite other ones."""
    whole = noisy_candles()
    window = {"price_low": 1e3, "price_high": 3e3, "start_ms": START_MS, "end_ms": END_MS, "width": FRAMES + 1}
    all_of_it = heat(view_of(hourly, whole), "ETH", **window)
    betas = []
    for count in (1, 3, 5):
        known = noisy_candles()
        last_ms = hourly.frames[count - 1].time_ms
        for coin, rows in known.rows.items():
            later = rows[:, 0] + HOUR_MS > last_ms // HOUR_MS * HOUR_MS
            rows[later, 1:] *= {"BTC": 1.5}.get(coin, 0.7) ** np.arange(1, later.sum() + 1)[:, None]
        view = view_of(replace(hourly, frames=hourly.frames[:count], accounts=hourly.accounts[:count]), known)
        part = heat(view, "ETH", **window)
        shown = int((part.as_of_ms >= 0).sum())
        assert shown == count
        assert part.as_of_ms[:shown].tolist() == all_of_it.as_of_ms[:shown].tolist()
        np.testing.assert_array_equal(part.long[:, :shown], all_of_it.long[:, :shown])
        np.testing.assert_array_equal(part.short[:, :shown], all_of_it.short[:, :shown])
        betas.append(next(row.beta for row in view.joint(-10.0).betas if row.coin == "ETH"))
    assert len(set(betas)) == 3  # they do differ from time to time


def test_large_maps_have_fewer_columns_and_never_none(hourly: SmallMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_columns(0) == most_columns(1) == MAX_COLUMNS
    assert most_columns(700_000) == 17
    assert most_columns(10**9) == MIN_COLUMNS
    assert all(most_columns(count) * count <= MAX_POSITIONS for count in range(0, 1_500_000, 7_000))
    monkeypatch.setattr(joint_heat, "MAX_COLUMNS", 3)
    monkeypatch.setattr(joint_heat, "MIN_COLUMNS", 1)
    assert heat(view_of(hourly), "BTC", width=400).header.columns <= 3


def test_frames_are_solved_once_whatever_window_is_asked(hourly: SmallMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    read = MemoryHistory.accounts_at
    view = view_of(hourly)
    heat(view, "BTC")
    monkeypatch.setattr(
        MemoryHistory, "accounts_at", lambda self, time_ms: (asked.append(time_ms), read(self, time_ms))[1]
    )
    near = heat(view, "BTC", price_low=60_000.0, price_high=80_000.0, height=30)
    heat(view, "BTC", value="level")
    assert asked == []
    heat(view, "ETH")
    assert len(asked) == FRAMES
    fresh = heat(view_of(hourly), "BTC", price_low=60_000.0, price_high=80_000.0, height=30)
    np.testing.assert_array_equal(near.long, fresh.long)


def test_without_a_mark_of_btc_a_column_is_unknown_and_a_window_refused(hourly: SmallMarket) -> None:
    def without(number: int) -> SmallMarket:
        frames = list(hourly.frames)
        for place in range(number):
            snapshot = frames[place].snapshot
            mark = snapshot.mark.copy()
            mark[0] = np.nan
            frames[place] = replace(
                frames[place], snapshot=MarketSnapshot.of_marks(snapshot.markets, snapshot.time_ms, mark)
            )
        return replace(hourly, frames=tuple(frames))

    drawn = heat(view_of(without(2)), "ETH")
    assert np.isnan(drawn.long[:, :2]).all()
    assert np.isfinite(drawn.mark[:2]).all()
    assert not np.isnan(drawn.long[:, 2:]).any()
    with pytest.raises(NotFound, match="mark of BTC is not known in any frame"):
        heat(view_of(without(FRAMES)), "ETH")
    with pytest.raises(QuestionError, match="neither 'solo' nor 'joint'"):
        heat(view_of(hourly), "ETH", mode="both")
