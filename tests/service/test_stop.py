"""Advice on a stop asked of a map: what it rests on, whose pool backs it, and one sentence for what cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_study import MemoryStudies, made_up_rows, sweep
from memory_history import MemoryHistory
from small_market import MARKETS, START_MS, SmallMarket, address, small_market

from liqscape.errors import NotFound, QuestionError
from liqscape.insight.study_rows import StudyRows
from liqscape.model import Accounts
from liqscape.service.answers.stop import StopAnswer
from liqscape.service.live import LiveState
from liqscape.service.odds import OddsQuestions
from liqscape.service.stop import StopAsked, StopQuestions
from liqscape.service.stop_backing import backing_of
from liqscape.service.view import MapView
from liqscape.store.books import BookReader
from liqscape.store.history.depth import DepthPath
from liqscape.units import HOUR_MS, MINUTE_MS, PoolMode

MARK = 70_000.0
PEPE = {"coin": "kPEPE", "entry": 0.004, "stop": 0.0037, "risk": 100.0}
"""A coin whose book nobody follows."""


class DeepHistory(MemoryHistory):
    """With 100,000, 200,000 and 400,000 USD within 0.5, 1 and 2 % of the mid, bids; asks twice that."""

    def depth_path(self, coin: str, start_ms: int, end_ms: int) -> DepthPath:  # noqa: ARG002
        times = self.times[(self.times >= start_ms) & (self.times < end_ms)]
        bids = np.tile([1e5, 2e5, 4e5], (len(times), 1))
        return DepthPath(
            time_ms=times.astype(np.int64), mid=np.full(len(times), MARK), bid_usd=bids, ask_usd=2.0 * bids
        )


def asked(**more: Any) -> StopAsked:
    return StopAsked(**{"coin": "BTC", "side": "long", "entry": MARK, "stop": 49_000.0, "risk": 5_000.0, **more})


def ask(view: MapView, at_ms: int | None = None, **more: Any) -> StopAnswer:
    return StopQuestions(view).ask(asked(**more), at_ms)


def with_sweeps(count: int, bp: float, known_at_ms: int = START_MS - HOUR_MS) -> MemoryStudies:
    """So many sweeps of the hours before, `bp`, 2 `bp` ... past the far edge."""
    before = START_MS - 2 * HOUR_MS
    rows = [
        sweep(
            -each,
            "swept",
            overshoot_bp=bp * each,
            depth_usd=2e5,
            entered_ms=before - each * MINUTE_MS,
            sweep_id=f"s{each}",
            known_at_ms=known_at_ms,
        )
        for each in range(1, count + 1)
    ]
    held = made_up_rows()
    return MemoryStudies(StudyRows(**{**vars_of(held), "sweeps": rows}))


def vars_of(rows: StudyRows) -> dict[str, Any]:
    return {name: getattr(rows, name) for name in ("clusters", "cluster_changes", "liquidation_events", "cascades")}


def test_every_cluster_told_is_one_of_the_map(view: MapView) -> None:
    answer = ask(view)
    listed = {(row.price_low, row.price_high, row.notional) for row in view.clusters("BTC").clusters if row.side == 1}
    assert answer.clusters
    assert all((row.price_low, row.price_high, row.notional) in listed for row in answer.clusters)
    assert [row.place for row in answer.clusters] == sorted(
        (row.place for row in answer.clusters), key=["between", "at the stop", "beyond the stop"].index
    )


def test_a_short_is_asked_of_the_other_side(view: MapView) -> None:
    answer = ask(view, side="short", stop=78_000.0)
    listed = {(row.price_low, row.price_high) for row in view.clusters("BTC").clusters if row.side == -1}
    assert answer.clusters
    assert {(row.price_low, row.price_high) for row in answer.clusters} <= listed
    assert all(row.far_edge == row.price_high for row in answer.clusters)


def test_what_was_not_measured_is_unknown_and_null(view: MapView) -> None:
    answer = ask(view, **PEPE)
    assert answer.clusters
    assert {row.overshoot.source for row in answer.clusters} == {"unknown"}
    assert answer.sigma_1h_percent is None
    assert (answer.sizing.slippage, answer.sizing.slippage_source) == (None, "unknown")
    assert any("slippage unknown" in note for note in answer.notes)
    assert {row.stop for row in answer.next_stops} == {None}
    assert answer.liquidation.note == "unknown: needs margin, leverage or account"
    assert answer.odds is None
    assert answer.odds_note is not None
    assert "Too little history" in answer.odds_note
    assert {row.odds for row in answer.next_stops} == {None}


def test_the_answer_says_where_stops_trigger_and_fill(view: MapView) -> None:
    assert ask(view).notes[0] == (
        "a stop of the exchange is triggered by the mark and fills in the book, wherever that is then"
    )


def test_overshoots_are_those_of_the_class_that_were_known_before(market: SmallMarket) -> None:
    history = DeepHistory(market)
    answer = ask(MapView(history, studies=with_sweeps(30, 10.0)))
    of_one = answer.clusters[0].overshoot
    assert (of_one.source, of_one.n, of_one.coin_class, of_one.q50_bp, of_one.q90_bp) == (
        "measured",
        30,
        "thin",
        150.0,
        270.0,
    )
    later = ask(MapView(history, studies=with_sweeps(30, 10.0, known_at_ms=START_MS + HOUR_MS)))
    assert {row.overshoot.source for row in later.clusters} == {"unknown"}
    few = ask(MapView(history, studies=with_sweeps(19, 10.0)))
    assert {(row.overshoot.source, row.overshoot.n) for row in few.clusters} == {("unknown", 19)}


def test_next_stops_carry_size_verdict_and_own_level_at_equal_risk(market: SmallMarket) -> None:
    view = MapView(DeepHistory(market), studies=with_sweeps(30, 1.0))
    answer = ask(view, leverage=2.0)
    found = [row for row in answer.next_stops if row.stop is not None]
    assert found
    for row in found:
        assert row.sizing is not None
        assert row.sizing.stop == row.stop
        assert row.sizing.risk_usd == 5_000.0
        assert row.sizing.loss_usd <= 5_000.0
        again = ask(view, stop=row.stop, leverage=2.0)
        assert (again.verdict, again.sizing, again.liquidation) == (row.verdict, row.sizing, row.liquidation)
        assert again.reasons == row.reasons


def test_slippage_is_of_the_depth_that_stood_there(market: SmallMarket) -> None:
    sizing = ask(MapView(DeepHistory(market))).sizing
    assert sizing.slippage_source == "modelled"
    assert sizing.slippage is not None
    # some 17,000 USD of the first 100,000 within 0.5 %: at most a fifth of 0.5 % of the stop
    assert 0.0 < sizing.slippage < 49_000.0 * 0.005 / 5.0
    short = ask(MapView(DeepHistory(market)), side="short", stop=91_000.0).sizing
    assert short.slippage is not None
    assert short.slippage / 91_000.0 < sizing.slippage / 49_000.0, "asks are twice as deep"


def test_a_stored_book_is_measured(market: SmallMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    from liqscape.store.books.reader import StoredBook

    book = StoredBook(
        coin="BTC",
        time_ms=START_MS,
        bids=np.array([[69_990.0, 5.0]]),
        asks=np.array([[70_010.0, 5.0]]),
        orders=(np.ones(1, np.int32), np.ones(1, np.int32)),
    )
    monkeypatch.setattr(BookReader, "find", lambda *_: book)
    sizing = ask(MapView(DeepHistory(market))).sizing
    assert sizing.slippage_source == "measured"
    assert sizing.slippage == pytest.approx(49_000.0 * 10.0 / 70_000.0)


class LongHistory(DeepHistory):
    """Marks of so many days before, of a walk of 10 bp a minute: an hour of some 0.8 %."""

    def __init__(self, market: SmallMarket, days: int) -> None:
        super().__init__(market)
        steps = np.random.default_rng(5).normal(0.0, 0.001, days * 1_440)
        self.path = MARK * np.exp(np.cumsum(steps) - steps.sum())
        self.minutes = self.last_ms - MINUTE_MS * np.arange(len(steps) - 1, -1, -1)

    def mark_path(self, coin: str, start_ms: int, end_ms: int) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG002
        inside = (self.minutes >= start_ms) & (self.minutes < end_ms)
        return self.minutes[inside], self.path[inside]


def test_a_volatility_of_the_hour_gives_the_window(market: SmallMarket) -> None:
    answer = ask(MapView(LongHistory(market, 8)))
    assert answer.sigma_1h_percent == pytest.approx(100.0 * 0.001 * 60**0.5, rel=0.4)
    row = answer.clusters[0]
    assert row.window_rule == "0.5 sigma_1h"
    assert row.window_bp == pytest.approx(50.0 * answer.sigma_1h_percent)


def test_odds_of_touch_are_those_of_the_odds_question_at_that_price(market: SmallMarket) -> None:
    view = MapView(LongHistory(market, 20), studies=with_sweeps(30, 1.0))
    answer = ask(view, stop=69_000.0)
    told = OddsQuestions(view).ask("BTC", price=69_000.0).levels[0].within
    assert answer.odds is not None
    assert [
        (each.horizon, each.distance_sigma, each.probability, each.brier, each.skill, each.note) for each in answer.odds
    ] == [(each.horizon, each.distance_sigma, each.probability, each.brier, each.skill, each.note) for each in told]
    assert {each.source for each in answer.odds if each.probability is not None} == {"own"}
    assert all(each.windows for each in answer.odds if each.probability is not None)
    further = next(row for row in ask(view).next_stops if row.stop is not None and row.odds is not None)
    assert further.stop is not None
    assert further.odds == ask(view, stop=further.stop).odds


def test_an_accounts_cross_pool_backs_the_trade(view: MapView) -> None:
    moment = view.moment(None)
    accounts = moment.accounts
    row = next(
        pool
        for pool in range(accounts.pool_count)
        if accounts.mode[pool] == PoolMode.CROSS
        and not np.isnan(accounts.raw_usd[pool])
        and 3 not in accounts.market_index[accounts.offsets[pool] : accounts.offsets[pool + 1]]
    )
    owner = accounts.addresses[accounts.address_row[row]]
    backing = backing_of(
        moment, 0, margin_usd=None, leverage=None, account=owner.upper().replace("0X", "0x"), isolated=False
    )
    assert backing.held is not None
    assert backing.held.raw_usd[0] == accounts.raw_usd[row]
    answer = ask(view, account=owner, risk=10.0)
    assert (answer.liquidation.pool, answer.liquidation.backed_by) == ("cross", "account")
    assert answer.liquidation.is_before_stop is not None


def market_of(accounts: Accounts, market: SmallMarket) -> MapView:
    from liqscape.heatmap.build import build_frame
    from liqscape.heatmap.moment import Moment

    snapshot = market.frames[-1].snapshot
    frame = build_frame(accounts, snapshot, market.tables, market.frames[0].provenance)
    return MapView(
        None, LiveState.of_moment(Moment(frame=frame, accounts=accounts, tables=market.tables, is_stored=True))
    )


def pools(*rows: tuple[PoolMode, int, float]) -> Accounts:
    """One address; each pool holds one position worth half of its market's size."""
    return Accounts.build(
        addresses=[address(7)],
        address_row=[0] * len(rows),
        raw_usd=[1_000.0 * number for number in range(1, len(rows) + 1)],
        offsets=range(len(rows) + 1),
        market_index=[coin for _, coin, _ in rows],
        size=[size for _, _, size in rows],
        table_row=[MARKETS.rows[coin].table_row for _, coin, _ in rows],
        mode=[mode for mode, _, _ in rows],
    )


