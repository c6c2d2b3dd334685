"""What the test of the attraction hypothesis found: power first, then results, then the rule's conditions."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Verdict = Literal["attraction measured", "no attraction detected", "not enough"]


class AttractionPower(Struct, frozen=True, kw_only=True):
    """What could be found at one distance, worked out before the coefficient is looked at.

    distance_sigma    d in standard deviations of an hour.
    trial_count       judged trials that do not overlap; holdout_count: those it is tested on.
    effective_count   independent trials that detect as small an effect; None where that is not known.
    needed_count      independent trials that find 2 points (52 % against 50 %) in 80 of 100 cases.
    minimum_detectable_points   of P(up first), for one standard deviation of A, at 80 % power; None: not known.
    """

    distance_sigma: int
    trial_count: int
    holdout_count: int
    effective_count: int | None
    needed_count: int
    minimum_detectable_points: float | None
    text: str


class AttractionEffect(Struct, frozen=True, kw_only=True):
    """The coefficient of A at one distance, on the hold-out; None where it cannot be told.

    coefficient       logits for A from 0 (as much on both sides) to 1 (all above); low, high: 95 %.
    points            the same as percent points of P(up first) for one standard deviation of A.
    p                 one-sided, of no attraction, by signs of days; p_holm: adjusted for the whole family.
    p_two_way         the same by errors clustered by day and coin.
    bayes_factor      likelihood with an effect (2 points, standard deviation) over that without.
    """

    distance_sigma: int
    count: int
    day_count: int
    coin_count: int
    coefficient: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    points: float | None
    points_low: float | None
    points_high: float | None
    p: float | None
    p_two_way: float | None
    p_holm: float | None
    bayes_factor: float | None
    is_significant: bool | None


class AttractionCheck(Struct, frozen=True, kw_only=True):
    """One placebo or control, at the distance with the smallest p.

    coefficient, p           of the placebo alone.
    own_coefficient, own_p   of the map with the placebo beside it.
    holds                    by `rule`; None: could not be tried.
    """

    name: str
    distance_sigma: int
    count: int
    coefficient: float | None
    p: float | None
    own_coefficient: float | None
    own_p: float | None
    holds: bool | None
    rule: str


class AttractionDose(Struct, frozen=True, kw_only=True):
    """A tenth of the hold-out, by A less what the controls tell of it, between two bounds.

    share_up         of them up came first. adjusted_share: less by what is expected without the map for them than for
                     all.
    """

    decile: int
    asymmetry_low: float
    asymmetry_high: float
    count: int
    share_up: float
    adjusted_share: float
    standard_error: float | None


class AttractionForecast(Struct, frozen=True, kw_only=True):
    """Brier scores on the hold-out of models fitted before it, without and with A; gain: how much less with it.

    low, high   95 %, blocks of seven days drawn again; None below two blocks.
    """

    distance_sigma: int
    count: int
    day_count: int
    brier_without: float
    brier_with: float
    gain: float
    low: float | None
    high: float | None


class AttractionCondition(Struct, frozen=True, kw_only=True):
    """One condition of the rule that was fixed before any result; holds None: could not be tried."""

    name: str
    holds: bool | None
    text: str


class AttractionLeftOut(Struct, frozen=True, kw_only=True):
    """Trials that are not judged, and why; of all distances together."""

    reason: str
    count: int


class Attraction(Struct, frozen=True, kw_only=True):
    """The verdict with everything it rests on (docs/attraction.md)."""

    verdict: Verdict
    text: str
    first_ms: int | None
    last_ms: int | None
    holdout_from_ms: int | None
    coin_count: int
    day_count: int
    trial_count: int
    power: tuple[AttractionPower, ...]
    family: tuple[AttractionEffect, ...]
    checks: tuple[AttractionCheck, ...]
    dose: tuple[AttractionDose, ...]
    forecast: AttractionForecast | None
    conditions: tuple[AttractionCondition, ...]
    left_out: tuple[AttractionLeftOut, ...]
    controls_left_out: tuple[str, ...]
    not_done: tuple[str, ...]
