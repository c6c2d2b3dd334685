"""Questions about a cascade: what may be asked, the shock it means, and a record that says what the run said."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from io import StringIO

import msgspec
import numba
import numpy as np
import pytest
from memory_history import MemoryHistory
from rich.console import Console
from small_market import address, small_market

from liqscape.cascade import run_cascade
from liqscape.cli.cascade_text import print_answer
from liqscape.errors import InputError, NotFound, QuestionError
from liqscape.model import Accounts
from liqscape.model.triggers import BUY, NEVER_READ_MS, SELL, TriggerColumns, TriggerKind, TriggerKnowledge
from liqscape.risk.joint.betas import estimate_betas
from liqscape.service.answers.cascade_records import CascadeAnswer, EnsembleAnswer
from liqscape.service.cascade import CascadeQuestion, answer_cascade, prepare_cascade
from liqscape.service.coin_betas import LabelledBetas
from liqscape.service.compiling import compiling_reporter
from liqscape.service.joint import NamedMoves
from liqscape.service.market_inputs import MarketInput, of_view
from liqscape.service.tables.of_runs import stop_quantile_table
from liqscape.service.view import MapView


@pytest.fixture(scope="module")
def market() -> MarketInput:
    return of_view(MapView(MemoryHistory(small_market())))


def down(market: MarketInput, **changes: object) -> CascadeQuestion:
    """BTC 15 % lower within two of five minutes."""
    asked = {"coin": "BTC", "price": 0.85 * market.mark_of("BTC"), "minutes": 5.0, "shock_minutes": 2.0}
    return CascadeQuestion(**(asked | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mode": "soft"}, "mode 'soft' is none of given, book, coupled"),
        ({"shock": "two"}, "shock 'two' is none of one, betas, october-2025"),
        ({"direction": "left"}, "direction 'left' is neither down nor up"),
        ({"minutes": 0.0}, "minutes 0 is outside 0.1..1440"),
        ({"minutes": math.nan}, "minutes nan is outside"),
        ({"shock_minutes": 6.0}, "shock_minutes 6 is longer than minutes 5"),
        ({"paths": 0}, "paths 0 is outside 1..1000"),
        ({"seed": -1}, "seed -1 is outside"),
        ({"theta": 1.5}, "theta 1.5 is outside 0..1"),
        ({"vault_equity": (-1.0,)}, "vault_equity -1 is outside 0..1e"),
        ({"vault_equity": (1.0,) * 21}, "vault_equity names 21 vaults, at most 20"),
        ({"price": None}, "shock one needs a target price of BTC"),
        ({"shock": "october-2025"}, "exclude each other"),
    ],
)
def test_what_cannot_be_asked_is_named(market: MarketInput, changes: dict, said: str) -> None:
    with pytest.raises(QuestionError, match=said.replace("^", r"\^")):
        down(market, **changes)


def test_price_at_the_mark_or_on_its_wrong_side_is_refused(market: MarketInput) -> None:
    mark = market.mark_of("BTC")
    for price in (mark, mark * (1 + 1e-9)):
        with pytest.raises(QuestionError, match=r"% from its mark .*: nothing would move"):
            prepare_cascade(market, down(market, price=price))
    with pytest.raises(QuestionError, match=r"wrong side: above the mark .* for a fall"):
        prepare_cascade(market, down(market, price=1.1 * mark, direction="down"))
    with pytest.raises(QuestionError, match=r"wrong side: below the mark .* for a rise"):
        prepare_cascade(market, down(market, direction="up"))
    prepare_cascade(market, down(market, direction="down"))
    for price in (0.0, -5.0, math.inf, math.nan):
        with pytest.raises(QuestionError, match="is not above 0"):
            prepare_cascade(market, down(market, price=price))


def test_unknown_coins_and_coins_without_a_mark_are_named(market: MarketInput) -> None:
    with pytest.raises(NotFound, match="unknown coin 'btc'; did you mean BTC"):
        prepare_cascade(market, down(market, coin="btc"))
    with pytest.raises(QuestionError, match="DARK has no mark price"):
        prepare_cascade(market, down(market, coin="DARK", price=1.0))


def test_empty_market_is_refused(market: MarketInput) -> None:
    empty = replace(market, cascade=replace(market.cascade, accounts=Accounts.empty()))
    with pytest.raises(InputError, match="the market is empty: 0 positions"):
        prepare_cascade(empty, down(market))


def stops_of(market: MarketInput) -> TriggerColumns:
    """A stop of every BTC position 5 % from the mark, for the whole position, and one of an address nobody holds."""
    accounts = market.cascade.accounts
    rows = np.flatnonzero(accounts.market_index == market.cascade.snapshot.markets.index_of("BTC"))
    is_long, count = accounts.size[rows] > 0, len(rows)
    price = market.mark_of("BTC") * np.where(is_long, 0.95, 1.05)
    return TriggerColumns(
        market=accounts.market_index[rows].astype(np.int32),
        account=accounts.address_row[accounts.pool_of_position()[rows]].astype(np.int32),
        order_id=np.arange(count) + 1,
        side=np.where(is_long, SELL, BUY).astype(np.int8),
        kind=np.full(count, TriggerKind.STOP, np.int8),
        is_market=np.ones(count, np.bool_),
        trigger_price=price,
        limit_price=price * np.where(is_long, 0.9, 1.1),
        size=np.zeros(count),
        is_whole_position=np.ones(count, np.bool_),
        is_reduce_only=np.ones(count, np.bool_),
        placed_ms=np.zeros(count, np.int64),
        seen_ms=np.zeros(count, np.int64),
    )


def test_stops_of_a_market_whose_triggers_nobody_read_are_refused(market: MarketInput) -> None:
    assert market.triggers is None
    with pytest.raises(QuestionError, match="no trigger orders were read for this market"):
        prepare_cascade(market, down(market, stops=True))


def test_stops_are_taken_along_only_where_asked_and_stand_apart(market: MarketInput) -> None:
    known_ms = np.full(len(market.cascade.accounts.addresses), NEVER_READ_MS)
    known_ms[:3] = market.time_ms
    asked = replace(market, triggers=(stops_of(market), TriggerKnowledge(known_ms)))
    plain = answer_cascade(prepare_cascade(market, down(market)))
    unasked = answer_cascade(prepare_cascade(asked, down(asked)))
    with_stops = answer_cascade(prepare_cascade(asked, down(asked, stops=True)))
    assert isinstance(with_stops, CascadeAnswer)
    assert msgspec.json.encode(unasked) == msgspec.json.encode(plain)
    assert plain.stops is None
    stops = with_stops.stops
    assert stops is not None
    assert stops.fired > 0
    assert stops.loaded == stops.fired + stops.closed_before + stops.still_waiting
    assert stops.stops_filled == pytest.approx(sum(stops.per_level.stops_filled))
    assert sum(stops.per_second.order_count) == stops.fired
    assert with_stops.totals.sent == pytest.approx(sum(with_stops.per_second.sent))
    assert f"stops and take-profits of 3 of {len(known_ms)} accounts are known" in " ".join(with_stops.assumptions)


def test_an_ensemble_tells_of_stops_apart_where_they_were_asked_for(market: MarketInput) -> None:
    known_ms = np.full(len(market.cascade.accounts.addresses), market.time_ms)
    asked = replace(market, triggers=(stops_of(market), TriggerKnowledge(known_ms)))
    plain = answer_cascade(prepare_cascade(market, down(market, paths=3)))
    unasked = answer_cascade(prepare_cascade(asked, down(asked, paths=3)))
    told = answer_cascade(prepare_cascade(asked, down(asked, paths=3, stops=True)))
    assert msgspec.json.encode(unasked) == msgspec.json.encode(plain)
    assert isinstance(plain, EnsembleAnswer)
    assert plain.stops is None
    assert isinstance(told, EnsembleAnswer)
    stops, central = told.stops, told.central
    assert stops is not None
    assert central is not None
    assert central.stops is not None
    assert stops.loaded == central.stops.loaded
    assert {len(values) for values in stops.outcome.values()} == {3}
    assert {len(row) for row in stops.per_level.stops_filled} == {len(told.levels)}
    assert set(stops.per_level.coin) == {"BTC"}
    said = Console(width=120, record=True, file=StringIO())
    print_answer(said, told)
    text = said.export_text()
    assert text.splitlines()[0].endswith("3 runs, seed 0, with stops")
    for each in ("apart from that, stops and take-profits", "stops_filled", "BTC by mark, at the median of the runs"):
        assert each in text
    print_answer(said, central)
    assert "BTC stops and take-profits by mark" in said.export_text()
    table = stop_quantile_table(told)
    assert table is not None
    assert table.height == len(stops.per_level.coin) * len(told.levels)
    assert table.filter(quantile=0.5)["stops_filled"].to_list() == [row[2] for row in stops.per_level.stops_filled]
    assert stop_quantile_table(plain) is None


def test_more_held_than_there_is_open_interest_is_unbalanced(market: MarketInput) -> None:
    snapshot = market.cascade.snapshot
    tiny = replace(snapshot, open_interest=np.full(len(snapshot.markets), 1e-3))
    with pytest.raises(InputError, match="unbalanced positions in BTC"):
        prepare_cascade(replace(market, cascade=replace(market.cascade, snapshot=tiny)), down(market))


def test_other_coins_stay_or_follow_by_the_ratio_of_their_betas(market: MarketInput) -> None:
    coins = market.cascade.snapshot.markets.coins
    betas = estimate_betas(coins, {})
    down_betas = np.array([1.0, 1.5, 0.5, 1.0, 1.0])
    market = replace(market, betas=LabelledBetas(replace(betas, down=down_betas, up=np.ones(5)), "made up"))
    alone = prepare_cascade(market, down(market)).shock.target_log_return
    assert alone == pytest.approx([math.log(0.85), 0, 0, 0, 0])
    price = 0.9 * market.mark_of("ETH")
    shock = prepare_cascade(market, down(market, coin="ETH", price=price, shock="betas")).shock
    assert shock.target_log_return[:3] == pytest.approx(np.array([1 / 1.5, 1.0, 0.5 / 1.5]) * math.log(0.9))
    assert "betas: made up" in shock.notes
    rising = prepare_cascade(market, down(market, price=1.1 * market.mark_of("BTC"), shock="betas")).shock
    assert rising.target_log_return == pytest.approx(np.full(5, math.log(1.1)))


def test_vector_and_preset_look_at_the_coin_asked_about(market: MarketInput) -> None:
    moves = NamedMoves({"BTC": -0.1, "ETH": -0.3}, None, "mine")
    shock = prepare_cascade(market, down(market, price=None, moves=moves)).shock
    assert shock.focus == 0
    assert shock.target_log_return == pytest.approx([math.log(0.9), math.log(0.7), 0, 0, 0])
    with pytest.raises(QuestionError, match="the shock does not move kPEPE"):
        prepare_cascade(market, down(market, coin="kPEPE", price=None, moves=moves))
    preset = prepare_cascade(market, CascadeQuestion(coin="ETH", price=None, shock="october-2025"))
    assert preset.shock.focus == 1
    assert preset.shock.duration_ms == 30 * 60_000
    assert preset.settings.vault_equity == (600_000.0, 7_500_000.0)
    with pytest.raises(QuestionError, match="the shock does not move kPEPE"):
        prepare_cascade(market, CascadeQuestion(coin="kPEPE", price=None, shock="october-2025"))


def test_vault_equity_is_the_users_before_the_presets(market: MarketInput) -> None:
    mine = CascadeQuestion(coin="ETH", price=None, shock="october-2025", vault_equity=(3e6,))
    assert prepare_cascade(market, mine).settings.vault_equity == (3e6,)
    assert prepare_cascade(market, down(market, vault_equity=())).settings.vault_equity == ()
    assert prepare_cascade(market, down(market)).settings.vault_equity == (50e6,)


def test_coupled_without_volume_and_open_interest_says_what_stands_in(market: MarketInput) -> None:
    count = len(market.cascade.snapshot.markets)
    unknown = np.full(count, np.nan)
    snapshot = replace(market.cascade.snapshot, open_interest=unknown)
    blind = replace(market, cascade=replace(market.cascade, snapshot=snapshot, day_volume=unknown))
    book, coupled = (answer_cascade(prepare_cascade(blind, down(blind, mode=mode))) for mode in ("book", "coupled"))
    assert isinstance(book, CascadeAnswer)
    assert isinstance(coupled, CascadeAnswer)
    assert coupled.totals.sent > 0.0
    assert coupled.digest != book.digest
    assert coupled.paths != book.paths
    text = "\n".join(coupled.assumptions)
    assert "volume not known in 3 markets: 1.67 times the open interest stands in (0 markets)" in text
    assert "the larger side of the accounts given where that is unknown too (3 markets)" in text
    assert "stands in" not in "\n".join(book.assumptions)


def test_the_compiler_at_work_is_told() -> None:
    @numba.njit
    def inner(value: int) -> int:
        return value + 1

    outer = numba.njit(lambda value: inner_of_the_test(value) + inner_of_the_test(value))  # noqa: F821
    outer.py_func.__globals__["inner_of_the_test"] = inner
    for function in (inner, outer):
        function.py_func.__module__ = "liqscape.made.up"
    reported: list[tuple[int, int]] = []
    try:
        with compiling_reporter(lambda compiled, needed: reported.append((compiled, needed))):
            assert outer(1) == 4
            outer(2)
    finally:
        del outer.py_func.__globals__["inner_of_the_test"]
    assert reported == [(0, 2), (0, 2), (1, 2), (2, 2)]
    outer(3)
    assert len(reported) == 4


@pytest.mark.parametrize("mode", ["given", "book", "coupled"])
def test_record_holds_what_the_run_gave(market: MarketInput, mode: str) -> None:
    prepared = prepare_cascade(market, down(market, mode=mode))
    answer = answer_cascade(prepared)
    result = run_cascade(market.cascade, prepared.shock, prepared.settings)
    assert isinstance(answer, CascadeAnswer)
    assert answer.digest == result.digest
    assert answer.is_simulated
    assert answer.mode == mode
    for field in fields(result.totals):
        name = "account_count" if field.name == "accounts" else field.name
        assert getattr(answer.totals, name) == getattr(result.totals, field.name)
    assert answer.totals.account_count > 0
    assert sum(answer.per_second.filled) == pytest.approx(result.totals.filled)
    assert sum(answer.per_level.sent) == pytest.approx(result.totals.sent)
    assert sum(answer.fates.filled) == pytest.approx(result.totals.filled)
    assert answer.fate_count == len(answer.fates.address)
    assert answer.coins[0].coin == "BTC"
    assert answer.paths[0].mark[0] == pytest.approx(market.mark_of("BTC"), rel=1e-3)
    assert len(answer.path_ms) == len(answer.paths[0].mark)
    assert set(answer.assumptions) >= set(market.notes) | set(result.assumptions)
    if mode == "given":
        assert answer.coins[0].overshoot is None
        assert set(answer.paths[0].mid) == {None}


def test_same_question_gives_the_same_bytes(market: MarketInput) -> None:
    first, second = (msgspec.json.encode(answer_cascade(prepare_cascade(market, down(market)))) for _ in range(2))
    assert first == second


def test_thinned_path_keeps_its_ends_and_every_figure(market: MarketInput) -> None:
    prepared = prepare_cascade(market, down(market))
    whole, thin = answer_cascade(prepared), answer_cascade(prepared, max_points=20, max_rows=1)
    assert len(whole.path_ms) > 250
    assert len(thin.path_ms) == 20
    assert (thin.path_ms[0], thin.path_ms[-1]) == (whole.path_ms[0], whole.path_ms[-1])
    assert thin.totals == whole.totals
    assert thin.coins == whole.coins
    assert thin.fate_count == whole.fate_count
    assert len(thin.fates.address) == min(1, whole.fate_count)


def test_progress_rises_to_one_and_adds_up(market: MarketInput) -> None:
    reported: list[tuple[float, float]] = []
    prepared = prepare_cascade(market, down(market))
    answer = answer_cascade(prepared, lambda share, rows: reported.append((share, float(rows.filled.sum()))))
    shares = [share for share, _ in reported]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sum(filled for _, filled in reported) == pytest.approx(answer.totals.filled)


def test_ensemble_is_seeded_and_holds_the_central_run(market: MarketInput) -> None:
    def ask(seed: int) -> EnsembleAnswer:
        answer = answer_cascade(prepare_cascade(market, down(market, paths=4, seed=seed)))
        assert isinstance(answer, EnsembleAnswer)
        return answer

    first, again, other = ask(3), ask(3), ask(4)
    assert first == again
    assert first.drawn != other.drawn
    assert first.central is not None
    assert first.central.digest == answer_cascade(prepare_cascade(market, down(market))).digest
    assert {len(values) for values in first.outcome.values()} == {4}
    assert {len(values) for values in first.quantiles.values()} == {len(first.levels)}
    assert first.quantiles["filled"] == sorted(first.quantiles["filled"])
    assert set(first.assumptions) >= set(market.notes)


def test_what_progress_raises_stops_the_run(market: MarketInput) -> None:
    class Stopped(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        answer_cascade(prepare_cascade(market, down(market)), stop)


def test_theta_and_seconds_of_the_question_reach_the_settings(market: MarketInput) -> None:
    settings = prepare_cascade(market, down(market, mode="coupled", theta=0.2, seed=7, minutes=3.0)).settings
    assert (settings.outside.theta, settings.seed, settings.horizon_ms) == (0.2, 7, 180_000)


def test_vaults_that_cannot_be_liquidated_have_no_fate(market: MarketInput) -> None:
    question = CascadeQuestion(coin="BTC", price=0.3 * market.mark_of("BTC"), minutes=5, shock_minutes=2)
    answer = answer_cascade(prepare_cascade(market, question))
    assert answer.fates.address
    assert address(1) not in answer.fates.address  # exempt
    assert address(2) not in answer.fates.address  # margin unknown
