"""A live moment as bytes, and back: marks, and the rows of those accounts that changed since the frame before.

Bands are not sent: a replica solves them from the same accounts by the same pipeline, to the same bits. A frame names
the one it follows; who has another one asks for a keyframe, which holds everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from liqscape.errors import LiqscapeError, RemoteWireError
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.ledger.triggers import StandingTriggers
from liqscape.model.accounts import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.service.pipeline import DueMoment, Pipeline
from liqscape.service.replicas.trigger_frames import FollowedTriggers, SentRows, pack_triggers
from liqscape.service.standing import FeedState, Standing
from liqscape.store.history.account_rows import accounts_of_rows, apply_rows
from liqscape.store.history.accounts import changed_accounts, exact_changes
from liqscape.store.history.manifest import Definition, HistoryStanding, encode_standing, parse_standing
from liqscape.store.history.schema import DTYPES, FUNDING, POOLS, POSITIONS, Table, empty_table
from liqscape.store.history.trigger_changes import trigger_tables
from liqscape.units import AnyArray

CONSTANT = ("time_ms", "level_at_write")
"""Columns that say nothing here."""
PRICES = ("mark", "oracle", "open_interest")


class StandingRow(msgspec.Struct, frozen=True, array_like=True):
    """A standing on its way."""

    is_live: bool
    feed: FeedState
    is_time_held: bool

    @classmethod
    def of(cls, standing: Standing) -> StandingRow:
        """As it stands."""
        return cls(standing.is_live, standing.feed, standing.is_time_held)

    def standing(self) -> Standing:
        """As it stood."""
        return Standing(self.is_live, self.feed, self.is_time_held)


class SentFrame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One live moment.

    session     of the collector; another one after each start.
    follows     number of the frame whose accounts the rows change; of a keyframe its own.
    definition  markets, margin tables and provenance, where they are not those of the frame before.
    triggers    what changed of trigger orders (trigger_frames.py); all of them where the frame has a definition.
    columns     bytes of the marks, oracles, open interests, doubts, funding rates, dues of the last funding.
    """

    session: str
    sequence: int
    follows: int
    time_ms: int
    sent_ms: int
    standing: StandingRow
    is_stored: bool = False
    block: int | None = None
    funding_hour_ms: int | None = None
    definition: bytes = b""
    columns: dict[str, bytes] = {}
    pools: dict[str, bytes] = {}
    positions: dict[str, bytes] = {}
    addresses: list[str] = []
    triggers: dict[str, SentRows] = {}

    @property
    def is_keyframe(self) -> bool:
        """Whether it needs nothing before it."""
        return self.follows == self.sequence


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """Said every second: the newest frame and the newest stored one, and how they stand."""

    session: str
    sequence: int
    frame_ms: int | None
    stored_ms: int | None
    sent_ms: int
    standing: StandingRow


