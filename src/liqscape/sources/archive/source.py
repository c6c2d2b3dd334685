"""An archive as events: fills and funding onto a base, marks and a frame every minute.

At minute T come, in this order, everything that happened up to and at T, the marks of T, and the frame. Without
contexts of a minute there are no marks, hence no frame. Funding comes from misc_events; where an hour's file is not
there it is paid by the rate of the contexts. Cash that users move (deposits, transfers) comes from misc_events only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import (
    AccountsObserved,
    CashMoved,
    Event,
    FillsObserved,
    FrameDue,
    FundingDue,
    FundingPaid,
    GapDetected,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.model.markets import MarketSnapshot
from liqscape.sources.archive.base import BaseState
from liqscape.sources.archive.contexts import NO_CONTEXTS, DayContexts, join_content, read_contexts
from liqscape.sources.archive.hours import Damage, Hours, Item, Lost, merge_items
from liqscape.sources.archive.lines import unpack_chunks
from liqscape.sources.archive.markets import MarketShelf
from liqscape.sources.archive.narrow import narrow_fills, narrow_movements, narrow_payments, narrow_trades
from liqscape.sources.archive.store import ObjectStore
from liqscape.sources.node.decode import DecodeFigures, NodeDecoder
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array
from liqscape.wire.archive.paths import asset_contexts_path
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.node.misc_events import MISC_EVENTS

BATCH_LINES = 5_000
"""Lines held before they become an event: a busy minute has about 850 blocks."""


@dataclass(frozen=True)
class ReplayFigures:
    """What a replay has met so far.

    frames, fills        made of it.
    cash_moves           deposits, withdrawals and transfers made of it, by account.
    cash_unclear         those of them whose amount is not told: their accounts are unsure.
    guessed              coins whose margin table is not known.
    decoded              lines, and those that could not be read.
    """

    frames: int
    fills: int
    cash_moves: int
    cash_unclear: int
    guessed: tuple[str, ...]
    decoded: DecodeFigures


class ArchiveSource:
    """The source of minutes in (start, end], over a base at or before `start`.

    on_damage   told at once of what is missing or cannot be read; what comes after it goes on, the accounts unsure.
    provenance  of a history that is continued; by default made of the store and the base.
    given       margin tables of coins that are not in the base.
    """

    def __init__(
        self,
        store: ObjectStore,
        base: BaseState,
        end_ms: int,
        *,
        start_ms: int | None = None,
        given: CoinTables | None = None,
        on_damage: Callable[[Damage], None] = lambda _: None,
        provenance: Provenance | None = None,
    ) -> None:
        self._store = store
        self._base = base
        self._given = given
        self._on_damage = on_damage
        start = max(base.time_ms, base.time_ms if start_ms is None else start_ms)
        self.first_ms = -(-start // MINUTE_MS) * MINUTE_MS
        """First minute a frame may be of."""
        self.last_ms = end_ms // MINUTE_MS * MINUTE_MS
        note = f"replayed from archives onto {base.note}; who was not in it is not known"
        self.provenance = provenance or Provenance("archive", store.address, base.is_simulated, note)
        self._decoder = NodeDecoder({})
        self._shelf = MarketShelf(base.markets, base.tables, given)
        accounts = base.accounts
        self._followed = {accounts.addresses[row] for row in set(accounts.address_row.tolist())}
        self._frames = self._fills = self._cash_moves = self._cash_unclear = 0

    def figures(self) -> ReplayFigures:
        """Counts so far."""
        return ReplayFigures(
            self._frames,
            self._fills,
            self._cash_moves,
            self._cash_unclear,
            tuple(self._shelf.guessed),
            self._decoder.figures(),
        )

    def events(self) -> Iterator[Event]:
        """All events in time order; reads the archive anew on every call."""
        base = self._base
        shelf = self._shelf = MarketShelf(base.markets, base.tables, self._given)
        self._decoder = NodeDecoder(shelf.market_of)
        yield MarketDefined(base.time_ms, 0, shelf.markets, shelf.tables)
        yield AccountsObserved(base.time_ms, 0, base.accounts, is_complete=True, address_ms=base.address_ms)
        from_ms = base.time_ms if base.address_ms is None or not len(base.address_ms) else int(base.address_ms.min())
        hours = Hours(self._store, from_ms, self.last_ms, self._on_damage)
        items = merge_items(hours)
        waiting = next(items, None)
        contexts = NO_CONTEXTS
        day = -1
        before: tuple[Float64Array, Float64Array] | None = None
        for minute in range(from_ms // MINUTE_MS * MINUTE_MS, self.last_ms + 1, MINUTE_MS):
            if minute // DAY_MS != day:
                day = minute // DAY_MS
                contexts = self._contexts_of(minute)
                if shelf.add(dict(zip(contexts.coins, contexts.size_decimals.tolist(), strict=True)), minute):
                    self._decoder.market_of = shelf.market_of
                    yield MarketDefined(max(minute, base.time_ms), 0, shelf.markets, shelf.tables)
            held: dict[str, list[Item]] = {}
            while waiting is not None and waiting.time_ms <= minute:
                yield from self._take(waiting, held)
                waiting = next(items, None)
            yield from self._flush(held)
            if minute % HOUR_MS == 0 and before is not None and not hours.has_misc(minute):
                rate, oracle = (_padded(values, len(shelf.markets)) for values in before)
                yield FundingDue(minute, 0, rate, oracle)
            told = _told_at(contexts, minute, shelf)
            before = None if told is None else told[1:]
            if told is not None and minute >= self.first_ms:
                yield MarksUpdated(minute, 0, told[0])
                yield FrameDue(minute, 0)
                self._frames += 1

    def _take(self, item: Item, held: dict[str, list[Item]]) -> Iterator[Event]:
        """Hold a line, or let go of what is held where the order of events asks for it."""
        if isinstance(item.content, Lost):
            yield from self._flush(held)
            # What is lost comes after its beginning, which may be the very time of the base.
            yield GapDetected(item.time_ms + 1, 0, item.content.from_ms, None, item.content.reason)
            return
        is_payment = item.table == MISC_EVENTS and b'"Funding"' in item.content
        if is_payment or len(held.get(item.subject, ())) >= BATCH_LINES:
            yield from self._flush(held)
        held.setdefault(item.subject, []).append(item)
        if is_payment:
            yield from self._flush(held)

    def _flush(self, held: dict[str, list[Item]]) -> Iterator[Event]:
        for subject, items in held.items():
            content = b"\n".join(item.content for item in items if isinstance(item.content, bytes))
            for event in self._decoder.decode(Record(RecordKind.NODE_LINES, subject, content, 0)):
                yield from self._narrowed(event)
        held.clear()

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
                self._cash_unclear += int(np.count_nonzero(np.isnan(moved.amount)))
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
            self._on_damage(Damage(path, "is not there: no marks and no frames", day_ms, day_ms + DAY_MS))
            return NO_CONTEXTS
        content, error = join_content(unpack_chunks(self._store.read(path), path))
        try:
            if content:
                found = read_contexts(content, path)
                if found.left_out is not None:
                    left = found.left_out
                    noun = "row is" if left.count == 1 else "rows are"
                    reason = f"{left.count} {noun} left out, the first is line {left.first.removeprefix(f'{path}:')}"
                    until_ms = max(left.to_ms, day_ms) + MINUTE_MS
                    self._on_damage(Damage(path, reason, max(left.from_ms, day_ms), until_ms))
                if error is not None:
                    reached = int(found.time_ms.max(initial=day_ms))
                    self._on_damage(Damage(path, _reason(error, path), reached, day_ms + DAY_MS))
                if len(found.time_ms) or found.left_out is not None or error is not None:
                    return found
        except RemoteWireError as wrong:
            error = wrong
        reason = "holds no row: no marks and no frames" if error is None else _reason(error, path)
        self._on_damage(Damage(path, reason, day_ms, day_ms + DAY_MS))
        return NO_CONTEXTS


def _reason(error: RemoteWireError, path: str) -> str:
    return str(error).removeprefix(f"{path}: ")


def _told_at(
    contexts: DayContexts, minute: int, shelf: MarketShelf
) -> tuple[MarketSnapshot, Float64Array, Float64Array] | None:
    """(prices, funding rates, oracle prices) of a minute, None where the contexts lack it."""
    row = contexts.row_at(minute)
    if row is None:
        return None
    columns = [shelf.markets.index_of(coin) for coin in contexts.coins]
    mark, oracle, interest, rate = (
        _spread(cells[row], columns, len(shelf.markets))
        for cells in (contexts.mark, contexts.oracle, contexts.open_interest, contexts.funding)
    )
    return MarketSnapshot(shelf.markets, minute, mark, oracle, interest), rate, oracle


def _spread(values: Float64Array, columns: list[int], count: int) -> Float64Array:
    """(M,) values in their markets, NaN elsewhere."""
    result = np.full(count, np.nan)
    result[columns] = values
    return result


def _padded(values: Float64Array, count: int) -> Float64Array:
    return np.concatenate((values, np.full(count - len(values), np.nan)))
