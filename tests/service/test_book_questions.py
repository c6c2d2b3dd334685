"""The resting order book of a map: archived books against plain loops, summaries minute by minute, and holes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from resting_books import EVERY_MS, depth, made_up_books, write_books
from resting_twin import Book, book_shown, cells_of, densities, quantile
from small_market import START_MS, SmallMarket
from stored_moments import moments_of

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model.minute_notes import MinuteNotes
from liqscape.service.answers.book import BookAnswer
from liqscape.service.book_questions import BookQuestions, BookWindow
from liqscape.service.view import MapView
from liqscape.store.books import BookReader
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.units import DAY_MS, MINUTE_MS

PRICES = BookWindow(price_low=60_000.0, price_high=80_000.0)


def store(
    folder: Path, market: SmallMarket, notes: list[MinuteNotes | None], kind: str = "api", *, is_sealed: bool = False
) -> BookQuestions:
    """A folder whose frames have these notes; sealed: in parts, else one minute after the other in heads."""
    made_of = Provenance(kind, "made up", False, "")
    moments = [
        Moment(
            frame=replace(each.frame, provenance=made_of),
            accounts=each.accounts,
            tables=each.tables,
            is_stored=True,
            notes=note,
        )
        for each, note in zip(
            moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables), notes, strict=True
        )
    ]
    writer = HistoryWriter(folder, made_of)
    for moment in moments:
        writer.append(moment)
    if is_sealed:
        writer.compact()
    writer.close()
    return BookQuestions(MapView(HistoryReader(folder)))


NAN = (float("nan"),) * 3


@pytest.fixture(scope="module", params=[False, True], ids=["heads", "parts"])
def summaries(
    market: SmallMarket, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> BookQuestions:
    """A minute with depth, one whose book was lost, one without notes, then depth again."""
    notes: list[MinuteNotes | None] = [
        depth(70_000.0, (1_000.0, 2_000.0, 3_000.0), (4_000.0, 5_000.0, float("nan"))),
        depth(70_100.0, NAN, NAN),
        None,
    ]
    notes += [depth(71_000.0, (10.0, 20.0, 30.0), (40.0, 50.0, 60.0))] * (len(market.frames) - 3)
    return store(tmp_path_factory.mktemp("summaries"), market, notes, is_sealed=request.param)


def test_a_summary_is_what_each_minute_wrote_and_a_lost_book_is_not_loaded(summaries: BookQuestions) -> None:
    answer = summaries.book("BTC", PRICES)
    summary = answer.summary
    assert (answer.kind, answer.cells, answer.note) == ("live summary", None, None)
    assert summary is not None
    assert summary.within_percent == [0.5, 1.0, 2.0]
    assert summary.as_of_ms[:4] == [START_MS, None, None, START_MS + 3 * MINUTE_MS]
    assert summary.mid[:4] == [70_000.0, None, None, 71_000.0]
    assert [each[0] for each in summary.bid_usd] == [1_000.0, 2_000.0, 3_000.0]
    assert [each[0] for each in summary.ask_usd] == [4_000.0, 5_000.0, None], "beyond 1 % nothing was seen"
    assert [each[3] for each in summary.ask_usd] == [40.0, 50.0, 60.0]


def test_a_coin_nobody_followed_has_no_book_and_a_sentence(summaries: BookQuestions) -> None:
    answer = summaries.book("ETH", BookWindow(price_low=1_000.0, price_high=3_000.0))
    assert (answer.kind, answer.cells, answer.summary, answer.scale) == (None, None, None, None)
    assert answer.note is not None
    assert "no order book of ETH is stored" in answer.note


def test_books_of_the_sandbox_are_said_to_be_of_the_sandbox(market: SmallMarket, tmp_path: Path) -> None:
    notes: list[MinuteNotes | None] = [depth(70_000.0, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))] * len(market.frames)
    answer = store(tmp_path, market, notes, "sandbox").book("BTC", PRICES)
    assert answer.kind == "sandbox"
    assert answer.summary is not None
    assert answer.summary.kind == "sandbox"


@pytest.fixture(scope="module")
def archived(
    market: SmallMarket, tmp_path_factory: pytest.TempPathFactory
) -> tuple[BookQuestions, dict[int, Book], Path]:
    folder = tmp_path_factory.mktemp("archived")
    questions = store(folder, market, [None] * len(market.frames))
    midnight = START_MS // DAY_MS * DAY_MS
    books = made_up_books(midnight - 80 * EVERY_MS, 150)
    write_books(folder, books)
    return questions, books, folder


@pytest.mark.parametrize(("width", "height"), [(2_000, 400), (40, 60), (9, 2_000), (1, 1)])
def test_cells_of_an_archive_are_those_of_plain_loops(
    archived: tuple[BookQuestions, dict[int, Book], Path], width: int, height: int
) -> None:
    questions, books, _ = archived
    window = BookWindow(min(books) - 3 * EVERY_MS, max(books) + 3 * EVERY_MS, width, height, 68_000.0, 75_000.0)
    answer = questions.book("BTC", window)
    assert answer.kind == "archive"
    assert answer.cells is not None
    for side, told in enumerate((answer.cells.bid, answer.cells.ask)):
        found = {(column, row): usd for column, row, usd in told}
        assert list(found) == sorted(found)
        assert len(found) == len(told)
        wanted = {}
        for column in range(answer.columns):
            begin = answer.start_ms + column * answer.step_ms
            shown = book_shown(books, begin, begin + answer.step_ms, EVERY_MS)
            assert answer.cells.as_of_ms[column] == shown
            if shown is None:
                assert answer.cells.seen_low[column] is None
                continue
            prices = [price for levels in books[shown] for price, _ in levels]
            assert (answer.cells.seen_low[column], answer.cells.seen_high[column]) == (min(prices), max(prices))
            for row, usd in cells_of(books[shown], answer.level, answer.first_band, answer.rows)[side].items():
                wanted[column, row] = usd
        assert found.keys() == wanted.keys()
        np.testing.assert_allclose([found[key] for key in wanted], list(wanted.values()), rtol=1e-12)
    assert len(answer.cells.bid) > 0


def test_the_scale_is_of_the_week_before_the_hour_whatever_the_window(
    archived: tuple[BookQuestions, dict[int, Book], Path],
) -> None:
    questions, books, folder = archived
    last_ms = HistoryReader(folder).last_ms
    assert last_ms is not None
    hour_ms = last_ms // 3_600_000 * 3_600_000
    values = densities({time_ms: book for time_ms, book in books.items() if time_ms < hour_ms})
    scales = [
        questions.book("BTC", BookWindow(min(books), max(books), width, height, 69_000.0, 72_000.0)).scale
        for width, height in ((10, 10), (900, 300))
    ]
    assert scales[0] == scales[1]
    assert scales[0] is not None
    assert (scales[0].cell_count, scales[0].basis, scales[0].computed_ms) == (len(values), "shorter", hour_ms)
    np.testing.assert_allclose(scales[0].low, quantile(values, 0.55), rtol=1e-12)
    np.testing.assert_allclose(scales[0].high, quantile(values, 0.985), rtol=1e-12)


def test_a_damaged_day_is_not_loaded_and_said(market: SmallMarket, tmp_path: Path) -> None:
    questions = store(tmp_path, market, [None] * len(market.frames))
    midnight = START_MS // DAY_MS * DAY_MS
    books = made_up_books(midnight - 40 * EVERY_MS, 80)
    write_books(tmp_path, books)
    first, second = sorted((tmp_path / "books" / "BTC").iterdir())
    second.write_bytes(second.read_bytes()[:-40])
    answer = questions.book("BTC", BookWindow(min(books), max(books), 300, 100, 68_000.0, 75_000.0))
    assert answer.cells is not None
    of_days = {midnight <= time_ms for time_ms in answer.cells.as_of_ms if time_ms is not None}
    assert of_days == {False}, f"only {first.name} can be read"
    assert answer.note is not None
    assert second.name in answer.note


def test_a_question_that_makes_no_sense_is_refused(summaries: BookQuestions) -> None:
    for window, error, word in (
        (BookWindow(price_low=2.0, price_high=1.0), QuestionError, "price_low"),
        (BookWindow(start_ms=5, end_ms=5), QuestionError, "start_ms"),
        (BookWindow(width=0), QuestionError, "width"),
    ):
        with pytest.raises(error, match=word):
            summaries.book("BTC", window)
    with pytest.raises(NotFound, match="NOPE"):
        summaries.book("NOPE")
    with pytest.raises(NotFound, match="no mark of DARK"):
        summaries.book("DARK")


def test_without_prices_a_window_reaches_beyond_two_percent_of_the_marks(summaries: BookQuestions) -> None:
    answer: BookAnswer = summaries.book("BTC")
    edges = np.exp((answer.first_band + np.array([0, answer.rows])) * answer.log_width * 2.0**answer.level)
    assert edges[0] < 70_000.0 * 0.98
    assert edges[1] > 70_000.0 * 1.02


def test_resting_orders_change_no_cell_of_the_map(market: SmallMarket, tmp_path: Path) -> None:
    store(tmp_path, market, [None] * len(market.frames))
    alone = MapView(HistoryReader(tmp_path)).heatmap("BTC", width=40, height=100).to_bytes()
    write_books(tmp_path, made_up_books(START_MS, 20))
    view = MapView(HistoryReader(tmp_path), books=BookReader(tmp_path))
    assert BookQuestions(view).book("BTC", PRICES).cells is not None
    assert view.heatmap("BTC", width=40, height=100).to_bytes() == alone
