"""From the settings of a demo to its map: made first and then served, or served as stored while its market goes on.

Restoring an exchange, loading what is compiled and trading the time since the last start takes seconds, of which an
answer out of stored history needs none. So a demo that was made before is opened by `resume_demo`: it answers at once,
as "stored" and with its age, and is live when `go_on` is through.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import InputError, SettingsError
from liqscape.model.events import Event
from liqscape.service.executors import Executors, beside, open_executors
from liqscape.service.folders import CHECKPOINT, LIQUIDATIONS, Origin, cache_folder, claim_folder, read_origin
from liqscape.service.live import LiveState
from liqscape.service.opening import ProgressTo
from liqscape.service.raw_states import SandboxStates
from liqscape.service.scoring.nightly import NightlyScores
from liqscape.service.standing import MADE_HERE, STORED, Standing
from liqscape.service.studying.edges import LiveEdges
from liqscape.service.studying.live import LiveStudy
from liqscape.service.view import MapView
from liqscape.store.durable import replace_file
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    import asyncio

    from liqscape.sandbox.market import SandboxMarket
    from liqscape.service.living import LivingMarket
    from liqscape.store.history import HistoryReader, HistoryWriter

RESTORING = "the market goes on"
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Which sandbox world, and how much of its past."""

    seed: int
    days: float
    accounts: int
    coins: int
    stops_percent: int = 0
    """Of its traders: with stops and take-profits."""

    @property
    def span_ms(self) -> int:
        """Whole minutes of its past."""
        return math.ceil(self.days * DAY_MS / MINUTE_MS) * MINUTE_MS


class OpenedDemo:
    """The map of a sandbox market, ready to be served; live once it has its market (`take`).

    liquidations  folder of those that were made.
    study         its `run` studies the past first, then each minute.
    """

    def __init__(self, folder: Path, reader: HistoryReader, executors: Executors, standing: Standing) -> None:
        self.executors = executors
        self.live = LiveState(sequence=reader.frame_count - 1, standing=standing)
        self.liquidations = folder / LIQUIDATIONS
        self.study = LiveStudy(folder, executors.studies)
        self.scores = NightlyScores(folder, executors.scores)
        self._reader = reader
        self._market: LivingMarket | None = None
        self._vaults: frozenset[str] = frozenset()
        self._categories: Mapping[str, str] = {}
        self.view = MapView(
            reader,
            self.live,
            vaults=lambda: self._vaults,
            study=self.study.state,
            studies=self.study,
            categories=lambda: self._categories,
            raw_states=SandboxStates(lambda: None if self._market is None else self._market.market),
        )

    @property
    def market(self) -> LivingMarket:
        """The market that lives on."""
        assert self._market is not None
        return self._market

    def take(self, living: LivingMarket) -> None:
        """Show what a market shows from now on. In the thread that publishes frames."""
        self._market, world = living, living.market.world
        self._categories = {coin: world.facts.coin(coin).category for coin in self._reader.coins}
        self._vaults = frozenset(vault.address for vault in world.vaults)
        edges = LiveEdges(self.study.state)

        def tell_stored(time_ms: int) -> None:
            self.study.stored(time_ms)
            self.scores.stored(time_ms)

        def observe(events: list[Event]) -> None:
            edges.observe(events)
            self.live.observe(events)

        living.stored, living.observe, living.liquidated = tell_stored, observe, self.live.liquidated
        self.view.let_go_of_stored()
        self.live.stand(MADE_HERE)
        living.publish_newest(self.live, self._reader.frame_count)


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
    if data is None:
        _remove_stale(folder, wanted, end_ms - settings.span_ms)
    claim_folder(folder, wanted)
    market = _market(settings, folder, end_ms - settings.span_ms)
    writer: HistoryWriter = HistoryWriter(folder, market.provenance)
    try:
        living = _up_to_now(market, writer, folder, now_ms, progress_to)
        with open_executors() as executors:
            opened = OpenedDemo(folder, HistoryReader(folder), executors, MADE_HERE)
            opened.take(living)
            yield opened
    finally:
        writer.close()


