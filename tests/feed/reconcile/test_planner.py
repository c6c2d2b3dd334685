"""Questions: batches where they are known, one dex at a time, failures later, nobody twice at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from liqscape.feed.discovery.addresses import AddressBook
from liqscape.feed.reconcile.planner import (
    BATCH,
    MIN_BATCH,
    PLAN_ROWS,
    PLAN_SINGLES,
    RETRY_MS,
    BatchSupport,
    PlannedQuestion,
    Planner,
    Priority,
)
from liqscape.feed.reconcile.priority import REST_MS
from liqscape.ledger import WatchColumns
from liqscape.model.addresses import AddressSource
from liqscape.units import BoolArray
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest

NOW_MS = 1_770_000_000_000


def watch_of(names: tuple[str, ...] = (), *, is_known: BoolArray | None = None) -> WatchColumns:
    """What a ledger knows: by default everybody read long ago, at the mark, having traded since."""
    count = len(names)
    known = np.ones(count, np.bool_) if is_known is None else is_known
    return WatchColumns(
        address=names,
        state_ms=np.where(known, NOW_MS - 10**6, -1),
        last_trade_ms=np.full(count, NOW_MS - 10),
        is_dirty=np.ones(count, np.bool_),
        is_unsure=np.zeros(count, np.bool_),
        is_known=known,
        notional=np.full(count, 1e6),
        nearest_distance=np.full(count, 0.001),
        traded_notional=np.zeros(count),
        dex_bits=np.zeros(count, np.int64),
        dexs=("",),
    )


LATE = "0x" + "1a" * 20


def book_of(count: int) -> AddressBook:
    book = AddressBook()
    book.add([f"0x{number:040x}" for number in range(count)], AddressSource.LEADERBOARD, NOW_MS)
    return book


def nothing_held(question: PlannedQuestion) -> list[bool]:
    """An answer that lists everybody asked about, without a position."""
    return [False] * len(question.rows)


def probed(planner: Planner) -> Planner:
    """After a first batch that was answered."""
    (first,) = planner.plan(NOW_MS, watch_of())
    planner.answered(first, nothing_held(first), NOW_MS)
    return planner


def test_first_question_is_one_batch_and_nothing_else_until_it_has_ended() -> None:
    planner = Planner(book_of(500))
    (first,) = planner.plan(NOW_MS, watch_of())
    assert (first.is_batch, len(first.rows)) == (True, BATCH)
    assert planner.plan(NOW_MS, watch_of()) == []
    planner.answered(first, nothing_held(first), NOW_MS)
    later = planner.plan(NOW_MS, watch_of())
    assert {type(each.request) for each in later} <= {BatchClearinghouseStatesRequest, ClearinghouseStateRequest}
    assert sum(len(question.rows) for question in later) == PLAN_ROWS
    assert not {row for question in later for row in question.rows} & set(first.rows)


def test_a_streamed_state_has_been_looked_for_in_every_dex() -> None:
    book = book_of(2)
    planner = Planner(book, ("", "xyz", "flx"), batch=1)
    for question in planner.plan_reads(NOW_MS, watch_of(), 2):
        planner.streamed(question, ["flx"] if question.rows == (1,) else [""], NOW_MS)
    later_ms = NOW_MS + 10**7
    watch = watch_of(tuple(book.addresses))
    asked = [(question.rows, question.dex) for question in planner.plan(later_ms, watch)]
    assert sorted(asked) == [((0,), ""), ((1,), ""), ((1,), "flx")]


def test_the_first_batch_does_not_wait_for_those_who_are_read_over_a_socket() -> None:
    planner = Planner(book_of(500))
    streamed = planner.plan_reads(NOW_MS, watch_of(), 8)
    (first,) = planner.plan(NOW_MS, watch_of())
    assert (first.is_batch, len(first.rows)) == (True, BATCH)
    assert not set(first.rows) & {row for question in streamed for row in question.rows}
    assert planner.plan(NOW_MS, watch_of()) == []
    for question in streamed:
        planner.answered(question, nothing_held(question), NOW_MS)
    assert planner.plan(NOW_MS, watch_of()) == []
    planner.failed(first, 502, NOW_MS)
    assert len(planner.plan(NOW_MS, watch_of())) == 1


def test_server_without_batches_is_asked_one_by_one_and_loses_nobody() -> None:
    planner = Planner(book_of(60))
    (first,) = planner.plan(NOW_MS, watch_of())
    planner.failed(first, 422, NOW_MS)
    assert planner.batches is BatchSupport.NO
    rows: list[int] = []
    for _ in range(60 // PLAN_SINGLES):
        questions = planner.plan(NOW_MS, watch_of())
        assert all(isinstance(each.request, ClearinghouseStateRequest) for each in questions)
        rows += [row for question in questions for row in question.rows]
        for question in questions:
            planner.answered(question, nothing_held(question), NOW_MS)
    assert sorted(rows) == list(range(60))


def test_batch_of_the_wrong_length_counts_as_no_batches() -> None:
    planner = Planner(book_of(60))
    (first,) = planner.plan(NOW_MS, watch_of())
    planner.answered(first, [], NOW_MS)
    assert planner.batches is BatchSupport.NO
    assert planner.figures().failed == 1


def test_server_that_is_down_leaves_the_matter_of_batches_open() -> None:
    planner = Planner(book_of(60))
    (first,) = planner.plan(NOW_MS, watch_of())
    planner.failed(first, 502, NOW_MS)
    assert planner.batches is BatchSupport.UNKNOWN
    (second,) = planner.plan(NOW_MS, watch_of())
    assert not set(second.rows) & set(first.rows)


def test_failures_are_asked_again_later_and_later() -> None:
    planner = probed(Planner(book_of(51)))
    now_ms, waits = NOW_MS, []
    for _ in range(11):
        start_ms = now_ms
        while not (found := [q for q in planner.plan(now_ms, watch_of()) if 50 in q.rows]):
            now_ms += 1_000
        waits.append((now_ms - start_ms) // RETRY_MS)
        planner.failed(found[0], 500, now_ms)
    assert waits == [0, 1, 2, 4, 8, 8, 8, 8, 8, 16, 32], "not for minutes because some answers were bad"


def test_nobody_is_in_two_questions_of_one_dex_at_once() -> None:
    planner = probed(Planner(book_of(400)))
    out: list[int] = []
    for second in range(4):
        for question in planner.plan(NOW_MS + REST_MS + 1_000 * second, watch_of()):
            out += question.rows
    assert len(out) == len(set(out)) == 400


def test_dexs_are_asked_only_where_the_address_trades() -> None:
    book = book_of(BATCH)
    book.markets_are(np.array([0, 1], np.int32))
    trader = book.addresses[7]
    book.restore(book.columns())
    columns = book.columns()
    columns.dex_bits[7] = 0b10
    book.restore(columns)
    planner = Planner(book, ("", "xyz"))
    questions = planner.plan(NOW_MS, watch_of())
    first = [question for question in questions if not question.dex]
    others = [question for question in questions if question.dex]
    assert sum(len(question.rows) for question in first) == BATCH
    assert [question.addresses for question in others] == [(trader,)]
    assert others[0].dex == "xyz"
    assert '"dex":"xyz"' in others[0].request.as_json()


def test_while_there_is_room_everybody_is_asked_once_in_each_dex_and_holders_again() -> None:
    book = book_of(10)
    planner = Planner(book, ("", "xyz", "hyna"), batch=1)
    asked: list[tuple[str, int]] = []
    for minute in range(4):
        now_ms = NOW_MS + 60_000 * minute
        found = planner.plan(now_ms, watch_of())
        assert found
        for question in found:
            asked += [(question.dex, row) for row in question.rows]
            holds = (question.dex, question.rows) == ("hyna", (5,))
            planner.answered(question, [holds], now_ms)
    times = {key: asked.count(key) for key in asked}
    assert all(times[dex, row] == 1 for dex in ("xyz", "hyna") for row in range(10) if (dex, row) != ("hyna", 5))
    assert times["hyna", 5] == 4, "found at the first look, read with every question since"
    assert all(times["", row] == 4 for row in range(10))


def test_a_dex_in_which_the_question_failed_is_looked_at_again() -> None:
    planner = Planner(book_of(1), ("", "xyz"), batch=1)
    for _ in range(2):
        now_ms = NOW_MS + 600_000 * (1 + planner.figures().asked)
        first, other = sorted(planner.plan(now_ms, watch_of()), key=lambda question: question.dex)
        assert (first.dex, other.dex) == ("", "xyz")
        planner.answered(first, nothing_held(first), now_ms)
        planner.failed(other, 500, now_ms)


def test_where_the_ledger_holds_something_is_read_though_the_register_has_lost_it() -> None:
    """As after a restart with the history and without the register: bits are those of the ledger's own order."""
    book = book_of(PLAN_SINGLES + 20)
    names = tuple(book.addresses)
    bits = np.zeros(len(names), np.int64)
    bits[3] = 0b100
    watch = replace(watch_of(names), dex_bits=bits, dexs=("", "gone", "xyz"))
    planner = Planner(book, ("", "hyna", "xyz"), batch=1)
    asked: list[tuple[str, tuple[int, ...]]] = []
    for second in range(4):
        now_ms = NOW_MS + 10_000 * second
        for question in planner.plan(now_ms, watch):
            asked.append((question.dex, question.rows))
            planner.answered(question, nothing_held(question), now_ms)
        watch = replace(watch, dex_bits=bits)
    assert ("xyz", (3,)) in asked
    assert book.dex_bits(np.arange(len(names)))[3] == 0b101, "the register has it again"
    assert asked.count(("xyz", (3,))) == asked.count(("", (3,)))


