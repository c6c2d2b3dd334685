"""An archive as events: fills and funding onto a base, marks and a frame every minute.

At minute T come, in this order, everything that happened up to and at T, mids and marks of T, and the frame. Without
contexts of a minute there are no marks, hence no frame. Funding comes from misc_events; where an hour's file is not
there it is paid by the rate of the contexts. Cash that users move (deposits, transfers) comes from misc_events only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from liqscape.errors import InputError, RemoteWireError
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import (
    AccountsObserved,
    CashMoved,
    Event,
    FillsObserved,
    FrameDue,
    FundingDue,
    FundingPaid,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
    TradesPrinted,
)
from liqscape.model.markets import MarketSnapshot
from liqscape.sources.archive.base import BaseState
from liqscape.sources.archive.contexts import NO_CONTEXTS, DayContexts, join_content, read_contexts
from liqscape.sources.archive.hours import ArchiveDamage, Hours
from liqscape.sources.archive.lines import unpack_chunks
from liqscape.sources.archive.markets import MarketRegistry
from liqscape.sources.archive.narrow import narrow_fills, narrow_movements, narrow_payments, narrow_trades
from liqscape.sources.archive.object_store import ObjectStore
from liqscape.sources.archive.reading import MAX_UNREADABLE_SHARE, FileTally, LineReader
from liqscape.sources.node.decode import DecodeFigures, NodeDecoder
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array
from liqscape.wire.archive.paths import asset_contexts_path
from liqscape.wire.coin_tables import CoinTables


@dataclass(frozen=True, kw_only=True)
class ArchiveFigures:
    """What a replay has met up to and at a time, since its beginning.

    frames, fills        made of it.
    cash_moves           deposits, withdrawals and transfers made of it, by account.
    cash_ambiguous         those of them whose amount is not told: their accounts are unsure.
    guessed              coins whose margin table is not known.
    decoded              lines, and those that could not be read.
    """

    time_ms: int
    frames: int
    fills: int
    cash_moves: int
    cash_ambiguous: int
    guessed: tuple[str, ...]
    decoded: DecodeFigures


class _Minute(NamedTuple):
    """Events of a minute, its frame last, and the figures when they had been read."""

    time_ms: int
    events: list[Event]
    figures: ArchiveFigures


class ArchiveSource:
    """The source of minutes in (start, end], over a base at or before `start`.

    on_damage   told at once of what is missing or cannot be read; what comes after it goes on, the accounts unsure.
    provenance  of a history that is continued; by default made of the store and the base.
    given       margin tables of coins that are not in the base.
    since_ms    when the import began, where it is gone on with.
    max_unreadable  share of the lines of a file, or of the events in them, that may be unreadable. With more of them
                the file is of something else: InputError is raised before anything of its hour is given out.
    on_hour     told the figures of each frame of an hour before the first event of that hour is given out.
    """

    def __init__(
        self,
        store: ObjectStore,
        base: BaseState,
        end_ms: int,
        *,
        start_ms: int | None = None,
        given: CoinTables | None = None,
        on_damage: Callable[[ArchiveDamage], None] = lambda _: None,
        provenance: Provenance | None = None,
        since_ms: int | None = None,
        max_unreadable: float = MAX_UNREADABLE_SHARE,
        on_hour: Callable[[Sequence[ArchiveFigures]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._base = base
        self._given = given
        self._on_damage = on_damage
        self._max_unreadable = max_unreadable
        self._on_hour = on_hour
        known_ms = base.address_ms
        self.from_ms = base.time_ms if known_ms is None or not len(known_ms) else int(known_ms.min())
        """Everything after it is read."""
        self._since_ms = self.from_ms if since_ms is None else since_ms
        start = max(base.time_ms, base.time_ms if start_ms is None else start_ms)
        self.first_ms = -(-start // MINUTE_MS) * MINUTE_MS
        """First minute a frame may be of."""
        self.last_ms = end_ms // MINUTE_MS * MINUTE_MS
        note = f"replayed from archives onto {base.note}; who was not in it is not known"
        self.provenance = provenance or Provenance("archive", store.address, base.is_simulated, note)
        self._decoder = NodeDecoder({})
        self._registry = MarketRegistry(base.markets, base.tables, given)
        accounts = base.accounts
        self._followed = {accounts.addresses[row] for row in set(accounts.address_row.tolist())}
        self._tallies: list[FileTally] = []
        self._reached_ms = 0
        self._frames = self._fills = self._cash_moves = self._cash_ambiguous = 0

    def figures(self) -> ArchiveFigures:
        """Counts of what was read so far, which is more than was given out."""
        return ArchiveFigures(
            time_ms=self._reached_ms,
            frames=self._frames,
            fills=self._fills,
            cash_moves=self._cash_moves,
            cash_ambiguous=self._cash_ambiguous,
            guessed=tuple(self._registry.guessed),
            decoded=self._decoder.figures(),
        )

    def events(self) -> Iterator[Event]:
        """All events in time order; reads the archive anew on every call.

        An hour is read to its end before its first event is given out. Raises InputError for one that cannot be used.
        """
        base = self._base
        self._registry = MarketRegistry(base.markets, base.tables, self._given)
        self._decoder = NodeDecoder(self._registry.market_of)
        self._frames = self._fills = self._cash_moves = self._cash_ambiguous = 0
        yield MarketDefined(base.time_ms, 0, self._registry.markets, self._registry.tables)
        yield AccountsObserved(
            time_ms=base.time_ms, received_ns=0, accounts=base.accounts, is_complete=True, address_ms=base.address_ms
        )
        self._tallies = []
        hours = Hours(self._store, self.from_ms, self.last_ms, self._on_damage, self._since_ms)
        reader = LineReader(hours, self._decoder)
        held: deque[_Minute] = deque()
        for minute in self._minutes(hours, reader):
            if minute.time_ms % HOUR_MS == 0:  # the first of it may hold the last lines of the hour before
                self._check(reader, minute.time_ms)
                yield from self._released(held)
            held.append(minute)
        self._check(reader, self.last_ms + HOUR_MS)
        yield from self._released(held)

    def _minutes(self, hours: Hours, reader: LineReader) -> Iterator[_Minute]:
        base, registry = self._base, self._registry
        contexts, day = NO_CONTEXTS, -1
        before: tuple[Float64Array, Float64Array] | None = None
        for minute in range(self.from_ms // MINUTE_MS * MINUTE_MS, self.last_ms + 1, MINUTE_MS):
            events: list[Event] = []
            if minute // DAY_MS != day:
                day = minute // DAY_MS
                contexts = self._contexts_of(minute)
                if registry.add(dict(zip(contexts.coins, contexts.size_decimals.tolist(), strict=True)), minute):
                    self._decoder.market_of = registry.market_of
                    events.append(MarketDefined(max(minute, base.time_ms), 0, registry.markets, registry.tables))
            for event in reader.until(minute):
                events += self._narrowed(event)
            if minute % HOUR_MS == 0 and before is not None and not hours.has_misc(minute):
                rate, oracle = (_padded(values, len(registry.markets)) for values in before)
                events.append(FundingDue(minute, 0, rate, oracle))
            reported = _reported_at(contexts, minute, registry)
            before = None if reported is None else (reported.rate, reported.snapshot.oracle)
            self._reached_ms = minute
            if reported is not None and minute >= self.first_ms:
                events += (
                    MidsObserved(minute, 0, reported.mid),
                    MarksUpdated(minute, 0, reported.snapshot),
                    FrameDue(minute, 0),
                )
                self._frames += 1
            yield _Minute(minute, events, self.figures())

    def _check(self, reader: LineReader, before_ms: int) -> None:
        """Raises InputError where too much of a file of the hours before a time cannot be read."""
        due = [tally for tally in self._tallies if tally.hour_ms < before_ms] + reader.take_tallies(before_ms)
        self._tallies = [tally for tally in self._tallies if tally.hour_ms >= before_ms]
        for tally in due:
            refusal = tally.refusal(self._max_unreadable)
            if refusal is not None:
                raise InputError(f"{tally.path}: {refusal}", file=tally.path)

    def _released(self, held: deque[_Minute]) -> Iterator[Event]:
        """Events of the minutes held, which are forgotten as they go."""
        figures = [minute.figures for minute in held if minute.events and isinstance(minute.events[-1], FrameDue)]
        if figures:
            self._on_hour(figures)
        while held:
            yield from held.popleft().events

    def _narrowed(self, event: Event) -> Iterator[Event]:
        """The event, of followed addresses only where coins were chosen."""
        match event:
            case FillsObserved():
                fills = narrow_fills(event.fills, self._followed) if self._base.is_partial else event.fills
                self._fills += len(fills)
                if len(fills):
                    yield replace(event, fills=fills)
            case FundingPaid():
                payments = narrow_payments(event.payments, self._followed) if self._base.is_partial else event.payments
                if len(payments):
                    yield replace(event, payments=payments)
            case CashMoved():
                moved = narrow_movements(event.movements, self._followed) if self._base.is_partial else event.movements
                self._cash_moves += len(moved)
                self._cash_ambiguous += int(np.count_nonzero(np.isnan(moved.amount)))
                if len(moved):
                    yield replace(event, movements=moved)
            case TradesPrinted():
                trades = narrow_trades(event.trades, self._followed) if self._base.is_partial else event.trades
                self._fills += 2 * len(trades)
                if len(trades):
                    yield replace(event, trades=trades)
            case _:
                yield event

    def _contexts_of(self, time_ms: int) -> DayContexts:
        """The day's contexts; of a file that is missing or damaged, what there is of it; without rows of nonsense."""
        path = asset_contexts_path(time_ms)
        day_ms = time_ms // DAY_MS * DAY_MS
        if self._store.size(path) is None:
            self._on_damage(ArchiveDamage(path, "is not there: no marks and no frames", day_ms, day_ms + DAY_MS))
            return NO_CONTEXTS
        content, error = join_content(unpack_chunks(self._store.read(path), path))
        try:
            if content:
                found = read_contexts(content, path)
                if found.left_out is not None:
                    left = found.left_out
                    first = left.first.removeprefix(f"{path}:")
                    rows = content.count(b"\n")
                    self._tallies.append(
                        FileTally(path=path, hour_ms=time_ms, lines=rows, lost_lines=left.count, first=f"line {first}")
                    )
                    noun = "row is" if left.count == 1 else "rows are"
                    reason = f"{left.count} {noun} left out, the first is line {left.first.removeprefix(f'{path}:')}"
                    until_ms = max(left.to_ms, day_ms) + MINUTE_MS
                    self._on_damage(ArchiveDamage(path, reason, max(left.from_ms, day_ms), until_ms))
                if error is not None:
                    reached = int(found.time_ms.max(initial=day_ms))
                    self._on_damage(ArchiveDamage(path, _reason(error, path), reached, day_ms + DAY_MS))
                if len(found.time_ms) or found.left_out is not None or error is not None:
                    return found
        except RemoteWireError as wrong:
            error = wrong
        reason = "holds no row: no marks and no frames" if error is None else _reason(error, path)
        self._on_damage(ArchiveDamage(path, reason, day_ms, day_ms + DAY_MS))
        return NO_CONTEXTS


