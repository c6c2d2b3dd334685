"""Bytes, JSON and frames are three views of the same numbers."""

from __future__ import annotations

import struct
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import MINUTE_MS, SmallMarket, small_market

from liqscape.heatmap.grid import LOG_WIDTH, band_edge
from liqscape.heatmap.merge import merge_bands
from liqscape.service.answers import heatmap
from liqscape.service.answers.heatmap import MAGIC, HeatmapAnswer, HeatmapJson
from liqscape.service.view import MapView


def read_bytes(body: bytes) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The format as documented, read without our own code."""
    assert body[:4] == MAGIC
    (length,) = struct.unpack_from("<I", body, 4)
    header = msgspec.json.decode(body[8 : 8 + length])
    assert (8 + length) % 8 == 0
    columns, rows = header["columns"], header["rows"]
    at = 8 + length
    as_of = np.frombuffer(body, "<f8", columns, at)
    mark = np.frombuffer(body, "<f8", columns, at + 8 * columns)
    at += 16 * columns
    long = np.frombuffer(body, "<f4", rows * columns, at).reshape(rows, columns)
    short = np.frombuffer(body, "<f4", rows * columns, at + 4 * rows * columns).reshape(rows, columns)
    assert len(body) == at + 8 * rows * columns
    return header, as_of, mark, long, short


@pytest.fixture
def answer(view: MapView) -> HeatmapAnswer:
    return view.heatmap("ETH", width=20, height=60)


def test_binary_equals_json(answer: HeatmapAnswer) -> None:
    header, as_of, mark, long, short = read_bytes(answer.to_bytes())
    reported = msgspec.json.decode(answer.to_json())
    for name, value in header.items():
        assert reported[name] == value
    assert reported["as_of_ms_columns"] == as_of.tolist()
    assert reported["mark"] == mark.tolist()
    cells = {(column, row): (lo, sh) for column, row, lo, sh in reported["cells"]}
    for row in range(header["rows"]):
        for column in range(header["columns"]):
            both = (float(long[row, column]), float(short[row, column]))
            assert cells.get((column, row), (0.0, 0.0)) == both
    assert len(cells) > 20


@pytest.mark.parametrize("cells", [1, 7, 10_000])
def test_json_is_the_same_in_pieces_of_any_size(
    answer: HeatmapAnswer, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = answer.to_json()
    monkeypatch.setattr(heatmap, "CELLS_A_PIECE", cells)
    assert answer.to_json() == whole
    assert msgspec.json.encode(msgspec.json.decode(whole, type=HeatmapJson)) == whole


def test_a_window_without_a_cell_is_json_without_cells(answer: HeatmapAnswer) -> None:
    empty = replace(answer, long=np.zeros_like(answer.long), short=np.full_like(answer.short, np.nan))
    assert msgspec.json.decode(empty.to_json(), type=HeatmapJson).cells == []


def test_columns_equal_the_frames_of_their_time(answer: HeatmapAnswer, market: SmallMarket) -> None:
    header = answer.header
    eth = market.frames[0].snapshot.markets.index_of("ETH")
    frames = {frame.time_ms: frame for frame in market.frames}
    assert header.columns == len(frames)
    for column, as_of in enumerate(answer.as_of_ms.tolist()):
        frame = frames[as_of]
        bands = merge_bands(frame.bands.of_market(eth), header.level)
        for side, grid in ((1, answer.long), (-1, answer.short)):
            expected = np.zeros(header.rows)
            rows = bands.band - header.first_band
            chosen = (bands.side == side) & (rows >= 0) & (rows < header.rows)
            np.add.at(expected, rows[chosen], bands.size[chosen] * frame.snapshot.mark[eth])
            assert grid[:, column] == pytest.approx(expected, rel=1e-6)


def test_row_edges_follow_from_the_header(answer: HeatmapAnswer, view: MapView) -> None:
    header = answer.header
    row = int(np.nonzero(answer.long[:, 0])[0][0])
    edge = np.exp((header.first_band + row) * header.log_width * 2**header.level)
    assert header.log_width == LOG_WIDTH
    assert edge == pytest.approx(float(band_edge(header.first_band + row, header.level)), rel=1e-12)
    behind = view.positions(
        "ETH", band=header.first_band + row, level=header.level, at_ms=int(answer.as_of_ms[0]), side=1
    )
    assert behind.totals.long_notional == pytest.approx(float(answer.long[row, 0]), rel=1e-6)


def test_quantiles_and_maximum_are_of_the_cells_that_hold_something(answer: HeatmapAnswer) -> None:
    total = (answer.long + answer.short).ravel()
    cells = np.sort(total[total > 0.0])
    assert answer.header.maximum == cells[-1]
    assert answer.header.quantiles == {
        str(q): float(cells[min(int(q * len(cells)), len(cells) - 1)]) for q in (0.5, 0.9, 0.99)
    }


def test_window_without_any_level_has_no_quantiles(view: MapView) -> None:
    header = view.heatmap("ETH", price_low=1e-9, price_high=2e-9).header
    assert header.quantiles is None
    assert header.maximum == 0.0


def test_holes_are_nan_and_minus_one() -> None:
    sparse = small_market(count=3, step_ms=30 * MINUTE_MS)
    answer = MapView(MemoryHistory(sparse)).heatmap("BTC", width=100, height=50)
    _, as_of, mark, long, _ = read_bytes(answer.to_bytes())
    holes = as_of == -1
    assert holes.sum() > 10
    assert (~holes).sum() >= 3
    assert np.isnan(mark[holes]).all()
    assert np.isnan(long[:, holes]).all()
    assert np.isfinite(long[:, ~holes]).all()
    assert msgspec.json.decode(answer.to_json(), type=HeatmapJson).mark.count(None) == holes.sum()


def test_default_prices_reach_a_quarter_beyond_the_marks(view: MapView, history: MemoryHistory) -> None:
    header = view.heatmap("BTC").header
    _, marks = history.mark_path("BTC", 0, 1 << 60)
    width = header.log_width * 2**header.level
    low, high = np.exp(header.first_band * width), np.exp((header.first_band + header.rows) * width)
    assert low <= marks.min() / 1.25 < low * np.exp(width)
    assert high / np.exp(width) <= marks.max() * 1.25 < high * (1.0 + 1e-12)


def test_level_value_weighs_by_liquidation_price(view: MapView) -> None:
    mark, level = view.heatmap("BTC", height=40), view.heatmap("BTC", height=40, value="level")
    assert (mark.header.value, level.header.value) == ("mark", "level")
    cells = np.nonzero(mark.long[:, 0])[0]
    ratio = level.long[cells, 0] / mark.long[cells, 0]
    price = np.exp((mark.header.first_band + cells) * LOG_WIDTH * 2**mark.header.level)
    upper = price * np.exp(LOG_WIDTH * 2**mark.header.level)
    assert (ratio >= price / mark.mark[0] * (1 - 1e-6)).all()
    assert (ratio <= upper / mark.mark[0] * (1 + 1e-6)).all()
