"""Rows to questions: batches where the server knows them, one dex at a time, failures again later. No I/O, no clock.

`plan` gives questions, `answered` and `failed` say how they ended; in between their addresses are not asked about. The
first question of all is a batch: how it ends says whether the server knows batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np

from liqscape.feed.discovery.addresses import MAX_DEXS, AddressBook
from liqscape.feed.discovery.dex_bits import DexBits
from liqscape.feed.reconcile.priority import SWEEP_AFTER_MS, Candidates, Choice, Chosen, NearLearning
from liqscape.feed.reconcile.short_times import ShortTimes
from liqscape.feed.reconcile.watch_places import WatchPlaces
from liqscape.ledger import WatchColumns
from liqscape.sparse import with_more
from liqscape.steps import BLOCK, Steps, blocks, finish
from liqscape.units import AnyArray, BoolArray, Int64Array
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseStateSubscription
from liqscape.wire.ws.spot_state import SpotStateSubscription

BATCH = 50
"""Addresses of one batch: what public clients are seen to use."""
MIN_BATCH = BatchClearinghouseStatesRequest.weight // ClearinghouseStateRequest.weight + 1
"""Fewer are cheaper one by one: a batch weighs as much as ten single questions."""
PLAN_ROWS = 200
"""Rows planned at once: four seconds of budget in batches, so that a plan is never stale."""
PLAN_SINGLES = 20
"""The same where the server knows no batches: two seconds of budget."""
RETRY_MS, MAX_RETRY_MS = 2_000, 600_000
"""Somebody whose question failed is left alone so long, twice as long with every further failure."""
SOON_DOUBLINGS, SOON_FAILURES = 3, 8
"""Up to so many failures in a row no longer than 16 s: a server of which some answers are bad fails anybody a few times
before it is well, and who is in doubt must not wait for minutes after that."""
MAX_FAILURES = 100
"""Counted of anybody, in 8 bits: the wait has long been the longest."""
OUTAGE_FAILURES = 3
"""So many failures and no answer in between are the server's doing: after it everybody may be asked about again."""
PLAN_S, PLAN_SINGLES_S = 4.0, 2.0
"""Seconds that a plan lasts at the public server's limit, and at most at any other's pace."""
MAX_PLAN_ROWS = 10_000
"""Their questions are made in one go: some ten milliseconds of names."""
MAX_SPOTS = 20
"""Spot states asked for in one plan."""
REFUSALS = frozenset({400, 404, 405, 422})
"""What a server answers to a question it does not know."""
LOOKS = 3
"""Further dexs an account is asked about at once while there is room."""
LOOK_SHARE = 0.1
"""Of a plan without room: accounts that are read again look in one further dex. Whoever is in doubt again and again
would otherwise never be asked about where nobody saw him."""


class Priority(IntEnum):
    """Lower is asked first while weight is short; the listing is 0, fills of liquidated accounts 9."""

    URGENT = 2
    SPOT = 3
    VALUABLE = 4
    SHARED = 5


class BatchSupport(IntEnum):
    """What is known of batchClearinghouseStates."""

    UNKNOWN = 0
    YES = 1
    NO = 2


StateRequest = BatchClearinghouseStatesRequest | ClearinghouseStateRequest | SpotClearinghouseStateRequest
StateSubscription = AllDexsClearinghouseStateSubscription | SpotStateSubscription
Asked_co = TypeVar("Asked_co", bound=StateRequest | StateSubscription, covariant=True)