def _reason(error: RemoteWireError, path: str) -> str:
    return str(error).removeprefix(f"{path}: ")


class _Reported(NamedTuple):
    """Contexts of a minute: prices, (M,) rate an hour, (M,) mid."""

    snapshot: MarketSnapshot
    rate: Float64Array
    mid: Float64Array


def _reported_at(contexts: DayContexts, minute: int, registry: MarketRegistry) -> _Reported | None:
    """None where the contexts lack the minute."""
    row = contexts.row_at(minute)
    if row is None:
        return None
    columns = [registry.markets.index_of(coin) for coin in contexts.coins]
    mark, oracle, interest, rate, mid = (
        _spread(cells[row], columns, len(registry.markets))
        for cells in (contexts.mark, contexts.oracle, contexts.open_interest, contexts.funding, contexts.mid)
    )
    prices = MarketSnapshot(markets=registry.markets, time_ms=minute, mark=mark, oracle=oracle, open_interest=interest)
    return _Reported(prices, rate, mid)


def _spread(values: Float64Array, columns: list[int], count: int) -> Float64Array:
    """(M,) values in their markets, NaN elsewhere."""
    result = np.full(count, np.nan)
    result[columns] = values
    return result


def _padded(values: Float64Array, count: int) -> Float64Array:
    return np.concatenate((values, np.full(count - len(values), np.nan)))
