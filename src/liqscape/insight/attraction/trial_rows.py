"""Trials as rows that are stored, one for each coin and hour (docs/attraction.md, "Trials")."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct

from liqscape.units import AnyArray

WHOLE = ("time_ms", "outcome", "end_ms", "past")
"""Columns, by the name before their distance, that are whole numbers and always known."""


class AttractionTrial(Struct, frozen=True, kw_only=True):
    """One coin at one time, columns as of `trial_columns`; None where unknown. `_1` to `_5`: distances.

    outcome_d  1 up first, 0 down first, -1 neither within 24 h, -2 the way of the mark is not known.
    """

    coin: str
    time_ms: int
    mark: float
    sigma_1h: float | None
    funding_rate: float | None
    basis: float | None
    round_number: float | None
    return_5m: float | None
    return_1h: float | None
    return_24h: float | None
    to_high: float | None
    to_low: float | None
    outcome_1: int
    outcome_2: int
    outcome_3: int
    outcome_5: int
    end_ms_1: int
    end_ms_2: int
    end_ms_3: int
    end_ms_5: int
    past_1: int
    past_2: int
    past_3: int
    past_5: int
    asymmetry_1: float | None
    asymmetry_2: float | None
    asymmetry_3: float | None
    asymmetry_5: float | None
    profile_1: float | None
    profile_2: float | None
    profile_3: float | None
    profile_5: float | None
    jittered_1: float | None
    jittered_2: float | None
    jittered_3: float | None
    jittered_5: float | None
    anchors_1: float | None
    anchors_2: float | None
    anchors_3: float | None
    anchors_5: float | None


def rows_of_columns(columns: Mapping[str, AnyArray]) -> tuple[AttractionTrial, ...]:
    """One record a row; NaN becomes None."""
    names = AttractionTrial.__struct_fields__
    lists = [[_or_none(value) for value in columns[name].tolist()] for name in names]
    return tuple(AttractionTrial(**dict(zip(names, row, strict=True))) for row in zip(*lists, strict=True))


def columns_of_rows(rows: Iterable[AttractionTrial]) -> dict[str, AnyArray]:
    """The columns of such records again; None becomes NaN."""
    given = list(rows)
    columns: dict[str, AnyArray] = {}
    for name in AttractionTrial.__struct_fields__:
        values = [getattr(row, name) for row in given]
        if name == "coin":
            columns[name] = np.array(values, np.str_)
        elif name.rsplit("_", 1)[0] in WHOLE or name in WHOLE:
            columns[name] = np.array(values, np.int64)
        else:
            columns[name] = np.array([math.nan if value is None else value for value in values], np.float64)
    return columns


def _or_none(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value
