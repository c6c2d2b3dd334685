"""What order books say, as events: mids of all markets, best prices and depth of those that are followed.

fastAssetCtxs                  -> MidsObserved: all at first, then what changed
contexts                       -> MidsObserved, where nothing newer is known
bbo                            -> BestPricesObserved
l2Book                         -> DepthObserved
lost, silent, damaged, left    -> the same with NaN: what was last told is not shown as what is

No frame rests on any of it, and messages of these channels move nothing else (but for marks, where they are read from
fastAssetCtxs: the assembler's part): a raw log without them gives the same frames. Times of messages are used where the
clock believes them and tell it nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.feed.records import Record, RecordKind
from liqscape.model.depth import WITHIN
from liqscape.model.events import BestPricesObserved, DepthObserved, Event, MidsObserved
from liqscape.sources.live.clock import VenueClock
from liqscape.sources.live.markets import LiveMarkets
from liqscape.sources.live.mids import LiveMids
from liqscape.units import Float64Array
from liqscape.wire.book_depth import check_book, measure_depth
from liqscape.wire.decode import try_decode
from liqscape.wire.info.meta import AssetContext
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.envelope import Envelope
from liqscape.wire.ws.fast_asset_ctxs import FastAssetCtxsSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription

MIDS, BEST, BOOKS = FastAssetCtxsSubscription.channel(), BboSubscription.channel(), L2BookSubscription.channel()
OF_BOOKS = frozenset((MIDS, BEST, BOOKS))
"""Channels whose messages are read here and nowhere else."""
LEFT = "books"
"""Subject of LOST where no connection is meant: coins whose books or best prices are followed no longer."""
SILENT_NS = 15_000_000_000
"""A connection that says nothing for so long, not even the answer to a ping, is taken for dead: what came over it is
not known any more. Best prices alone may be still for a minute, for they come when they change."""
BOOK_AGE_NS = 30_000_000_000
"""Books come again every 5.4 s, changed or not (HL.REC.CADENCE): five were missed."""
TIME_OFF_MS = 10_000
"""A message's time so far from ours is not believed."""
UNKNOWN = math.nan, math.nan
"""Price and size of a side that nobody quotes, or nothing is known of."""

_Subscription = FastAssetCtxsSubscription | BboSubscription | L2BookSubscription


class _LostConnection(msgspec.Struct, frozen=True):
    subscriptions: tuple[msgspec.Raw, ...] = ()


class _NamedCoin(msgspec.Struct, frozen=True):
    coin: str


@dataclass(kw_only=True)
class BookChannelFigures:
    """Messages of a channel so far, and when the last came in; 0 before the first."""

    messages: int = 0
    last_ns: int = 0