@dataclass(frozen=True)
class PlannedQuestion(Generic[Asked_co]):
    """rows: of the book, empty for questions that are not about states. dex: on the wire, "" the first."""

    request: Asked_co
    rows: tuple[int, ...]
    dex: str
    priority: int

    @property
    def is_batch(self) -> bool:
        """About several addresses."""
        return isinstance(self.request, BatchClearinghouseStatesRequest)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Whom it is about."""
        if isinstance(self.request, BatchClearinghouseStatesRequest):
            return self.request.users
        return (self.request.user,)


@dataclass(frozen=True, kw_only=True)
class PlannerFigures:
    """asked, answered, failed: questions so far. read_count: states answered. batches: what is known of them.

    unsearched_count  known accounts that were not looked for in every dex beyond the first since the start.
    """

    asked: int
    answered: int
    failed: int
    read_count: int
    in_flight: int
    batches: BatchSupport
    unsearched_count: int


class Planner:
    """One server. `dexs` are names on the wire by the rows the book's bits speak of, "" first.

    block  rows looked at in one step of a pass over everybody.
    """

    def __init__(self, book: AddressBook, dexs: Sequence[str] = ("",), batch: int = BATCH, block: int = BLOCK) -> None:
        self._block = block
        self._book = book
        self.dexs = tuple(dexs)
        self._batch = batch
        self.batches = BatchSupport.UNKNOWN if batch > 1 else BatchSupport.NO
        self._places = WatchPlaces(book)
        self._asked_ms = ShortTimes(-1)
        self._pending: AnyArray = np.zeros(0, np.int8)
        self._failures: AnyArray = np.zeros(0, np.int8)
        self._looked = DexBits(0)
        """Dexs each row was asked about, bit by bit: who holds there without trading is found by looking once."""
        self._searched = DexBits(0)
        """Of those, the dexs that answered."""
        self._unsearched_count = 0
        self._not_before_ms = ShortTimes(0)
        self._spots: set[str] = set()
        self._asked = self._answered = self._failed = self._read = 0
        self._row_of_failures = 0
        """Failures since the last answer."""
        self._probe: PlannedQuestion[Any] | None = None
        """The first batch, while it is out."""

    def plan(
        self, now_ms: int, watch: WatchColumns, spots: Sequence[str] = (), budget: int | None = None
    ) -> list[PlannedQuestion[StateRequest]]:
        """Questions to ask next, most urgent first; `spots` are addresses whose spot state is wanted.

        Empty while the first batch is out, and where nobody may be asked about. budget: rows, by default what the
        public server lets through in some seconds.
        """
        return finish(self.plan_steps(now_ms, watch, lambda: spots, budget))

    def plan_steps(
        self,
        now_ms: int,
        watch: WatchColumns,
        spots: Callable[[], Sequence[str]] = tuple,
        budget: int | None = None,
    ) -> Steps[list[PlannedQuestion[StateRequest]]]:
        """The same beside other work. Who was asked about meanwhile is left out."""
        questions: list[PlannedQuestion[StateRequest]] = []
        if self.batches is not BatchSupport.UNKNOWN or self._probe is None:
            most = self._budget() if budget is None or self.batches is BatchSupport.UNKNOWN else budget
            chosen = yield from self._choose(watch, now_ms, most)
            has_room = len(chosen.rows) < most
            chosen = chosen.of(self._pending[chosen.rows] == 0)
            if self.batches is not BatchSupport.UNKNOWN or self._probe is None:
                is_idle = self._is_idle(chosen.rows, watch, now_ms)
                questions = self._state_questions(chosen, is_idle, has_room=has_room)
                self._asked_ms[chosen.rows] = now_ms
        questions = self._spot_questions(spots()) + questions
        self._asked += len(questions)
        return sorted(questions, key=lambda question: question.priority)

    def plan_reads(self, now_ms: int, watch: WatchColumns, count: int) -> list[PlannedQuestion[StateSubscription]]:
        """At most `count` addresses never read, each to be subscribed to until its state of all dexs has come."""
        return finish(self.plan_reads_steps(now_ms, watch, count))

    def plan_reads_steps(
        self, now_ms: int, watch: WatchColumns, count: int
    ) -> Steps[list[PlannedQuestion[StateSubscription]]]:
        """The same beside other work."""
        chosen = yield from self._choose(watch, now_ms, count, is_unread_only=True)
        rows = chosen.of(self._pending[chosen.rows] == 0).rows
        self._asked_ms[rows] = now_ms
        self._pending[rows] += 1
        self._asked += len(rows)
        return [
            PlannedQuestion(AllDexsClearinghouseStateSubscription(name), (row,), "", Priority.VALUABLE)
            for row, name in zip(rows.tolist(), self._book.names(rows), strict=True)
        ]

    def plan_spot_reads(self, addresses: Sequence[str]) -> list[PlannedQuestion[StateSubscription]]:
        """Addresses to be subscribed to until their spot state has come; those asked about already are left out."""
        wanted = [address for address in dict.fromkeys(addresses) if address not in self._spots]
        self._spots.update(wanted)
        self._asked += len(wanted)
        return [PlannedQuestion(SpotStateSubscription(address), (), "", Priority.SPOT) for address in wanted]

    def answered(self, question: PlannedQuestion[Any], holds: Sequence[bool], now_ms: int) -> None:
        """Note an answer with HTTP 200 to a question; a batch of the wrong length counts as failed.

        holds  of each state in it, whether a position may be held there; empty for what is not about states.
        """
        if question.is_batch:
            if len(holds) != len(question.rows):
                self._settle_batches(BatchSupport.NO)
                self.failed(question, None, now_ms)
                return
            self._settle_batches(BatchSupport.YES)
        self.server_answers()
        self._answered += 1
        self._read += len(question.rows)
        self._end(question)
        rows = np.array(question.rows, np.int64)
        self._failures[rows[self._failures[rows] != 0]] = 0  # nothing is written of who never failed
        self._searched.join(rows, self._bit(question.dex))
        if question.dex in self.dexs[1:]:
            holders = [row for row, may_hold in zip(question.rows, holds, strict=True) if may_hold]
            self._book.note_dex(np.array(holders, np.int64), self.dexs.index(question.dex))

    def server_answers(self) -> None:
        """Something was answered. After an outage, which says nothing against them, everybody may be asked about."""
        if self._row_of_failures >= OUTAGE_FAILURES:
            self._not_before_ms.clear()
        self._row_of_failures = 0

    def streamed(self, question: PlannedQuestion[Any], held_in: Iterable[str], now_ms: int) -> None:
        """Its state of all dexs has come over a socket; `held_in` names the dexs in which it has positions."""
        self.answered(question, (), now_ms)
        rows = np.array(question.rows, np.int64)
        self._looked.join(rows, self._all_bits())
        self._searched.join(rows, self._all_bits())
        for dex in held_in:
            if dex in self.dexs[1:]:
                self._book.note_dex(rows, self.dexs.index(dex))

    def failed(self, question: PlannedQuestion[Any], status: int | None, now_ms: int) -> None:
        """No answer; `status` of HTTP where there was one. Its addresses come again, later and later.

        A batch that is refused as unknown says nothing against its addresses: they come again at once.
        """
        self._failed += 1
        self._end(question)
        rows = np.array(question.rows, np.int64)
        self._asked_ms[rows] = -1
        self._looked.drop(rows, self._bit(question.dex))
        if question.is_batch and self.batches is not BatchSupport.YES and (status is None or status in REFUSALS):
            self._settle_batches(BatchSupport.NO)
            return
        self._row_of_failures += 1
        self._failures[rows] = np.minimum(self._failures[rows] + 1, MAX_FAILURES)
        failures = self._failures[rows].astype(np.int64)
        doublings = np.minimum(failures - 1, SOON_DOUBLINGS) + np.maximum(failures - SOON_FAILURES, 0)
        wait_ms = np.minimum(MAX_RETRY_MS, RETRY_MS * 2 ** np.minimum(doublings, 10))
        self._not_before_ms[rows] = now_ms + wait_ms

    def abandoned(self, question: PlannedQuestion[Any]) -> None:
        """Note that a planned question was never sent."""
        self._asked -= 1
        self._end(question)
        self._asked_ms[list(question.rows)] = -1

    def figures(self) -> PlannerFigures:
        """Since the start."""
        in_flight = int(np.count_nonzero(self._pending))
        return PlannerFigures(
            asked=self._asked,
            answered=self._answered,
            failed=self._failed,
            read_count=self._read,
            in_flight=in_flight,
            batches=self.batches,
            unsearched_count=self._unsearched_count,
        )

    def budget_at(self, rows_a_second: float) -> int:
        """Rows of a plan for a server without limits that answers about so many a second: as long as any plan."""
        seconds = PLAN_S if self.batches is BatchSupport.YES else PLAN_SINGLES_S
        return max(self._budget(), min(MAX_PLAN_ROWS, int(seconds * rows_a_second)))

    def _budget(self) -> int:
        if self.batches is BatchSupport.UNKNOWN:
            return self._batch
        return PLAN_ROWS if self.batches is BatchSupport.YES else PLAN_SINGLES

    def _choose(self, watch: WatchColumns, now_ms: int, budget: int, *, is_unread_only: bool = False) -> Steps[Chosen]:
        """Whom to read, of everybody in the book. Addresses only the ledger knows are not asked about.

        Two passes over blocks of rows: what guesses are worth is learnt from those known, then all are weighed.
        """
        yield from self._places.follow(watch)
        count = self._places.row_count
        self._grow(count)
        learning = NearLearning()
        known: Int64Array = yield partial(self._places.rows_where, watch.is_known)
        for part in blocks(len(known), self._block):
            rows = known[part]
            yield partial(learning.add, self._candidates(rows, watch, now_ms))
        choice = Choice(budget, now_ms, learning.shares())
        unsearched = 0
        for part in blocks(count, self._block):
            rows = np.arange(part.start, part.stop)
            columns = self._candidates(rows, watch, now_ms)
            if is_unread_only:
                columns = replace(columns, is_free=columns.is_free & ~columns.is_known)
            unsearched += int(np.count_nonzero(columns.is_known & (self._unsearched(part) != 0)))
            self._note_held(rows, watch)
            yield partial(choice.add, rows, columns)
        self._unsearched_count = unsearched
        chosen: Chosen = yield choice.chosen
        return chosen

    def _candidates(self, rows: Int64Array, watch: WatchColumns, now_ms: int) -> Candidates:
        """Copies of what is known of these rows (N,) now."""
        place = self._places.of(rows)
        is_met, place = place >= 0, np.maximum(place, 0)

        def spread(values: AnyArray, missing: float) -> AnyArray:
            column = np.full(len(rows), missing, values.dtype)
            if len(values):
                column[is_met] = values[place[is_met]]
            return column

        # Asked under a time that turned out to be wrong: nobody is left alone until that day.
        asked_ms = _bounded(self._asked_ms, rows, now_ms)
        not_before_ms = _bounded(self._not_before_ms, rows, now_ms + MAX_RETRY_MS)
        is_unsure = spread(watch.is_unsure, False)
        return Candidates(
            is_known=spread(watch.is_known, False),
            is_doubtful=spread(watch.is_dirty, False) | is_unsure,
            is_unsure=is_unsure,
            is_free=(self._pending[rows] == 0) & (not_before_ms <= now_ms),
            state_ms=spread(watch.state_ms, -1),
            asked_ms=asked_ms,
            notional=spread(watch.notional, 0.0),
            nearest_distance=spread(watch.nearest_distance, np.inf),
            expected_usd=self._book.expected_usd(now_ms, rows),
            group=self._book.groups(rows),
        )

    def _unsearched(self, rows: slice) -> AnyArray:
        """Dexs beyond the first in which each of some rows was not looked for, as bits."""
        unsearched: AnyArray = ~self._searched[rows] & self._all_bits() & ~np.int64(1)
        return unsearched

    def _note_held(self, rows: Int64Array, watch: WatchColumns) -> None:
        """Dexs these hold something in, as the ledger knows them: the book may have lost them, and who is in doubt of
        a dex in which nobody asks about him would be so for ever."""
        if len(self.dexs) < 2 or not len(watch.dex_bits):
            return
        place = self._places.of(rows)
        met = np.flatnonzero(place >= 0)
        held = watch.dex_bits[place[met]]
        seen = int(np.bitwise_or.reduce(held)) if len(held) else 0
        if not seen:
            return
        known = self._book.dex_bits(rows[met])
        for number_there, dex in enumerate(watch.dexs[:MAX_DEXS]):
            number = self.dexs.index(dex) if (seen >> number_there) & 1 and dex in self.dexs[1:] else 0
            if number:
                new = np.flatnonzero(((held >> np.int64(number_there)) & 1) & ~(known >> np.int64(number)))
                if len(new):
                    self._book.note_dex(rows[met[new]], number)

    def _is_idle(self, rows: Int64Array, watch: WatchColumns, now_ms: int) -> BoolArray:
        """(N,) of these rows, those read moments ago to whom nothing has happened since.

        To read them where they are known tells next to nothing; where nobody has looked for them it may tell something.
        """
        columns = self._candidates(rows, watch, now_ms)
        last_ms = np.maximum(columns.state_ms, columns.asked_ms)
        return columns.is_known & ~columns.is_doubtful & (now_ms - last_ms < SWEEP_AFTER_MS)

    def _state_questions(
        self, chosen: Chosen, is_idle: BoolArray, *, has_room: bool
    ) -> list[PlannedQuestion[StateRequest]]:
        """Full batches across the parts of a plan, each as pressing as its first address.

        Accounts are asked in the dexs they were seen in, some in further ones (`_looks`) until they were asked once in
        each: nobody else tells who holds there.
        """
        parts = (chosen.urgent, chosen.valuable, chosen.queued, chosen.swept)
        levels = (Priority.URGENT, Priority.VALUABLE, Priority.SHARED, Priority.SHARED)
        rows = chosen.rows
        priority = np.repeat(np.array(levels, np.int64), [len(part) for part in parts])
        bits = self._book.dex_bits(rows)
        looks = self._looks(chosen, is_idle, bits, has_room=has_room)
        for number in range(LOOKS):
            further = self._unlooked(rows, bits)
            bits |= np.where(looks > number, further & -further, 0)  # the lowest one
        self._looked.join(rows, bits)
        questions: list[PlannedQuestion[StateRequest]] = []
        for number, dex in enumerate(self.dexs):
            held = np.flatnonzero((bits >> np.int64(number)) & 1)
            for start in range(0, len(held), self._batch):
                batch = held[start : start + self._batch]
                questions += self._of_dex(rows[batch], dex, int(priority[batch[0]]))
        for question in questions:
            self._pending[list(question.rows)] += 1
        return questions

    def _looks(self, chosen: Chosen, is_idle: BoolArray, bits: Int64Array, *, has_room: bool) -> Int64Array:
        """(N,) further dexs to ask each about: LOOKS while there is room, of urgent ones one, who are not to wait long.

        Without room one, of those swept, of the idle (N,) and of a few others who are read again.
        """
        rows, count = chosen.rows, len(chosen.urgent)
        looks = np.zeros(len(rows), np.int64)
        if has_room:
            looks[:count], looks[count:] = 1, LOOKS
            return looks
        looks[len(rows) - len(chosen.swept) :] = 1
        looks[is_idle] = 1
        again = np.flatnonzero((self._asked_ms[rows] >= 0) & (self._unlooked(rows, bits) != 0) & (looks == 0))
        looks[again[: int(np.ceil(LOOK_SHARE * len(rows)))]] = 1
        return looks

    def _unlooked(self, rows: Int64Array, bits: Int64Array) -> Int64Array:
        """(N,) dexs each was never asked about, but for those of `bits`."""
        return ~(self._looked[rows] | bits) & self._all_bits()

    def _of_dex(self, rows: Int64Array, dex: str, priority: int) -> list[PlannedQuestion[StateRequest]]:
        names = self._book.names(rows)
        asked = tuple(rows.tolist())
        is_probe = self.batches is BatchSupport.UNKNOWN
        if is_probe or (self.batches is BatchSupport.YES and len(rows) >= MIN_BATCH):
            batch = PlannedQuestion(BatchClearinghouseStatesRequest(tuple(names), dex), asked, dex, priority)
            self._probe = batch if is_probe else None
            return [batch]
        return [
            PlannedQuestion(ClearinghouseStateRequest(name, dex), (row,), dex, priority)
            for row, name in zip(asked, names, strict=True)
        ]

    def _spot_questions(self, spots: Sequence[str]) -> list[PlannedQuestion[StateRequest]]:
        wanted = [address for address in dict.fromkeys(spots) if address not in self._spots][:MAX_SPOTS]
        self._spots.update(wanted)
        return [PlannedQuestion(SpotClearinghouseStateRequest(address), (), "", Priority.SPOT) for address in wanted]

    def _all_bits(self) -> np.int64:
        return np.int64((1 << len(self.dexs)) - 1)

    def _bit(self, dex: str) -> np.int64:
        """Of a dex among the book's bits; none where it is listed no more."""
        return np.int64(1 << self.dexs.index(dex) if dex in self.dexs else 0)

    def _end(self, question: PlannedQuestion[Any]) -> None:
        if question is self._probe:
            self._probe = None
        self._pending[list(question.rows)] -= 1
        if isinstance(question.request, SpotClearinghouseStateRequest | SpotStateSubscription):
            self._spots.discard(question.request.user)

    def _settle_batches(self, support: BatchSupport) -> None:
        if self.batches is BatchSupport.UNKNOWN:
            self.batches = support

    def _grow(self, count: int) -> None:
        held = len(self._asked_ms)
        if count <= held:
            return
        room = max(count, 3 * held // 2)
        for column in (self._asked_ms, self._not_before_ms, self._looked, self._searched):
            column.reserve(room)
        self._pending, self._failures = with_more(self._pending, room), with_more(self._failures, room)


def _bounded(times: ShortTimes, rows: Int64Array, most_ms: int) -> Int64Array:
    """Times of these rows, from now on none above a bound. Written only where one was: rows that nobody wrote to
    take no memory."""
    time_ms = times[rows]
    if len(time_ms) and int(time_ms.max()) > most_ms:
        time_ms = np.minimum(time_ms, most_ms)
        times[rows] = time_ms
    return time_ms