@pytest.mark.parametrize(
    ("isolated", "expected"),
    [(False, 2_000.0), (True, 1_000.0)],
)
def test_isolated_and_cross_take_their_own_pool(market: SmallMarket, isolated: bool, expected: float) -> None:
    held = pools((PoolMode.ISOLATED, 0, 0.01), (PoolMode.CROSS, 1, 1.0))
    moment = market_of(held, market).moment(None)
    given = {"margin_usd": 50.0 if isolated else None, "leverage": None}
    backing = backing_of(moment, 0, account=address(7), isolated=isolated, **given)
    assert backing.held is not None
    assert backing.held.raw_usd.tolist() == [expected]


def test_a_pool_that_the_map_does_not_know_is_unknown(market: SmallMarket) -> None:
    view = market_of(pools((PoolMode.ISOLATED, 0, 0.01)), market)
    answer = ask(view, account=address(7))
    assert answer.liquidation.solo is None
    assert answer.liquidation.is_before_stop is None
    assert answer.liquidation.note is not None
    assert "holds no position that shares the margin" in answer.liquidation.note
    assert answer.reasons[-1] == "whether it would be liquidated before the stop is not known"


def test_a_unified_pool_backs_every_dex_of_its_collateral(market: SmallMarket) -> None:
    moment = market_of(pools((PoolMode.UNIFIED, 1, 1.0)), market).moment(None)
    backing = backing_of(moment, 0, margin_usd=None, leverage=None, account=address(7), isolated=False)
    assert backing.backed_by == "account"


