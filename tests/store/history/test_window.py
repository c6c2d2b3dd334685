"""The window drawn from changes equals the one drawn frame by frame, and every level of detail agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of, moments_of

from liqscape.errors import ModelError, QuestionError
from liqscape.heatmap.build import HALF_SPAN, window_start
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge, band_middle, band_of_price, merge_band
from liqscape.heatmap.merge import merge_bands
from liqscape.risk.liquidation import solve_roots
from liqscape.store.history import HeatmapWindow, HistoryReader, HistoryWriter
from liqscape.store.history.bands import level_notional_of
from liqscape.store.history.runs import PartRun
from liqscape.store.history.schema import STEP_MS
from liqscape.store.history.window import STEP_MINUTES, choose_columns, choose_rows

MARKETS = make_markets(3)
HOUR_MS = 60 * MINUTE_MS
ACCOUNTS = make_accounts(1, 0, len(MARKETS), addresses=60)
STEPS = [*range(1_300, 1_480), *range(1_520, 1_600), *range(1_700, 1_705)]
"""Over midnight, with a hole of 40 and one of 95 minutes; the last frames stay in head files."""
HEAD_FRAMES = 25


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[MarketFrame], HistoryReader]]:
    folder = tmp_path_factory.mktemp("history")
    frames = [make_frame(3, step, markets=MARKETS, accounts=ACCOUNTS) for step in STEPS]
    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.append_many(moments_of([(frame, ACCOUNTS) for frame in frames[:-HEAD_FRAMES]], TABLES))
        for frame in frames[-HEAD_FRAMES:]:
            writer.append(moment_of(frame, ACCOUNTS, TABLES))
        yield frames, HistoryReader(folder)


def draw_by_frames(
    frames: list[MarketFrame], coin: str, window: HeatmapWindow, hold_ms: int, value: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Slow twin: for each column the bands of its frame, added one by one."""
    cells = np.full((2, window.rows, window.columns), np.nan)
    as_of, marks = np.full(window.columns, -1, np.int64), np.full(window.columns, np.nan)
    market = MARKETS.index_of(coin)
    for column in range(window.columns):
        start_ms = window.start_ms + column * window.step_ms
        before = [frame for frame in frames if frame.time_ms < start_ms + window.step_ms]
        if not before or before[-1].time_ms < start_ms - hold_ms:
            continue
        frame = before[-1]
        as_of[column], marks[column] = frame.time_ms, frame.snapshot.mark[market]
        cells[:, :, column] = 0.0
        bands = frame.bands.of_market(market)
        for row in range(len(bands)):
            place = int(merge_band(bands.band[row], window.level)) - window.first_band
            if 0 <= place < window.rows:
                size = bands.size[row]
                amount = size if value == "mark" else level_notional_of(bands.band[row], size)
                cells[0 if bands.side[row] > 0 else 1, place, column] += amount
        cells[:, :, column] *= marks[column] if value == "mark" else marks[column] / marks[column]
    return as_of, marks, cells[0].astype(np.float32), cells[1].astype(np.float32)


@pytest.mark.parametrize("value", ["mark", "level"])
@pytest.mark.parametrize(
    ("from_step", "to_step", "width", "height", "is_of_bands"),
    [(1_300, 1_480, 800, 400, False), (1_560, 1_730, 800, 9, False), (1_300, 1_480, 8, 40, True)],
)
def test_what_one_position_has_in_a_cell_is_that_of_every_frame(
    history: tuple[list[MarketFrame], HistoryReader],
    from_step: int,
    to_step: int,
    width: int,
    height: int,
    is_of_bands: bool,
    value: str,
) -> None:
    """Solved columns tell it of every position, those of stored bands only of one that has its band to itself."""
    frames, reader = history
    start, end = START_MS + from_step * MINUTE_MS, START_MS + to_step * MINUTE_MS
    asked = ("C0", start, end, width, height, float(band_edge(-60)), float(band_edge(1_500)), value)
    window = reader.window(*asked, with_largest=True)
    plain = reader.window(*asked)
    assert (plain.largest, plain.is_largest_of_bands) == (None, False)
    assert np.array_equal(plain.long, window.long, equal_nan=True)
    assert np.array_equal(plain.short, window.short, equal_nan=True)
    assert window.is_largest_of_bands is is_of_bands
    expected = np.full((window.rows, window.columns), np.nan)
    market, by_time = MARKETS.index_of("C0"), {frame.time_ms: frame for frame in frames}
    for column, time_ms in enumerate(window.as_of_ms.tolist()):
        if time_ms < 0 or np.isnan(window.mark[column]):
            continue
        expected[:, column] = 0.0
        for band, size in one_by_one(by_time[time_ms], market, is_of_bands=is_of_bands):
            place = (band >> window.level) - window.first_band
            if 0 <= place < window.rows:
                price = band_middle(np.array([band]))[0] if value == "level" else window.mark[column]
                expected[place, column] = max(expected[place, column], size * price)
    np.testing.assert_allclose(window.largest, expected, rtol=1e-5)
    assert np.count_nonzero(expected > 0.0) > 30