def stored_demo(settings: DemoSettings, data: Path | None, now_ms: int) -> HistoryReader | None:
    """The history of a demo that was made before by this version and goes on; None where it has to be made."""
    from liqscape.service.collecting.folder import stored_history

    folder = demo_folder(settings, data)
    oldest_ms = now_ms - settings.span_ms if data is None else 1
    return stored_history(folder) if folder.exists() and _stopped_ms(folder, _origin(settings)) >= oldest_ms else None


@contextmanager
def resume_demo(
    settings: DemoSettings, data: Path | None, reader: HistoryReader
) -> Iterator[tuple[OpenedDemo, Callable[[], LivingMarket]]]:
    """A demo as it is stored, and what restores its market, for `go_on`. The history is closed at the end.

    reader  of `stored_demo`. Raises StoreError where another process writes the folder.
    """
    from liqscape.service.collecting.folder import gone_on_with
    from liqscape.store.history import HistoryWriter

    folder = demo_folder(settings, data)
    claim_folder(folder, _origin(settings))
    with HistoryWriter(folder, reader.provenance) as writer, open_executors() as executors:

        def restore() -> LivingMarket:
            from liqscape.service.living import LivingMarket

            living = LivingMarket(_market(settings, folder, 0), writer, folder)
            living.begin()
            return living

        yield OpenedDemo(folder, gone_on_with(reader, folder), executors, STORED), restore


async def go_on(
    opened: OpenedDemo,
    restore: Callable[[], LivingMarket],
    stop: asyncio.Event,
    now_ms: Callable[[], int],
    tell: Tell,
) -> None:
    """Restore the market of a stored demo, trade up to now and show it, beside the server; less where it stops.

    tell  what is done, how much of it and of how much.
    """
    market = opened.executors.market
    tell(RESTORING, 0, 0)
    living = await beside(market, restore)
    first_ms = living.market.time_ms
    while not stop.is_set() and living.is_due(now_ms()):
        behind_ms = now_ms() - first_ms
        tell(f"trading the last {behind_ms / HOUR_MS:.2g} hours", living.market.time_ms - first_ms, behind_ms)
        await beside(market, living.advance, now_ms())
    if not stop.is_set():
        opened.take(living)


def demo_folder(settings: DemoSettings, data: Path | None) -> Path:
    """Where a demo is kept: the folder that is named, else one of the user's cache."""
    return data or cache_folder() / "demo" / f"seed-{_origin(settings).key}"


def _up_to_now(
    market: SandboxMarket, writer: HistoryWriter, folder: Path, now_ms: Callable[[], int], progress_to: ProgressTo
) -> LivingMarket:
    """The market with its history stored up to now."""
    from liqscape.service.living import LivingMarket

    living = LivingMarket(market, writer, folder)
    living.begin()
    end_ms = now_ms() // MINUTE_MS * MINUTE_MS
    if market.time_ms + market.step_ms <= end_ms:
        seed = market.world.settings.seed
        text = f"trading {(end_ms - market.time_ms) / DAY_MS:.3g} days on the sandbox (seed {seed})"
        with progress_to(text, market.time_ms, end_ms) as progress:
            living.preroll(end_ms, progress)
    living.preroll(now_ms(), lambda _: None)
    return living


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
    if folder.exists() and _stopped_ms(folder, wanted) < oldest_ms:
        shutil.rmtree(folder)


def _stopped_ms(folder: Path, wanted: Origin) -> int:
    """When the market in a folder was stored last; 0 where it is of another version or cannot go on."""
    from liqscape.sandbox.saved_market import read_saved

    held = read_origin(folder)
    if held is None or held.version != wanted.version:
        return 0
    try:
        return read_saved((folder / CHECKPOINT).read_bytes()).step_time_ms
    except (OSError, InputError):
        return 0
