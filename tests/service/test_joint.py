"""The joint map and curve of a moment agree with each other, with the solo map, and say where betas are from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_candles import MadeCandles
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket

from liqscape.errors import InputError, NotFound, QuestionError, SettingsError
from liqscape.model import Market, Markets
from liqscape.risk.joint import BetaSource
from liqscape.service.coin_betas import candle_returns, path_returns, read_betas
from liqscape.service.joint import NamedMoves
from liqscape.service.joint_files import parse_percent, read_betas_file, read_shock_file
from liqscape.service.view import MapView
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array, Int64Array

COINS = ("BTC", "ETH", "kPEPE")
AT_MS = START_MS // HOUR_MS * HOUR_MS


class MadePaths:
    """Marks every minute, with a hole of an hour."""

    hold_ms = 2 * MINUTE_MS

    def __init__(self, end_ms: int) -> None:
        self.times = np.delete(end_ms - MINUTE_MS * np.arange(3 * 24 * 60, -1, -1), slice(1_000, 1_060))
        self.way = np.cumsum(0.001 * np.random.default_rng(4).standard_normal(len(self.times)))

    def mark_path(self, coin: str, start_ms: int, end_ms: int) -> tuple[Int64Array, Float64Array]:
        inside = (self.times >= start_ms) & (self.times < end_ms)
        return self.times[inside], np.exp({"BTC": 1.0, "ETH": 0.8}.get(coin, 1.5) * self.way[inside])


@pytest.fixture(scope="module")
def joint_view(history: MemoryHistory) -> MapView:
    return MapView(history, candles=MadeCandles(AT_MS))


def test_curve_at_the_point_asked_about_is_the_answer(joint_view: MapView) -> None:
    answer = joint_view.joint(-10.0)
    down, up = answer.curves
    at = down.at_percent.index(-10.0)
    assert (down.direction, up.direction) == ("down", "up")
    assert answer.joint_notional == pytest.approx(down.joint_notional[at], rel=1e-12)
    assert answer.solo_notional == pytest.approx(down.solo_notional[at], rel=1e-12)
    assert answer.pool_count == down.pool_count[at] > 0
    assert sum(row.joint_notional for row in answer.coins) == pytest.approx(answer.joint_notional)
    for curve in answer.curves:
        assert np.all(np.diff(curve.joint_notional) >= 0.0)
        parts = np.sum([coin.joint_notional for coin in curve.coins], axis=0)
        assert parts == pytest.approx(curve.joint_notional)


def test_every_coin_moves_by_its_beta(joint_view: MapView) -> None:
    answer = joint_view.joint(-20.0)
    moved = {row.coin: row.moved_mark / row.mark for row in answer.coins}
    betas = {row.coin: row.beta for row in answer.betas}
    assert moved["BTC"] == pytest.approx(0.8)
    assert betas["ETH"] == pytest.approx(1.4, abs=0.01)
    assert moved["ETH"] == pytest.approx(0.8 ** betas["ETH"])
    assert moved["kPEPE"] == pytest.approx(0.8 ** betas["kPEPE"])
    assert "Made, 1 hour" in answer.betas_origin
    assert answer.beta_counts == {"factor": 1, "estimated": 2, "default": 2, "user": 0}


def test_accounts_are_listed_at_their_first_liquidation(joint_view: MapView) -> None:
    answer = joint_view.joint(25.0)
    assert answer.accounts
    sizes = [account.notional for account in answer.accounts]
    assert sizes == sorted(sizes, reverse=True)
    for account in answer.accounts:
        assert 0.0 <= account.at_percent <= 25.0
        for position in account.positions:
            if position.coin == "BTC":
                mark = next(row.mark for row in answer.coins if row.coin == "BTC")
                assert position.joint_liquidation_price == pytest.approx(mark * (1.0 + account.at_percent / 100.0))


def test_joint_frame_holds_the_same_positions_as_the_solo_frame(joint_view: MapView) -> None:
    for coin in COINS:
        solo, joint = joint_view.frame(coin), joint_view.frame(coin, mode="joint")
        assert joint.totals == solo.totals
        assert joint.as_of_ms == solo.as_of_ms
        assert solo.joint is None
        assert joint.joint is not None
        assert joint.joint.spread is not None
        banded = sum(joint.bands.size) + sum(part.size for part in joint.outside)
        assert banded == pytest.approx(joint.totals.long.size + joint.totals.short.size)
        assert sum(joint.joint.spread.solo_size) >= sum(solo.bands.size) * (1.0 - 1e-12)
    assert joint_view.frame("BTC", mode="joint").bands != joint_view.frame("BTC").bands


def test_joint_clusters_are_of_the_joint_bands(joint_view: MapView) -> None:
    answer = joint_view.clusters("ETH", mode="joint")
    frame = joint_view.frame("ETH", mode="joint")
    assert answer.joint is not None
    assert answer.joint.beta_source == "estimated"
    assert answer.joint.spread is None
    largest = answer.clusters[0]
    inside = sum(
        notional or 0.0
        for low, side, notional in zip(frame.bands.price_low, frame.bands.side, frame.bands.notional, strict=True)
        if largest.price_low * 0.99999 <= low < largest.price_high * 0.99999 and side == largest.side
    )
    assert largest.notional == pytest.approx(inside)


def test_a_past_moment_answers_from_its_own_accounts_and_prices(joint_view: MapView, market: SmallMarket) -> None:
    first = joint_view.joint(-30.0, START_MS)
    assert first.as_of_ms == START_MS
    assert first.coins[0].mark in market.frames[0].snapshot.mark


def test_betas_of_the_user_are_used_and_named(joint_view: MapView) -> None:
    answer = joint_view.joint(-10.0, None, NamedMoves({"ETH": 0.5}, None, "betas of mine.json"))
    row = next(row for row in answer.betas if row.coin == "ETH")
    assert (row.beta, row.beta_up, row.beta_source) == (0.5, 0.5, "user")
    assert answer.betas_origin.startswith("betas of mine.json for 1 coins")
    moved = next(row for row in answer.coins if row.coin == "ETH")
    assert moved.moved_mark / moved.mark == pytest.approx(0.9**0.5)
    with pytest.raises(NotFound, match="XYZ"):
        joint_view.joint(-10.0, None, NamedMoves({"XYZ": 1.0}, None, "mine"))


def test_a_shock_equal_to_the_betas_liquidates_the_same(joint_view: MapView) -> None:
    along = joint_view.joint(-10.0)
    moves = {row.coin: 0.9**row.beta - 1.0 for row in along.betas}
    shock = joint_view.shock(NamedMoves(moves, None, "moves"))
    assert shock.joint_notional == pytest.approx(along.joint_notional, rel=1e-9)
    assert shock.solo_notional == pytest.approx(along.solo_notional, rel=1e-9)
    assert shock.pool_count == along.pool_count
    assert shock.curves[0].direction == "shock"
    assert shock.curves[0].joint_notional[-1] == pytest.approx(shock.joint_notional)
    assert shock.betas == []


def test_questions_out_of_bounds_are_refused(joint_view: MapView) -> None:
    for percent in (-100.0, -87.5, 691.0, float("nan"), float("inf")):
        with pytest.raises(QuestionError, match="btc_percent"):
            joint_view.joint(percent)
    with pytest.raises(QuestionError, match="moves nothing"):
        joint_view.joint(0.0)
    with pytest.raises(QuestionError, match="moves no coin"):
        joint_view.shock(NamedMoves({"ETH": 0.0}, None, "file"))
    with pytest.raises(NotFound, match="XYZ"):
        joint_view.shock(NamedMoves({"XYZ": -0.1}, None, "file"))
    with pytest.raises(QuestionError, match="mode 'both'"):
        joint_view.frame("BTC", mode="both")


def test_candles_after_the_moment_are_not_read() -> None:
    candles = MadeCandles(AT_MS + 10 * DAY_MS)
    before = candle_returns(candles, COINS, AT_MS)
    for rows in candles.rows.values():
        rows[rows[:, 0] + HOUR_MS > AT_MS, 1:] = 1e9
    after = candle_returns(candles, COINS, AT_MS)
    assert before.keys() == after.keys() == {"ETH", "kPEPE"}
    for coin in before:
        assert np.array_equal(before[coin], after[coin])
    # 30 days less the first candle, and two returns for each of the two candles missing.
    assert len(after["ETH"][0]) == len(after["kPEPE"][0]) - 4 == 30 * 24 - 1 - 4


def test_stored_marks_give_betas_where_there_are_no_candles() -> None:
    markets = Markets.build(Market(coin=coin, size_decimals=2, max_leverage=10, table_row=0) for coin in COINS)
    read = read_betas(markets, AT_MS, None, MadePaths(AT_MS), COINS)
    assert "this map's own marks" in read.origin
    assert read.betas.down[1:] == pytest.approx([0.8, 1.5], abs=0.01)
    returns = path_returns(MadePaths(AT_MS), COINS, AT_MS)
    assert len(returns["ETH"][0]) < 3 * 24 * 4  # the hole is left out, not bridged


def test_without_any_prices_betas_are_assumed_and_said_so(view: MapView) -> None:
    answer = view.joint(-10.0)
    assert answer.betas_origin.startswith("assumed")
    assert {row.beta for row in answer.betas} == {1.0}
    assert {row.beta_source for row in answer.betas} == {"factor", "default"}


@pytest.mark.parametrize(
    ("text", "percent"), [("-10%", -10.0), ("-10", -10.0), ("+2.5 %", 2.5), (".5%", 0.5), ("\N{MINUS SIGN}3%", -3.0)]
)
def test_percentages_as_people_write_them(text: str, percent: float) -> None:
    assert parse_percent("--btc-percent", text) == percent


@pytest.mark.parametrize("text", ["", "ten", "1e3", "-100%", "-87.6%", "700%", "nan", "0%", "--5", "5%%", "٣%"])
def test_other_text_is_no_percentage(text: str) -> None:
    with pytest.raises(SettingsError, match="--btc-percent"):
        parse_percent("--btc-percent", text)


def test_files_of_betas_and_shocks_are_read(tmp_path: Path) -> None:
    betas = tmp_path / "betas.json"
    betas.write_text('{"ETH": 1.2, "*": 1}')
    assert read_betas_file(betas) == NamedMoves({"ETH": 1.2}, 1.0, "betas of betas.json")
    shock = tmp_path / "shock.json"
    shock.write_text('{"BTC": "-10%", "ETH": -0.15, "SOL": "+5 %"}')
    assert read_shock_file(shock) == NamedMoves({"BTC": -0.1, "ETH": -0.15, "SOL": 0.05}, None, "shock.json")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "{", '{"ETH": null}', '{"ETH": true}', '{"ETH": "x"}', '{"ETH": 11}', '{"ETH": 1e999}', "\xff"],
)
def test_bad_files_of_betas_are_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "betas.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"betas\.json"):
        read_betas_file(path)


@pytest.mark.parametrize("value", ["-1", '"-100%"', '"10"', "1001", "null", "[1]", '"ten%"'])
def test_bad_moves_are_refused_by_name(tmp_path: Path, value: str) -> None:
    path = tmp_path / "shock.json"
    path.write_text(f'{{"ETH": {value}}}')
    with pytest.raises(InputError, match="ETH"):
        read_shock_file(path)
    with pytest.raises(InputError, match="no such file"):
        read_shock_file(tmp_path / "none.json")


@pytest.mark.recorded
def test_recorded_candles_give_betas_near_those_known_of_these_coins(recorded: Path) -> None:
    from liqscape.sources.recording import open_candles

    candles = open_candles(recorded / "multivenue" / "candles.parquet", None)
    markets = Markets.build(
        Market(coin=coin, size_decimals=2, max_leverage=10, table_row=0)
        for coin in ("BTC", "ETH", "SOL", "DOGE", "HYPE", "XRP")
    )
    read = read_betas(markets, 1_770_292_800_000, candles, None, ())  # 2026-02-05T12:00Z
    assert read.betas.source.tolist() == [BetaSource.FACTOR, *[BetaSource.ESTIMATED] * 4, BetaSource.DEFAULT]
    assert np.all((read.betas.down[1:] > 1.1) & (read.betas.down[1:] < 1.5))
    assert np.all(read.betas.standard_error[1:5] < 0.1)
    assert "Binance, 1 hour" in read.origin
