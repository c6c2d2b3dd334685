"""Inference finds exactly what was planted: tables, pockets, free margins and the reason of every row."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import polars
import pytest
from planted import MARKS, PRESENT, Leg, PlantedMarket, Wallet, address, flat
from reference import Holding, account_value, maintenance, pool_maintenance

from liqscape.risk.inference import ROW_CLASSES, RowClass
from liqscape.sources.recording import solve_levels
from liqscape.sources.recording.solved import SolvedRecording

FIRST, SECOND, THIRD = "2026-02-03T12:00:00Z", "2026-02-03T18:00:00Z", "2026-02-04T00:00:00.5Z"
HLP_CHILD = "0x010461c14e146ac35fe42271bdc1134ee31c703a"


def wallet(number: int, raw_usd: str, *legs: Leg) -> Wallet:
    return Wallet(address(number), raw_usd, list(legs))


SHORTS = (
    Leg("BTC", "-12.5", "80000"),
    Leg("HYPE", "-40000", "31.5"),
    Leg("ATOM", "-30000", "2.2"),
)
"""Three shorts worth about 2.3M USD."""


def hedged() -> Wallet:
    return wallet(1, "-500000", Leg("BTC", "-3", "80000"), Leg("HYPE", "30000", "25"), Leg("GOAT", "-900000", "0.05"))


def with_pockets() -> Wallet:
    return wallet(
        2,
        "3100000",
        *SHORTS,
        Leg("MEGA", "-50000", "0.14", 3, is_isolated=True),
        Leg("STX", "90000", "0.28", 3, is_isolated=True, added_margin="1500"),
    )


def with_older_tables() -> Wallet:
    return wallet(
        3,
        "3500000",
        *SHORTS,
        Leg("GOAT", "-7000000", "0.04", table=flat(5)),
        Leg("STX", "-9000", "0.3", table=flat(20)),
    )


def classes_of(folder: Path) -> dict[tuple[str, str, str], str]:
    table = solve_levels(folder).table
    keys = zip(table["snapshot_ts"], table["address"], table["coin"], strict=True)
    return dict(zip(keys, table["class"], strict=True))


def plant(tmp_path: Path, *wallets: Wallet, snapshots: int = 1) -> Path:
    market = PlantedMarket()
    for snapshot, btc in zip((FIRST, SECOND, THIRD)[:snapshots], ("71234.5", "68000", "64321"), strict=False):
        market.record(snapshot, list(wallets), {"BTC": btc})
    return market.write(tmp_path / "planted")


def test_every_price_of_a_hedged_account_is_reproduced_from_the_others(tmp_path: Path) -> None:
    table = solve_levels(plant(tmp_path, hedged())).table
    assert table["class"].to_list() == ["reproduced"] * 3
    error = (table["solved_liquidation_price"] / table["published_liquidation_price"] - 1).abs().max()
    assert error is not None
    assert error < 1e-9


def test_the_free_margin_is_the_accounts_value_less_its_maintenance(tmp_path: Path) -> None:
    solved = SolvedRecording.read(plant(tmp_path, with_pockets()))
    holdings = [Holding(Fraction(leg.size), Fraction(MARKS[leg.coin]), leg.tiers) for leg in SHORTS]
    expected = account_value(Fraction(3_100_000), holdings) - pool_maintenance(holdings)
    assert solved.inference.free_margin[0] == pytest.approx(float(expected), rel=1e-9)
    assert solved.inference.votes[0] == 3
    assert solved.inference.agreement[0] < 1e-9


def test_isolated_rows_are_split_off_with_their_own_cash(tmp_path: Path) -> None:
    solved = SolvedRecording.read(plant(tmp_path, with_pockets()))
    names = {solved.positions.coins[coin]: row for row, coin in enumerate(solved.positions.coin)}
    inference = solved.inference
    assert {coin for coin, row in names.items() if inference.is_pocket[row]} == {"MEGA", "STX"}
    assert {ROW_CLASSES[inference.row_class[names[coin]]] for coin in ("MEGA", "STX")} == {RowClass.ISOLATED}
    # MEGA short: 50,000 * 0.14 sold plus a third of it as margin; STX long: bought for 25,200, 1/3 paid, 1,500 added.
    assert inference.pocket_raw[names["MEGA"]] == pytest.approx(7_000 + 7_000 / 3, rel=1e-9)
    assert inference.pocket_raw[names["STX"]] == pytest.approx(-25_200 + 8_400 + 1_500, rel=1e-9)


def test_older_tables_are_named_and_the_rest_of_the_account_is_not_touched(tmp_path: Path) -> None:
    folder = plant(tmp_path, with_older_tables())
    found = {coin: name for (_, _, coin), name in classes_of(folder).items()}
    assert found == {
        "ATOM": "reproduced",
        "BTC": "reproduced",
        "GOAT": "older_table",
        "HYPE": "reproduced",
        "STX": "older_table",
    }
    solved = SolvedRecording.read(folder)
    leverage = solved.tables.tables.max_leverage[solved.inference.table_row, 0]
    assert dict(zip((solved.positions.coins[c] for c in solved.positions.coin), leverage, strict=True)) == {
        "ATOM": 5,
        "BTC": 40,
        "GOAT": 5,
        "HYPE": 10,
        "STX": 20,
    }


def test_an_older_table_seen_in_another_snapshot_makes_the_solved_price_right(tmp_path: Path) -> None:
    table = solve_levels(plant(tmp_path, with_older_tables(), snapshots=2)).table
    assert table.filter(polars.col("class") == "older_table").height == 4
    error = (table["solved_liquidation_price"] / table["published_liquidation_price"] - 1).abs().max()
    assert error is not None
    assert error < 1e-8


def test_a_pocket_seen_in_another_snapshot_is_solved_from_that_snapshots_cash(tmp_path: Path) -> None:
    table = solve_levels(plant(tmp_path, with_pockets(), snapshots=2)).table
    pockets = table.filter(polars.col("class") == "isolated")
    assert pockets.height == 4
    error = (pockets["solved_liquidation_price"] / pockets["published_liquidation_price"] - 1).abs().max()
    assert error is not None
    assert error < 1e-8


def test_upper_margin_tiers_at_liquidation_are_reproduced(tmp_path: Path) -> None:
    big = wallet(4, "90000000", Leg("HYPE", "-550000", "30"), Leg("BTC", "-20", "70000"), Leg("ATOM", "-100", "2"))
    folder = plant(tmp_path, big)
    solved = SolvedRecording.read(folder)
    at_liquidation = np.abs(solved.positions.size) * solved.positions.price
    assert at_liquidation[solved.positions.coins.index("HYPE")] > 20e6
    assert set(classes_of(folder).values()) == {"reproduced"}


def test_an_hlp_child_is_solved_in_its_flat_table_and_exempt(tmp_path: Path) -> None:
    legs = [
        Leg(coin, size, "1", table=flat(50))
        for coin, size in (("BTC", "-90"), ("ATOM", "-80000"), ("GOAT", "-5000000"))
    ]
    folder = plant(tmp_path, Wallet(HLP_CHILD, "9000000", legs))
    assert set(classes_of(folder).values()) == {"exempt_table"}
    assert SolvedRecording.read(folder).accounts.is_exempt.all()


def test_nulls_that_the_free_margin_explains_agree(tmp_path: Path) -> None:
    rich = wallet(5, "5000000", Leg("BTC", "-3", "80000"), Leg("HYPE", "-3000", "25"), Leg("ATOM", "90000", "1.9"))
    assert classes_of(plant(tmp_path, rich))[FIRST, address(5), "ATOM"] == "null_agrees"


def test_a_blanked_price_is_contradicted_and_still_solved(tmp_path: Path) -> None:
    market = PlantedMarket()
    market.record(FIRST, [wallet(6, "3000000", *SHORTS)])
    blanked = [dict(row, liquidation_px=None) if row["coin"] == "ATOM" else row for row in market.rows]
    table = solve_levels(market.write(tmp_path / "blanked", blanked)).table
    row = table.filter(polars.col("coin") == "ATOM").row(0, named=True)
    truth = next(row["liquidation_px"] for row in market.rows if row["coin"] == "ATOM")
    assert row["class"] == "null_contradicted"
    assert row["published_liquidation_price"] is None
    assert row["solved_liquidation_price"] == pytest.approx(truth, rel=1e-9)


def test_a_1x_long_without_a_price_is_a_pocket_where_the_account_would_give_one(tmp_path: Path) -> None:
    poor = wallet(
        7,
        "1200000",
        Leg("BTC", "-12", "80000"),
        Leg("HYPE", "-3000", "25"),
        Leg("ATOM", "900000", "1.9", 1, is_isolated=True),
    )
    folder = plant(tmp_path, poor)
    assert classes_of(folder)[FIRST, address(7), "ATOM"] == "isolated"


def test_a_single_price_is_never_called_reproduced(tmp_path: Path) -> None:
    table = solve_levels(plant(tmp_path, wallet(8, "900000", Leg("BTC", "-9", "80000")))).table
    assert table["class"].to_list() == ["only_price"]
    assert table["solved_liquidation_price"].to_list() == [None]


def test_an_account_without_any_price_stays_unknown(tmp_path: Path) -> None:
    folder = plant(tmp_path, wallet(9, "900000", Leg("BTC", "2", "80000"), Leg("ATOM", "90", "2")))
    assert set(classes_of(folder).values()) == {"null_alone"}
    assert np.isnan(SolvedRecording.read(folder).inference.free_margin[0])


def test_two_prices_of_which_one_is_a_pocket(tmp_path: Path) -> None:
    pair = wallet(10, "9000000", Leg("HYPE", "-90000", "31"), Leg("MEGA", "-50000", "0.14", 3, is_isolated=True))
    found = classes_of(plant(tmp_path, pair))
    assert found == {(FIRST, address(10), "HYPE"): "only_price", (FIRST, address(10), "MEGA"): "isolated"}


def test_printed_digits_that_cannot_pin_a_price_are_rounding(tmp_path: Path) -> None:
    # A GOAT long that liquidates at 2.40049e-7: ten decimals print 0.00000024, 2e-4 off.
    price, size = Fraction(240049, 10**12), Fraction(1_000_000)
    others = [Leg("BTC", "-3", "80000"), Leg("HYPE", "-3000", "25")]
    holdings = [Holding(Fraction(leg.size), Fraction(MARKS[leg.coin]), PRESENT[leg.coin]) for leg in others]
    raw = maintenance(size * price, PRESENT["GOAT"]) - size * price
    raw -= account_value(Fraction(0), holdings) - pool_maintenance(holdings)
    folder = plant(tmp_path, wallet(11, str(raw), *others, Leg("GOAT", "1000000", "0.05")))
    assert classes_of(folder)[FIRST, address(11), "GOAT"] == "rounding"


def test_a_price_nothing_explains_stays_unexplained_and_keeps_the_map_at_the_published_price(tmp_path: Path) -> None:
    market = PlantedMarket()
    market.record(FIRST, [wallet(12, "3000000", *SHORTS)])
    # Below the mark: a short there would have been liquidated already, in any pool and in any table.
    broken = [dict(row, liquidation_px=1.5) if row["coin"] == "ATOM" else row for row in market.rows]
    folder = market.write(tmp_path / "broken", broken)
    assert classes_of(folder)[FIRST, address(12), "ATOM"] == "unexplained"
    solved = SolvedRecording.read(folder)
    assert solved.inference.is_pocket[solved.positions.coins.index("ATOM")]


def test_a_pocket_that_stands_still_while_the_rest_moves_is_isolated(tmp_path: Path) -> None:
    # 30 times the opening margin was added: neither opening nor plausibility shows it, only persistence does.
    still = wallet(
        13,
        "900000",
        Leg("BTC", "-9", "80000"),
        Leg("STX", "-9000", "0.3", 5, is_isolated=True, added_margin="16200"),
    )
    once = classes_of(plant(tmp_path / "once", still))
    twice = classes_of(plant(tmp_path / "twice", still, snapshots=2))
    assert once[FIRST, address(13), "STX"] != "isolated"
    assert twice[FIRST, address(13), "STX"] == twice[SECOND, address(13), "STX"] == "isolated"


def test_marks_read_apart_are_a_stale_read_and_stay_in_the_pool(tmp_path: Path) -> None:
    # Every row of the account was read at another instant: BTC moved by up to 0.015 % in between.
    owner = wallet(14, "2600000", *SHORTS)
    moments = []
    for btc in ("71234.5", "71239.5", "71229.1"):
        market = PlantedMarket()
        market.record(FIRST, [owner], {"BTC": btc})
        moments.append(market)
    rows = [moments[place].rows[place] for place in range(3)]
    folder = moments[0].write(tmp_path / "apart", rows)
    assert set(classes_of(folder).values()) <= {"reproduced", "stale_read"}
    assert "stale_read" in classes_of(folder).values()
    assert not SolvedRecording.read(folder).inference.is_pocket.any()


def scattered(*coins: str) -> Wallet:
    """Isolated shorts with a quarter to nine tenths of their opening margin added: only plausibility fits them."""
    legs = [
        Leg(
            coin,
            "-5000",
            str(round(float(MARKS[coin]) * (1.1 + 0.01 * row), 6)),
            3,
            is_isolated=True,
            added_margin=added,
        )
        for row, (coin, added) in enumerate(zip(coins, ("20000", "900", "400", "100"), strict=False))
    ]
    return wallet(15, "0", *legs)


def test_three_prices_of_which_no_two_agree_are_pockets_without_a_shared_pool(tmp_path: Path) -> None:
    folder = plant(tmp_path / "three", scattered("HYPE", "ATOM", "STX"))
    assert set(classes_of(folder).values()) == {"isolated"}
    solved = SolvedRecording.read(folder)
    assert solved.inference.is_scattered.tolist() == [True]
    assert np.isnan(solved.inference.free_margin[0])
    assert solved.inference.is_pocket.all()


def test_pockets_of_such_an_account_are_solved_from_another_snapshot(tmp_path: Path) -> None:
    table = solve_levels(plant(tmp_path, scattered("HYPE", "ATOM", "STX", "MEGA"), snapshots=2)).table
    assert set(table["class"]) == {"isolated"}
    error = (table["solved_liquidation_price"] / table["published_liquidation_price"] - 1).abs()
    assert error.null_count() == 0
    assert error.max() < 1e-8  # type: ignore[operator]


def test_two_prices_that_disagree_do_not_show_that_there_is_no_shared_pool(tmp_path: Path) -> None:
    assert set(classes_of(plant(tmp_path, scattered("HYPE", "ATOM"))).values()) == {"unexplained"}


def test_two_that_agree_only_in_an_older_table_are_not_scattered(tmp_path: Path) -> None:
    pair = [Leg("GOAT", "-7000000", "0.04", table=flat(5)), Leg("STX", "-9000", "0.3", table=flat(20))]
    owner = wallet(16, "3500000", *pair, *scattered("HYPE").legs)
    assert not SolvedRecording.read(plant(tmp_path, owner)).inference.is_scattered[0]


def test_of_two_prices_that_both_stood_still_only_one_is_called_isolated(tmp_path: Path) -> None:
    # HYPE is alone in the shared pool, so its cash stands still as that of the pocket does.
    pair = wallet(
        17,
        "9000000",
        Leg("HYPE", "-90000", "31"),
        Leg("BTC", "-9", "80000", 5, is_isolated=True, added_margin="200000"),
    )
    market = PlantedMarket()
    for snapshot, btc, hype in ((FIRST, "71234.5", "33.127"), (SECOND, "68000", "31.5"), (THIRD, "64321", "29.9")):
        market.record(snapshot, [pair], {"BTC": btc, "HYPE": hype})
    found = classes_of(market.write(tmp_path / "pair"))
    assert {coin: name for (_, _, coin), name in found.items()} == {"HYPE": "only_price", "BTC": "isolated"}


def test_a_null_that_agrees_never_carries_a_solved_price(tmp_path: Path) -> None:
    """Also where the position was a pocket with a price in the snapshot before."""
    rich = (Leg("BTC", "-3", "80000"), Leg("HYPE", "-3000", "25"))
    market = PlantedMarket()
    market.record(FIRST, [wallet(18, "5000000", *rich, Leg("STX", "90000", "0.28", 3, is_isolated=True))])
    market.record(SECOND, [wallet(18, "5000000", *rich, Leg("STX", "90000", "0.28", 3))])
    table = solve_levels(market.write(tmp_path / "rich")).table.filter(polars.col("coin") == "STX")
    assert table["class"].to_list() == ["isolated", "null_agrees"]
    assert table["solved_liquidation_price"][1] is None


def everyone() -> list[Wallet]:
    return [hedged(), with_pockets(), with_older_tables(), wallet(8, "900000", Leg("BTC", "-9", "80000"))]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    market = PlantedMarket()
    for snapshot in (FIRST, SECOND):
        market.record(snapshot, everyone())
    plain = solve_levels(market.write(tmp_path / "plain")).table
    shuffled = [market.rows[row] for row in np.random.default_rng(5).permutation(len(market.rows))]
    mixed = solve_levels(market.write(tmp_path / "mixed", shuffled)).table
    key = ["snapshot_ts", "address", "coin"]
    assert plain.sort(key).equals(mixed.sort(key))


def test_a_rows_own_price_never_enters_its_solved_price(tmp_path: Path) -> None:
    market = PlantedMarket()
    for snapshot, btc in ((FIRST, "71234.5"), (SECOND, "68000")):
        market.record(snapshot, everyone(), {"BTC": btc})
    before = solve_levels(market.write(tmp_path / "before")).table["solved_liquidation_price"]
    for row, recorded in enumerate(market.rows):
        price = recorded["liquidation_px"]
        assert isinstance(price, float)
        for factor in (1.37, 0.9, 1.0001):
            changed = [*market.rows]
            changed[row] = dict(recorded, liquidation_px=round(price * factor, 10))
            after = solve_levels(market.write(tmp_path / "after", changed)).table["solved_liquidation_price"]
            assert after[row] == before[row]


def test_every_row_has_exactly_one_class_and_none_is_dropped(tmp_path: Path) -> None:
    market = PlantedMarket()
    market.record(FIRST, everyone())
    found = solve_levels(market.write(tmp_path / "all"))
    assert found.table.height == len(market.rows)
    assert found.table["class"].is_in([str(name) for name in RowClass]).all()
    assert sum(found.summary.by_class.values()) == len(market.rows)
