"""What the pipeline writes down between two stored frames, and since when it could."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ledger_fills import ALICE, BOB, MARKETS, NOW, TABLES, Held, Row, defined, fills, marks, prints, states

from liqscape.heatmap.frame import Provenance
from liqscape.model.doubt import Doubt
from liqscape.model.events import (
    DepthObserved,
    Event,
    FrameDue,
    FundingDue,
    GapDetected,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
)
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.model.minute_notes import Columns, MinuteKind, MinuteNotes
from liqscape.service.pipeline import Pipeline
from liqscape.units import HOUR_MS, MINUTE_MS

START = [
    defined(),
    marks(100.0),
    states(Held(ALICE, 1_000.0, {0: 2.0}), Held(BOB, 1_000.0, {0: -2.0})),
    FrameDue(NOW, 0),
]


def notes_of(*events: Event, kind: str = "api") -> list[MinuteNotes | None]:
    """Of every stored frame."""
    pipeline = Pipeline(Provenance(kind, "made up", is_simulated=True, note=""))
    made = [pipeline.feed(event) for event in events]
    return [moment.notes for moment in made if moment is not None and moment.is_stored]


def last_of(*events: Event) -> tuple[Columns, Columns, Columns]:
    """Coins, path and accounts of the last stored frame after the start."""
    notes = notes_of(*START, *events)[-1]
    assert notes is not None
    assert notes.coins is not None
    assert notes.path is not None
    assert notes.accounts is not None
    return notes.coins, notes.path, notes.accounts


def test_marks_between_frames_leave_their_extremes_and_their_path() -> None:
    given = [marks(price, time_ms=NOW + at) for at, price in ((3, 100.01), (6, 103.0), (9, 99.0), (12, 99.001))]
    coins, path, _ = last_of(*given, FrameDue(NOW + 20, 0, is_stored=False), FrameDue(NOW + 30, 0))
    names = ("first", "low", "high", "last")
    assert [coins[f"mark_{name}"][0] for name in names] == [100.01, 99.0, 103.0, 99.001]
    assert [coins[f"mark_{name}_ms"][0] - NOW for name in names] == [3, 9, 6, 12]
    assert (path["at_ms"][path["market_index"] == 0] - NOW).tolist() == [6, 9], "the others stayed in their band"
    assert coins["since_ms"].tolist() == [NOW, NOW]
    assert coins["known_at_ms"].tolist() == [NOW + 30, NOW + 30]


def test_a_mark_in_doubt_is_none_of_the_minute() -> None:
    doubted = marks(101.0, time_ms=NOW + 6)
    doubt = np.array([Doubt.MARK_LEAP, 0], np.uint8)
    doubted = replace(doubted, snapshot=replace(doubted.snapshot, doubt=doubt))
    coins, path, _ = last_of(marks(100.01, time_ms=NOW + 3), doubted, FrameDue(NOW + 30, 0))
    assert [coins[f"mark_{name}"][0] for name in ("high", "last")] == [100.01, 100.01]
    assert coins["mark_last_ms"][0] == NOW + 3
    assert not (path["at_ms"][path["market_index"] == 0] == NOW + 6).any()


def test_mids_and_the_last_depth_stand_beside_and_a_new_minute_forgets_them() -> None:
    def depth(at: int, usd: float) -> DepthObserved:
        return DepthObserved(
            time_ms=NOW + at,
            received_ns=0,
            market_index=np.array([1], np.int32),
            bid_usd=np.array([[usd, usd * 2, np.nan]]),
            ask_usd=np.array([[usd + 1, usd + 2, usd + 3]]),
        )

    mids = [MidsObserved(NOW + at, 0, np.array([np.nan, mid])) for at, mid in ((1, 9.0), (2, 9.5), (3, 9.2))]
    events = [*mids, depth(4, 10.0), depth(5, 20.0), FrameDue(NOW + 30, 0)]
    coins, _, _ = last_of(*events)
    assert coins["market_index"].tolist() == [1]
    assert [coins[f"mid_{name}"][0] for name in ("first", "low", "high", "last")] == [9.0, 9.0, 9.5, 9.2]
    assert np.isnan(coins["mark_last"]).all()
    assert [coins[f"bid_usd_{share}pct"][0] for share in ("0_5", "1")] == [20.0, 40.0]
    assert np.isnan(coins["bid_usd_2pct"][0])
    assert coins["ask_usd_2pct"].tolist() == [23.0]
    assert not len(last_of(*events, FrameDue(NOW + 60, 0))[0]["market_index"])


def test_trades_are_summed_by_account_and_market_with_their_times() -> None:
    given = prints((ALICE, BOB, 0, 1.0, 101.0, True, NOW + 5, 1), (BOB, ALICE, 0, 0.25, 100.0, True, NOW + 9, 2))
    _, _, rows = last_of(given, given, FrameDue(NOW + 30, 0))
    assert rows["kind"].tolist() == [MinuteKind.TRADE] * 2, "told twice, counted once"
    assert rows["address_row"].tolist() == [0, 1]
    assert rows["size"].tolist() == [0.75, -0.75]
    assert rows["first_ms"].tolist() == [NOW + 5] * 2
    assert rows["last_ms"].tolist() == [NOW + 9] * 2
    fees = 101.0 * 0.000_45 + 25.0 * 0.000_15
    assert rows["usd"][0] == pytest.approx(-101.0 + 25.0 - fees)
    assert not len(last_of(given, FrameDue(NOW + 30, 0), FrameDue(NOW + 60, 0))[2]["kind"])


def test_a_state_in_between_neither_takes_a_trade_away_nor_counts_it_twice() -> None:
    told = prints((ALICE, BOB, 0, 1.0, 101.0, True, NOW + 5, 1))
    read = states(Held(ALICE, 899.0, {0: 3.0}), time_ms=NOW + 7)
    stale = states(Held(ALICE, 1_000.0, {0: 2.0}), time_ms=NOW + 2)
    for events in ((told, read), (read, told), (stale, told), (told, stale)):
        _, _, rows = last_of(*events, FrameDue(NOW + 30, 0))
        assert rows["size"][rows["address_row"] == 0].tolist() == [1.0]


def test_a_trade_that_the_state_before_the_minute_held_already_is_not_of_it() -> None:
    later = states(Held(ALICE, 899.0, {0: 3.0}), time_ms=NOW + 7)
    told = prints((ALICE, BOB, 0, 1.0, 101.0, True, NOW + 5, 1))
    _, _, rows = last_of(later, FrameDue(NOW + 30, 0), told, FrameDue(NOW + 60, 0))
    assert rows["address_row"].tolist() == [1]


def test_what_a_fill_s_start_corrects_is_in_no_sum() -> None:
    # Held 2, the venue says 3 before it sold a half.
    _, _, rows = last_of(fills(Row(ALICE, 0, -0.5, 100.0, 3.0, 7)), FrameDue(NOW + 30, 0))
    assert rows["size"].tolist() == [-0.5]


def test_funding_of_an_hour_has_a_row_of_each_position_of_the_frame_before() -> None:
    hour_ms = (NOW // HOUR_MS + 1) * HOUR_MS
    due = FundingDue(hour_ms, 0, np.array([1e-3, np.nan]), np.array([100.0, 10.0]))
    before = [marks(100.0, time_ms=hour_ms), FrameDue(hour_ms, 0)]
    _, _, rows = last_of(*before, due, FrameDue(hour_ms + MINUTE_MS, 0))
    assert rows["kind"].tolist() == [MinuteKind.FUNDING] * 2
    assert rows["usd"].tolist() == [-0.2, 0.2]
    assert np.isnan(rows["size"]).all()
    assert rows["first_ms"].tolist() == rows["last_ms"].tolist() == [hour_ms] * 2
    again = last_of(*before, due, FrameDue(hour_ms + MINUTE_MS, 0), FrameDue(hour_ms + 2 * MINUTE_MS, 0))[2]
    assert not len(again["kind"])


def test_a_minute_cut_by_a_restart_says_since_when_it_was_watched() -> None:
    """As a map begins from its checkpoint: the state of the last frame, then a gap of everything."""
    gap = GapDetected(time_ms=NOW + 1, received_ns=0, from_ms=NOW, market_index=None, reason="not running")
    later = [
        marks(101.0, time_ms=NOW + 40),
        FrameDue(NOW + 60, 0),
        marks(102.0, time_ms=NOW + 70),
        FrameDue(NOW + 90, 0),
    ]
    first, second = notes_of(*START[:3], gap, *later)
    assert first is not None
    assert first.coins is not None
    assert first.coins["since_ms"].tolist() == [NOW + 40] * 2
    assert second is not None
    assert second.coins is not None
    assert second.coins["since_ms"].tolist() == [NOW + 60] * 2


def test_a_hole_of_some_markets_or_accounts_leaves_the_minute_whole() -> None:
    gap = GapDetected(time_ms=NOW + 10, received_ns=0, from_ms=NOW, market_index=np.array([0], np.int32), reason="lost")
    named = replace(gap, market_index=None, addresses=(ALICE,))
    coins, _, _ = last_of(gap, named, marks(101.0, time_ms=NOW + 20), FrameDue(NOW + 30, 0))
    assert coins["since_ms"].tolist() == [NOW, NOW]


def test_a_coin_listed_in_between_is_in_the_next_minute_and_others_go_on() -> None:
    more = Markets.build([*MARKETS.rows, Market(coin="C", size_decimals=2, max_leverage=10, table_row=0)])
    snapshot = MarketSnapshot.of_marks(more, NOW + 9, np.array([101.0, 10.0, 1.5]))
    coins, path, _ = last_of(
        marks(100.5, time_ms=NOW + 3), MarketDefined(NOW + 5, 0, more, TABLES), MarksUpdated(NOW + 9, 0, snapshot),
        FrameDue(NOW + 30, 0),
    )  # fmt: skip
    assert coins["mark_first_ms"].tolist() == [NOW + 3, NOW + 3, NOW + 9]
    assert coins["mark_last"].tolist() == [101.0, 10.0, 1.5]
    assert path["market_index"].tolist() == [0, 0, 2]


def test_snapshots_of_others_have_no_notes() -> None:
    assert notes_of(*START, marks(101.0, time_ms=NOW + 5), FrameDue(NOW + 30, 0), kind="recording") == [None, None]


def test_frames_far_apart_lose_no_trade_to_the_memory_of_prints() -> None:
    """The ledger's memory of legs is let go after ten minutes; prints of an hour without a frame are all summed."""
    rows = [
        prints(*((ALICE, BOB, 0, 0.01, 100.0, True, NOW + minute * MINUTE_MS + each, 1_000 * minute + each)
                 for each in range(1, 201)))
        for minute in range(60)
    ]  # fmt: skip
    _, _, summed = last_of(*rows, FrameDue(NOW + HOUR_MS, 0))
    assert summed["size"].tolist() == pytest.approx([60 * 200 * 0.01, -60 * 200 * 0.01])