def test_accounts_not_yet_looked_for_in_every_dex_are_counted_until_each_has_answered() -> None:
    book = book_of(3)
    names = tuple(book.addresses)
    planner = Planner(book, ("", "xyz", "hyna"), batch=1)
    watch = replace(watch_of(names), is_known=np.array([True, True, False]))
    questions = planner.plan(NOW_MS, watch)
    failing = next(question for question in questions if question.dex and question.rows == (0,))
    assert planner.figures().unsearched_count == 2
    for question in questions:
        if question is failing:
            planner.failed(question, 500, NOW_MS)
        else:
            planner.answered(question, nothing_held(question), NOW_MS)
    again = planner.plan(NOW_MS + 60_000, watch)
    assert planner.figures().unsearched_count == 1, "one of them was not answered in one dex"
    assert (failing.dex, (0,)) in [(question.dex, question.rows) for question in again]
    planner.plan(NOW_MS + 61_000, watch)
    assert planner.figures().unsearched_count == 1, "asking is not knowing"
    for question in again:
        planner.answered(question, nothing_held(question), NOW_MS + 61_000)
    planner.plan(NOW_MS + 120_000, watch)
    assert planner.figures().unsearched_count == 0
    planner.dexs = ("", "xyz", "hyna", "new")
    planner.plan(NOW_MS + 700_000, watch)
    assert planner.figures().unsearched_count == 2, "a dex that is new was looked at by nobody"