class FrameEncoder:
    """Frames of one session, each against the one before it was given. One thread at a time."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._accounts: Accounts | None = None
        self._sequence = 0
        self._markets: Markets | None = None
        self._tables: MarginTables | None = None
        self._triggers: StandingTriggers | None = None

    def encode(self, moment: Moment, standing: Standing, sent_ms: int, *, is_keyframe: bool) -> bytes:
        """The bytes of a moment; a keyframe if asked for or needed."""
        frame, accounts, before = moment.frame, moment.accounts, self._accounts
        snapshot = frame.snapshot
        is_keyframe = is_keyframe or before is None
        is_defined = not is_keyframe and self._markets == snapshot.markets and self._tables is moment.tables
        rows: dict[str, Table] = {POOLS: {}, POSITIONS: {}}
        addresses: list[str] = []
        if is_keyframe or before is not accounts:
            if is_keyframe or before is None:
                change = changed_accounts(Accounts.empty(), accounts, frame.time_ms, is_keyframe=True)
            else:
                change = exact_changes(before, accounts, frame.time_ms)
            is_keyframe = change.is_keyframe
            rows = {POOLS: change.pools, POSITIONS: change.positions}
            addresses = change.addresses["address"].tolist()
        is_defined = is_defined and not is_keyframe
        triggers = trigger_tables(
            self._triggers, moment.standing, frame.time_ms, snapshot.markets, is_keyframe=not is_defined
        )
        sent = SentFrame(
            session=self._session,
            sequence=moment.sequence,
            follows=moment.sequence if is_keyframe else self._sequence,
            time_ms=frame.time_ms,
            sent_ms=sent_ms,
            standing=StandingRow.of(standing),
            is_stored=moment.is_stored,
            block=frame.block,
            funding_hour_ms=None if frame.funding is None else frame.funding.hour_ms,
            definition=b"" if is_defined else _definition(moment),
            columns=_columns(moment),
            pools=_to_bytes(rows[POOLS]),
            positions=_to_bytes(rows[POSITIONS]),
            addresses=addresses,
            triggers=pack_triggers(triggers),
        )
        self._triggers = moment.standing
        self._accounts, self._sequence = accounts, moment.sequence
        self._markets, self._tables = snapshot.markets, moment.tables
        return msgspec.msgpack.encode(sent)


@dataclass(frozen=True, kw_only=True)
class FollowedFrame:
    """A frame as it came, and the moment that was made of it, not numbered yet."""

    sent: SentFrame
    moment: Moment


class FrameDecoder:
    """Frames of a collector as moments, through the one pipeline. One thread at a time."""

    def __init__(self) -> None:
        self._session = ""
        self._sequence = -1
        self._accounts = Accounts.empty()
        self._standing: HistoryStanding | None = None
        self._pipeline: Pipeline | None = None
        self._triggers = FollowedTriggers()

    def decode(self, content: bytes) -> FollowedFrame | None:
        """The moment; None for one that does not follow the last, or is that one again.

        Raises RemoteWireError for what cannot be read: then nothing has changed.
        """
        try:
            sent = msgspec.msgpack.decode(content, type=SentFrame)
            is_held = (sent.session, sent.sequence) == (self._session, self._sequence)
            if not sent.is_keyframe and (sent.session, sent.follows) != (self._session, self._sequence):
                return None
            return None if is_held else self._read(sent)
        except RemoteWireError:
            raise
        except (LiqscapeError, msgspec.MsgspecError, ValueError, IndexError, KeyError) as error:
            raise RemoteWireError(f"a live frame cannot be read: {error}") from None

    def is_behind(self, content: bytes) -> bool:
        """Whether a frame that was passed over is one that needs a keyframe first."""
        sent = msgspec.msgpack.decode(content, type=SentFrame)
        return (sent.session, sent.sequence) != (self._session, self._sequence)

    def _read(self, sent: SentFrame) -> FollowedFrame:
        standing, pipeline = self._standing, self._pipeline
        if sent.definition:
            standing = parse_standing(sent.definition, Path("live frame"))
            pipeline = Pipeline(standing.provenance)
        if standing is None or pipeline is None:
            raise RemoteWireError(f"live frame {sent.sequence} names no markets")
        definition = standing.definition
        accounts = self._after(sent)
        _check(accounts, len(definition.markets), len(definition.tables.tables))
        triggers = self._triggers.after(sent.triggers, sent.time_ms, definition.markets, is_anew=bool(sent.definition))
        due = DueMoment(
            accounts=accounts,
            markets=definition.markets,
            snapshot=_snapshot(sent, definition.markets),
            tables=definition.tables,
            funding=None
            if sent.funding_hour_ms is None
            else HourlyFunding(sent.funding_hour_ms, _array(sent.columns["due"], np.float64)),
            is_stored=sent.is_stored,
            block=sent.block,
            triggers=triggers.due(accounts),
        )
        moment = pipeline.build(due)
        self._session, self._sequence, self._accounts = sent.session, sent.sequence, accounts
        self._standing, self._pipeline, self._triggers = standing, pipeline, triggers
        return FollowedFrame(sent=sent, moment=moment)

    def _after(self, sent: SentFrame) -> Accounts:
        before = Accounts.empty() if sent.is_keyframe else self._accounts
        pools = _to_table(sent.pools, POOLS, sent.time_ms)
        positions = _to_table(sent.positions, POSITIONS, sent.time_ms)
        _check_rows(pools, positions, len(before.addresses) + len(sent.addresses))
        funding = empty_table(FUNDING)
        if sent.is_keyframe:
            return accounts_of_rows(pools, positions, funding, tuple(sent.addresses))
        listed = (*before.addresses, *sent.addresses) if sent.addresses else before.addresses
        return apply_rows(before, pools, positions, funding, listed, sent.time_ms)


def _definition(moment: Moment) -> bytes:
    frame = moment.frame
    definition = Definition(frame.time_ms, frame.snapshot.markets, moment.tables)
    provenance: Provenance = frame.provenance
    return encode_standing(HistoryStanding(provenance, 0, "", definition))


def _columns(moment: Moment) -> dict[str, bytes]:
    snapshot, funding = moment.frame.snapshot, moment.frame.funding
    columns = {name: getattr(snapshot, name).tobytes() for name in PRICES}
    if snapshot.doubt is not None:
        columns["doubt"] = snapshot.doubt.tobytes()
    if snapshot.funding_rate is not None:
        columns["funding_rate"] = snapshot.funding_rate.tobytes()
    if funding is not None:
        columns["due"] = funding.due.tobytes()
    return columns


def _snapshot(sent: SentFrame, markets: Markets) -> MarketSnapshot:
    columns = sent.columns
    doubt, rate = columns.get("doubt"), columns.get("funding_rate")
    snapshot = MarketSnapshot(
        markets=markets,
        time_ms=sent.time_ms,
        **{name: _array(columns[name], np.float64) for name in PRICES},
        doubt=None if doubt is None else _array(doubt, np.uint8),
        funding_rate=None if rate is None else _array(rate, np.float64),
    )
    for each in (snapshot.doubt, snapshot.funding_rate):
        if each is not None and len(each) != len(markets):
            raise RemoteWireError(f"live frame {sent.sequence} has figures of {len(each)} markets, not {len(markets)}")
    return snapshot


def _to_bytes(table: Table) -> dict[str, bytes]:
    """Columns that say something; none of a table without rows."""
    if not table or not len(table["time_ms"]):
        return {}
    return {name: np.ascontiguousarray(values).tobytes() for name, values in table.items() if name not in CONSTANT}


def _to_table(columns: dict[str, bytes], name: str, time_ms: int) -> Table:
    if not columns:
        return empty_table(name)
    dtypes = DTYPES[name]
    table: Table = {each: _array(columns[each], dtypes[each]) for each in dtypes if each not in CONSTANT}
    lengths = {len(values) for values in table.values()}
    if len(lengths) != 1:
        raise RemoteWireError(f"columns of {name} in a live frame have {sorted(lengths)} rows")
    table["time_ms"] = np.full(lengths.pop(), time_ms, np.int64)
    if "level_at_write" in dtypes:
        table["level_at_write"] = np.full(len(table["time_ms"]), np.nan, np.float32)
    return table


def _array(content: bytes, dtype: type) -> AnyArray:
    return np.frombuffer(content, dtype)


def _check_rows(pools: Table, positions: Table, addresses: int) -> None:
    """Raises RemoteWireError for rows of addresses that are not listed."""
    for table in (pools, positions):
        rows = table["address_row"]
        if len(rows) and (rows.min() < 0 or rows.max() >= addresses):
            raise RemoteWireError(f"a live frame has rows of address {rows.max()}, {addresses} are listed")


def _check(accounts: Accounts, markets: int, tables: int) -> None:
    """Raises RemoteWireError for positions in markets or margin tables that do not exist: kernels do not look."""
    for name, limit in (("market_index", markets), ("table_row", tables)):
        values = getattr(accounts, name)
        if len(values) and (values.min() < 0 or values.max() >= limit):
            raise RemoteWireError(f"a live frame has positions with {name} {values.max()}, {limit} are known")
