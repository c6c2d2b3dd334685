"""The nearest of known names, as every door says it."""

from __future__ import annotations

import pytest

from liqscape.spelling import did_you_mean, nearest, shown

COINS = ("BTC", "ETH", "HYPE", "kPEPE", "xyz:GOLD", "S")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("btc", "BTC"),
        ("KPEPE", "kPEPE"),
        ("HYPR", "HYPE"),
        ("PEPE", "kPEPE"),
        ("GOLD", "xyz:GOLD"),
        ("BTC-PERP", "BTC"),
        ("ETHUSDT", "ETH"),
        ("DOGE", None),
        ("", None),
        ("SOLANA", None),  # one letter is no beginning
        ("B" * 10_000, None),
    ],
)
def test_the_name_that_was_meant_is_found(name: str, meant: str | None) -> None:
    assert nearest(name, COINS) == meant


def test_of_equal_names_the_first_that_is_known_comes() -> None:
    assert nearest("a", ["A", "a"]) == "A"


def test_where_nothing_is_near_the_rest_is_said() -> None:
    assert did_you_mean("DOGE", COINS, "6 coins are known") == "6 coins are known"
    assert did_you_mean("hype", COINS, "6 coins are known") == "did you mean HYPE?"


def test_a_long_name_is_cut_where_it_is_said_back() -> None:
    assert shown("x" * 70) == repr("x" * 60 + "...")
