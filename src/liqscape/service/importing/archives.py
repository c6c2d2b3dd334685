"""Archives replayed into a history. What goes on after an interruption starts from the history's own last frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import InputError, SettingsError
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import Event
from liqscape.service.allocating import give_back_freed
from liqscape.service.day_keeping import remove_old_days
from liqscape.service.folders import LIQUIDATIONS, Origin, claim_folder, read_origin, write_origin
from liqscape.service.importing.books import ALL_COINS, NO_BOOKS, BookWish, book_paths, import_books
from liqscape.service.importing.log import ImportLog, ImportReport
from liqscape.service.loader import load_source
from liqscape.sources.archive import ArchiveSource, open_stores
from liqscape.sources.archive.base import BaseState, keep_holders, read_base
from liqscape.sources.archive.hours import ArchiveDamage
from liqscape.sources.archive.object_store import ObjectStore
from liqscape.sources.archive.reading import MAX_UNREADABLE_SHARE
from liqscape.sources.archive.source import ArchiveFigures
from liqscape.sources.archive.store import Stores
from liqscape.sources.archive.volume import BucketVolume, measure_frames, measure_objects
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.manifest import MANIFEST
from liqscape.store.history.retention import KEEP_ALL, KeepRules
from liqscape.store.liquidations import LiquidationFilter, LiquidationReader, LiquidationWriter
from liqscape.units import DAY_MS, MINUTE_MS
from liqscape.wire.coin_tables import CoinTables

if TYPE_CHECKING:
    from liqscape.service.opening import ProgressTo

MAX_DAYS = 3_660
KIND = "archive"
Agree = Callable[[tuple[BucketVolume, ...]], bool]
FIRST_EVENTS = 2
"""Markets and accounts of the base, which come before any hour."""


@dataclass(frozen=True, kw_only=True)
class ArchiveWish:
    """What to import. start_ms None: from the base on. base None: only to go on with a history.

    is_strict: stop at the first part that is missing or damaged.
    max_unreadable: share of the lines of a file, or of the events in them, that may be unreadable.
    keep: what is kept of the history while it grows, and of liquidations and books at the end.
    agree: asked once what would be fetched from buckets, before anything is; nothing is imported where it says no.
    usd_per_gib: price of what is fetched, in place of the known ones.
    """

    archives: tuple[str, ...]
    data: Path
    end_ms: int
    start_ms: int | None = None
    base: Path | None = None
    coins: tuple[str, ...] = ()
    tables: CoinTables | None = None
    cache: Path | None = None
    is_strict: bool = False
    books: BookWish = NO_BOOKS
    max_unreadable: float = MAX_UNREADABLE_SHARE
    keep: KeepRules = KEEP_ALL
    agree: Agree | None = None
    usd_per_gib: float | None = None


def import_archives(wish: ArchiveWish, progress_to: ProgressTo) -> ImportReport:
    """Import, or go on with an import. load_source makes every frame durable.

    Raises SettingsError for a wish that cannot be met or a folder of something else, InputError for a base or (if
    strict) an archive that cannot be used.
    """
    store = open_stores(wish.archives, wish.cache)
    log = ImportLog(wish.data)
    held = _last_state(wish, log)
    base, provenance = (_first_state(wish), None) if held is None else held
    give_back_freed()  # a base of everybody takes several times its size to read

    def tell(damage: ArchiveDamage) -> None:
        log.add_damage(damage)
        if wish.is_strict:
            raise InputError(f"{damage.path}: {damage.reason}", file=damage.path)

    report, last_ms = log.report, wish.end_ms // MINUTE_MS * MINUTE_MS
    is_whole = held is not None and report.is_complete and report.reached_ms >= last_ms
    has_frames = base.time_ms < wish.end_ms and not is_whole
    if wish.agree is not None and not wish.agree(_volume(wish, store, base, has_frames=has_frames)):
        return report
    if has_frames:
        _import_frames(wish, store, base=base, provenance=provenance, log=log, tell=tell, progress_to=progress_to)
    if wish.books.coins:
        _import_books(wish, store, log, tell, progress_to)
    remove_old_days(wish.data, HistoryReader(wish.data).last_ms, wish.keep)
    return log.report


def _volume(wish: ArchiveWish, store: Stores, base: BaseState, *, has_frames: bool) -> tuple[BucketVolume, ...]:
    """What the import fetches. Order books of a history that is not there yet are taken to begin with the base, and
    `all` coins to be those of the base."""
    source = ArchiveSource(store, base, wish.end_ms, start_ms=wish.start_ms)
    paths = measure_frames(store, source.from_ms, source.last_ms) if has_frames else []
    first_ms, last_ms = source.first_ms, source.last_ms
    if (wish.data / MANIFEST).exists():
        reader = HistoryReader(wish.data)
        first_ms = first_ms if reader.first_ms is None else min(first_ms, reader.first_ms)
        last_ms = max(last_ms, reader.last_ms or 0)
    coins = [market.coin for market in base.markets.rows if not market.is_delisted]
    coins = coins if ALL_COINS in wish.books.coins else list(wish.books.coins)
    paths += book_paths(wish.data, wish.books, coins, first_ms, last_ms + 1)
    return measure_objects(store, paths, wish.usd_per_gib)


def _import_frames(
    wish: ArchiveWish,
    store: ObjectStore,
    *,
    base: BaseState,
    provenance: Provenance | None,
    log: ImportLog,
    tell: Callable[[ArchiveDamage], None],
    progress_to: ProgressTo,
) -> None:
    """Fills, funding and contexts onto the base, up to the end.

    A new folder is made only when the first hour is known to be of use.
    """
    is_resumed = provenance is not None
    origin = claim_folder(wish.data, _origin(wish)) if _is_used(wish.data) else None

    def expect(figures: Sequence[ArchiveFigures]) -> None:
        log.expect(figures)
        if origin is not None:
            log.write()

    source = ArchiveSource(
        store,
        base,
        wish.end_ms,
        start_ms=wish.start_ms,
        given=wish.tables,
        on_damage=tell,
        provenance=provenance,
        since_ms=log.began_ms if is_resumed else None,
        max_unreadable=wish.max_unreadable,
        on_hour=expect,
    )
    log.begin(source.from_ms, is_resumed=is_resumed)
    begun = _Begun(source)
    if origin is None:
        origin = claim_folder(wish.data, _origin(wish))
    log.write()
    events = LiquidationWriter(wish.data / LIQUIDATIONS)

    def reach(time_ms: int) -> None:
        log.reach(time_ms, is_kept=True)

    with HistoryWriter(wish.data, source.provenance, keep=wish.keep) as writer:
        with progress_to(f"importing {store.address}", base.time_ms, source.last_ms) as progress:
            try:
                load_source(begun, writer, progress, events.keep, reach)
            finally:
                log.reach(writer.last_time_ms or 0, is_kept=False)
                stored = LiquidationReader(wish.data / LIQUIDATIONS).find(LiquidationFilter(), 0).sums.count
                log.note(frames=HistoryReader(wish.data).frame_count, liquidations=stored)
                log.write()
        with progress_to("bringing the parts of each day together", 0, 1) as progress:
            writer.compact()
            progress(1)
    log.note(is_complete=True)
    log.write()
    write_origin(wish.data, msgspec.structs.replace(origin, is_complete=True))


class _Begun:
    """A source of which the first hour is read."""

    def __init__(self, source: ArchiveSource) -> None:
        self.provenance = source.provenance
        self._rest = source.events()
        self._first = list(islice(self._rest, FIRST_EVENTS + 1))

    def events(self) -> Iterator[Event]:
        """Once."""
        while self._first:
            yield self._first.pop(0)
        yield from self._rest


def _is_used(folder: Path) -> bool:
    return folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))


def _import_books(
    wish: ArchiveWish,
    store: ObjectStore,
    log: ImportLog,
    tell: Callable[[ArchiveDamage], None],
    progress_to: ProgressTo,
) -> None:
    """Order books of the time the history spans."""
    reader = HistoryReader(wish.data)
    first_ms, last_ms = reader.first_ms, reader.last_ms
    if first_ms is None or last_ms is None:
        return
    listed = [market.coin for market in reader.markets.rows if not market.is_delisted]
    coins = tuple(listed) if ALL_COINS in wish.books.coins else wish.books.coins
    unknown = sorted(set(coins) - set(reader.markets.coins))
    if unknown:
        raise SettingsError(f"--books {unknown[0]} is no coin of this history")
    days = (last_ms // DAY_MS - first_ms // DAY_MS + 1) * len(coins)
    try:
        with progress_to(f"importing order books of {len(coins)} coins", 0, days) as progress:
            figures = import_books(
                store,
                wish.data,
                wish=wish.books,
                coins=coins,
                from_ms=first_ms,
                to_ms=last_ms + 1,
                on_damage=tell,
                progress=progress,
            )
        log.note(books=figures.books, book_lines=figures.malformed)
    finally:
        log.write()


def _origin(wish: ArchiveWish) -> Origin:
    """The time to end at is not part of it: a later one goes on."""
    start = "" if wish.start_ms is None else str(wish.start_ms)
    return Origin(kind=KIND, name=", ".join(wish.archives), key="|".join((*wish.archives, *wish.coins, start)))


def _first_state(wish: ArchiveWish) -> BaseState:
    if wish.base is None:
        raise SettingsError("--base is needed: fills tell changes, not what was held before the first of them")
    base = read_base(wish.base, wish.start_ms)
    if wish.start_ms is not None and wish.start_ms < base.time_ms:
        raise SettingsError(f"--start {wish.start_ms} is before the base, which is of {base.time_ms}")
    if wish.end_ms <= base.time_ms:
        raise SettingsError(f"--end {wish.end_ms} is not after the base, which is of {base.time_ms}")
    if wish.end_ms - base.time_ms > MAX_DAYS * DAY_MS:
        raise SettingsError(f"--end {wish.end_ms} is more than {MAX_DAYS} days after the base, of {base.time_ms}")
    return keep_holders(base, wish.coins) if wish.coins else base


def _last_state(wish: ArchiveWish, log: ImportLog) -> tuple[BaseState, Provenance] | None:
    """A frame of the history to go on from; None where there is none, or it is of something else."""
    held = read_origin(wish.data)
    if held is None or held.kind != KIND or held.key != _origin(wish).key or not (wish.data / MANIFEST).exists():
        return None
    reader = HistoryReader(wish.data)
    if reader.first_ms is None or reader.last_ms is None:
        return None
    frame = reader.frame_at(max(reader.first_ms, log.resume_before(reader.last_ms)), with_bands=False)
    if frame is None:
        return None
    base = BaseState(
        time_ms=frame.time_ms,
        markets=frame.snapshot.markets,
        tables=reader.tables_at(frame.time_ms),
        accounts=reader.accounts_at(frame.time_ms),
        note=reader.provenance.note,
        is_simulated=reader.provenance.is_simulated,
        is_partial=bool(wish.coins),
    )
    return base, reader.provenance
