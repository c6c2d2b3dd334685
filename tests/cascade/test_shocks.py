"""Where a shock sends prices, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cascade_worlds import account

from liqscape.cascade import Shape, Shock, along_betas, october_2025, of_vector, to_price
from liqscape.cascade.kernels.outside import path_share
from liqscape.errors import NotFound, QuestionError
from liqscape.model import Market, Markets, MarketSnapshot

SNAPSHOT = account(("a", 0, 1.0, 60_000.0, 60_000.0)).snapshot


def test_one_coin_goes_to_its_price_and_the_others_stay() -> None:
    shock = to_price(SNAPSHOT, "BTC", 54_000.0)
    assert shock.target_log_return.tolist() == [math.log(0.9), 0.0, 0.0, 0.0]
    assert shock.focus == 0
    assert "BTC to 54000 (-10.00 %)" in shock.label


def test_others_follow_along_betas_and_an_unknown_beta_is_one_and_said() -> None:
    betas = np.array([np.nan, 1.5, np.nan, 0.5])
    shock = along_betas(SNAPSHOT, "BTC", 54_000.0, betas)
    assert shock.target_log_return == pytest.approx(math.log(0.9) * np.array([1.0, 1.5, 1.0, 0.5]))
    assert "1 unknown betas taken as 1" in shock.notes[0]
    same = to_price(SNAPSHOT, "BTC", 54_000.0, betas, only_coin=False)
    assert same.target_log_return.tolist() == shock.target_log_return.tolist()


def test_a_vector_is_relative_moves_by_coin() -> None:
    shock = of_vector(SNAPSHOT, {"ETH": -0.2, "DOGE": 0.1}, rest=-0.05)
    assert np.expm1(shock.target_log_return) == pytest.approx([-0.05, -0.2, -0.05, 0.1])
    assert shock.focus == 1


def markets_of(*coins: str) -> MarketSnapshot:
    markets = Markets.build(Market(coin=coin, size_decimals=2, max_leverage=10, table_row=0) for coin in coins)
    price = np.full(len(coins), 100.0)
    return MarketSnapshot(markets=markets, time_ms=0, mark=price, oracle=price, open_interest=price)


def test_october_2025_moves_the_coins_with_a_source_and_leaves_the_others_out() -> None:
    shock = october_2025(markets_of("BTC", "PAXG", "ETH", "SOL", "WIF", "HYPE", "DOGE"))
    assert np.expm1(shock.target_log_return) == pytest.approx([-0.129, 0.0, -0.149, -0.311, 0.0, -0.509, -0.638])
    assert any("published" in note for note in shock.notes)
    assert any("2 coins without a source" in note for note in shock.notes)


def test_october_2025_needs_a_coin_with_a_source() -> None:
    with pytest.raises(QuestionError, match="none of the coins whose move has a source"):
        october_2025(markets_of("PAXG", "WIF"))


@pytest.mark.parametrize(
    ("coin", "price", "side", "error", "says"),
    [
        ("BTX", 1.0, None, NotFound, "unknown coin 'BTX'"),
        ("BTC", 60_000.0, None, QuestionError, "60000 of BTC is less than 0.0001 % from its mark 60000"),
        ("BTC", 60_000.05, None, QuestionError, "60000.05 of BTC is less than 0.0001 % from its mark 60000"),
        ("BTC", -5.0, None, QuestionError, "-5.0 of BTC is not above 0"),
        ("BTC", float("nan"), None, QuestionError, "not above 0"),
        ("BTC", 66_000.0, -1, QuestionError, "wrong side: above the mark 60000"),
        ("BTC", 54_000.0, 1, QuestionError, "wrong side: below the mark 60000"),
        ("BTC", 1e-3, None, QuestionError, "outside +-3.0"),
    ],
)
def test_a_target_nobody_can_mean_is_refused(coin: str, price: float, side: int | None, error: type, says: str) -> None:
    with pytest.raises(error) as caught:
        to_price(SNAPSHOT, coin, price, side=side)
    assert says in str(caught.value)


@pytest.mark.parametrize("moves", [{"BTC": -1.0}, {"BTC": float("nan")}, {}, {"BTC": 0.0}])
def test_a_vector_nobody_can_mean_is_refused(moves: dict[str, float]) -> None:
    with pytest.raises(QuestionError):
        of_vector(SNAPSHOT, moves)


def test_a_shock_that_takes_no_time_is_refused() -> None:
    with pytest.raises(QuestionError, match="duration 0 ms"):
        Shock(target_log_return=np.zeros(4), duration_ms=0, shape=Shape.RAMP, label="none")


def test_every_shape_ends_at_the_target_and_a_ramp_is_even() -> None:
    share = getattr(path_share, "py_func", path_share)
    for shape in Shape:
        assert share(int(shape), 1_000, 1_000) == 1.0
        assert share(int(shape), 1_000, 5_000) == 1.0
    assert share(int(Shape.RAMP), 1_000, 250) == 0.25
    assert share(int(Shape.STEP), 1_000, 1) == 1.0
    assert share(int(Shape.SMOOTH), 1_000, 500) == 0.5
