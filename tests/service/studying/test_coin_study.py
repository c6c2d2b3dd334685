"""One coin's study (insight/study.py): its parts add up, its state goes on to the bit, what is unknown ends nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liqscape.errors import ModelError
from liqscape.insight.minute import Minute
from liqscape.insight.minute_pair import MinutePair
from liqscape.insight.needs import OnRecord
from liqscape.insight.study import CoinStudy
from liqscape.insight.study_rows import ClusterRow
from liqscape.model import Markets
from liqscape.model.liquidations import Evidence, LiquidationMethod
from liqscape.model.minute_notes import MinuteNotes
from liqscape.service.studying.minutes import StudiedMinutes
from liqscape.store.history import HistoryReader
from liqscape.units import Side

COIN = "BTC"
Pairs = list[tuple[Minute | None, Minute]]
SIDES = {"long": Side.LONG, "short": Side.SHORT}


@pytest.fixture(scope="module")
def minutes(stored_history: Path) -> Pairs:
    return list(StudiedMinutes(HistoryReader(stored_history)).read(0))


def lots(minute: Minute, row: ClusterRow) -> int:
    """Of a cluster's span, one position after the other."""
    market = minute.snapshot.markets.index_of(COIN)
    held = minute.held(market, SIDES[row.side])
    scale = 10 ** minute.snapshot.markets.rows[market].size_decimals
    inside = zip(held.level.tolist(), held.size.tolist(), strict=True)
    return sum(round(size * scale) for level, size in inside if row.price_low <= level < row.price_high)


def test_what_a_cluster_gained_and_lost_is_the_sum_of_its_reasons(minutes: Pairs) -> None:
    study, stood = CoinStudy(COIN), {}
    summed = 0
    for before, now in minutes:
        pair = MinutePair(before, now)
        rows = study.advance(pair)
        told: dict[str, int] = defaultdict(int)
        for change in rows.cluster_changes:
            told[change.cluster_id] += change.lots
            summed += 1
        stands = {row.cluster_id: row for row in study.now(pair).clusters}
        for name in stood.keys() | stands.keys():
            was = lots(before, stood[name]) if before is not None and name in stood else 0
            is_now = lots(now, stands[name]) if name in stands else 0
            if before is not None:
                assert told.get(name, 0) == is_now - was, (name, now.time_ms)
        stood = stands
    assert summed > 0


def test_a_state_taken_up_elsewhere_goes_on_to_the_bit(minutes: Pairs) -> None:
    whole, cut = CoinStudy(COIN), CoinStudy(COIN)
    for before, now in minutes:
        pair = MinutePair(before, now)
        assert cut.advance(pair) == whole.advance(pair)
        assert cut.now(pair) == whole.now(pair)
        assert cut.needs == whole.needs
        cut = CoinStudy.from_state(COIN, cut.state())
        assert cut.state() == whole.state()
    with pytest.raises(ModelError, match="state of a study of BTC"):
        CoinStudy.from_state(COIN, b"\x80")


def test_an_unknown_mark_ends_nothing_and_is_said(minutes: Pairs) -> None:
    study = CoinStudy(COIN)
    for before, now in minutes[:10]:
        study.advance(MinutePair(before, now))
    stood = {row.cluster_id for row in study.now(MinutePair(*minutes[9])).clusters}
    before, now = minutes[10]
    dark = now.snapshot.mark.copy()
    dark[now.snapshot.markets.index_of(COIN)] = np.nan
    pair = MinutePair(before, replace(now, snapshot=replace(now.snapshot, mark=dark)))
    rows = study.advance(pair)
    clusters = study.now(pair).clusters
    assert stood
    assert {row.cluster_id for row in clusters} == stood
    assert not any(row.is_known for row in clusters)
    assert all(row.notional is row.mark is None for row in clusters)
    assert not [row for row in rows.clusters if row.event == "ended"]


def test_a_coin_that_is_not_listed_any_more_is_held_as_unknown(minutes: Pairs) -> None:
    coin = minutes[0][1].snapshot.markets.coins[-1]
    study = CoinStudy(coin)
    for before, now in minutes[:5]:
        study.advance(MinutePair(before, now))
    stood = {row.cluster_id for row in study.now(MinutePair(*minutes[4])).clusters}
    before, now = minutes[5]
    shot = now.snapshot
    fewer = replace(
        shot,
        markets=Markets.build(shot.markets.rows[:-1]),
        mark=shot.mark[:-1],
        oracle=shot.oracle[:-1],
        open_interest=shot.open_interest[:-1],
        doubt=None,
    )
    pair = MinutePair(before, replace(now, snapshot=fewer))
    assert pair.causes is None, "places of coins are others"
    rows = study.advance(pair)
    assert not [row for row in rows.clusters if row.event == "ended"]
    held = study.now(pair).clusters
    assert {row.cluster_id for row in held} == stood
    assert {(row.sweep_state, row.residual_size) for row in held} == {(None, None)}
    again = CoinStudy.from_state(coin, study.state())
    assert again.advance(pair) == study.advance(pair)
    assert again.now(pair) == study.now(pair), "a restart tells the same"


