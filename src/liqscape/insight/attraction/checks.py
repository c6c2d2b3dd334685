"""Placebo maps, shuffled maps and the past path: what must not do what the map does (docs/attraction.md, "Checks")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from liqscape.insight.attraction.family import LEVEL, Estimate, HeldOut, estimate, hold_out
from liqscape.insight.attraction.records import AttractionCheck
from liqscape.insight.attraction.sample import ChosenTrials, TrialSample, take_sample
from liqscape.insight.kernels.attraction import DOWN, UP
from liqscape.insight.statistics.hashing import drawn_numbers
from liqscape.units import DAY_MS, HOUR_MS, AnyArray, BoolArray, Float64Array, Int64Array

BESIDE = "the map's coefficient stays above 0 (p < 0.05) with the placebo beside it"
BOTH_SIDES = "A above 0 and A below 0, each beside the other, have coefficients above 0: both sides do it"
SHUFFLED = "fewer than 5 % of 1,000 maps with days exchanged within coin and third of volatility do as much"
PAST = "the map's coefficient stays above 0 (p < 0.05) with the side beside it that the mark came from"
SHUFFLES = 1_000
NEAR_MS = HOUR_MS
"""How far from 7 or 14 days before a map may be."""


def run_checks(
    columns: Mapping[str, AnyArray], sample: TrialSample, chosen: ChosenTrials, split_ms: int, seed: int = 0
) -> tuple[AttractionCheck, ...]:
    """All checks at one distance, columns as of `number_coins`."""
    return (
        _mirrored(sample),
        *(_beside(name, sample, value) for name, value in placebo_columns(columns, sample).items()),
        _shuffled(columns, sample, seed),
        _past(columns, sample, chosen, split_ms),
    )


def placebo_columns(columns: Mapping[str, AnyArray], sample: TrialSample) -> dict[str, Float64Array]:
    """(N,) asymmetries of maps that are not of this coin and time, NaN where there is none."""
    distance, row = sample.distance, sample.row
    found = {"jittered": columns[f"jittered_{distance}"][row]}
    for days in (7, 14):
        found[f"{days} days earlier"] = _earlier(columns, distance, row, days * DAY_MS)
    found["another coin"] = _of_other_coin(columns, distance, row)
    found["leverage anchors"] = columns[f"anchors_{distance}"][row]
    return found


def shuffled_share(sample: TrialSample, held: HeldOut, third: Int64Array, seed: int = 0) -> float:
    """Share of shuffled maps that go as well with the outcomes as the map does; third (N,) of the hold-out.

    Days change places within a coin and third of volatility, in an order that all coins share.
    """
    cell = held.coin * 3 + third
    found = float(held.centred @ held.surprise)
    days, day = np.unique(held.day, return_inverse=True)
    keys = drawn_numbers(f"{seed}/shuffled/{sample.distance}", SHUFFLES * len(days)).reshape(SHUFFLES, len(days))
    place = np.lexsort((np.arange(len(cell)), day, cell))
    surprise = held.surprise[place]
    as_well = 0
    for drawn in keys.argsort(axis=1).argsort(axis=1):
        order = np.lexsort((np.arange(len(cell)), drawn[day], cell))
        as_well += float(held.centred[order] @ surprise) >= found
    return (as_well + 1.0) / (SHUFFLES + 1.0)


def volatility_thirds(columns: Mapping[str, AnyArray], row: Int64Array) -> Int64Array:
    """(N,) 0, 1, 2: calm, middling or wild for the coin, over all its trials."""
    third = np.zeros(len(row), np.int64)
    coin, sigma = columns["coin_number"][row], columns["sigma_1h"][row]
    for number in np.unique(coin).tolist():
        own = coin == number
        third[own] = np.quantile(sigma[own], (1.0 / 3.0, 2.0 / 3.0)).searchsorted(sigma[own])
    return third


def _mirrored(sample: TrialSample) -> AttractionCheck:
    above, below = np.maximum(sample.asymmetry, 0.0), np.minimum(sample.asymmetry, 0.0)
    up, down = _estimate(sample, above, (below,)), _estimate(sample, below, (above,))
    return _check(
        "mirrored",
        sample,
        down,
        up,
        holds=None if up is None or down is None else up.coefficient > 0.0 and down.coefficient > 0.0,
        rule=BOTH_SIDES,
    )


def _beside(name: str, sample: TrialSample, value: Float64Array) -> AttractionCheck:
    part, value = only(sample, np.isfinite(value)), value[np.isfinite(value)]
    alone, own = _estimate(part, value), _estimate(part, part.asymmetry, (value,))
    return _check(name, part, alone, own, holds=None if own is None else own.p < LEVEL, rule=BESIDE)


def _shuffled(columns: Mapping[str, AnyArray], sample: TrialSample, seed: int) -> AttractionCheck:
    held = hold_out(sample)
    own = None if held is None else estimate(held)
    if held is None or own is None:
        return _check("shuffled", sample, None, None, holds=None, rule=SHUFFLED)
    third = volatility_thirds(columns, sample.row)[held.place]
    share = shuffled_share(sample, held, third, seed)
    found = _check("shuffled", sample, None, own, holds=share < LEVEL, rule=SHUFFLED)
    return AttractionCheck(**{name: getattr(found, name) for name in found.__struct_fields__} | {"p": share})


def _past(columns: Mapping[str, AnyArray], sample: TrialSample, chosen: ChosenTrials, split_ms: int) -> AttractionCheck:
    """Coefficient of A for the path backwards, and for the path to come with the one behind beside it.

    The first is far from 0 in worlds without attraction: levels go where price has been. So it is told and not judged.
    """
    before = take_sample(columns, sample.distance, chosen.row, split_ms, outcome="past")
    found = _estimate(before, before.asymmetry)
    past = columns[f"past_{sample.distance}"][sample.row]
    came = np.where(past == UP, 1.0, np.where(past == DOWN, -1.0, 0.0))
    own = _estimate(sample, sample.asymmetry, (came,))
    return _check("past path", sample, found, own, holds=None if own is None else own.p < LEVEL, rule=PAST)


def only(sample: TrialSample, mask: BoolArray) -> TrialSample:
    """Some trials of a sample."""
    rows = ("row", "day", "coin", "outcome", "asymmetry", "controls", "learns", "is_held_out")
    return replace(sample, **{name: getattr(sample, name)[mask] for name in rows})


def _estimate(sample: TrialSample, tested: Float64Array, beside: tuple[Float64Array, ...] = ()) -> Estimate | None:
    held = hold_out(sample, tested, beside)
    return None if held is None else estimate(held)


def _check(
    name: str,
    sample: TrialSample,
    placebo: Estimate | None,
    own: Estimate | None,
    *,
    holds: bool | None,
    rule: str,
) -> AttractionCheck:
    return AttractionCheck(
        name=name,
        distance_sigma=sample.distance,
        count=int(sample.is_held_out.sum()),
        coefficient=None if placebo is None else placebo.coefficient,
        p=None if placebo is None else placebo.p,
        own_coefficient=None if own is None else own.coefficient,
        own_p=None if own is None else own.p,
        holds=holds,
        rule=rule,
    )


def _earlier(columns: Mapping[str, AnyArray], distance: int, row: Int64Array, before_ms: int) -> Float64Array:
    """A of the same coin so much earlier, of the newest map at or before, at most NEAR_MS older."""
    key = columns["coin_number"] << 45 | columns["time_ms"]
    asked = (columns["coin_number"][row] << 45 | columns["time_ms"][row]) - before_ms
    place = key.searchsorted(asked, side="right") - 1
    found = columns[f"asymmetry_{distance}"][np.maximum(place, 0)]
    is_there = (place >= 0) & (asked - key[np.maximum(place, 0)] <= NEAR_MS)
    return np.where(is_there, found, np.nan)


def _of_other_coin(columns: Mapping[str, AnyArray], distance: int, row: Int64Array) -> Float64Array:
    """A of the next coin that has one at the same time, distances in its own volatility."""
    coins = int(columns["coin_number"].max(initial=0)) + 1
    key = columns["coin_number"] << 45 | columns["time_ms"]
    value = columns[f"asymmetry_{distance}"]
    found = np.full(len(row), np.nan)
    for step in range(1, coins):
        missing = np.flatnonzero(np.isnan(found))
        if not len(missing):
            break
        other = (columns["coin_number"][row[missing]] + step) % coins
        asked = other << 45 | columns["time_ms"][row[missing]]
        place = np.minimum(key.searchsorted(asked), len(key) - 1)
        found[missing] = np.where(key[place] == asked, value[place], np.nan)
    return found