def test_with_one_dex_nobody_is_waiting_to_be_looked_for_elsewhere() -> None:
    book = book_of(3)
    planner = Planner(book, batch=1)
    planner.plan(NOW_MS, watch_of(tuple(book.addresses)))
    assert planner.figures().unsearched_count == 0


@pytest.mark.parametrize("count", [PLAN_SINGLES - 1, 3 * PLAN_SINGLES], ids=["with room", "without room"])
def test_who_is_in_doubt_again_and_again_is_asked_in_every_dex_all_the_same(count: int) -> None:
    """All near the mark and in doubt anew every ten seconds, as while prints of their coins are missed."""
    book = book_of(count)
    dexs = ("", "xyz", "hyna")
    planner = Planner(book, dexs, batch=1)
    asked: set[tuple[str, int]] = set()
    for second in range(1, 301):
        now_ms = NOW_MS + 1_000 * second
        renewed_ms = now_ms - now_ms % 10_000 - 1
        watch = replace(
            watch_of(tuple(book.addresses)),
            state_ms=np.full(count, renewed_ms),
            is_unsure=np.ones(count, np.bool_),
        )
        for question in planner.plan(now_ms, watch):
            asked |= {(question.dex, row) for row in question.rows}
            planner.answered(question, nothing_held(question), now_ms)
    assert asked == {(dex, row) for dex in dexs for row in range(count)}


