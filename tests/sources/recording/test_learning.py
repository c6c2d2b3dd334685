"""Maximum leverages that nobody recorded, out of the prices they explain."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from planted import MARKS, PRESENT, Leg, PlantedMarket, Wallet, address

from liqscape.sources.recording import solve_levels
from liqscape.sources.recording.learning import learn_tables
from liqscape.sources.recording.markets import NO_MARKETS
from liqscape.sources.recording.positions import read_positions

COINS = [coin for coin in MARKS if ":" not in coin]


def recorded(folder: Path, seed: int, wallets: int) -> Path:
    """Shorts of about a million USD in all coins and some of them, leverage shown low; no markets.parquet."""
    rng = np.random.default_rng(seed)
    market, owners = PlantedMarket(), []
    for number in range(wallets):
        coins = COINS if number == 0 else rng.choice(COINS, 3, replace=False).tolist()
        legs = []
        for coin in coins:
            size = -Fraction(round(float(rng.uniform(1e5, 1e6)) / float(MARKS[coin]), 2)).limit_denominator(1000)
            legs.append(Leg(coin, str(size), MARKS[coin], 2))
        owners.append(Wallet(address(number), str(int(rng.integers(9_000_000, 30_000_000))), legs))
    market.record("2026-02-03T12:00:00Z", owners)
    market.write(folder)
    (folder / "markets.parquet").unlink()
    return folder


@pytest.mark.parametrize("seed", range(4))
def test_leverages_are_learnt_from_prices_that_meet(tmp_path: Path, seed: int) -> None:
    folder = recorded(tmp_path, seed, wallets=4)
    tables = learn_tables(read_positions(folder), NO_MARKETS)
    found = {market.coin: market.max_leverage for market in tables.markets.rows}
    assert found == {coin: PRESENT[coin][0][1] for coin in COINS}
    assert set(solve_levels(folder).table["class"]) == {"reproduced"}


def test_a_coin_whose_prices_meet_no_other_keeps_its_guess(tmp_path: Path) -> None:
    market = PlantedMarket()
    market.record("2026-02-03T12:00:00Z", [Wallet(address(1), "900000", [Leg("MEGA", "-5000000", "0.14", 3)])])
    folder = market.write(tmp_path)
    (folder / "markets.parquet").unlink()
    tables = learn_tables(read_positions(folder), NO_MARKETS)
    assert [market.max_leverage for market in tables.markets.rows] == [3]
    assert solve_levels(folder).table["class"].to_list() == ["only_price"]