def test_a_coin_that_is_isolated_only_is_isolated(market: SmallMarket) -> None:
    from liqscape.model import Markets

    only = Markets.build([replace(each, is_isolated_only=True) for each in MARKETS.rows])
    frames = [replace(each, snapshot=replace(each.snapshot, markets=only)) for each in market.frames]
    moment = MapView(MemoryHistory(replace(market, frames=tuple(frames)))).moment(None)
    backing = backing_of(moment, 0, margin_usd=5.0, leverage=None, account=None, isolated=False)
    assert (backing.pool, backing.note) == ("isolated", "positions of this coin are isolated on the exchange")


def test_an_unknown_mark_is_no_verdict(view: MapView) -> None:
    answer = ask(view, coin="DARK", entry=10.0, stop=9.0)
    assert (answer.verdict, answer.mark, answer.clusters) == ("unknown", None, [])
    assert "the mark of the coin is unknown" in answer.reasons[0]


def test_a_mark_beyond_the_stop_is_said(view: MapView) -> None:
    assert any("mark stands beyond the stop" in note for note in ask(view, entry=90_000.0, stop=85_000.0).notes)
    assert not any("mark stands beyond the stop" in note for note in ask(view).notes)


def test_the_fee_is_the_lowest_tier_or_what_is_given(view: MapView) -> None:
    assert (ask(view).fee_bp, ask(view).fee_source) == (4.5, "assumed")
    given = ask(view, fee=0.0)
    assert (given.fee_bp, given.fee_source, given.sizing.entry_fee) == (0.0, "given", 0.0)


