"""Figures of benchmarks as they stand in files."""

from __future__ import annotations

import json
import math

from figures import Figure


def test_a_figure_that_is_not_known_or_without_bound_is_null_in_a_file() -> None:
    figures = [Figure(name="a", value=value, unit="s") for value in (math.nan, math.inf, None, 1.0)]
    written = json.dumps([figure.as_json() for figure in figures], allow_nan=False)
    assert [row["value"] for row in json.loads(written)] == [None, None, None, 1.0]
