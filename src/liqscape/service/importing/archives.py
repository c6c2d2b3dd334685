"""Archives replayed into a history. What goes on after an interruption starts from the history's own last frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import InputError, SettingsError
from liqscape.heatmap.frame import Provenance
from liqscape.model.liquidations import Liquidation
from liqscape.service.folders import LIQUIDATIONS, Origin, claim_folder, read_origin, write_origin
from liqscape.service.importing.books import ALL_COINS, NO_BOOKS, BookWish, import_books
from liqscape.service.importing.log import ImportLog, ImportReport
from liqscape.service.loader import load_source
from liqscape.sources.archive import ArchiveSource, open_stores
from liqscape.sources.archive.base import BaseState, keep_holders, read_base
from liqscape.sources.archive.hours import Damage
from liqscape.sources.archive.reading import MAX_UNREADABLE_SHARE
from liqscape.sources.archive.store import ObjectStore
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.manifest import MANIFEST
from liqscape.store.liquidations import LiquidationWriter
from liqscape.units import DAY_MS
from liqscape.wire.coin_tables import CoinTables

if TYPE_CHECKING:
    from liqscape.service.opening import ProgressTo

MOST_DAYS = 3_660
KIND = "archive"


@dataclass(frozen=True)
class ArchiveWish:
    """What to import. start_ms None: from the base on. base None: only to go on with a history.

    is_strict: stop at the first part that is missing or damaged.
    max_unreadable: share of the lines of a file, or of the events in them, that may be unreadable.
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


def import_archives(wish: ArchiveWish, progress_to: ProgressTo) -> ImportReport:
    """Import, or go on with an import. Every frame is durable as it is told to be by load_source.

    Raises SettingsError for a wish that cannot be met or a folder of something else, InputError for a base or (if
    strict) an archive that cannot be used.
    """
    store = open_stores(wish.archives, wish.cache)
    held = _last_state(wish)
    base, provenance = (_first_state(wish), None) if held is None else held
    origin = claim_folder(wish.data, _origin(wish))
    log = ImportLog(wish.data)

    def tell(damage: Damage) -> None:
        log.add_damage(damage)
        if wish.is_strict:
            raise InputError(f"{damage.path}: {damage.reason}", file=damage.path)

    if base.time_ms < wish.end_ms:
        _import_frames(wish, store, base, provenance, log, tell, progress_to)
        write_origin(wish.data, msgspec.structs.replace(origin, is_complete=True))
    if wish.books.coins:
        _import_books(wish, store, log, tell, progress_to)
    return log.report


def _import_frames(
    wish: ArchiveWish,
    store: ObjectStore,
    base: BaseState,
    provenance: Provenance | None,
    log: ImportLog,
    tell: Callable[[Damage], None],
    progress_to: ProgressTo,
) -> None:
    """Fills, funding and contexts onto the base, up to the end."""
    source = ArchiveSource(
        store,
        base,
        wish.end_ms,
        start_ms=wish.start_ms,
        given=wish.tables,
        on_damage=tell,
        provenance=provenance,
        max_unreadable=wish.max_unreadable,
    )

    def note(time_ms: int, *, is_due: bool = False, is_complete: bool = False) -> None:
        figures = source.figures()
        log.note(
            reached_ms=time_ms,
            is_complete=is_complete,
            fills=figures.fills,
            cash_moves=figures.cash_moves,
            cash_unclear=figures.cash_unclear,
            malformed_lines=figures.decoded.malformed,
            guessed=tuple(sorted({*log.report.guessed, *figures.guessed})),
        )
        log.write(is_due=is_due)

    events = LiquidationWriter(wish.data / LIQUIDATIONS)

    def keep(found: Sequence[Liquidation], coins: Sequence[str]) -> None:
        events.keep(found, coins)
        log.note(liquidations=log.run_of("liquidations") + len(found))

    note(log.report.reached_ms, is_due=True)
    with HistoryWriter(wish.data, source.provenance) as writer:
        with progress_to(f"importing {store.address}", base.time_ms, wish.end_ms) as progress:

            def tell_progress(time_ms: int) -> None:
                progress(time_ms)
                note(time_ms)

            try:
                load_source(source, writer, tell_progress, keep)
            finally:
                log.note(frames=HistoryReader(wish.data).frame_count)
                note(writer.last_time_ms or 0, is_due=True)
        writer.compact()
    note(log.report.reached_ms, is_due=True, is_complete=True)


def _import_books(
    wish: ArchiveWish, store: ObjectStore, log: ImportLog, tell: Callable[[Damage], None], progress_to: ProgressTo
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
            figures = import_books(store, wish.data, wish.books, coins, first_ms, last_ms + 1, tell, progress)
        log.note(books=figures.books, malformed_lines=log.run_of("malformed_lines") + figures.malformed)
    finally:
        log.write()


def _origin(wish: ArchiveWish) -> Origin:
    """The time to end at is not part of it: a later one goes on."""
    start = "" if wish.start_ms is None else str(wish.start_ms)
    return Origin(KIND, ", ".join(wish.archives), "|".join((*wish.archives, *wish.coins, start)))


def _first_state(wish: ArchiveWish) -> BaseState:
    if wish.base is None:
        raise SettingsError("--base is needed: fills tell changes, not what was held before the first of them")
    base = read_base(wish.base, wish.start_ms)
    if wish.start_ms is not None and wish.start_ms < base.time_ms:
        raise SettingsError(f"--from {wish.start_ms} is before the base, which is of {base.time_ms}")
    if wish.end_ms <= base.time_ms:
        raise SettingsError(f"--to {wish.end_ms} is not after the base, which is of {base.time_ms}")
    if wish.end_ms - base.time_ms > MOST_DAYS * DAY_MS:
        raise SettingsError(f"--to {wish.end_ms} is more than {MOST_DAYS} days after the base, of {base.time_ms}")
    return keep_holders(base, wish.coins) if wish.coins else base


def _last_state(wish: ArchiveWish) -> tuple[BaseState, Provenance] | None:
    """What the history itself ends with; None where there is none, or it is of something else."""
    held = read_origin(wish.data)
    if held is None or held.kind != KIND or held.key != _origin(wish).key or not (wish.data / MANIFEST).exists():
        return None
    reader = HistoryReader(wish.data)
    last_ms = reader.last_ms
    frame = None if last_ms is None else reader.frame_at(last_ms, with_bands=False)
    if last_ms is None or frame is None:
        return None
    base = BaseState(
        last_ms,
        frame.snapshot.markets,
        reader.tables_at(last_ms),
        reader.accounts_at(last_ms),
        reader.provenance.note,
        reader.provenance.is_simulated,
        is_partial=bool(wish.coins),
    )
    return base, reader.provenance
