"""Trials of one distance that do not overlap, with what is controlled for (docs/attraction.md, "Trials")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liqscape.insight.attraction.trials import HORIZON_MS
from liqscape.insight.kernels.attraction import NEITHER, choose_apart
from liqscape.units import DAY_MS, AnyArray, BoolArray, Float64Array, Int64Array

CONTROLS = ("return_5m", "return_1h", "return_24h", "to_high", "to_low", "funding_rate", "basis", "round_number")
NOT_STORED = ("order flow imbalance", "imbalance of the book")
"""Controls of the plan that no stored frame has."""
MIN_KNOWN_SHARE = 0.9
"""Of the trials that must know a control, or it is left out; the others count as its mean."""
MAX_DEVIATIONS = 6.0
"""Controls are cut there: one wild day must not carry a fit."""
MIN_LEFT = 1e-3
"""Of a control's variance that those before it must leave, or it is left out as said by them."""
EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday, the fourth day from Monday on."""
HOLDOUT_SHARE = 0.3


@dataclass(frozen=True, kw_only=True)
class TrialSample:
    """Judged trials (N,) of one distance, by coin and time.

    row          places in the columns they were taken from.
    coin         (N,) number of the coin, rising; coins: how many numbers there are.
    outcome      1 up first, 0 down first. asymmetry A.
    controls     (N, P) standardised, with their names; left_out: of those that are not known often enough.
    learns       (N,) ended before the hold-out: what is controlled for is learnt from them.
    is_held_out  (N,) began in the hold-out: what is tested is tested on them.
    """

    distance: int
    row: Int64Array
    day: Int64Array
    coin: Int64Array
    coins: int
    outcome: Float64Array
    asymmetry: Float64Array
    controls: Float64Array
    names: tuple[str, ...]
    left_out: tuple[str, ...]
    learns: BoolArray
    is_held_out: BoolArray


@dataclass(frozen=True, kw_only=True)
class ChosenTrials:
    """Rows (N,) of trials of one distance that do not overlap within a coin, and what became of the others.

    row          places in the columns, by coin and time; is_judged (N,) up or down came first.
    """

    row: Int64Array
    is_judged: BoolArray
    no_volatility: int
    no_levels: int
    neither: int
    not_watched: int


def number_coins(columns: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """The same columns by coin and time, with `coin_number`: what the other functions here ask for."""
    _, number = np.unique(columns["coin"], return_inverse=True)
    order = np.lexsort((columns["time_ms"], number))
    ordered = {name: values[order] for name, values in columns.items()}
    ordered["coin_number"] = number[order].astype(np.int64)
    return ordered


def holdout_from(time_ms: Int64Array) -> int | None:
    """Begin of the last HOLDOUT_SHARE of the time; None without a trial."""
    if not len(time_ms):
        return None
    first, last = int(time_ms.min()), int(time_ms.max())
    return last - int((last - first) * HOLDOUT_SHARE)


def choose_trials(columns: Mapping[str, AnyArray], distance: int) -> ChosenTrials:
    """Trials of a distance: each begins when the one before it of its coin has ended, by what was known at its time."""
    has_volatility = np.isfinite(columns["sigma_1h"])
    has_levels = np.isfinite(columns[f"asymmetry_{distance}"])
    usable = np.flatnonzero(has_volatility & has_levels)
    chosen = np.empty(len(usable), np.bool_)
    end_ms = columns[f"end_ms_{distance}"][usable]
    choose_apart(columns["coin_number"][usable], columns["time_ms"][usable], end_ms, chosen)
    row = usable[chosen]
    outcome = columns[f"outcome_{distance}"][row]
    return ChosenTrials(
        row=row,
        is_judged=outcome >= 0,
        no_volatility=int((~has_volatility).sum()),
        no_levels=int((has_volatility & ~has_levels).sum()),
        neither=int((outcome == NEITHER).sum()),
        not_watched=int((outcome < NEITHER).sum()),
    )


def take_sample(
    columns: Mapping[str, AnyArray], distance: int, row: Int64Array, split_ms: int, outcome: str = "outcome"
) -> TrialSample:
    """The judged ones of chosen rows, divided at a time into what is learnt from and what is held out.

    outcome  columns the outcomes are taken from: `past` for the negative control.
    """
    found = columns[f"{outcome}_{distance}"]
    row = row[found[row] >= 0]
    coin, time_ms = columns["coin_number"][row], columns["time_ms"][row]
    if outcome == "outcome":
        end_ms = columns[f"end_ms_{distance}"][row]
        learns, is_held_out = end_ms < split_ms, time_ms >= split_ms
    else:
        learns, is_held_out = time_ms < split_ms, time_ms - HORIZON_MS >= split_ms
    controls, names, left_out = _controls(columns, distance, row)
    return TrialSample(
        distance=distance,
        row=row,
        day=time_ms // DAY_MS,
        coin=coin,
        coins=int(columns["coin_number"].max(initial=-1)) + 1,
        outcome=found[row].astype(np.float64),
        asymmetry=columns[f"asymmetry_{distance}"][row],
        controls=controls,
        names=names,
        left_out=left_out,
        learns=learns,
        is_held_out=is_held_out,
    )


def standardised(values: Float64Array) -> Float64Array:
    """Mean 0, deviation 1, cut at MAX_DEVIATIONS; unknown is the mean; zero where all are alike."""
    known = values[np.isfinite(values)]
    mean, deviation = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
    if not deviation > 1e-12 * max(1.0, abs(mean)):
        return np.zeros(len(values))
    scaled = np.nan_to_num((values - mean) / deviation, nan=0.0)
    return np.clip(scaled, -MAX_DEVIATIONS, MAX_DEVIATIONS)


def _controls(
    columns: Mapping[str, AnyArray], distance: int, row: Int64Array
) -> tuple[Float64Array, tuple[str, ...], tuple[str, ...]]:
    time_ms = columns["time_ms"][row]
    weekday = (time_ms // DAY_MS + EPOCH_WEEKDAY) % 7
    turn = 2.0 * np.pi * (time_ms % DAY_MS) / DAY_MS
    given: dict[str, AnyArray] = {name: columns[name][row] for name in CONTROLS}
    given["profile"] = columns[f"profile_{distance}"][row]
    given |= {f"weekday {number}": (weekday == number).astype(np.float64) for number in range(1, 7)}
    given |= {"hour sin": np.sin(turn), "hour cos": np.cos(turn)}
    given |= {"half day sin": np.sin(2.0 * turn), "half day cos": np.cos(2.0 * turn)}
    left_out = [name for name, values in given.items() if np.isfinite(values).sum() < MIN_KNOWN_SHARE * len(row)]
    for name in left_out:
        del given[name]
    matrix = np.stack([standardised(values) for values in given.values()], axis=1)
    keeps = _independent(matrix)
    names = tuple(name for name, is_kept in zip(given, keeps.tolist(), strict=True) if is_kept)
    return matrix[:, keeps], names, tuple(left_out)


def _independent(matrix: Float64Array) -> BoolArray:
    """Columns that those before them do not make up."""
    gram = matrix.T @ matrix
    keeps = np.zeros(matrix.shape[1], np.bool_)
    for column in range(matrix.shape[1]):
        left = float(gram[column, column])
        if keeps.any():
            beside = gram[keeps, column]
            left -= float(beside @ np.linalg.solve(gram[np.ix_(keeps, keeps)], beside))
        keeps[column] = left > MIN_LEFT * len(matrix)
    return keeps
