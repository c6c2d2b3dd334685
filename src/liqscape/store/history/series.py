"""A coin through time as columns, beside its heatmap: prices, open interest, positions, funding, what is near the mark.

Columns are those of a window of the same times and width (window.py), and show the same frames.

    near[d, side, c] = USD at the mark of whole base bands within d of it     (docs/heatmap.md, eq. 3)

summed from the cells of the window, so that every view of a moment agrees. The hourly rate of a funding is what a coin
paid over the oracle of the first frame that holds it: the rate itself is not stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.heatmap.asymmetry import DISTANCES_PERCENT
from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.through_time import PriceRows
from liqscape.store.history.draw import draw_window
from liqscape.store.history.runs import Run, times_of_runs
from liqscape.store.history.schema import COINS, DTYPES, FUNDING, SIDES, Table, empty_table, unknown_values
from liqscape.store.history.solved import SolvedCells
from liqscape.store.history.window import Columns, HeatmapWindow, shown_frames
from liqscape.units import HOUR_MS, AnyArray, BoolArray, Float64Array, Int64Array

MAX_CELLS = 4_000_000
"""Of one pass; a coin that has moved far takes several, each of fewer columns."""
WHOLE_BANDS = 64
"""Prices are widened to whole steps of so many: asked again a minute later, what was solved is found again."""
MAX_FUNDING_AGE_MS = 2 * HOUR_MS
"""Funding is paid each hour; what is older than this was missed since, and says nothing of the time."""
FIGURES = ("mark", "oracle", "open_interest", *(f"{side}_size" for side in SIDES))
COUNTS = tuple(f"{side}_position_count" for side in SIDES)
SHARES = np.array(DISTANCES_PERCENT) / 100.0


@dataclass(frozen=True, kw_only=True)
class CoinSeries:
    """Columns of a coin from `start_ms` on, `step_ms` each. NaN is unknown, and everything in a hole.

    as_of_ms       (C,) time of the frame shown: the last one before the column's end; -1: a hole.
    mark           (C,) USD. open_interest (C,) coins, one side.
    size           (2, C) coins in all positions, longs then shorts; position_count (2, C), -1 where not known.
    funding_rate   (C,) fraction an hour of the last full hour paid, funding_hour_ms (C,) which; -1 where not known.
    near           (D, 2, C) USD of long levels below the mark and short ones above it, within DISTANCES_PERCENT.
    """

    coin: str
    start_ms: int
    step_ms: int
    as_of_ms: Int64Array
    mark: Float64Array
    open_interest: Float64Array
    size: Float64Array
    position_count: Int64Array
    funding_rate: Float64Array
    funding_hour_ms: Int64Array
    near: Float64Array


@dataclass(frozen=True, kw_only=True)
class _StoredRows:
    """A coin in every frame of its runs, columns (F,), and its fundings (H,): first held, hour, fraction an hour."""

    time_ms: Int64Array
    columns: Mapping[str, AnyArray]
    paid_ms: Int64Array
    hour_ms: Int64Array
    rate: Float64Array


def draw_series(
    runs: list[Run],
    coin: str,
    columns: Columns,
    *,
    hold_ms: int,
    damaged_ms: Sequence[tuple[int, int]] = (),
    memory: SolvedCells | None = None,
) -> CoinSeries:
    """The columns of a coin; arguments as of `draw_window`, runs from MAX_FUNDING_AGE_MS before the first column on."""
    rows = _rows_of(runs, coin)
    place = shown_frames(rows.time_ms, columns)
    marks = _shown(rows.columns["mark"], place, place < 0)
    near = np.full((len(SHARES), 2, columns.count), np.nan)
    as_of_ms = np.full(columns.count, -1, np.int64)
    mark = np.full(columns.count, np.nan)
    for span in _passes(marks, columns.count):
        own = Columns(columns.start_ms + span.start * columns.step_ms, columns.step_ms, span.stop - span.start)
        window = draw_window(
            runs,
            coin,
            columns=own,
            rows=_prices(marks[span]),
            value="mark",
            hold_ms=hold_ms,
            damaged_ms=damaged_ms,
            memory=memory,
        )
        as_of_ms[span], mark[span] = window.as_of_ms, window.mark
        near[:, :, span] = near_of_window(window)
    is_hole = as_of_ms < 0
    shown = {name: _shown(values, place, is_hole) for name, values in rows.columns.items()}
    rate, hour_ms = _funding_at(rows, as_of_ms)
    return CoinSeries(
        coin=coin,
        start_ms=columns.start_ms,
        step_ms=columns.step_ms,
        as_of_ms=as_of_ms,
        mark=mark,
        open_interest=shown["open_interest"],
        size=np.stack([shown[f"{side}_size"] for side in SIDES]),
        position_count=np.stack([shown[name] for name in COUNTS]),
        funding_rate=rate,
        funding_hour_ms=hour_ms,
        near=near,
    )


@dataclass(frozen=True, kw_only=True)
class FramePath:
    """A coin frame by frame, (F,), and its fundings, (H,), in order of time. NaN is unknown.

    mark, oracle USD; open_interest coins, one side; size coins in all known positions of both sides. paid_ms first
    frame that holds the funding of the full hour hour_ms; rate fraction an hour.
    """

    time_ms: Int64Array
    mark: Float64Array
    oracle: Float64Array
    open_interest: Float64Array
    size: Float64Array
    paid_ms: Int64Array
    hour_ms: Int64Array
    rate: Float64Array


def path_of_runs(runs: list[Run], coin: str, start_ms: int, end_ms: int) -> FramePath:
    """Frames, and fundings first held by frames, in [start, end)."""
    rows = _rows_of(runs, coin)
    frame = (rows.time_ms >= start_ms) & (rows.time_ms < end_ms)
    paid = (rows.paid_ms >= start_ms) & (rows.paid_ms < end_ms)
    return FramePath(
        time_ms=rows.time_ms[frame],
        mark=rows.columns["mark"][frame],
        oracle=rows.columns["oracle"][frame],
        open_interest=rows.columns["open_interest"][frame],
        size=sum((rows.columns[f"{side}_size"][frame] for side in SIDES), np.zeros(int(frame.sum()))),
        paid_ms=rows.paid_ms[paid],
        hour_ms=rows.hour_ms[paid],
        rate=rows.rate[paid],
    )


def near_of_window(window: HeatmapWindow) -> Float64Array:
    """(D, 2, C) USD near the mark from cells of base bands that reach as far; NaN where the mark is unknown."""
    near = np.full((len(SHARES), 2, window.columns), np.nan)
    known = np.flatnonzero(window.mark > 0.0)
    if not len(known):
        return near
    mark = window.mark[known]
    centre = band_of_price(mark) - window.first_band
    below = [np.zeros((window.rows + 1, len(known))) for _ in SIDES]
    for upto, cells in zip(below, (window.long, window.short), strict=True):
        cells[:, known].cumsum(axis=0, dtype=np.float64, out=upto[1:])
    column = np.arange(len(known))
    for number, share in enumerate(SHARES.tolist()):
        low = band_of_price(mark * (1.0 - share)) - window.first_band
        high = band_of_price(mark * (1.0 + share)) - window.first_band
        near[number, 0, known] = below[0][centre + 1, column] - below[0][low, column]
        near[number, 1, known] = below[1][high + 1, column] - below[1][centre, column]
    return near


def _passes(marks: Float64Array, count: int) -> list[slice]:
    """Runs of columns whose prices take at most MAX_CELLS cells each; halved until they do."""
    waiting, found = [slice(0, count)], list[slice]()
    while waiting:
        span = waiting.pop()
        length = span.stop - span.start
        if length > 1 and _prices(marks[span]).count * length > MAX_CELLS:
            middle = span.start + length // 2
            waiting += [slice(span.start, middle), slice(middle, span.stop)]
        else:
            found.append(span)
    return found


def _prices(marks: Float64Array) -> PriceRows:
    """Base bands from the furthest distance below the lowest mark to the same above the highest."""
    known = marks[marks > 0.0]
    if not len(known):
        return PriceRows(0, 0, 1)
    ends = np.array([known.min() * (1.0 - SHARES[-1]), known.max() * (1.0 + SHARES[-1])])
    first, last = (band_of_price(ends) // WHOLE_BANDS * WHOLE_BANDS).tolist()
    return PriceRows(0, first, last - first + WHOLE_BANDS)


@dataclass(frozen=True)
class PaidFunding:
    """What each coin last paid: fraction an hour, and the full hour it was paid for, by coin."""

    rate: Mapping[str, float]
    hour_ms: Mapping[str, int]


def paid_at(runs: list[Run], time_ms: int) -> PaidFunding | None:
    """The last funding of each coin at or before a time, of runs in order; None where none is known."""
    rate: dict[str, float] = {}
    hour_ms: dict[str, int] = {}
    for run in runs:
        try:
            rows = run.funding()
        except CorruptSegment:
            continue
        coins = run.definition.markets.coins
        for at_ms in np.unique(rows["time_ms"][rows["time_ms"] <= time_ms]).tolist():
            own = np.flatnonzero((rows["time_ms"] == at_ms) & (rows["hour_ms"] > time_ms - MAX_FUNDING_AGE_MS))
            if not len(own):
                continue
            market_index = rows["market_index"][own]
            oracle = run.coins_at(at_ms)["oracle"][market_index]
            found = hourly_rate(rows["due"][own], oracle)
            for row in np.flatnonzero(np.isfinite(found)).tolist():
                coin = coins[market_index[row]]
                rate[coin], hour_ms[coin] = float(found[row]), int(rows["hour_ms"][own[row]])
    return PaidFunding(rate, hour_ms) if rate else None


def _rows_of(runs: list[Run], coin: str) -> _StoredRows:
    columns: dict[str, list[AnyArray]] = {name: [] for name in (*FIGURES, *COUNTS)}
    paid: list[tuple[AnyArray, AnyArray, AnyArray]] = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for run in runs:
        times, market_index = run.frames()["time_ms"], run.definition.markets.find(coin)
        if market_index is None:
            rows: Table = {name: unknown_values(DTYPES[COINS][name], len(times)) for name in columns}
        else:
            rows = run.rows_of_market(market_index, list(columns))
            paid.append(_paid(run, market_index, times, rows["oracle"]))
        for name, parts in columns.items():
            parts.append(rows[name])
    at_ms, hour_ms, rate = (np.concatenate(each) for each in zip(*paid, strict=True))
    return _StoredRows(
        time_ms=times_of_runs(runs),
        columns={name: np.concatenate([*parts, np.empty(0, DTYPES[COINS][name])]) for name, parts in columns.items()},
        paid_ms=at_ms,
        hour_ms=hour_ms,
        rate=rate,
    )


def _paid(
    run: Run, market_index: int, times: Int64Array, oracle: Float64Array
) -> tuple[Int64Array, Int64Array, Float64Array]:
    """(first frame that holds it, full hour, fraction an hour) of each funding of a market; none where damaged."""
    try:
        rows = run.funding()
    except CorruptSegment:
        rows = empty_table(FUNDING)
    own = np.flatnonzero((rows["market_index"] == market_index) & np.isfinite(rows["due"]))
    at_ms = rows["time_ms"][own]
    return at_ms, rows["hour_ms"][own], hourly_rate(rows["due"][own], oracle[np.searchsorted(times, at_ms)])


def hourly_rate(due: Float64Array, oracle: Float64Array) -> Float64Array:
    """Fraction an hour of USD paid a coin; NaN where the oracle is not known."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rate: Float64Array = np.where(oracle > 0.0, due / oracle, np.nan)
    return rate


def _funding_at(rows: _StoredRows, as_of_ms: Int64Array) -> tuple[Float64Array, Int64Array]:
    """(rate, hour) last paid at each frame shown; unknown where that was too long before."""
    rate, hour_ms = np.full(len(as_of_ms), np.nan), np.full(len(as_of_ms), -1, np.int64)
    place = np.searchsorted(rows.paid_ms, as_of_ms, "right") - 1
    known = np.flatnonzero((place >= 0) & (as_of_ms >= 0))
    known = known[as_of_ms[known] - rows.hour_ms[place[known]] < MAX_FUNDING_AGE_MS]
    rate[known], hour_ms[known] = rows.rate[place[known]], rows.hour_ms[place[known]]
    hour_ms[np.isnan(rate)] = -1
    return rate, hour_ms


def _shown(values: AnyArray, place: Int64Array, is_hole: BoolArray) -> AnyArray:
    """A column of frames as columns of time."""
    shown = unknown_values(values.dtype.type, len(place))
    shown[~is_hole] = values[place[~is_hole]]
    return shown