def test_a_moment_of_the_past_answers_of_then(view: MapView, market: SmallMarket) -> None:
    answer = ask(view, market.frames[2].time_ms)
    assert answer.as_of_ms == market.frames[2].time_ms
    assert answer.mark == market.frames[2].snapshot.mark[0]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"side": "up"}, "unknown side 'up'; long or short"),
        ({"side": "Long"}, "did you mean long?"),
        ({"stop": 70_000.0}, "the stop 70000.0 of a long must be below its entry 70000.0"),
        ({"stop": 71_000.0}, "the stop 71000.0 of a long must be below its entry 70000.0"),
        ({"side": "short"}, "the stop 49000.0 of a short must be above its entry 70000.0"),
        ({"entry": 0.0}, "entry 0.0 is outside"),
        ({"stop": -1.0}, "stop -1.0 is outside"),
        ({"stop": float("nan")}, "stop nan is outside"),
        ({"size": 1.0}, "give either risk (USD that may be lost) or size (coins)"),
        ({"risk": None}, "give either risk (USD that may be lost) or size (coins)"),
        ({"risk": 0.0}, "risk 0.0 is not above 0"),
        ({"risk": float("inf")}, "risk inf is not above 0"),
        ({"risk": None, "size": -2.0}, "size -2.0 is not above 0"),
        ({"margin": 0.0}, "margin 0.0 is not above 0"),
        ({"leverage": -1.0}, "leverage -1.0 is not above 0"),
        ({"margin": 5.0, "leverage": 2.0}, "give either margin (USD) or leverage, not both"),
        ({"fee": -0.1}, "fee -0.1 is outside 0..100 bp"),
        ({"fee": 101.0}, "fee 101.0 is outside 0..100 bp"),
        ({"leverage": 41.0}, "leverage 41.0 is above the 40 that BTC allows"),
        ({"risk": 0.01}, "risk 0.01 USD is below one lot at this stop: 0.00001 BTC loses 0.21"),
        ({"risk": None, "size": 0.000009}, "size 0.000009 is below the lot of BTC, 0.00001 coins"),
        ({"account": "0x12"}, "address '0x12' is not 0x and 40 hex digits"),
        ({"account": address(5), "margin": 5.0}, "margin is of a pool of its own"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(view: MapView, wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(QuestionError) as raised:
        ask(view, **wrong)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_not_in_the_map_is_not_found(view: MapView) -> None:
    with pytest.raises(NotFound, match="unknown coin 'BTCC'; did you mean BTC"):
        ask(view, coin="BTCC")
    with pytest.raises(NotFound, match="is not in this map at 2026"):
        ask(view, account=address(999))
    with pytest.raises(NotFound, match="no frame at or before"):
        ask(view, 5)


def test_a_map_of_one_frame_has_no_history_to_lean_on(market: SmallMarket) -> None:
    answer = ask(market_of(market.accounts[-1], market), leverage=10.0)
    assert answer.liquidation.solo is not None
    assert answer.sigma_1h_percent is None


def test_a_dragged_line_asks_the_frame_once(market: SmallMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    view = MapView(DeepHistory(market))
    asked_times: list[str] = []
    clusters = view.clusters
    monkeypatch.setattr(view, "clusters", lambda *given, **more: asked_times.append("") or clusters(*given, **more))
    questions = StopQuestions(view)
    for stop in (49_000.0, 48_000.0, 47_000.0):
        questions.ask(asked(stop=stop))
    assert len(asked_times) == 1
    questions.ask(asked(), market.frames[0].time_ms)
    assert len(asked_times) == 2


def test_folders_without_books_know_none(tmp_path: Path) -> None:
    view = MapView(MemoryHistory(small_market(count=3)), books=BookReader(tmp_path))
    assert ask(view, **PEPE).sizing.slippage is None


def test_simulated_overshoots_are_kept_and_said(market: SmallMarket) -> None:
    view = market_of(market.accounts[-1], market)
    questions = StopQuestions(view)
    before = questions.ask(asked(leverage=2.0))
    assert {row.overshoot.source for row in before.clusters} == {"unknown"}
    answer = questions.ask(asked(leverage=2.0, simulate=True))
    row = answer.clusters[0]
    assert (row.overshoot.source, row.overshoot.n) == ("simulated", 20)
    assert row.overshoot.q50_bp is not None
    assert row.overshoot.q90_bp is not None
    assert 0.0 <= row.overshoot.q50_bp <= row.overshoot.q90_bp
    assert row.window_bp == row.overshoot.q90_bp
    assert row.overshoot.day_count == 0
    assert row.overshoot.q90_low_bp is None
    assert any("SIMULATED" in note for note in answer.notes)
    assert questions.ask(asked(leverage=2.0)) == answer, "kept for those who do not ask for it"
    assert StopQuestions(view).ask(asked(leverage=2.0, simulate=True)) == answer, "the same to the bit"


def test_what_cannot_be_simulated_stays_unknown(market: SmallMarket) -> None:
    """The mark is beyond the cluster's far edge: nothing leads there from above."""
    answer = ask(market_of(market.accounts[-1], market), side="short", entry=60_000.0, stop=62_000.0, simulate=True)
    assert all(row.overshoot.source == "unknown" for row in answer.clusters)
    assert not any("SIMULATED" in note for note in answer.notes)


def test_measured_overshoots_are_not_simulated(market: SmallMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    from liqscape.service import stop_simulation

    monkeypatch.setattr(stop_simulation, "_simulate", lambda *_: pytest.fail("measured ones need no run"))
    answer = ask(MapView(DeepHistory(market), studies=with_sweeps(30, 10.0)), simulate=True)
    assert {row.overshoot.source for row in answer.clusters} == {"measured"}
