"""What was traded by the minute out of stored notes: the larger of bought and sold; a coin's path through frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_market import START_MS, SmallMarket, small_market
from stored_moments import moments_of

from liqscape.model.funding import HourlyFunding
from liqscape.model.minute_notes import MinuteKind, MinuteNotes
from liqscape.service.price_bars import MARK_VOLUME, TRADES
from liqscape.service.structure import StructureQuestions
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.units import HOUR_MS, MINUTE_MS

ROWS = (
    (0, 1, 0, MinuteKind.TRADE, 2.0),
    (0, 2, 0, MinuteKind.TRADE, -1.5),
    (0, 3, 0, MinuteKind.LIQUIDATED_BOOK, -1.0),  # a seller too: 2.5 sold against 2 bought
    (0, 4, 0, MinuteKind.DELEVERAGED, -9.0),  # beside the book
    (0, 1, 1, MinuteKind.TRADE, 7.0),  # of another coin
    (2, 1, 0, MinuteKind.TRADE, 4.0),
    (2, 2, 0, MinuteKind.TRADE, -4.0),
    (3, 2, 0, MinuteKind.FUNDING, 0.0),
)
"""Frame, account, market, kind, size."""
EXPECTED = {0: 2.5, 2: 4.0}


def notes(frame: int) -> MinuteNotes | None:
    rows = [row for row in ROWS if row[0] == frame]
    if not rows:
        return None
    _, account, market, kind, size = zip(*rows, strict=True)
    times = np.full(len(rows), START_MS, np.int64)
    return MinuteNotes(
        accounts={
            "address_row": np.array(account, np.int32),
            "market_index": np.array(market, np.int32),
            "kind": np.array(kind, np.int8),
            "size": np.array(size),
            "usd": np.zeros(len(rows)),
            "first_ms": times,
            "last_ms": times,
            "known_at_ms": times,
        }
    )


@pytest.fixture(scope="module")
def market() -> SmallMarket:
    return small_market(count=6)


@pytest.fixture(params=[0, 4, 6], ids=["in parts", "both", "in heads"])
def reader(market: SmallMarket, request: pytest.FixtureRequest, tmp_path: Path) -> HistoryReader:
    moments = [
        replace(moment, notes=notes(number))
        for number, moment in enumerate(
            moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables)
        )
    ]
    due = np.array([70.0, 4.0, 0.0, np.nan, np.nan])
    paid = HourlyFunding(hour_ms=START_MS // HOUR_MS * HOUR_MS, due=due)
    moments = [
        replace(moment, frame=replace(moment.frame, funding=paid if number else None))
        for number, moment in enumerate(moments)
    ]
    heads = request.param
    with HistoryWriter(tmp_path, market.frames[0].provenance) as writer:
        writer.append_many(moments[: len(moments) - heads])
        for moment in moments[len(moments) - heads :]:
            writer.append(moment)
    return HistoryReader(tmp_path)


def test_each_minute_has_the_larger_of_bought_and_sold(reader: HistoryReader, market: SmallMarket) -> None:
    times = [frame.time_ms for frame in market.frames]
    path = reader.traded_path("BTC", 0, times[-1] + 1)
    assert dict(zip(path.time_ms.tolist(), path.size.tolist(), strict=True)) == {
        times[frame]: size for frame, size in EXPECTED.items()
    }
    assert reader.traded_path("BTC", times[2], times[2] + 1).size.tolist() == [4.0]
    assert reader.traded_path("BTC", times[2] + 1, times[-1]).size.tolist() == []
    assert reader.traded_path("ETH", 0, times[-1]).size.tolist() == [7.0]


def test_a_coin_s_path_has_open_interest_of_every_frame_and_its_fundings(
    reader: HistoryReader, market: SmallMarket
) -> None:
    times = [frame.time_ms for frame in market.frames]
    path = reader.coin_path("ETH", times[1], times[-1])
    assert path.time_ms.tolist() == times[1:-1]
    assert path.open_interest.tolist() == [frame.snapshot.open_interest[1] for frame in market.frames[1:-1]]
    assert path.paid_ms.tolist() == [times[1]]
    assert path.hour_ms.tolist() == [START_MS // HOUR_MS * HOUR_MS]
    assert path.rate.tolist() == [4.0 / market.frames[1].snapshot.oracle[1]]
    assert reader.coin_path("ETH", times[2], times[-1]).paid_ms.tolist() == []


def test_trades_written_down_beside_marks_are_the_volume_of_the_profile(reader: HistoryReader) -> None:
    questions = StructureQuestions(MapView(reader))
    answer = questions.ask("BTC")
    assert answer.profile is not None
    assert answer.profile.size == pytest.approx(sum(EXPECTED.values()))
    assert answer.profile.source == TRADES
    silent = questions.ask("kPEPE")
    assert (silent.profile, silent.profile_note) == (None, MARK_VOLUME)
    before = questions.ask("BTC", START_MS + MINUTE_MS)
    assert before.profile_note is not None