class BookWatch:
    """`message` for channels OF_BOOKS, `beside` after every other record; contexts are told as they are read."""

    def __init__(self, markets: LiveMarkets, clock: VenueClock) -> None:
        self._markets = markets
        self._clock = clock
        self.mids = LiveMids(markets)
        self.figures = {channel: BookChannelFigures() for channel in (MIDS, BEST, BOOKS)}
        self.unread_count = 0
        """Messages that could not be read: what they told of is not known until the next one."""
        self._best: dict[int, str] = {}
        """Connection by market: whose best prices are known."""
        self._books: dict[int, int] = {}
        """Time of receipt by market: whose depth is known."""
        self._heard_ns: dict[str, int] = {}

    @property
    def best_count(self) -> int:
        """Markets whose best prices are known."""
        return len(self._best)

    @property
    def book_count(self) -> int:
        """Markets whose depth is known."""
        return len(self._books)

    def message(self, envelope: Envelope, record: Record) -> list[Event]:
        """Read one message of a channel OF_BOOKS."""
        self._heard_ns[record.subject] = record.received_ns
        figures = self.figures[envelope.channel]
        figures.messages, figures.last_ns = figures.messages + 1, record.received_ns
        if not len(self._markets.markets):
            return []
        data, source = bytes(envelope.data), f"socket {record.subject} {envelope.channel}"
        try:
            if envelope.channel == MIDS:
                return self._fast(data, source, record)
            return (
                self._best_prices(data, source, record)
                if envelope.channel == BEST
                else self._book(data, source, record)
            )
        except RemoteWireError:
            self.unread_count += 1
            return self._unread(envelope.channel, data, record)

    def beside(self, record: Record) -> list[Event]:
        """What any other record means for books."""
        match record.kind:
            case RecordKind.MESSAGE:
                self.hear(record)
            case RecordKind.LOST:
                return self._lost(record)
            case RecordKind.TICK:
                self.mids.expire(record.received_ns)
                return [*self._mids(record), *self._expired(record)]
            case _:
                pass
        return self._mids(record)

    def hear(self, record: Record) -> None:
        """Note that its connection is not silent: all that `beside` does for a message while no mid has changed."""
        self._heard_ns[record.subject] = record.received_ns

    def contexts(self, dex: str, contexts: Sequence[AssetContext], received_ns: int) -> None:
        """Mids of a dex's contexts, in the order of its listing."""
        self.mids.fill(self._markets.rows_of(dex), contexts, received_ns)

    def _fast(self, data: bytes, source: str, record: Record) -> list[Event]:
        self.mids.put(FastAssetCtxsSubscription.parse(data, source), record.received_ns)
        return self._mids(record)

    def _best_prices(self, data: bytes, source: str, record: Record) -> list[Event]:
        said = BboSubscription.parse(data, source)
        row = self._markets.market_of.get(said.coin)
        if row is None:
            return []
        bid, ask = (UNKNOWN if level is None else (level.px, level.sz) for level in said.bbo)
        if bid[0] >= ask[0] or any(value <= 0.0 for value in (*bid, *ask)):  # of NaN neither
            raise RemoteWireError(f"{source}: best bid {bid}, best ask {ask}", source=source)
        if self.mids.is_off(row, bid[0]) or self.mids.is_off(row, ask[0]):
            return self._forget_best([row], record)
        self._best[row] = record.subject
        return [_best_event(self._time(said.time, record), record, row, bid, ask)]

    def _book(self, data: bytes, source: str, record: Record) -> list[Event]:
        book = L2BookSubscription.parse(data, source)
        row = self._markets.market_of.get(book.coin) if book is not None else None
        if row is None:
            return []
        check_book(book, book.coin, source)
        depth = measure_depth(book, self.mids.of(row))
        if self.mids.is_off(row, depth.mid):
            return self._forget_books([row], record)
        self._books[row] = record.received_ns
        time_ms = self._time(book.time, record)
        rows = np.array([row], np.int32)
        return [
            DepthObserved(
                time_ms=time_ms,
                received_ns=record.received_ns,
                market_index=rows,
                bid_usd=depth.bid_usd[None, :],
                ask_usd=depth.ask_usd[None, :],
            )
        ]

    def _unread(self, channel: str, data: bytes, record: Record) -> list[Event]:
        """A damaged message told of one coin, where it can still be read of which, or of any."""
        if channel == MIDS:
            self.mids.forget()
            return self._mids(record)
        named = try_decode(data, _NamedCoin)
        row = None if named is None else self._markets.market_of.get(named.coin)
        held = self._best if channel == BEST else self._books
        rows = list(held) if row is None else [row] if row in held else []
        return self._forget_best(rows, record) if channel == BEST else self._forget_books(rows, record)

    def _expired(self, record: Record) -> list[Event]:
        """What came over connections that say nothing any more, and books that do not come again."""
        dead = [name for name, heard_ns in self._heard_ns.items() if record.received_ns - heard_ns > SILENT_NS]
        for subject in dead:
            del self._heard_ns[subject]
        late_ns = record.received_ns - BOOK_AGE_NS
        return [
            *self._forget_best([row for row, subject in self._best.items() if subject in dead], record),
            *self._forget_books([row for row, heard_ns in self._books.items() if heard_ns < late_ns], record),
        ]

    def _lost(self, record: Record) -> list[Event]:
        """What is named as missed from now on."""
        found = try_decode(record.content, _LostConnection)
        named = [_followed(bytes(each)) for each in ([] if found is None else found.subscriptions)]
        if any(isinstance(each, FastAssetCtxsSubscription) for each in named):
            self.mids.forget()
        return [
            *self._mids(record),
            *self._forget_best(self._rows(each.coin for each in named if isinstance(each, BboSubscription)), record),
            *self._forget_books(
                self._rows(each.coin for each in named if isinstance(each, L2BookSubscription)), record
            ),
        ]

    def _rows(self, coins: Iterable[str]) -> list[int]:
        return sorted(self._markets.market_of[coin] for coin in coins if coin in self._markets.market_of)

    def _mids(self, record: Record) -> list[Event]:
        """All mids, where one was told or lost since they were last given out."""
        mid = self.mids.take_changed()
        return [] if mid is None else [MidsObserved(self._clock.peek(record.received_ns), record.received_ns, mid)]

    def _forget_best(self, rows: Sequence[int], record: Record) -> list[Event]:
        gone = [row for row in rows if self._best.pop(row, None) is not None]
        time_ms = self._clock.peek(record.received_ns)
        return [_best_event(time_ms, record, row, UNKNOWN, UNKNOWN) for row in gone]

    def _forget_books(self, rows: Sequence[int], record: Record) -> list[Event]:
        gone = [row for row in rows if self._books.pop(row, None) is not None]
        if not gone:
            return []
        unknown: Float64Array = np.full((len(gone), len(WITHIN)), np.nan)
        time_ms = self._clock.peek(record.received_ns)
        return [
            DepthObserved(
                time_ms=time_ms,
                received_ns=record.received_ns,
                market_index=np.array(gone, np.int32),
                bid_usd=unknown,
                ask_usd=unknown,
            )
        ]

    def _time(self, reported_ms: int, record: Record) -> int:
        ours_ms = self._clock.peek(record.received_ns)
        return reported_ms if abs(reported_ms - ours_ms) <= TIME_OFF_MS else ours_ms


def _best_event(
    time_ms: int, record: Record, row: int, bid: tuple[float, float], ask: tuple[float, float]
) -> BestPricesObserved:
    """bid, ask: price and size."""
    return BestPricesObserved(
        time_ms=time_ms,
        received_ns=record.received_ns,
        market_index=np.array([row], np.int32),
        bid=np.array([bid[0]]),
        ask=np.array([ask[0]]),
        bid_size=np.array([bid[1]]),
        ask_size=np.array([ask[1]]),
    )


def _followed(content: bytes) -> _Subscription | None:
    return try_decode(content, _Subscription)  # type: ignore[arg-type]
