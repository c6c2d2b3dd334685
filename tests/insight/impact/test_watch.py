"""From events of the one path to finished rows (insight/impact/watch.py)."""

from __future__ import annotations

import numpy as np
import pytest
from ledger_fills import ALICE, BOB, CAROL, MARKETS, NOW, Held, Row, defined, fills, marks, prints, states

from liqscape.insight.impact import ImpactWatch
from liqscape.ledger import Ledger
from liqscape.model.events import DepthObserved, Event, FrameDue, MidsObserved
from liqscape.model.liquidations import Evidence, LiquidationMethod
from liqscape.model.minute_notes import Columns

LONGS = (Held(ALICE, -90.0, {0: 1.0}), Held(BOB, 10_000.0, {}), Held(CAROL, 10_000.0, {}))


def mids(second: float, a: float, b: float = 10.0) -> MidsObserved:
    return MidsObserved(NOW + round(1000 * second), 0, np.array([a, b]))


def depth(second: float, bid: float, ask: float) -> DepthObserved:
    return DepthObserved(
        time_ms=NOW + round(1000 * second),
        received_ns=0,
        market_index=np.array([0], np.int32),
        bid_usd=np.array([[bid / 2, bid, bid * 2]]),
        ask_usd=np.array([[ask / 2, ask, ask * 2]]),
    )


def sold(
    second: float,
    price: float = 94.0,
    *,
    trade_id: int = 1,
    victim: str = ALICE,
    method: LiquidationMethod = LiquidationMethod.MARKET,
) -> Event:
    """A forced sale of one coin as the exchange tells it."""
    at_ms = NOW + round(1000 * second)
    return fills(Row(victim, 0, -1.0, price, 1.0, trade_id, at_ms, victim=victim, method=method, mark=94.5))


def seen(*events: Event, until: float = 700.0) -> Columns:
    """What a watch has finished some seconds after NOW, events in order of time."""
    ledger, watch = Ledger(), ImpactWatch()
    end = FrameDue(NOW + round(1000 * until), 0)
    start = states(*LONGS, time_ms=NOW - 20_000)
    for event in (*sorted((defined(), start, *events), key=lambda each: each.time_ms), end):
        ledger.apply(event)
        watch.observe(event, ledger)
    rows = watch.take(end.time_ms)
    assert rows is not None
    return rows


def path(**at: float) -> list[Event]:
    """Mids each second from -10 to 700, changed from the seconds given (`s5=99.0`)."""
    changes = {int(name[1:]): value for name, value in at.items()}
    found: list[Event] = []
    mid = 100.0
    for second in range(-10, 701):
        mid = changes.get(second, mid)
        found.append(mids(second, mid))
    return found


def test_a_finished_event_says_what_it_moved_and_what_it_met() -> None:
    """94 USD sold at 100 before: 600 bp of slippage; 94 of 9,400 USD of bids are a hundredth."""
    rows = seen(*path(s5=99.5, s15=99.0, s60=99.8), depth(-3, 9_400.0, 50.0), depth(6, 1.0, 1.0), sold(4.5))
    assert rows["event_id"].tolist() == [f"A-long-{NOW + 4_500}-aaaaaaaa-market"]
    assert rows["burst_id"].tolist() == [f"A-long-{NOW + 4_500}"]
    assert rows["direction"].tolist() == [-1]
    assert rows["pre_mid"].tolist() == [100.0]
    assert rows["slippage_bp"] == pytest.approx([600.0])
    assert rows["impact_1s_bp"] == pytest.approx([50.0])
    assert rows["impact_10s_bp"] == pytest.approx([50.0])
    assert rows["impact_60s_bp"] == pytest.approx([20.0])
    assert rows["recovery_ms"].tolist() == [45_000]
    assert rows["depth_share"] == pytest.approx([0.01])
    assert rows["taken_by"].tolist() == ["book"]
    assert rows["evidence"].tolist() == [Evidence.EXACT]
    assert rows["measured_on"].tolist() == ["mids"]
    assert rows["why_unknown"].tolist() == ["baseline: fewer than 50 comparable times in the 24 h before"]
    assert {len(values) for values in rows.values()} == {1}


