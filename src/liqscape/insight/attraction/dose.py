"""Whether more on one side goes with more, tenth by tenth of A (docs/attraction.md, "Dose")."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from liqscape.insight.attraction.clustered import clustered_variance
from liqscape.insight.attraction.family import HeldOut
from liqscape.insight.attraction.records import AttractionDose
from liqscape.insight.attraction.sample import TrialSample

TENTHS = 10
MIN_TENTH = 20
"""Trials of a tenth below which no shares are given."""
FALL = 2.54
"""Standard errors a tenth may lie below the one before it: 5 % for nine such steps together."""
RISE = 1.645
"""Standard errors the highest must lie above the lowest: 5 %, one-sided."""


def dose_table(sample: TrialSample, held: HeldOut) -> tuple[AttractionDose, ...]:
    """Tenths of the hold-out by what of A the controls do not tell, lowest first; empty where trials are too few."""
    dose = held.centred
    if len(dose) < TENTHS * MIN_TENTH:
        return ()
    outcome = sample.outcome[held.place]
    level = float(outcome.mean() - held.surprise.mean())
    tenth = np.quantile(dose, np.arange(1, TENTHS) / TENTHS).searchsorted(dose, side="left")
    rows: list[AttractionDose] = []
    for number in np.unique(tenth).tolist():
        own = np.flatnonzero(tenth == number)
        surprise = held.surprise[own]
        variance = clustered_variance(surprise, held.day[own])
        rows.append(
            AttractionDose(
                decile=len(rows) + 1,
                asymmetry_low=float(dose[own].min()),
                asymmetry_high=float(dose[own].max()),
                count=len(own),
                share_up=float(outcome[own].mean()),
                adjusted_share=level + float(surprise.mean()),
                standard_error=math.sqrt(variance) / len(own) if variance > 0.0 else None,
            )
        )
    return tuple(rows)


def is_rising(rows: tuple[AttractionDose, ...]) -> bool | None:
    """Whether the shares rise: the last clearly above the first, none clearly below the one before. None: not known."""
    known = [(row.adjusted_share, row.standard_error) for row in rows if row.standard_error is not None]
    if len(known) < max(len(rows), 3):
        return None
    steps = pairwise(known)
    falls = any(after - before < -FALL * math.hypot(one, other) for (before, one), (after, other) in steps)
    (lowest, one), (highest, other) = known[0], known[-1]
    return not falls and highest - lowest > RISE * math.hypot(one, other)
