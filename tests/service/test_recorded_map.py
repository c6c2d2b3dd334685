"""The recorded market through the whole path: every cell is the sum of the positions behind it, to the cent."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from liqscape.service.opening import open_recording
from liqscape.service.view import MapView

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def recorded_view(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> MapView:
    @contextmanager
    def quiet(*_: object) -> Iterator[object]:
        yield lambda _: None

    return open_recording(recorded / "market_2026_02", None, tmp_path_factory.mktemp("loaded") / "history", quiet)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("coin", ["BTC", "ETH", "SOL", "HYPE"])
def test_cells_are_the_sums_of_the_positions_behind_them(recorded_view: MapView, coin: str, share: float) -> None:
    status = recorded_view.status()
    at_ms = int(status.first_ms + share * (status.last_ms - status.first_ms))
    frame = recorded_view.frame(coin, at_ms, level=5)
    cells: dict[tuple[int, int], list[float]] = {}
    for band, side, usd in zip(frame.bands.band, frame.bands.side, frame.bands.notional, strict=True):
        cells.setdefault((band, side), []).append(usd)
    assert len(cells) > 10
    for (band, side), parts in cells.items():
        behind = recorded_view.positions(coin, band=band, level=5, at_ms=at_ms, side=side)
        assert abs(math.fsum(row.notional for row in behind.positions) - math.fsum(parts)) < 0.01


def test_bands_and_rest_are_all_positions_of_every_coin(recorded_view: MapView) -> None:
    for listed in recorded_view.coins().coins:
        frame = recorded_view.frame(listed.coin)
        for side, total in ((1, frame.totals.long), (-1, frame.totals.short)):
            rows = [row for row, of in enumerate(frame.bands.side) if of == side]
            counted = sum(frame.bands.position_count[row] for row in rows)
            counted += sum(part.position_count for part in frame.outside if part.side == side)
            assert counted == total.position_count
            size = math.fsum(frame.bands.size[row] for row in rows)
            size += math.fsum(part.size for part in frame.outside if part.side == side)
            assert size == pytest.approx(total.size, rel=1e-12)


def test_price_path_is_the_hourly_candles_of_the_other_venue_and_says_so(recorded_view: MapView) -> None:
    candles = recorded_view.candles("BTC")
    assert candles.source.kind == "venue_candles"
    assert "Binance" in candles.source.name
    lowest = min(candle[3] for candle in candles.candles)
    assert 58_000 < lowest < 62_000  # the crash of February 2026
    for listed in recorded_view.coins().coins[:10]:
        kind = recorded_view.candles(listed.coin).source.kind
        assert kind == ("venue_candles" if listed.has_venue_candles else "mark_path")


def test_heatmap_shows_the_days_of_the_recording_without_a_hole_longer_than_held(recorded_view: MapView) -> None:
    heatmap = recorded_view.heatmap("BTC", width=800, height=400)
    assert heatmap.header.maximum > 1e6
    assert (heatmap.as_of_ms >= 0).mean() > 0.9
    assert not recorded_view.status().provenance.is_simulated
