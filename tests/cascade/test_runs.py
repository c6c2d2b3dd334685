"""What must hold of every cascade, whatever its figures (docs/cascade.md, "What is checked")."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import GIVEN, MARKS, SHORT_RUN, account, crowd

from liqscape.cascade import (
    CascadeInput,
    CascadeResult,
    CascadeSettings,
    Mode,
    Shape,
    of_vector,
    run_cascade,
    to_price,
)
from liqscape.cascade.results import STAGE_ADL, SecondRows
from liqscape.exchange.rules import BackstopClock, Rules

ALL_DOWN = {"BTC": -0.12, "ETH": -0.15, "SOL": -0.2, "DOGE": -0.25}
AT_EVERY_CHECK = Rules(backstop_clock=BackstopClock.CHECK)


def fall(question: CascadeInput, settings: CascadeSettings, scale: float = 1.0) -> CascadeResult:
    moves = {coin: move * scale for coin, move in ALL_DOWN.items()}
    return run_cascade(question, of_vector(question.snapshot, moves, 120_000), settings)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_index_finds_exactly_whom_checking_everybody_finds(mode: Mode, seed: int) -> None:
    settings = replace(SHORT_RUN, mode=mode, vault_equity=(30_000.0, 200_000.0))
    question = crowd(seed, 400)
    indexed, brute = (fall(question, replace(settings, is_indexed=is_indexed)) for is_indexed in (True, False))
    assert indexed.totals.accounts > 50
    assert indexed.totals.checks < brute.totals.checks / 5
    assert indexed.digest == brute.digest


@pytest.mark.parametrize("mode", list(Mode))
def test_without_anybody_to_liquidate_prices_are_those_of_the_shock(mode: Mode) -> None:
    question = crowd(4, 50, leverage=(0.2, 0.5))
    shock = of_vector(question.snapshot, ALL_DOWN, 120_000)
    result = run_cascade(question, shock, replace(SHORT_RUN, mode=mode))
    assert result.totals.accounts == 0
    assert result.path.outside == pytest.approx(result.path.exogenous, rel=1e-12)
    assert np.array_equal(result.path.mark, result.path.calm_mark)
    assert np.array_equal(result.path.mid, result.path.calm_mid, equal_nan=True)
    expected = MARKS * np.array([1.0 + ALL_DOWN[coin] for coin in result.coins])
    assert result.path.mark[-1] == pytest.approx(expected, rel=1e-4)


def test_a_book_without_bounds_gives_what_given_marks_give() -> None:
    question = crowd(5, 300)
    deep = replace(SHORT_RUN.depth, scale=1e6, anchor_lag_ms=1e-3, move_withdrawal=0.0)
    given, book = fall(question, GIVEN), fall(question, replace(SHORT_RUN, depth=deep))
    assert book.fates.address == given.fates.address
    assert book.totals.filled == pytest.approx(given.totals.filled, rel=0.01)
    assert book.totals.sent == pytest.approx(book.totals.filled, rel=1e-3)
    assert abs(book.overshoot[0].overshoot) < 1e-4


def test_whatever_a_vault_without_capital_takes_over_is_deleveraged() -> None:
    question = crowd(6, 300, leverage=(5.0, 9.0))
    shock = of_vector(question.snapshot, ALL_DOWN, 1_000, shape=Shape.STEP)
    result = run_cascade(question, shock, replace(GIVEN, vault_equity=(0.0,), rules=AT_EVERY_CHECK))
    assert result.totals.backstop > 0.0
    assert result.first_adl_ms is not None
    assert "0x" + "e" * 38 + "00" in result.winners.loser
    by_vault = [at for at, loser in enumerate(result.winners.loser) if loser.startswith("0xeee")]
    closed = float((result.winners.size * result.winners.price)[by_vault].sum())
    assert closed == pytest.approx(result.totals.backstop, rel=0.15)  # taken over at the mark, closed at the one before


def test_a_vault_with_boundless_capital_leaves_nothing_to_deleverage() -> None:
    question = crowd(6, 300, leverage=(5.0, 9.0))
    shock = of_vector(question.snapshot, ALL_DOWN, 1_000, shape=Shape.STEP)
    result = run_cascade(question, shock, replace(GIVEN, vault_equity=(1e9,), rules=AT_EVERY_CHECK))
    assert result.totals.backstop > 0.0
    assert result.totals.adl == 0.0
    assert result.first_adl_ms is None
    assert result.vault_equity[0, 0] == 1e9


def test_without_a_vault_there_is_no_backstop() -> None:
    result = fall(crowd(6, 300, leverage=(5.0, 9.0)), replace(SHORT_RUN, vault_equity=()))
    assert result.totals.accounts > 0
    assert result.totals.backstop == 0.0
    assert result.vault_equity.shape == (len(result.path.time_ms), 0)


@pytest.mark.parametrize("mode", list(Mode))
def test_the_order_of_rows_changes_nothing(mode: Mode) -> None:
    question = crowd(7, 300)
    order = np.random.default_rng(7).permutation(question.accounts.pool_count)
    shuffled = replace(question, accounts=question.accounts.take(order))
    settings = replace(SHORT_RUN, mode=mode)
    assert fall(question, settings).digest == fall(shuffled, settings).digest


def test_deeper_falls_liquidate_more_of_a_market_of_longs() -> None:
    question = crowd(8, 300, side=1)
    hit = [set(fall(question, GIVEN, scale).fates.address) for scale in (0.3, 0.6, 1.0)]
    assert hit[0] < hit[1] < hit[2]


def test_cash_never_brings_a_liquidation_forward() -> None:
    question = crowd(9, 300, side=1)
    before = fall(question, GIVEN)
    raw = question.accounts.raw_usd.copy()
    address = before.fates.address[len(before.fates.address) // 2]
    pool = question.accounts.addresses.index(address)
    raw[question.accounts.address_row == pool] += 3_000.0
    after = fall(replace(question, accounts=replace(question.accounts, raw_usd=raw)), GIVEN)
    when = dict(zip(before.fates.address, before.fates.first_ms, strict=True))
    later = dict(zip(after.fates.address, after.fates.first_ms, strict=True))
    assert later.get(address, 10**9) >= when[address]
    assert {key: value for key, value in later.items() if key != address} == {
        key: value for key, value in when.items() if key != address
    }


def test_winners_of_a_batch_are_cut_in_the_order_of_their_scores_and_one_in_part_at_most() -> None:
    question = crowd(10, 400, leverage=(4.0, 9.0))
    shock = of_vector(question.snapshot, dict.fromkeys(ALL_DOWN, -0.3), 30_000)
    winners = run_cascade(question, shock, replace(GIVEN, vault_equity=(1_000.0,))).winners
    assert len(winners.address) > 20
    for batch in np.unique(winners.batch):
        rows = np.flatnonzero(winners.batch == batch)
        assert (np.diff(winners.rank[rows]) >= 0).all()
        profitable = rows[winners.closed_pnl[rows] > 0.0]
        assert (np.diff(winners.score[profitable]) <= 0.0).all()
        assert set(winners.rank[rows]) == set(range(int(winners.rank[rows].max()) + 1))
        assert len(set(winners.side[rows])) == 1
        assert len(set(winners.market_index[rows])) == 1


def test_a_winner_gives_up_what_the_mark_goes_on_to_do() -> None:
    """One long with 12x, one short against it; BTC falls 30 % at once and stays."""
    question = account(("a1", 0, 1.0, 5_000.0, 60_000.0), ("b2", 0, -1.0, 60_000.0, 61_000.0))
    shock = to_price(question.snapshot, "BTC", 42_000.0, duration_ms=1_000, shape=Shape.STEP)
    winners = run_cascade(question, shock, replace(GIVEN, vault_equity=())).winners
    assert winners.address == ("0x" + "b2".rjust(40, "0"),)
    assert winners.loser == ("0x" + "a1".rjust(40, "0"),)
    assert winners.side.tolist() == [-1]
    assert winners.price.tolist() == [60_000.0]
    assert winners.closed_pnl.tolist() == [1_000.0]
    assert winners.given_up_60s.tolist() == [18_000.0]
    assert winners.score[0] == pytest.approx((42_000.0 / 78_000.0) * (19_000.0 / 61_000.0), rel=1e-6)


@pytest.mark.parametrize(("side", "sign"), [(1, -1), (-1, 1)])
def test_liquidations_push_the_book_further_the_way_it_goes(side: int, sign: int) -> None:
    question = crowd(11, 500, side=side, leverage=(5.0, 9.0))
    moves = {coin: sign * abs(move) for coin, move in ALL_DOWN.items()}
    thin = replace(SHORT_RUN, depth=replace(SHORT_RUN.depth, scale=0.05), vault_equity=())
    result = run_cascade(question, of_vector(question.snapshot, moves, 120_000), thin)
    assert result.totals.slippage > 0.0
    for seen in result.overshoot:
        assert seen.overshoot * sign >= 0.0
        assert seen.widest_gap * sign > 0.0
        assert 0.0 < seen.lowest_withdrawal < 1.0


def test_outside_prices_fall_further_where_they_answer() -> None:
    question = crowd(12, 500, side=1, leverage=(5.0, 9.0))
    book, coupled = (fall(question, replace(SHORT_RUN, mode=mode)) for mode in (Mode.BOOK, Mode.COUPLED))
    assert np.array_equal(book.path.outside, book.path.exogenous)
    assert (coupled.path.outside[-1] < book.path.outside[-1]).all()
    assert (coupled.path.exogenous == book.path.exogenous).all()


def test_tables_agree_with_each_other_and_progress_gives_every_second_once() -> None:
    question = crowd(13, 400)
    parts: list[SecondRows] = []
    shares: list[float] = []

    def note(share: float, rows: SecondRows) -> None:
        shares.append(share)
        parts.append(rows)

    shock = of_vector(question.snapshot, ALL_DOWN, 120_000)
    result = run_cascade(question, shock, SHORT_RUN, note)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    joined = [(int(s), int(m)) for rows in parts for s, m in zip(rows.second, rows.market_index, strict=True)]
    assert joined == list(zip(result.per_second.second.tolist(), result.per_second.market_index.tolist(), strict=True))
    for name in ("sent", "filled", "backstop", "adl"):
        total = float(getattr(result.totals, name))
        assert float(getattr(result.per_second, name).sum()) == pytest.approx(total)
        assert float(getattr(result.per_level, name).sum()) == pytest.approx(total)
    accounts = set(result.fates.address)
    assert result.totals.accounts == len(accounts)
    assert float(result.fates.filled.sum()) == pytest.approx(result.totals.filled)
    assert (result.fates.stage >= 1).all()
    assert (np.diff(result.fates.first_ms) >= 0).all()
    assert ((result.fates.adl > 0.0) <= (result.fates.stage == STAGE_ADL)).all()


def test_the_mark_reaches_the_clusters_it_passes() -> None:
    question = crowd(14, 400, side=1)
    result = fall(question, GIVEN, 0.5)
    for reach in result.next_cluster:
        lowest = float(result.path.mark[:, reach.market_index].min())
        assert all(cluster.price_peak >= lowest for cluster in reach.reached)
        assert reach.next is None or reach.next.price_peak < lowest


def test_the_branching_ratio_is_fuel_over_depth() -> None:
    question = crowd(15, 400, side=1)
    result = fall(question, SHORT_RUN)
    shown = result.branching[0]
    with_fuel = shown.liquidatable > 0.0
    assert with_fuel.any()
    ratio = shown.liquidatable[with_fuel] / shown.depth[with_fuel]
    assert shown.ratio[with_fuel] == pytest.approx(ratio)
    assert (np.isinf(shown.amplification) == (shown.ratio >= 1.0)).all()
    tame = shown.ratio < 1.0
    assert shown.amplification[tame] == pytest.approx(1.0 / (1.0 - shown.ratio[tame]))
    assert (shown.withdrawal <= 1.0).all()