def one_by_one(frame: MarketFrame, market: int, *, is_of_bands: bool) -> list[tuple[int, float]]:
    """(base band, coins) of what is known to be one position."""
    bands = frame.bands.of_market(market)
    if is_of_bands:
        rows = np.flatnonzero(bands.position_count == 1)
        return list(zip(bands.band[rows].tolist(), bands.size[rows].tolist(), strict=True))
    root = solve_roots(ACCOUNTS, frame.snapshot, TABLES)
    is_held = (ACCOUNTS.market_index == market) & ~ACCOUNTS.is_exempt[ACCOUNTS.pool_of_position()]
    rows = np.flatnonzero(is_held & (root > 0.0) & (root < 1e15))
    start = window_start(frame.snapshot.mark[market : market + 1])[0]
    found = zip(band_of_price(root[rows]).tolist(), np.abs(ACCOUNTS.size[rows]).tolist(), strict=True)
    return [(band, size) for band, size in found if start <= band < start + 2 * HALF_SPAN]


@pytest.mark.parametrize("value", ["mark", "level"])
@pytest.mark.parametrize(
    ("coin", "from_step", "to_step", "width", "height", "bands"),
    [
        ("C0", 1_300, 1_480, 800, 400, (-60, 60)),
        ("C0", 1_290, 1_800, 800, 40, (-30, 30)),
        ("dex:A/B", 1_431, 1_533, 60, 7, (-20, 61)),
        ("C2", 1_000, 1_900, 200, 400, (-10, 90)),
        ("C2", 1_000, 1_900, 40, 10, (-10, 90)),
        ("C0", 0, 20_000, 12, 3, (-60, 60)),
        ("C0", 1_400, 1_401, 1, 400, (-60, 60)),
        ("C0", 1_705, 1_730, 800, 400, (-60, 60)),
        ("C0", 5_000, 6_000, 800, 400, (-60, 60)),
        ("C0", 0, 100, 800, 400, (-60, 60)),
    ],
)
def test_window_equals_the_one_drawn_frame_by_frame(
    history: tuple[list[MarketFrame], HistoryReader],
    coin: str,
    from_step: int,
    to_step: int,
    width: int,
    height: int,
    bands: tuple[int, int],
    value: str,
) -> None:
    frames, reader = history
    low, high = (float(band_edge(band) * 1.0001) for band in bands)
    start_ms, end_ms = START_MS + from_step * MINUTE_MS, START_MS + to_step * MINUTE_MS
    window = reader.window(coin, start_ms, end_ms, width, height, low, high, value)
    as_of, marks, long, short = draw_by_frames(frames, coin, window, reader.hold_ms, value)
    np.testing.assert_array_equal(window.as_of_ms, as_of)
    np.testing.assert_array_equal(window.mark, marks)
    np.testing.assert_allclose(window.long, long, rtol=1e-6)
    np.testing.assert_allclose(window.short, short, rtol=1e-6)
    assert window.columns <= width
    assert window.long.shape == window.short.shape == (window.rows, window.columns)
    assert (window.long.dtype, window.as_of_ms.dtype) == (np.float32, np.int64)


def test_cell_is_the_merged_bands_of_the_stored_frame(history: tuple[list[MarketFrame], HistoryReader]) -> None:
    _, reader = history
    start_ms = START_MS + 1_300 * MINUTE_MS
    window = reader.window("C0", start_ms, start_ms + 3 * HOUR_MS, 20, 30, 0.05, 50.0)
    for column, time_ms in enumerate(window.as_of_ms.tolist()):
        frame = reader.frame_at(time_ms)
        assert frame is not None
        merged = merge_bands(frame.bands.of_market(0), window.level)
        total = np.nansum(window.long[:, column]) + np.nansum(window.short[:, column])
        assert total == pytest.approx(np.nansum(frame.notional(merged)), rel=1e-6)


def test_history_is_in_both_parts_and_heads(history: tuple[list[MarketFrame], HistoryReader]) -> None:
    frames, reader = history
    assert reader.frame_count == len(frames)
    assert len(reader._seen.manifest.parts) == 2
    assert reader._seen.head_runs


def test_columns_after_the_last_frame_hold_it_and_then_are_holes(
    history: tuple[list[MarketFrame], HistoryReader],
) -> None:
    frames, reader = history
    last_ms = frames[-1].time_ms
    window = reader.window("C0", last_ms, last_ms + 20 * MINUTE_MS, 100, 100, 0.9, 1.1)
    assert window.as_of_ms.tolist() == [last_ms] * 11 + [-1] * 9
    assert np.isnan(window.long[:, 11:]).all()


