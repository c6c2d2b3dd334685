"""Figures as text."""

from __future__ import annotations

import json
import math

import pytest

from liqscape.cli.output import age_text, percent, price, print_json, share, time_text, usd
from liqscape.errors import SettingsError
from liqscape.service.asked_time import parse_time


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "-"),
        (0.0, "0"),
        (0.5, "0.5"),
        (12.3, "12"),
        (999.0, "999"),
        (1_234.0, "1.23k"),
        (45_678.0, "45.7k"),
        (999_900.0, "1.00M"),
        (123_456_789.0, "123M"),
        (2.5e9, "2.50B"),
        (-45_678.0, "-45.7k"),
    ],
)
def test_usd_has_three_figures_and_a_unit(value: float | None, expected: str) -> None:
    assert usd(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "-"),
        (71_234.5, "71,234.5"),
        (123_456.7, "123,456.7"),
        (2_000.0, "2,000"),
        (0.00412345, "0.00412345"),
        (0.0000123456, "0.0000123456"),
        (1.5, "1.5"),
    ],
)
def test_price_has_six_figures_and_above_100000_its_tenth(value: float | None, expected: str) -> None:
    assert price(value) == expected


def test_unknown_is_a_dash_and_never_zero() -> None:
    assert {usd(None), price(None), percent(None), share(None), age_text(None), time_text(None)} == {"-"}


@pytest.mark.parametrize(
    ("age_ms", "expected"),
    [(0, "0 s"), (59_000, "59 s"), (90_000, "1.5 min"), (5_400_000, "1.5 h"), (259_200_000, "3.0 d")],
)
def test_age_is_told_in_the_largest_unit_that_fits(age_ms: int, expected: str) -> None:
    assert age_text(age_ms) == expected


def test_not_a_number_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"mark": math.nan, "size": 1.5})
    assert json.loads(capsys.readouterr().out) == {"mark": None, "size": 1.5}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-05T12:00:00Z", 1_770_292_800_000),
        ("2026-02-05T12:00:00", 1_770_292_800_000),
        ("2026-02-05 13:00:00+01:00", 1_770_292_800_000),
        ("2026-02-05", 1_770_249_600_000),
        ("1770292800000", 1_770_292_800_000),
        ("2026-02-05T12:00:00.250Z", 1_770_292_800_250),
    ],
)
def test_a_time_may_be_iso_or_milliseconds(text: str, expected: int) -> None:
    assert parse_time("--at", text) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "1770292800", "9" * 30, "2026-13-01", "1999-01-01", "-5", "1e12", "nan"]
)
def test_a_time_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match="--at"):
        parse_time("--at", text)
