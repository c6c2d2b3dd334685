"""From what a user names to a map that answers: a recording, stored history, or the sandbox."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import InputError, SettingsError
from liqscape.model.events import Event
from liqscape.service.executors import Executors, open_executors
from liqscape.service.folders import (
    LIQUIDATIONS,
    RAW,
    Origin,
    cache_folder,
    claim_folder,
    key_of_files,
    read_origin,
    write_origin,
)
from liqscape.service.kinds import stored_vaults
from liqscape.service.live import LiveState
from liqscape.service.living import CHECKPOINT, LivingMarket
from liqscape.service.loader import load_source
from liqscape.service.raw_states import NO_RECORDED_STATES, RawLogStates, SandboxStates
from liqscape.service.scoring.nightly import NightlyScores
from liqscape.service.studying.edges import LiveEdges
from liqscape.service.studying.live import LiveStudy
from liqscape.service.view import MapView
from liqscape.store.durable import replace_file
from liqscape.units import DAY_MS, MINUTE_MS

if TYPE_CHECKING:
    from liqscape.sandbox.market import SandboxMarket
    from liqscape.service.candles import VenueCandles
    from liqscape.store.history import HistoryWriter

ProgressTo = Callable[[str, int, int], AbstractContextManager[Callable[[int], None]]]
"""Opens a report of progress: text, start, end; what it yields is told how far work has come."""


def open_recording(recording: Path, candles: Path | None, data: Path | None, progress_to: ProgressTo) -> MapView:
    """The map of a recorded market, loaded into history unless that is there already.

    Raises InputError for files that cannot be used, SettingsError for a folder that holds something else.
    """
    from liqscape.sources.recording import RecordingSource, recording_files, refuse_damaged
    from liqscape.store.history import HistoryReader, HistoryWriter
    from liqscape.store.studies import StudyReader

    if not recording.is_dir():
        raise SettingsError(f"--recording {recording} is not a folder")
    files = recording_files(recording)
    refuse_damaged(files if candles is None else [*files, candles])
    venue = _venue_candles(candles, recording)
    key = key_of_files([path for path in files if path.is_file()])
    name = recording.resolve().name
    folder = data or cache_folder() / "recordings" / f"{name}-{key[:12]}"
    wanted = Origin(kind="recording", name=name, key=key)
    held = read_origin(folder)
    if held is None or (held.key, held.version, held.is_complete) != (key, wanted.version, True):
        source = RecordingSource(recording)  # before anything is written: it may not be readable
        if data is None and held is not None and held.version != wanted.version:
            shutil.rmtree(folder)  # our own cache, solved by another version
        origin = claim_folder(folder, wanted)
        with progress_to(f"loading {name}", source.first_ms, source.last_ms) as progress:
            writer = HistoryWriter(folder, source.provenance)
            try:
                load_source(source, writer, progress)
                writer.compact()
            finally:
                writer.close()
        write_origin(folder, msgspec.structs.replace(origin, is_complete=True))
    return MapView(HistoryReader(folder), None, venue, studies=StudyReader(folder), raw_states=NO_RECORDED_STATES)


def open_stored(data: Path, candles: Path | None) -> MapView:
    """The map of stored history as it is. Raises StoreError where there is none."""
    from liqscape.store.books import BookReader
    from liqscape.store.history import HistoryReader
    from liqscape.store.studies import StudyReader

    if not data.is_dir():
        raise SettingsError(f"--data {data} is not a folder")
    reader, venue = HistoryReader(data), _venue_candles(candles, None)
    states = RawLogStates(data / RAW)
    return MapView(
        reader, None, venue, stored_vaults(data), BookReader(data), studies=StudyReader(data), raw_states=states
    )


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Which sandbox world, and how much of its past."""

    seed: int
    days: float
    accounts: int
    coins: int
    stops_percent: int = 0
    """Of its traders: with stops and take-profits."""


@dataclass(frozen=True, kw_only=True)
class OpenedDemo:
    """A sandbox market ready to be served and lived on."""

    view: MapView
    live: LiveState
    market: LivingMarket
    liquidations: Path
    """Folder of those that were made."""
    executors: Executors
    study: LiveStudy
    """Its `run` studies the past first, then each minute."""
    scores: NightlyScores