def test_urgent_ones_wait_for_one_look_at_a_time() -> None:
    book = book_of(4)
    planner = Planner(book, ("", "a", "b", "c"), batch=1)
    watch = replace(watch_of(tuple(book.addresses)), state_ms=np.full(4, NOW_MS - 2 * REST_MS))
    questions = planner.plan(NOW_MS, watch)
    count = [sum(row in question.rows for question in questions) for row in range(4)]
    assert sorted(count) == [2, 2, 2, 2]


def test_a_plan_without_room_looks_no_further() -> None:
    planner = Planner(book_of(PLAN_SINGLES + 1), ("", "xyz"), batch=1)
    assert {question.dex for question in planner.plan(NOW_MS, watch_of())} == {""}


def test_who_was_read_moments_ago_and_is_quiet_is_looked_for_elsewhere_without_room() -> None:
    """To whom nothing happened since is not read a second time in vain while a further dex was never looked at."""
    book = book_of(3 * PLAN_SINGLES)
    dexs = ("", "xyz", "hyna")
    planner = Planner(book, dexs, batch=1)
    names = tuple(book.addresses)
    quiet = np.zeros(len(names), np.bool_)
    watch = replace(watch_of(names), state_ms=np.full(len(names), NOW_MS), is_dirty=quiet)
    asked: set[tuple[str, int]] = set()
    for plan in range(6):
        now_ms = NOW_MS + REST_MS * (1 + plan // 3)
        questions = planner.plan(now_ms, watch)
        assert len({row for question in questions for row in question.rows}) == PLAN_SINGLES, "a plan without room"
        for question in questions:
            asked |= {(question.dex, row) for row in question.rows}
            planner.answered(question, nothing_held(question), now_ms)
    assert asked == {(dex, row) for dex in dexs for row in range(len(names))}


def test_few_addresses_are_cheaper_one_by_one() -> None:
    planner = probed(Planner(book_of(BATCH + MIN_BATCH - 1), batch=BATCH))
    questions = planner.plan(NOW_MS, watch_of())
    assert {type(question.request) for question in questions} == {ClearinghouseStateRequest}
    assert len(questions) == MIN_BATCH - 1


def test_urgent_ones_come_first_and_spot_states_before_the_rest() -> None:
    book = book_of(300)
    planner = probed(Planner(book))
    names = tuple(book.addresses[200:])
    questions = planner.plan(NOW_MS + REST_MS, watch_of(names), spots=["0xspot"])
    priorities = [question.priority for question in questions]
    assert priorities == sorted(priorities)
    assert priorities[0] == Priority.URGENT
    assert set(questions[0].rows) <= set(range(200, 300))
    spot = next(question for question in questions if question.priority == Priority.SPOT)
    assert spot.request == SpotClearinghouseStateRequest("0xspot")
    assert not [
        q for q in planner.plan(NOW_MS + REST_MS, watch_of(names), spots=["0xspot"]) if q.request == spot.request
    ]


def test_address_the_ledger_saw_before_the_book_is_recognised_when_it_comes() -> None:
    book = book_of(0)
    planner = Planner(book)
    assert planner.plan(NOW_MS, watch_of((LATE,))) == []
    book.add([LATE], AddressSource.GIVEN, NOW_MS)
    (question,) = planner.plan(NOW_MS, watch_of((LATE,)))
    assert question.addresses == (LATE,)
    assert question.priority in (Priority.URGENT, Priority.SHARED)


def test_figures_count_questions_and_states() -> None:
    planner = Planner(book_of(120))
    (first,) = planner.plan(NOW_MS, watch_of())
    assert planner.figures().in_flight == BATCH
    planner.answered(first, nothing_held(first), NOW_MS)
    figures = planner.figures()
    assert (figures.asked, figures.answered, figures.read_count, figures.in_flight) == (1, 1, BATCH, 0)
    assert figures.batches is BatchSupport.YES
