"""Cascades over several dexs: pools by dex or token, vaults by dex, what a result says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import GIVEN, MARKS, SHORT_RUN, crowd, question_of

from liqscape.cascade import CascadeInput, CascadeSettings, Mode, of_vector, run_cascade
from liqscape.cascade.results import CascadeResult
from liqscape.errors import QuestionError, SettingsError
from liqscape.exchange.rules import BackstopClock, Rules
from liqscape.model import Accounts, Markets
from liqscape.model.collateral import Collateral
from liqscape.units import PoolMode

MOVES = {"BTC": -0.2, "ETH": -0.2, "SOL": -0.25, "DOGE": -0.3}
AT_EVERY_CHECK = Rules(backstop_clock=BackstopClock.CHECK)
FIRST_DEX = (0, 1)


def split(question: CascadeInput) -> CascadeInput:
    """The same market with SOL and DOGE in a dex of their own; two pools an address; a third of the pools unified."""
    rows = [replace(row, dex="" if at in FIRST_DEX else "xyz") for at, row in enumerate(question.snapshot.markets.rows)]
    accounts, count = question.accounts, question.accounts.pool_count
    mode = np.where(np.arange(count) % 3 == 0, PoolMode.UNIFIED, PoolMode.CROSS)
    mode = np.where(accounts.mode == PoolMode.ISOLATED, PoolMode.ISOLATED, mode).astype(np.uint8)
    accounts = replace(accounts, mode=mode, address_row=(np.arange(count) // 2).astype(np.int32))
    return question_of(accounts, Markets.build(rows))


def fall(question: CascadeInput, settings: CascadeSettings) -> CascadeResult:
    return run_cascade(question, of_vector(question.snapshot, MOVES, 120_000), settings)


def sums(result: CascadeResult, column: str) -> tuple[float, float]:
    """USD in the first dex and in the other one."""
    is_first = np.isin(result.per_second.market_index, FIRST_DEX)
    values = getattr(result.per_second, column)
    return float(values[is_first].sum()), float(values[~is_first].sum())


@pytest.mark.parametrize("protects", [0, 1])
def test_the_index_finds_exactly_whom_checking_everybody_finds_over_dexs(protects: int) -> None:
    rules = Rules(protects_cross_margin=protects)
    settings = replace(SHORT_RUN, rules=rules, vault_equity=(200_000.0,), dex_vault_equity=(("xyz", 50_000.0),))
    question = split(crowd(1, 400))
    indexed, brute = (fall(question, replace(settings, is_indexed=is_indexed)) for is_indexed in (True, False))
    assert indexed.totals.accounts > 50
    assert indexed.totals.takeovers > 0
    assert indexed.digest == brute.digest


def test_positions_of_a_dex_without_a_vault_go_to_deleveraging() -> None:
    question = split(crowd(2, 300, leverage=(5.0, 9.0)))
    result = fall(question, replace(SHORT_RUN, rules=AT_EVERY_CHECK, vault_equity=(1e9,)))
    taken, deleveraged = sums(result, "backstop"), sums(result, "adl")
    assert taken[0] > 0.0 == taken[1]
    assert deleveraged[1] > 0.0
    assert result.vault_dex == ("",)
    assert any("capital of the backstop vaults of xyz is not known" in note for note in result.assumptions)


def test_a_dex_has_its_own_vault_with_its_own_capital() -> None:
    question = split(crowd(2, 300, leverage=(5.0, 9.0)))
    settings = replace(SHORT_RUN, rules=AT_EVERY_CHECK, vault_equity=(), dex_vault_equity=(("xyz", 5e8),))
    result = fall(question, settings)
    taken = sums(result, "backstop")
    assert taken[1] > 0.0 == taken[0]
    assert (result.vault_dex, result.vault_equity[0].tolist()) == (("xyz",), [5e8])
    assert any("backstop vaults of xyz start empty with 500 million USD" in note for note in result.assumptions)


def test_a_standard_address_is_liquidated_by_dex() -> None:
    """10 % below maintenance in both dexs, from one address: two fates, each in its own dex."""
    markets = split(crowd(3, 10)).snapshot.markets
    size, mark = np.array([1.0, 1_000.0]), np.array([60_000.0, 150.0])
    value = 0.9 * size * mark * np.array([1 / 80, 1 / 20])
    accounts = Accounts.build(
        addresses=["0x" + "a" * 40],
        address_row=[0, 0],
        raw_usd=value - size * mark,
        offsets=[0, 1, 2],
        market_index=[0, 2],
        size=size,
        table_row=markets.table_row[[0, 2]],
    )
    question = question_of(accounts, markets)
    shock = of_vector(question.snapshot, {"BTC": -1e-5, "SOL": -1e-5}, 60_000)
    fates = run_cascade(question, shock, GIVEN).fates
    assert fates.address == ("0x" + "a" * 40,) * 2
    assert sorted(fates.dex, key=str) == ["", "xyz"]
    assert fates.filled.sum() == pytest.approx(60_000.0 + 0.2 * 150_000.0, rel=1e-3)  # above 100,000 USD a fifth


def test_a_unified_pool_over_dexs_is_one_fate_of_no_single_dex() -> None:
    markets = split(crowd(3, 10)).snapshot.markets
    size, mark = np.array([1.0, 100.0]), np.array([60_000.0, 150.0])
    raw = 0.9 * (60_000 / 80 + 15_000 / 20) - float(size @ mark)
    accounts = Accounts.build(
        addresses=["0x" + "a" * 40],
        address_row=[0],
        raw_usd=[raw],
        offsets=[0, 2],
        market_index=[0, 2],
        size=size,
        table_row=markets.table_row[[0, 2]],
        mode=[PoolMode.UNIFIED],
    )
    question = question_of(accounts, markets)
    fates = run_cascade(question, of_vector(question.snapshot, {"BTC": -1e-5}, 60_000), GIVEN).fates
    assert (fates.address, fates.dex) == (("0x" + "a" * 40,), (None,))


def test_a_vault_for_a_dex_that_is_not_there_is_refused() -> None:
    settings = replace(GIVEN, dex_vault_equity=(("abc", 1e6),))
    with pytest.raises(QuestionError, match="for dex 'abc'; dexs of this market: xyz"):
        fall(split(crowd(3, 10)), settings)
    with pytest.raises(SettingsError, match=r"vault equity -1\.0 of dex xyz"):
        CascadeSettings(mode=Mode.GIVEN, dex_vault_equity=(("xyz", -1.0),))


def test_collateral_that_moves_hedges_a_short_in_a_cascade() -> None:
    """Short 100 SOL against 100 SOL held: with the coin as cash a rise liquidates, with the coin moving it does not."""
    markets = split(crowd(3, 10)).snapshot.markets
    held = Collateral(np.array([0]), np.array([2]), np.array([100.0]), np.array([0.5]))
    raw = 15_000.0 + float(held.after_haircut(MARKS)[0])
    accounts = Accounts.build(
        addresses=["0x" + "a" * 40],
        address_row=[0],
        raw_usd=[raw],
        offsets=[0, 1],
        market_index=[2],
        size=[-100.0],
        table_row=markets.table_row[[2]],
        mode=[PoolMode.PORTFOLIO],
    )
    question = question_of(accounts, markets)
    shock = of_vector(question.snapshot, {"SOL": 1.5}, 60_000)
    counts = [
        run_cascade(replace(question, collateral=each), shock, SHORT_RUN).totals.accounts for each in (None, held)
    ]
    assert counts == [1, 0]