@contextmanager
def open_demo(
    settings: DemoSettings, data: Path | None, now_ms: Callable[[], int], progress_to: ProgressTo
) -> Iterator[OpenedDemo]:
    """A sandbox market with its past days in history up to now (ms); the history is closed at the end.

    It continues where it stopped. One left alone for longer than its days begins anew, unless its folder was
    named by the user; then the missing time is made.
    """
    from liqscape.store.history import HistoryReader, HistoryWriter

    wanted, folder = _origin(settings), demo_folder(settings, data)
    end_ms = now_ms() // MINUTE_MS * MINUTE_MS
    span_ms = math.ceil(settings.days * DAY_MS / MINUTE_MS) * MINUTE_MS
    if data is None:
        _remove_stale(folder, wanted, end_ms - span_ms)
    claim_folder(folder, wanted)
    market = _market(settings, folder, end_ms - span_ms)
    writer: HistoryWriter = HistoryWriter(folder, market.provenance)
    try:
        living = LivingMarket(market, writer, folder)
        living.begin()
        if market.time_ms + market.step_ms <= end_ms:
            text = f"trading {(end_ms - market.time_ms) / DAY_MS:.3g} days on the sandbox (seed {settings.seed})"
            with progress_to(text, market.time_ms, end_ms) as progress:
                living.preroll(end_ms, progress)
        living.preroll(now_ms(), lambda _: None)
        reader = HistoryReader(folder)
        live = LiveState(sequence=reader.frame_count - 1)
        living.publish_newest(live)
        categories = {coin: market.world.facts.coin(coin).category for coin in reader.coins}
        vaults = frozenset(vault.address for vault in market.world.vaults)
        with open_executors() as executors:
            study = LiveStudy(folder, executors.studies)
            scores = NightlyScores(folder, executors.scores)

            def tell_stored(time_ms: int) -> None:
                study.stored(time_ms)
                scores.stored(time_ms)

            edges = LiveEdges(study.state)

            def observe(events: list[Event]) -> None:
                edges.observe(events)
                live.observe(events)

            living.stored, living.observe, living.liquidated = tell_stored, observe, live.liquidated
            yield OpenedDemo(
                view=MapView(
                    reader,
                    live,
                    vaults=lambda: vaults,
                    study=study.state,
                    studies=study,
                    categories=lambda: categories,
                    raw_states=SandboxStates(market),
                ),
                live=live,
                market=living,
                liquidations=folder / LIQUIDATIONS,
                executors=executors,
                study=study,
                scores=scores,
            )
    finally:
        writer.close()


def demo_folder(settings: DemoSettings, data: Path | None) -> Path:
    """Where a demo is kept: the folder that is named, else one of the user's cache."""
    return data or cache_folder() / "demo" / f"seed-{_origin(settings).key}"


def is_demo_made(settings: DemoSettings, data: Path | None) -> bool:
    """Whether this version has begun such a demo before, so that it goes on."""
    folder = demo_folder(settings, data)
    held = read_origin(folder) if folder.exists() else None
    return held is not None and held.version == _origin(settings).version and (folder / CHECKPOINT).exists()


def _origin(settings: DemoSettings) -> Origin:
    key = f"{settings.accounts}-{settings.coins}-{settings.days:g}"
    if settings.stops_percent:
        key += f"-stops{settings.stops_percent}"
    return Origin(kind="demo", name=f"seed {settings.seed}", key=f"{settings.seed}-{key}")


def _market(settings: DemoSettings, folder: Path, start_ms: int) -> SandboxMarket:
    """The market of the checkpoint beside the history, or a new one.

    A new one leaves its checkpoint before any history: whatever is stored can then be continued.
    """
    from liqscape.sandbox.market import SandboxMarket
    from liqscape.sandbox.world import WorldSettings

    path = folder / CHECKPOINT
    if path.exists():
        try:
            return SandboxMarket.restore(path.read_bytes())
        except (OSError, InputError) as error:
            why = f"{path}: {error.strerror or error}" if isinstance(error, OSError) else f"{path}: {error}"
            raise SettingsError(
                f"{why}; the market cannot go on: put a backup of the file back, remove the folder (it is made again), "
                "or name another one with --data"
            ) from None
    world = WorldSettings(
        seed=settings.seed,
        accounts=settings.accounts,
        coins=settings.coins,
        start_ms=start_ms,
        stops_percent=settings.stops_percent,
    )
    market = SandboxMarket.new(world)
    replace_file(path, market.checkpoint())
    return market


def _remove_stale(folder: Path, wanted: Origin, oldest_ms: int) -> None:
    """Remove a cached demo that another version made or that ended before the time to be shown begins."""
    from liqscape.sandbox.market import SandboxMarket

    if not folder.exists():
        return
    held = read_origin(folder)
    if held is not None and held.version == wanted.version:
        try:
            stopped_ms = SandboxMarket.restore((folder / CHECKPOINT).read_bytes()).time_ms
        except (OSError, InputError):
            stopped_ms = oldest_ms - 1
        if stopped_ms >= oldest_ms:
            return
    shutil.rmtree(folder)


def _venue_candles(candles: Path | None, recording: Path | None) -> VenueCandles | None:
    from liqscape.sources.recording import open_candles

    return open_candles(candles, recording)