def test_events_of_one_side_within_five_seconds_have_one_impact() -> None:
    rows = seen(
        *path(s3=99.0, s8=98.0), sold(2.5), sold(7.0, victim=BOB, trade_id=2), sold(60.5, trade_id=3, victim=CAROL)
    )
    assert rows["burst_id"].tolist() == [f"A-long-{NOW + 2_500}"] * 2 + [f"A-long-{NOW + 60_500}"]
    assert rows["impact_1s_bp"] == pytest.approx([200.0, 200.0, 0.0])
    assert rows["burst_usd"].tolist() == [188.0, 188.0, 94.0]
    assert rows["pre_mid"].tolist() == [100.0, 99.0, 98.0]


@pytest.mark.parametrize(
    ("method", "taker"),
    [
        (LiquidationMethod.MARKET, "book"),
        (LiquidationMethod.BACKSTOP, "hlp"),
        (LiquidationMethod.ADL, "winners"),
    ],
)
def test_who_took_it_follows_from_how_it_was_closed(method: LiquidationMethod, taker: str) -> None:
    rows = seen(*path(), sold(4.5, method=method))
    assert rows["taken_by"].tolist() == [taker]


def test_an_event_is_not_finished_before_its_figures_are_settled() -> None:
    still = [each for each in path(s5=99.0) if each.time_ms <= NOW + 500_000]
    early = [each for each in still if each.time_ms <= NOW + 93_000]
    assert len(seen(*early, sold(4.5), until=93.0)["event_id"]) == 0
    assert len(seen(*still, sold(4.5), until=500.0)["event_id"]) == 0
    assert len(seen(*path(s5=99.0), sold(4.5))["event_id"]) == 1


def test_what_prints_let_us_infer_is_shown_as_inferred() -> None:
    ordinary = prints((BOB, ALICE, 0, 1.0, 94.0, False, NOW + 4_500, 1))
    rows = seen(*path(), marks(94.7, time_ms=NOW + 4_000), ordinary)
    assert rows["evidence"].tolist() == [Evidence.INFERRED]
    assert rows["liquidation_price"] == pytest.approx([90.0 / 0.95])


def test_without_mids_marks_stand_in_and_the_row_says_so() -> None:
    given = [marks(100.0 if second < 5 else 99.0, time_ms=NOW + 1000 * second) for second in range(-10, 701, 3)]
    rows = seen(*given, sold(4.5))
    assert rows["measured_on"].tolist() == ["marks"]
    assert rows["impact_60s_bp"] == pytest.approx([100.0])
    assert "impact_1s" in rows["why_unknown"][0]
    assert np.isnan(rows["impact_1s_bp"]).all()


def test_the_first_mid_of_a_coin_ends_the_marks_that_stood_in() -> None:
    given = [marks(120.0, time_ms=NOW + 1000 * second) for second in range(-10, 1)]
    later = [each for each in path() if each.time_ms > NOW + 4_600]
    rows = seen(*given, *later, sold(4.5))
    assert rows["measured_on"].tolist() == ["mids"]
    assert np.isnan(rows["pre_mid"]).all()
    assert "no mid of the minute before" in rows["why_unknown"][0]


def test_without_any_price_all_is_unknown_and_says_why() -> None:
    rows = seen(sold(4.5))
    assert rows["measured_on"].tolist() == [""]
    assert np.isnan(rows["pre_mid"]).all()
    assert rows["recovery_ms"].tolist() == [-1]
    assert "no mids of this coin are known" in rows["why_unknown"][0]
    assert "order book" in rows["why_unknown"][0]


def test_where_somebody_else_takes_liquidations_first_the_watch_still_learns_of_them() -> None:
    ledger, watch = Ledger(), ImpactWatch()
    start = (defined(), states(*LONGS, time_ms=NOW - 20_000))
    for event in (*start, *path()[:20], sold(9.5), FrameDue(NOW + 700_000, 0)):
        ledger.apply(event)
        taken = ledger.take_liquidations()
        watch.observe(event, ledger)
    assert len(taken) == 1
    finished, again = watch.take(NOW + 700_000), watch.take(NOW + 700_000)
    assert finished is not None
    assert again is not None
    assert (len(finished["event_id"]), len(again["event_id"])) == (1, 0)


def test_memory_is_bounded_by_coins_and_stated() -> None:
    """8 MB of mids, 4 of depth and 6 of times without a liquidation at 250 coins."""
    ledger, watch = Ledger(), ImpactWatch()
    ledger.apply(defined())
    watch.observe(defined(), ledger)
    assert watch.byte_count == len(MARKETS) * (2_048 * 16 + 2 * 512 * 16 + 1_456 * 17)
