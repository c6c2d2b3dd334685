"""The verdict on the attraction hypothesis, by a rule that was fixed before any result (docs/attraction.md, "Rule")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liqscape.insight.attraction.checks import run_checks
from liqscape.insight.attraction.columns import DISTANCES
from liqscape.insight.attraction.decision import AttractionEvidence, best_effect, decide
from liqscape.insight.attraction.dose import dose_table
from liqscape.insight.attraction.family import LEVEL, HeldOut, bayes_factor, estimate, hold_out, holm
from liqscape.insight.attraction.forecast import forecast
from liqscape.insight.attraction.power import power_of
from liqscape.insight.attraction.records import (
    Attraction,
    AttractionCheck,
    AttractionDose,
    AttractionEffect,
    AttractionLeftOut,
)
from liqscape.insight.attraction.sample import (
    NOT_STORED,
    ChosenTrials,
    TrialSample,
    choose_trials,
    holdout_from,
    number_coins,
    take_sample,
)
from liqscape.units import DAY_MS, AnyArray

NOT_DONE = (
    "H1-b: levels at unequal distances (gambler's ruin)",
    "H1-c: hazard of touching a level against placebo levels",
    "H2: acceleration at a touch",
    "H3: what the map adds to a forecast of volatility",
    "resting book walls as a placebo (depth at the book's prices is not stored with the trials)",
)
"""Parts of the plan that are not built; said in every answer."""


@dataclass(frozen=True)
class _AskedDistance:
    """One distance: what was chosen, what was taken, what is held out."""

    chosen: ChosenTrials
    sample: TrialSample
    held: HeldOut | None


def verdict(columns: Mapping[str, AnyArray], seed: int = 0) -> Attraction:
    """Test columns of trials (trials.py) of any coins and times; NaN is unknown. The same columns, in any order,
    give the same verdict. Cost: some 0.2 s for 100,000 trials, and 1,000 shuffles of one distance's hold-out.
    """
    columns = number_coins(columns)
    split_ms = holdout_from(columns["time_ms"])
    asked = {distance: _ask(columns, distance, split_ms or 0) for distance in DISTANCES}
    power = tuple(power_of(each.sample, each.held) for each in asked.values())
    family = _family(asked, seed)
    best = best_effect(family)
    carrier = None if best is None else asked[best.distance_sigma]
    checks: tuple[AttractionCheck, ...] = ()
    dose: tuple[AttractionDose, ...] = ()
    forecasted = None
    if carrier is not None and carrier.held is not None:
        checks = run_checks(columns, carrier.sample, carrier.chosen, split_ms or 0, seed)
        dose = dose_table(carrier.sample, carrier.held)
        forecasted = forecast(carrier.sample, carrier.held, seed)
    evidence = AttractionEvidence(power=power, family=family, checks=checks, dose=dose, forecast=forecasted)
    name, text, conditions = decide(columns, evidence)
    time_ms = columns["time_ms"]
    judged = np.concatenate([each.sample.row for each in asked.values()])
    left_out = dict.fromkeys(_REASONS, 0)
    for each in asked.values():
        for reason, field in _REASONS.items():
            left_out[reason] += getattr(each.chosen, field)
    return Attraction(
        verdict=name,
        text=text,
        first_ms=int(time_ms.min()) if len(time_ms) else None,
        last_ms=int(time_ms.max()) if len(time_ms) else None,
        holdout_from_ms=split_ms,
        coin_count=len(np.unique(columns["coin_number"][judged])),
        day_count=len(np.unique(time_ms[judged] // DAY_MS)),
        trial_count=len(judged),
        power=power,
        family=family,
        checks=checks,
        dose=dose,
        forecast=forecasted,
        conditions=conditions,
        left_out=tuple(AttractionLeftOut(reason=reason, count=count) for reason, count in left_out.items()),
        controls_left_out=tuple(sorted({name for each in asked.values() for name in each.sample.left_out}))
        + NOT_STORED,
        not_done=NOT_DONE,
    )


_REASONS = {
    "no volatility known": "no_volatility",
    "no levels within the distance": "no_levels",
    "neither side reached within 24 h": "neither",
    "the way of the mark is not known": "not_watched",
}


def _ask(columns: Mapping[str, AnyArray], distance: int, split_ms: int) -> _AskedDistance:
    chosen = choose_trials(columns, distance)
    sample = take_sample(columns, distance, chosen.row[chosen.is_judged], split_ms)
    return _AskedDistance(chosen, sample, hold_out(sample))


def _family(asked: Mapping[int, _AskedDistance], seed: int) -> tuple[AttractionEffect, ...]:
    found = [None if each.held is None else estimate(each.held, seed) for each in asked.values()]
    adjusted = holm([None if each is None else each.p for each in found])
    rows = []
    for (distance, each), effect, p_holm in zip(asked.items(), found, adjusted, strict=True):
        held = each.held
        scale = 0.0 if held is None else held.points_per_coefficient
        rows.append(
            AttractionEffect(
                distance_sigma=distance,
                count=int(each.sample.is_held_out.sum()),
                day_count=0 if held is None else held.day_count,
                coin_count=0 if held is None else len(np.unique(held.coin)),
                coefficient=None if effect is None else effect.coefficient,
                standard_error=None if effect is None else effect.standard_error,
                low=None if effect is None else effect.low,
                high=None if effect is None else effect.high,
                points=None if effect is None else effect.coefficient * scale,
                points_low=None if effect is None else effect.low * scale,
                points_high=None if effect is None else effect.high * scale,
                p=None if effect is None else effect.p,
                p_two_way=None if effect is None else effect.p_two_way,
                p_holm=p_holm,
                bayes_factor=None if effect is None or held is None else bayes_factor(effect, held.spread),
                is_significant=None if p_holm is None else p_holm < LEVEL,
            )
        )
    return tuple(rows)
