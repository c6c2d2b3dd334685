"""Records of a live exchange to events. Deterministic: the same records give the same events.

perpDexs, allPerpMetas, metaAndAssetCtxs -> MarketDefined, MarksUpdated
allDexsAssetCtxs                 -> MarksUpdated
fastAssetCtxs                    -> MarksUpdated too, where marks are read from it
fastAssetCtxs, bbo, l2Book       -> mids, best prices and depth, beside everything else (book_watch.py)
allDexsClearinghouseState, spotState -> as clearinghouseState and spotClearinghouseState
trades                           -> TradesPrinted, many messages together, before whatever comes next
clearinghouseState(s), spot      -> AccountsObserved, in batches (holders.py)
frontendOpenOrders               -> TriggersObserved of its account in its dex
node lines, node state           -> as sources.node reads them
statuses, snapshots of triggers  -> TriggersMoved, TriggersObserved of everybody
connection lost, message damaged -> GapDetected, again every ten seconds while the connection does not stand
coins followed for the first time -> GapDetected: what was printed before is not known
state with a position that is not told -> GapDetected of its address
more held of a coin than is open -> GapDetected, again every minute while it is so
the hour is full                 -> FundingDue
a batch of marks, a full minute  -> FrameDue (cadence.py)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import get_args

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.feed.records import Record, RecordKind
from liqscape.model.accounts import Accounts
from liqscape.model.addresses import is_address
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    FundingDue,
    GapDetected,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
    TriggersKept,
    TriggersObserved,
)
from liqscape.model.margin_tables import MarginTables
from liqscape.model.trades import Trades
from liqscape.model.trigger_rows import TriggerFaults
from liqscape.sources.live.book_watch import MIDS, OF_BOOKS, BookWatch
from liqscape.sources.live.cadence import Cadence
from liqscape.sources.live.checkpoint import read_checkpoint
from liqscape.sources.live.clock import VenueClock
from liqscape.sources.live.gaps import SILENCE, SILENT_NS, GapWatch, LostConnection
from liqscape.sources.live.holders import HolderQueue, by_dexs
from liqscape.sources.live.margin_left import MarginLeft
from liqscape.sources.live.markets import Listing, LiveMarkets
from liqscape.sources.live.state_marks import off_their_marks
from liqscape.sources.node.decode import NodeDecoder
from liqscape.sources.node.state_events import map_state
from liqscape.sources.node.trigger_events import map_trigger_snapshot, map_trigger_statuses
from liqscape.states.accounts import Holder, build_accounts, needs_spot
from liqscape.states.child_trait import find_children, set_apart
from liqscape.states.node.state_columns import unpack_state
from liqscape.units import DAY_MS, HOUR_MS, MarginSource
from liqscape.wire.answer import parse_answer
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.columns.print_buffers import BEGIN_OF_PRINTS
from liqscape.wire.columns.trades import PrintBatch
from liqscape.wire.decode import decode_record, try_decode
from liqscape.wire.info.all_perp_metas import AllPerpMetasRequest, name_dexs, parse_all_perp_metas
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, ClearinghouseStateRequest
from liqscape.wire.info.exchange_status import ExchangeStatus, ExchangeStatusRequest
from liqscape.wire.info.frontend_open_orders import FrontendOpenOrdersRequest
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest
from liqscape.wire.info.perp_dexs import PerpDexsAnswer, PerpDexsRequest
from liqscape.wire.info.read_meta import read_meta_and_asset_contexts
from liqscape.wire.info.read_states import ReadState, name_states, read_state_rows
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest, read_spot_state
from liqscape.wire.info.vault_details import VaultDetails, VaultDetailsRequest
from liqscape.wire.known_addresses import BACKSTOPS, EXEMPT_ADDRESSES, HLP
from liqscape.wire.triggers import map_triggers, read_order_rows
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetCtxsSubscription, read_all_contexts
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseStateSubscription, parse_all_dexs_states
from liqscape.wire.ws.envelope import Envelope
from liqscape.wire.ws.fast_asset_ctxs import FastAssetCtxsSubscription
from liqscape.wire.ws.spot_state import SpotStateSubscription, parse_spot_message
from liqscape.wire.ws.trades import TradesSubscription

MAX_PRINTS = 1_000
"""Prints gathered before they become an event without waiting for another kind of record."""

LONG_PAST_MS = 300_000
"""No message is under way for so long."""
NO_TIME_MS = 0
"""Of no minute: no frame is stored under a time that only one message has told, or of which there is one."""
RESTART_MS = 1
"""A checkpoint is as of its frame: whatever came after it was missed."""
MAX_KEPT_MS = DAY_MS
"""Trigger orders that are older when the program goes on are unknown: most have been moved or taken back by then."""


CONTEXTS, PRINTS = AllDexsAssetCtxsSubscription.channel(), TradesSubscription.channel()
OF_PRINTS = Envelope(PRINTS)
OF_TIME = "prints"
"""What stamps of prints are called among those of the exchange's time."""
STATES, SPOT = AllDexsClearinghouseStateSubscription.channel(), SpotStateSubscription.channel()
_Request = (
    PerpDexsRequest
    | AllPerpMetasRequest
    | MetaAndAssetCtxsRequest
    | ExchangeStatusRequest
    | ClearinghouseStateRequest
    | BatchClearinghouseStatesRequest
    | SpotClearinghouseStateRequest
    | VaultDetailsRequest
    | FrontendOpenOrdersRequest
)
"""Those whose answers tell something here."""


