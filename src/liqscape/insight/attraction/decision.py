"""The rule that was fixed before any result: all conditions hold, or no attraction is claimed (docs/attraction.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liqscape.insight.attraction.dose import is_rising
from liqscape.insight.attraction.family import LEVEL
from liqscape.insight.attraction.records import (
    AttractionCheck,
    AttractionCondition,
    AttractionDose,
    AttractionEffect,
    AttractionForecast,
    AttractionPower,
    Verdict,
)
from liqscape.units import DAY_MS, AnyArray

MIN_COINS, MIN_DAYS = 20, 180
MIN_REGIMES_RATIO = 1.5
"""Of the volatility of the wildest month to that of the calmest: two regimes."""
MONTH_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class AttractionEvidence:
    """Everything the rule looks at."""

    power: tuple[AttractionPower, ...]
    family: tuple[AttractionEffect, ...]
    checks: tuple[AttractionCheck, ...]
    dose: tuple[AttractionDose, ...]
    forecast: AttractionForecast | None


def decide(
    columns: Mapping[str, AnyArray], evidence: AttractionEvidence
) -> tuple[Verdict, str, tuple[AttractionCondition, ...]]:
    """Verdict, one sentence, and the conditions with what was found of each."""
    enough = _enough(columns, evidence)
    claims = _claims(evidence)
    conditions = (*enough, *claims)
    if not all(each.holds for each in enough):
        missing = "; ".join(each.text for each in enough if not each.holds)
        return "not enough", f"not enough: {missing}", conditions
    smallest = min(row.minimum_detectable_points or np.inf for row in evidence.power)
    if all(each.holds for each in claims):
        best = best_effect(evidence.family)
        points, distance = (None, None) if best is None else (best.points, best.distance_sigma)
        text = f"attraction measured: {points:.1f} points at {distance} standard deviations of an hour"
        return "attraction measured", text, conditions
    return (
        "no attraction detected",
        f"no attraction detected; minimum detectable effect = {smallest:.1f} points",
        conditions,
    )


def best_effect(family: tuple[AttractionEffect, ...]) -> AttractionEffect | None:
    """The one with the smallest p, of which all checks are made; None where no p is known."""
    known = [effect for effect in family if effect.p is not None]
    return min(known, key=lambda effect: (effect.p or 0.0, effect.distance_sigma), default=None)


def _enough(columns: Mapping[str, AnyArray], evidence: AttractionEvidence) -> tuple[AttractionCondition, ...]:
    """Whether there is enough to tell anything, either way."""
    has_volatility = np.isfinite(columns["sigma_1h"])
    time_ms, coin = columns["time_ms"][has_volatility], columns["coin_number"][has_volatility]
    coins, days = len(np.unique(coin)), len(np.unique(time_ms // DAY_MS))
    found = max((row.effective_count or 0 for row in evidence.power), default=0)
    needed = evidence.power[0].needed_count
    ratio = _regimes(time_ms, columns["sigma_1h"][has_volatility], coin)
    return (
        AttractionCondition(
            name="independent trials",
            holds=found >= needed,
            text=f"n = {found:,} independent trials in the hold-out, needs {needed:,}",
        ),
        AttractionCondition(name="coins", holds=coins >= MIN_COINS, text=f"{coins} coins, needs {MIN_COINS}"),
        AttractionCondition(name="days", holds=days >= MIN_DAYS, text=f"{days} days, needs {MIN_DAYS}"),
        AttractionCondition(
            name="regimes",
            holds=ratio is not None and ratio >= MIN_REGIMES_RATIO,
            text="volatility of the wildest month / the calmest = "
            f"{'unknown' if ratio is None else f'{ratio:.2f}'}, needs {MIN_REGIMES_RATIO}",
        ),
    )


def _claims(evidence: AttractionEvidence) -> tuple[AttractionCondition, ...]:
    """Whether what was found is attraction."""
    adjusted = [row.p_holm for row in evidence.family if row.p_holm is not None]
    gained = evidence.forecast
    best = best_effect(evidence.family)
    return (
        AttractionCondition(
            name="significant",
            holds=min(adjusted) < LEVEL if adjusted else None,
            text="b above 0 on the hold-out, by Holm over the four distances: "
            + (f"smallest p = {min(adjusted):.3f}" if adjusted else "not known"),
        ),
        AttractionCondition(
            name="days and coins",
            holds=None if best is None or best.p_two_way is None else best.p_two_way < LEVEL,
            text="p below 0.05 with errors clustered by day and coin too: "
            + ("not known" if best is None or best.p_two_way is None else f"p = {best.p_two_way:.3f}"),
        ),
        *(
            AttractionCondition(name=f"check: {row.name}", holds=row.holds, text=f"{row.rule}: {_word(row.holds)}")
            for row in evidence.checks
        ),
        AttractionCondition(
            name="dose",
            holds=is_rising(evidence.dose),
            text=f"more on one side goes with more: {_word(is_rising(evidence.dose))}",
        ),
        AttractionCondition(
            name="forecast",
            holds=None if gained is None or gained.low is None else gained.low > 0.0,
            text="the Brier score is better with the map, by its 95 % interval: "
            + ("not known" if gained is None or gained.low is None else f"{gained.low:.5f} to {gained.high:.5f}"),
        ),
    )


def _regimes(time_ms: AnyArray, sigma: AnyArray, coin: AnyArray) -> float | None:
    """Ratio of mean volatilities, each coin's over its own mean, of the wildest whole month and the calmest."""
    if not len(time_ms):
        return None
    coins = np.bincount(coin)
    relative = sigma / (np.bincount(coin, sigma) / np.maximum(coins, 1))[coin]
    month = (time_ms - time_ms.min()) // (MONTH_DAYS * DAY_MS)
    whole = (int(time_ms.max()) - int(time_ms.min()) + DAY_MS) // (MONTH_DAYS * DAY_MS)
    means = [relative[month == number].mean() for number in range(whole) if np.any(month == number)]
    return float(max(means) / min(means)) if len(means) >= 2 else None


def _word(holds: bool | None) -> str:
    return "not known" if holds is None else "yes" if holds else "no"
