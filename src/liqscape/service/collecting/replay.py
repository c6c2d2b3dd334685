"""The frames of a raw log, made again by the code that made them, and compared with what was stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.doubt import sure_marks
from liqscape.model.liquidations import Liquidation
from liqscape.risk.liquidation import solve_roots
from liqscape.service.collecting.core import Fed, core_of, core_of_checkpoint
from liqscape.service.moments import read_stored
from liqscape.store.history.accounts import is_reading_alone
from liqscape.units import AnyArray

if TYPE_CHECKING:
    from liqscape.store.history import HistoryReader


@dataclass(kw_only=True)
class ReplayFigures:
    """Counts of a run; `digest` covers every frame in order, stored or only pushed.

    holes  places where the log says that records were not kept, `not_kept` in all: after one, frames may differ.
    """

    records: int = 0
    unusable: int = 0
    before_start: int = 0
    holes: int = 0
    not_kept: int = 0
    frames: int = 0
    stored_frames: int = 0
    equal_frames: int = 0
    differing_frames: int = 0
    missing_frames: int = 0
    digest: str = ""


class _Hole(msgspec.Struct, frozen=True):
    lost: int


Observe = Callable[[Record, Fed, Sequence[Liquidation], Sequence[str]], None]
"""Given each record, what it led to, the liquidations it made known, and the coins of the markets they name."""


def replay(records: Iterable[Record], figures: ReplayFigures, observe: Observe | None = None) -> Iterator[Moment]:
    """Every frame of the log in order; `figures` is filled on the way. observe: called before a record's frames.

    Records before the first start of a process, or the first checkpoint, belong to one whose beginning is not kept:
    they are counted. From a checkpoint on levels are right, but what the ledger remembered besides (recent prints,
    doubts) begins anew, so frames need not be equal to the bit.
    """
    core, running = None, blake2b(digest_size=16)
    for record in records:
        figures.records += 1
        if record.kind is RecordKind.STARTED:
            core = core_of(record)
            continue
        if record.kind is RecordKind.HOLE:
            figures.holes += 1
            figures.not_kept += _lost(record)
            continue
        if core is None and record.kind is RecordKind.CHECKPOINT:
            core = core_of_checkpoint(record)
        if core is None:
            figures.before_start += 1
            continue
        fed = core.feed(record)
        found = core.pipeline.ledger.take_liquidations()  # kept by nobody here, and a log may be long
        if observe is not None:
            observe(record, fed, found, core.assembler.markets.markets.coins)
        figures.unusable += fed.fault is not None
        for moment in fed.moments:
            figures.frames += 1
            figures.stored_frames += moment.is_stored
            running.update(moment_digest(moment))
            figures.digest = running.hexdigest()
            yield moment


def _lost(record: Record) -> int:
    try:
        return msgspec.json.decode(record.content, type=_Hole).lost
    except msgspec.MsgspecError:
        return 0


def compare(made: Moment, reader: HistoryReader, figures: ReplayFigures) -> None:
    """Count whether the history holds this frame with the same bits, apart from readings with nothing new."""
    stored = read_stored(reader, made.frame.time_ms)
    if stored is None or stored.frame.time_ms != made.frame.time_ms:
        figures.missing_frames += 1
    elif _is_kept(made, stored):
        figures.equal_frames += 1
    else:
        figures.differing_frames += 1


def _is_kept(made: Moment, stored: Moment) -> bool:
    """Whether a stored frame and its accounts are those made again."""
    digest = moment_digest(stored)
    if digest == moment_digest(_as_kept(made, made.accounts)):
        return True
    is_alone = is_reading_alone(stored.accounts, made.accounts)
    return is_alone and digest == moment_digest(_as_kept(made, stored.accounts))


def _as_kept(made: Moment, accounts: Accounts) -> Moment:
    """As a history gives it back with these accounts: without marks that were in doubt, and so without levels on
    them."""
    snapshot = made.frame.snapshot
    if snapshot.doubt is None and accounts is made.accounts:
        return made
    sure = replace(snapshot, mark=sure_marks(snapshot.mark, snapshot.doubt))
    bands, _ = build_bands(accounts, sure, solve_roots(accounts, sure, made.tables))
    return replace(made, frame=replace(made.frame, snapshot=sure, bands=bands), accounts=accounts)


def moment_digest(moment: Moment) -> bytes:
    """Hash of marks, bands, rest and accounts, bit for bit."""
    frame, accounts = moment.frame, moment.accounts
    digest = blake2b(digest_size=16)
    digest.update(str(frame.time_ms).encode())
    columns: list[AnyArray] = [frame.snapshot.mark, frame.snapshot.oracle, frame.snapshot.open_interest]
    columns += [getattr(frame.bands, field.name) for field in fields(frame.bands)]
    columns += [getattr(frame.outside, field.name) for field in fields(frame.outside)]
    columns += [accounts.address_row, accounts.offsets]
    columns += [getattr(accounts, name) for name in (*POOL_COLUMNS, *POSITION_COLUMNS)]
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    digest.update("".join(accounts.addresses).encode())
    return digest.digest()