def test_stored_steps_are_the_bands_of_the_last_frame_of_each(
    history: tuple[list[MarketFrame], HistoryReader],
) -> None:
    """Rows in order of time, the state after each step against the frame, in 32 bits."""
    frames, reader = history
    for run in reader._seen.runs(0, START_MS * 2)[:2]:
        assert isinstance(run, PartRun)
        held = [frame for frame in frames if run.first_ms <= frame.time_ms <= run.last_ms]
        by_step = {frame.time_ms // STEP_MS: frame for frame in held}  # the last of a part closes its step
        for market, coin in enumerate(MARKETS.coins):
            rows = run.part.read_bands(coin)
            assert rows is not None
            assert set(rows["time_ms"].tolist()) <= {frame.time_ms for frame in by_step.values()}
            for step in range(run.first_ms // STEP_MS, run.last_ms // STEP_MS + 1):
                if step not in by_step:
                    continue
                bands = by_step[step].bands.of_market(market)
                names = zip(bands.band.tolist(), bands.side.tolist(), bands.margin_source.tolist(), strict=True)
                sizes = bands.size.astype(np.float32).tolist()
                assert _state(rows, (step + 1) * STEP_MS) == dict(zip(names, sizes, strict=True))


def _state(rows: dict[str, np.ndarray], end_ms: int) -> dict[tuple[int, int, int], float]:
    state: dict[tuple[int, int, int], float] = {}
    named = ("time_ms", "band", "side", "margin_source", "size")
    for time, band, side, margin_source, size in zip(*(rows[name].tolist() for name in named), strict=True):
        if time < end_ms:
            state[band, side, margin_source] = size
    return {key: size for key, size in state.items() if size}


@pytest.mark.parametrize(
    ("span_minutes", "width", "step_minutes"),
    [(800, 800, 1), (801, 800, 2), (7 * 1440, 800, 15), (7 * 1440, 1_500, 10), (400 * 1440, 300, 2 * 1440)],
)
def test_step_is_the_smallest_that_fits(span_minutes: int, width: int, step_minutes: int) -> None:
    start_ms = 2 * 1440 * MINUTE_MS
    columns = choose_columns(start_ms, start_ms + span_minutes * MINUTE_MS, width)
    assert columns.step_ms == step_minutes * MINUTE_MS
    assert columns.count <= width
    assert columns.start_ms % columns.step_ms == 0


def test_columns_cover_the_whole_range_at_any_width() -> None:
    for width in (1, 2, 3, 50):
        for start_ms, end_ms in ((START_MS - 1, START_MS + 1), (START_MS, START_MS + 1), (1, 30 * START_MS)):
            columns = choose_columns(start_ms, end_ms, width)
            assert columns.count <= width
            assert columns.start_ms <= start_ms
            assert columns.start_ms + columns.count * columns.step_ms >= end_ms
    assert STEP_MINUTES[-1] == 1440


def test_rows_hold_both_prices() -> None:
    rows = choose_rows(0.9, 1.1, 50)
    assert rows.count <= 50
    assert band_edge(rows.first_band, rows.level) <= 0.9 < 1.1 < band_edge(rows.first_band + rows.count, rows.level)


def test_mark_path_is_the_marks_of_the_frames(history: tuple[list[MarketFrame], HistoryReader]) -> None:
    frames, reader = history
    start_ms, end_ms = START_MS + 1_400 * MINUTE_MS, START_MS + 1_650 * MINUTE_MS
    times, marks = reader.mark_path("C2", start_ms, end_ms)
    inside = [frame for frame in frames if start_ms <= frame.time_ms < end_ms]
    assert times.tolist() == [frame.time_ms for frame in inside]
    np.testing.assert_array_equal(marks, [frame.snapshot.mark[2] for frame in inside])
    assert reader.frame_times(start_ms, end_ms).tolist() == times.tolist()


ASK: dict[str, Callable[[HistoryReader], object]] = {
    "end before start": lambda reader: reader.window("C0", 5, 5, 10, 10, 1.0, 2.0),
    "no width": lambda reader: reader.window("C0", 5, 6, 0, 10, 1.0, 2.0),
    "price zero": lambda reader: reader.window("C0", 5, 6, 10, 10, 0.0, 2.0),
    "price nan": lambda reader: reader.window("C0", 5, 6, 10, 10, 1.0, float("nan")),
    "price endless": lambda reader: reader.window("C0", 5, 6, 10, 10, 1.0, float("inf")),
    "unknown value": lambda reader: reader.window("C0", 5, 6, 10, 10, 1.0, 2.0, "size"),
}


@pytest.mark.parametrize("case", ASK)
def test_window_that_makes_no_sense_is_refused(history: tuple[list[MarketFrame], HistoryReader], case: str) -> None:
    with pytest.raises(QuestionError):
        ASK[case](history[1])


def test_unknown_coin_is_refused(history: tuple[list[MarketFrame], HistoryReader]) -> None:
    with pytest.raises(ModelError, match="unknown coin 'NOPE'"):
        history[1].mark_path("NOPE", 0, START_MS)


def test_reader_is_of_the_folder_named(history: tuple[list[MarketFrame], HistoryReader], tmp_path: Path) -> None:
    """A second history beside the first shares nothing with it."""
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append(moment_of(history[0][0], ACCOUNTS, TABLES))
        assert HistoryReader(tmp_path).frame_count == 1
    assert history[1].frame_count == len(STEPS)