class _Coin(msgspec.Struct, frozen=True):
    coin: str


class _Coins(msgspec.Struct, frozen=True):
    data: tuple[_Coin, ...]


class Assembler:
    """`feed` one record after the other; what it found out besides events is read off it.

    dexs  names on the wire, "" first; None: all that the exchange lists.
    has_fast_marks  marks come from fastAssetCtxs too, each second, where contexts come every 14 s (HL.REC.CADENCE).
    """

    def __init__(self, dexs: tuple[str, ...] | None, *, has_fast_marks: bool = False) -> None:
        self._has_fast_marks = has_fast_marks
        self._are_marks_whole = False
        """Contexts have told all marks since a message of changes was last lost."""
        self.clock = VenueClock()
        self.markets = LiveMarkets(dexs)
        self.books = BookWatch(self.markets, self.clock)
        self.holder_queue = HolderQueue()
        self.exempt: set[str] = set(EXEMPT_ADDRESSES | BACKSTOPS)
        """Addresses that cannot be liquidated in practice: HLP, its children, the backstops of dexs."""
        self.children: set[str] = set()
        """Recognised as children of HLP by their margin table, whether vaultDetails names them or not."""
        self.margin_left = MarginLeft()
        self.failed_state_count = 0
        """States in answers whose other states could be used."""
        self.failed_context_count = 0
        """Rows of contexts that could not be read: nothing is known of their markets until the next ones."""
        self.partial_state_count = 0
        """States with a row that could not be read: its pool has no level."""
        self.skipped_row_count = 0
        """Rows of accounts that do not matter: closed legs, outcome tokens."""
        self.trigger_faults = TriggerFaults()
        """Trigger orders that were left out, by reason."""
        self.node = NodeDecoder({})
        self._cadence = Cadence()
        self._given: CoinTables | None = None
        self._hour = 0
        self._prints = PrintBatch()
        self._gaps = GapWatch(self.clock, self.markets)
        self._has_timeless = False
        """Prints came while the exchange's time stood: whether a state knows of them, no time tells."""
        self._received_ns = 0
        self._quiet_ns = 0
        """Receipt up to which a message of prints leads to nothing but its prints, as far as is known before it."""

    def feed(self, record: Record, states: tuple[ReadState, ...] | None = None) -> list[Event]:
        """Turn one record into events, with a frame at the end where one is due.

        states  of accounts, where somebody has read the record before: they are not read again.
        Raises RemoteWireError or InputError for content that cannot be used; nothing has changed then.
        """
        self._received_ns = record.received_ns
        if record.kind is not RecordKind.MESSAGE:
            return [*self._advance(record, None, states), *self.books.beside(record)]
        if record.content.startswith(BEGIN_OF_PRINTS) and self.markets.is_listed:
            return self._feed_prints(record)
        envelope = decode_record(record.content, Envelope, f"socket {record.subject}")
        if envelope.channel in OF_BOOKS and not (envelope.channel == MIDS and self._has_fast_marks):
            return self.books.message(envelope, record)
        events = self._advance(record, envelope, states)
        is_mids = envelope.channel == MIDS
        books = self.books.message(envelope, record) if is_mids else self.books.beside(record)
        return [*events, *books] if books else events

    def _feed_prints(self, record: Record) -> list[Event]:
        """Prints are most of all that comes: the words around them are read together with them, and while nothing else
        is to be said they are gathered, and no more is asked."""
        gathered = self._prints.count
        newest_ms = self._prints.read(record.content, self.markets.market_of)
        if newest_ms < 0:
            return [*self._advance(record, OF_PRINTS, None), *self.books.beside(record)]
        if record.received_ns < self._quiet_ns and self._are_gathered(newest_ms, record):
            return []
        self._quiet_ns = 0
        events = self._completed(record, self._gaps.heard(record, self._stamped(newest_ms, record)), gathered)
        books = self.books.beside(record)
        self._quiet_ns = self._quiet_until()
        return [*events, *books] if books else events

    def _are_gathered(self, newest_ms: int, record: Record) -> bool:
        """Whether prints that were read lead to nothing by now. What else is done for each is done then; where it is
        not so, nothing is that would not be done again."""
        if self._prints.count >= MAX_PRINTS or newest_ms < self.clock.stamp_ms - LONG_PAST_MS:
            return False
        venue_ms = self.clock.follow(newest_ms, record.received_ns, OF_TIME)
        if venue_ms is None or (self.clock.is_confirmed and venue_ms >= (self._hour + 1) * HOUR_MS):
            return False
        if record.subject == self._gaps.contexts_on:
            self._gaps.heard_ns = record.received_ns
        self.books.hear(record)
        return True

    def _quiet_until(self) -> int:
        """Before it no frame is due and no connection silent; 0 where something has to be said with the next prints."""
        is_over = self._has_timeless and self.clock.is_confirmed  # before, it goes on whatever prints say
        is_open = is_over or SILENCE in self._gaps.open or self.books.mids.has_changed
        if is_open or self._given is None:
            return 0
        due_ns, gaps = self._cadence.due_ns, self._gaps
        return min(due_ns, gaps.heard_ns + SILENT_NS) if gaps.contexts_on else due_ns

    def _advance(self, record: Record, envelope: Envelope | None, states: tuple[ReadState, ...] | None) -> list[Event]:
        """Events of everything but books, the frame that is due at their end."""
        self._quiet_ns = 0
        gathered = self._prints.count
        return self._completed(record, self._read(record, envelope, states), gathered)

    def _completed(self, record: Record, events: list[Event], gathered: int) -> list[Event]:
        """Events of a record with what is due beside them. gathered: prints that waited before it."""
        if self._given is None:
            return events
        venue_ms = self.clock.at(record.received_ns)
        events = self._gaps.timed(events, record.received_ns)
        if self._has_timeless and not self.clock.is_held(record.received_ns):
            self._has_timeless = False
            reason = "the exchange's time stood still"
            events.append(self._gaps.gap(None, self.clock.stamp_ms, reason, record.received_ns))
        if self.clock.is_confirmed and venue_ms // HOUR_MS > self._hour:
            events = [*self._funding(venue_ms), *events]
        if self._cadence.is_due(record.received_ns):
            is_new = self.clock.is_confirmed and venue_ms > self.clock.stored_ms
            is_stored = self._cadence.cut(record.received_ns, venue_ms if is_new else NO_TIME_MS)
            block = self.node.places.newest.block or None
            events.append(FrameDue(venue_ms, record.received_ns, is_stored=is_stored, block=block))
        if not events and gathered < self._prints.count < MAX_PRINTS:
            return []
        return [*self._gathered_prints(), *events]

    def fail(self, record: Record) -> list[Event]:
        """What follows from a record that could not be used: prints may have been in it."""
        self._quiet_ns = 0
        if record.kind is not RecordKind.MESSAGE or self._given is None:
            return []
        gap = self._gaps.gap(None, self.clock.stamp_ms, "a message could not be read", self._received_ns)
        return [*self._gathered_prints(), *self._gaps.timed([gap], self._received_ns)]

    def _read(self, record: Record, envelope: Envelope | None, states: tuple[ReadState, ...] | None) -> list[Event]:
        if envelope is not None:
            return self._message(record, envelope, states)
        match record.kind:
            case RecordKind.ANSWER:
                return self._answer(record, states)
            case RecordKind.TICK:
                return self._tick()
            case RecordKind.NODE_LINES:
                return self._node_lines(record)
            case RecordKind.NODE_STATE:
                return self._node_state(record)
            case RecordKind.NODE_TRIGGERS:
                return self._everybodys_triggers(record, map_trigger_statuses)
            case RecordKind.TRIGGER_SNAPSHOT:
                return self._everybodys_triggers(record, map_trigger_snapshot)
            case RecordKind.LOST:
                return self._lost(record)
            case RecordKind.CONNECTED:
                return self._gaps.connected(record)
            case RecordKind.CHECKPOINT:
                return self._checkpoint(record)
            case _:
                return []

    def _answer(self, record: Record, states: tuple[ReadState, ...] | None) -> list[Event]:
        content = record.content
        match _read_request(record.subject.encode()):
            case PerpDexsRequest():
                return self._perp_dexs(content)
            case AllPerpMetasRequest():
                return self._all_metas(content)
            case MetaAndAssetCtxsRequest() as request:
                return self._metas(request, content)
            case ExchangeStatusRequest():
                return self._status(content)
            case ClearinghouseStateRequest() | BatchClearinghouseStatesRequest() as request:
                if states is None:
                    states = name_states(request, read_state_rows(request, content))
                return self._put_states(states)
            case SpotClearinghouseStateRequest() as request:
                return self._spot(request, content)
            case VaultDetailsRequest():
                return self._vault(content)
            case FrontendOpenOrdersRequest() as request:
                return self._open_orders(request, content)
            case _:
                return []

    def _message(self, record: Record, envelope: Envelope, states: tuple[ReadState, ...] | None) -> list[Event]:
        source = f"socket {record.subject}"
        if envelope.channel == CONTEXTS:
            self._gaps.contexts_on = record.subject
        if envelope is OF_PRINTS or (envelope.channel == PRINTS and self.markets.is_listed):
            events = self._trades(record, source)
        else:
            events = self._read_message(envelope, source, states)
        return self._gaps.heard(record, events)

    def _read_message(self, envelope: Envelope, source: str, states: tuple[ReadState, ...] | None) -> list[Event]:
        if envelope.channel == CONTEXTS:
            message, bad = read_all_contexts(bytes(envelope.data), source)
            self.failed_context_count += bad
            for dex, contexts in message.ctxs:
                if self.markets.move(dex, contexts, self._received_ns):
                    self._cadence.marks_moved()
                self.books.contexts(dex, contexts, self._received_ns)
            self._are_marks_whole = True
            return self._marks()
        if envelope.channel == MIDS:
            return self._fast_marks(bytes(envelope.data), source)
        if envelope.channel == STATES:
            return self._streamed_states(bytes(envelope.data), source, states)
        if envelope.channel == SPOT:
            self._streamed_spot(bytes(envelope.data), source)
        return []

    def _fast_marks(self, data: bytes, source: str) -> list[Event]:
        """Marks that changed. Of a message that cannot be read it is not known which: contexts tell all again."""
        try:
            contexts = FastAssetCtxsSubscription.parse(data, source)
        except RemoteWireError:  # counted by the books
            self._are_marks_whole = False
            return []
        marks = {coin: each.markPx for coin, each in contexts.items() if each.markPx is not None}
        if self.markets.move_marks(marks, self._received_ns):
            self._cadence.marks_moved()
        if self._are_marks_whole:
            self.markets.confirm_marks()
        return self._marks()

    def _streamed_states(self, data: bytes, source: str, states: tuple[ReadState, ...] | None) -> list[Event]:
        """One account in every dex. What cannot be read of it concerns nobody else, and is counted."""
        if states is None:
            try:
                states = parse_all_dexs_states(data, source)
            except RemoteWireError:
                self.failed_state_count += 1
                return []
        dexs = self.markets.dexs
        return self._put_states(each for each in states if each.dex in dexs or isinstance(each.state, RemoteWireError))

    def _streamed_spot(self, data: bytes, source: str) -> None:
        try:
            address, spot = parse_spot_message(data, source)
        except RemoteWireError:
            self.failed_state_count += 1
            return
        self.holder_queue.put_spot(address, spot)

    def _trades(self, record: Record, source: str) -> list[Event]:
        newest_ms = self._prints.add(record.content, self.markets.market_of, source)
        return [] if newest_ms is None else self._stamped(newest_ms, record)

    def _stamped(self, newest_ms: int, record: Record) -> list[Event]:
        """What follows from the newest time of prints that were read."""
        source = f"socket {record.subject}"
        is_believed = self.clock.stamp(newest_ms, self._received_ns, OF_TIME)
        self._cadence.accounts_moved()
        if not is_believed:
            raise RemoteWireError(f"{source}: a print of {newest_ms}, while it is {self.clock.stamp_ms}")
        self._has_timeless = self._has_timeless or self.clock.is_held(self._received_ns)
        is_past = newest_ms < self.clock.stamp_ms - LONG_PAST_MS
        if is_past and self._gaps.is_settled(record) and self._given is not None:
            reported = decode_record(record.content, _Coins, source).data
            return self._gaps.long_past((each.coin for each in reported), newest_ms, self._received_ns)
        return []

    def _gathered_prints(self) -> list[Event]:
        trades = self._prints.take()
        if trades is not None and trades.time_ms[-1] > self.clock.stamp_ms:
            trades = _not_after(trades, self.clock.stamp_ms)
        return [] if trades is None else [TradesPrinted(int(trades.time_ms[-1]), self._received_ns, trades)]

    def _marks(self) -> list[Event]:
        if self._given is None:
            return []
        self._cadence.accounts_moved()
        time_ms = self.clock.at(self._received_ns)
        return [MarksUpdated(time_ms, self._received_ns, self.markets.snapshot(time_ms, self._received_ns))]

    def _perp_dexs(self, content: bytes) -> list[Event]:
        rows = parse_answer(content, PerpDexsAnswer, "perpDexs")
        self.markets.list_dexs(["" if row is None else row.name for row in rows])
        return []

    def _all_metas(self, content: bytes) -> list[Event]:
        source = "allPerpMetas"
        metas = name_dexs(parse_all_perp_metas(content, source), self.markets.listed_dexs, source)
        listing = self.markets.put_all(metas, source, self._received_ns)
        if listing is None:
            return []
        time_ms = self.clock.at(self._received_ns)
        # No frame is due for this: new markets have no marks yet.
        return [
            *self._define(listing),
            MarksUpdated(time_ms, self._received_ns, self.markets.snapshot(time_ms, self._received_ns)),
        ]

    def _metas(self, request: MetaAndAssetCtxsRequest, content: bytes) -> list[Event]:
        dex = request.dex or ""
        source = f"metaAndAssetCtxs {dex}".strip()
        meta, contexts = read_meta_and_asset_contexts(content, source)
        listing = self.markets.put(dex, meta, contexts, source, self._received_ns)
        self.books.contexts(dex, contexts, self._received_ns)
        events: list[Event] = [] if listing is None else self._define(listing)
        self._cadence.marks_moved()
        return [*events, *self._marks()]

    def _define(self, listing: Listing) -> list[Event]:
        self._given = listing.given
        self._gaps.are_markets_known = True
        self._gaps.unfollow({market.coin for market in listing.markets.rows if market.is_delisted})
        time_ms = self.clock.at(self._received_ns)
        return [MarketDefined(time_ms, self._received_ns, listing.markets, listing.tables)]

    def _status(self, content: bytes) -> list[Event]:
        self.clock.stamp(parse_answer(content, ExchangeStatus, "exchangeStatus").time, self._received_ns, "status")
        return []

    def _put_states(self, states: Iterable[ReadState]) -> list[Event]:
        """States in the holder queue; of whoever one cannot be read or believed, all is in doubt."""
        in_doubt: list[str] = []
        for address, dex, state in states:
            if isinstance(state, RemoteWireError):
                self.failed_state_count += 1
                in_doubt.append(address)
            elif state is not None and not self._put_state(address, dex, state):
                in_doubt.append(address)
        return self._put(in_doubt)

    def _put_state(self, address: str, dex: str, state: ClearinghouseState) -> bool:
        """False where it is of a time to come: it would stand against all that follows."""
        if not self.clock.stamp(state.time, self._received_ns, "states"):
            self.failed_state_count += 1
            return False
        self.holder_queue.put(address, dex, state)
        return True

    def _put(self, in_doubt: list[str]) -> list[Event]:
        """What follows once states were put in the holder queue, some of them without their frame."""
        events = self._observe_batch() if self.holder_queue.is_full else []
        if in_doubt and self._given is not None:
            events.append(self._gaps.doubt(in_doubt, self._received_ns))
        return events

    def _spot(self, request: SpotClearinghouseStateRequest, content: bytes) -> list[Event]:
        address = request.user.lower()
        self.holder_queue.put_spot(address, read_spot_state(content, f"spotClearinghouseState {address}"))
        return []

    def _vault(self, content: bytes) -> list[Event]:
        if content.strip() == b"null":
            return []
        vault = parse_answer(content, VaultDetails, "vaultDetails")
        if vault.relationship.data is not None and vault.vaultAddress.lower() == HLP:
            self.exempt |= {address.lower() for address in vault.relationship.data.childAddresses}
        return []

    def _open_orders(self, request: FrontendOpenOrdersRequest, content: bytes) -> list[Event]:
        """All orders of an account in a dex: those that wait for a mark are kept, what cannot be used is counted."""
        address, dex = request.user.lower(), request.dex or ""
        faults = TriggerFaults()
        rows = read_order_rows(content, faults)
        if rows is None:
            raise RemoteWireError(f"frontendOpenOrders {address}: not a list of orders")
        if self._given is None or not is_address(address):
            return []
        orders = map_triggers(((address, row) for row in rows), self.markets.market_of, faults)
        self.trigger_faults += faults
        markets = [row for row, market in enumerate(self.markets.markets.rows) if market.dex == dex]
        return [
            TriggersObserved(
                time_ms=self.clock.at(self._received_ns),
                received_ns=self._received_ns,
                orders=orders,
                addresses=(address,),
                market_index=np.array(markets, np.int32),
            )
        ]

    def _everybodys_triggers(
        self, record: Record, map_record: Callable[[Record, Mapping[str, int], TriggerFaults], Event]
    ) -> list[Event]:
        if self._given is None:
            return []
        faults = TriggerFaults()
        event = map_record(record, self.markets.market_of, faults)
        self.trigger_faults += faults
        return [event]

    def _node_lines(self, record: Record) -> list[Event]:
        if not self.markets.is_listed:
            return []
        self.node.market_of = self.markets.market_of
        events = self.node.decode(record)
        newest_ms = max(self.node.figures().block_time_ms, max((event.time_ms for event in events), default=0))
        if newest_ms:
            self.clock.stamp(newest_ms, record.received_ns, "node")
        if events:
            self._cadence.accounts_moved()
        return events

    def _node_state(self, record: Record) -> list[Event]:
        """Everybody at one block. Margin tables it brings are put behind the ones in force."""
        if not self.markets.is_listed:
            return []
        state = unpack_state(record.content, record.subject)
        self.node.places.know(state.time_ms)
        before = self.markets.registry.tables()
        observed = map_state(state, self.markets.market_of, self.markets.registry.row, record.received_ns, self.exempt)
        if self._given is not None:
            found = find_children(observed.accounts, self.markets.market_of, self.markets.registry, self._given)
            self.exempt.update(found)
            self.children.update(found)
            observed = replace(observed, accounts=set_apart(observed.accounts, found))
        self._cadence.accounts_moved()
        return [*self._new_tables(before), observed]

    def _new_tables(self, before: MarginTables) -> list[Event]:
        """A definition with the tables that were put on the registry since."""
        tables = self.markets.registry.tables()
        if tables is before:
            return []
        time_ms = self.clock.at(self._received_ns)
        return [MarketDefined(time_ms, self._received_ns, self.markets.markets, tables)]

    def _tick(self) -> list[Event]:
        events = self._observe_batch()
        events += self._observe(self.holder_queue.released())
        return [*events, *self._gaps.due(self._received_ns)]

    def _observe_batch(self) -> list[Event]:
        """Everything gathered, apart from what has to wait for a spot state."""
        if self._given is None:
            return []
        holders = self.holder_queue.gathered()
        lacking = [holder for holder in holders if holder.spot is None]
        waiting = set(needs_spot(lacking, self._given, self.markets.market_of))
        self.holder_queue.hold(holder for holder in lacking if holder.address in waiting)
        return self._observe(holder for holder in holders if holder.address not in waiting)

    def _observe(self, holders: Iterable[Holder]) -> list[Event]:
        if self._given is None:
            return []
        events: list[Event] = []
        in_doubt: list[str] = []
        for dexs, batch in by_dexs(holders).items():
            before = self.markets.registry.tables()
            built = build_accounts(
                batch,
                self.markets.market_of,
                self.markets.registry,
                self._given,
                self.exempt,
                "clearinghouseState",
                with_flat=True,
            )
            self.margin_left.observe(batch)
            self.failed_state_count += len(built.failed)
            self.partial_state_count += len(dict(built.unread))
            self.skipped_row_count += built.skipped_count
            in_doubt += built.in_doubt
            in_doubt += off_their_marks(built.accounts, *self.markets.sure_marks(self._received_ns))
            self.exempt.update(built.children)
            self.children.update(built.children)
            time_ms = self.clock.at(self._received_ns)
            events += self._new_tables(before)
            if built.accounts.addresses:
                self._cadence.accounts_moved()
                events.append(
                    AccountsObserved(
                        time_ms=time_ms,
                        received_ns=self._received_ns,
                        accounts=built.accounts,
                        dexs=dexs,
                        address_ms=built.address_ms,
                    )
                )
        if in_doubt:
            # After what was observed: a state that does not tell all it holds is no ground to be sure.
            events.append(self._gaps.doubt(in_doubt, self._received_ns))
        return events

    def _funding(self, venue_ms: int) -> list[Event]:
        """Positions pay when the hour is full, by the rates and oracles held just before."""
        hour = venue_ms // HOUR_MS
        is_first, self._hour = self._hour == 0, hour
        if is_first or self.node.figures().block_time_ms:
            return []  # an own node tells every payment, to the cent
        rate, oracle = self.markets.funding()
        self._cadence.accounts_moved()
        return [FundingDue(hour * HOUR_MS, self._received_ns, rate, oracle)]

    def _lost(self, record: Record) -> list[Event]:
        if "/" in record.subject:
            return [] if self._given is None else self.node.lost(record, self.clock.beyond(self._received_ns))
        lost = decode_record(record.content, LostConnection, "lost connection")
        if any(try_decode(bytes(each), FastAssetCtxsSubscription) is not None for each in lost.subscriptions):
            self._are_marks_whole = False
        return self._gaps.lost(record, lost)

    def _checkpoint(self, record: Record) -> list[Event]:
        """Taken up where nothing is known yet. What was computed from a state has been out of sight since."""
        if self.markets.markets.rows:
            return []
        checkpoint = read_checkpoint(record.content)
        snapshot, tables = checkpoint.snapshot, checkpoint.tables
        self.markets.resume(snapshot.markets, tables, snapshot)
        self.node.places.know(snapshot.time_ms)
        self.clock.resume(snapshot.time_ms)
        return [
            MarketDefined(snapshot.time_ms, record.received_ns, snapshot.markets, self.markets.registry.tables()),
            MarksUpdated(snapshot.time_ms, record.received_ns, snapshot),
            AccountsObserved(
                time_ms=snapshot.time_ms,
                received_ns=record.received_ns,
                accounts=_aged(checkpoint.accounts),
                is_complete=True,
            ),
            *self._kept(checkpoint.triggers, record.received_ns),
            GapDetected(
                time_ms=snapshot.time_ms + RESTART_MS,
                received_ns=record.received_ns,
                from_ms=snapshot.time_ms,
                market_index=None,
                reason="the program was not running",
            ),
        ]

    def _kept(self, triggers: TriggersKept | None, received_ns: int) -> list[Event]:
        """Trigger orders of before a restart, with their true age; none where it was too long."""
        if triggers is None or received_ns // 1_000_000 - triggers.time_ms > MAX_KEPT_MS:
            return []
        return [replace(triggers, received_ns=received_ns)]