def test_a_liquidation_is_of_the_cluster_its_level_was_in_before_its_first_fill(minutes: Pairs) -> None:
    study = CoinStudy(COIN)
    for before, now in minutes[:12]:
        study.advance(MinutePair(before, now))
    cluster = next(row for row in study.now(MinutePair(*minutes[11])).clusters if row.side == "long")
    before, now = minutes[12]
    rows = study.advance(MinutePair(before, replace(now, notes=events(now, cluster))))
    inside, outside, unknown = rows.liquidation_events
    assert inside.cluster_id == cluster.cluster_id
    assert outside.cluster_id is unknown.cluster_id is None
    assert (inside.coin, inside.side, inside.direction, inside.method) == (COIN, "long", "sell", "market")
    assert inside.recovery_ms is inside.impact_1s_bp is unknown.liquidation_price is inside.taken_by is None
    assert inside.slippage_bp == 3.0


def events(now: Minute, cluster: ClusterRow) -> MinuteNotes:
    """One inside the cluster, one below it, one whose level is not known; and one of another coin."""
    count = 4
    nan, text = np.full(count, np.nan), np.array([""] * count, np.object_)
    coin = now.snapshot.markets.index_of(COIN)
    columns = {
        "event_id": np.array([f"e{row}" for row in range(count)], np.object_),
        "address": text,
        "market_index": np.array([coin, coin, coin, coin + 1], np.int32),
        "side": np.full(count, 1, np.int8),
        "direction": np.full(count, -1, np.int8),
        "method": np.full(count, LiquidationMethod.MARKET, np.uint8),
        "evidence": np.full(count, next(iter(Evidence)), np.uint8),
        "size": np.ones(count),
        "liquidation_price": np.array([cluster.price_peak, cluster.price_low * 0.5, np.nan, cluster.price_peak]),
        "first_fill_ms": np.full(count, now.time_ms - 1, np.int64),
        "last_fill_ms": np.full(count, now.time_ms, np.int64),
        "slippage_bp": np.full(count, 3.0),
        "recovery_ms": np.full(count, -1, np.int64),
        "baseline_count": np.zeros(count, np.int32),
        "known_at_ms": np.full(count, now.time_ms, np.int64),
    }
    unknown = ("price", "notional", "mark", "pre_mid", "depth_share", "burst_usd")
    unknown += tuple(f"{name}_{at}s_bp" for name in ("impact", "baseline") for at in (1, 10, 60))
    columns |= dict.fromkeys(unknown, nan) | dict.fromkeys(("measured_on", "taken_by", "burst_id", "why_unknown"), text)
    return MinuteNotes(liquidations=columns)


def test_what_is_not_written_down_counts_for_nothing_and_a_hole_begins_anew(minutes: Pairs) -> None:
    study = CoinStudy(COIN)
    (first, second, third) = (now for _, now in minutes[:3])
    study.advance(MinutePair(None, replace(first, notes=None)))
    assert since(study) == {"cluster_id": first.time_ms, "sweeps": None, "impact": None}
    study.advance(MinutePair(first, second))
    assert since(study)["sweeps"] == second.time_ms + 60_000
    study.advance(MinutePair(second, replace(third, is_gap=True)))
    assert since(study)["sweeps"] == third.time_ms + 60_000
    assert since(study)["cluster_id"] == first.time_ms


def since(study: CoinStudy) -> dict[str, int | None]:
    return {each.figure: each.since_ms for each in study.needs if each.figure in ("cluster_id", "sweeps", "impact")}


def test_accounts_read_for_the_first_time_are_known_whatever_their_place(minutes: Pairs) -> None:
    before, now = minutes[5]
    assert before is not None
    market = now.snapshot.markets.index_of(COIN)
    held = now.held(market, Side.LONG)
    owner = now.accounts.address_row[now.accounts.pool_of_position()[held.row]]
    fewer = replace(before, key=before.key[before.key != now.key[owner[0]]])
    found = MinutePair(fewer, now).first_read(held)
    assert found is not None
    assert np.array_equal(found, held.key == now.key[owner[0]])
    assert MinutePair(before, now).first_read(held) is None
    assert OnRecord.FRAMES in MinutePair(before, now).records(market)