def _read_request(subject: bytes) -> _Request | None:
    """The request of an answer; None where its answer is of no use here. Raises RemoteWireError for no request."""
    found: _Request | None = try_decode(subject, _Request)  # type: ignore[arg-type]
    if found is None and decode_record(subject, _Type, "request").type in _KINDS:
        found = decode_record(subject, _Request, "request")  # type: ignore[arg-type]
    return found


class _Type(msgspec.Struct, frozen=True):
    type: str | None = None


_KINDS = frozenset(each.kind() for each in get_args(_Request))


def _aged(accounts: Accounts) -> Accounts:
    """The same, its states being what was true once and has not been followed since."""
    was_seen = (accounts.margin_source == MarginSource.STATE) | (accounts.margin_source == MarginSource.PUBLISHED)
    return replace(accounts, margin_source=np.where(was_seen, np.uint8(MarginSource.TRACKED), accounts.margin_source))


def _not_after(trades: Trades, time_ms: int) -> Trades | None:
    """Without prints the clock does not believe: a state read later would be taken for older than they are."""
    count = int(np.searchsorted(trades.time_ms, time_ms, side="right"))
    if not count:
        return None
    columns = {each.name: getattr(trades, each.name) for each in fields(trades)}
    return Trades(**{name: column if name == "addresses" else column[:count] for name, column in columns.items()})
