"""From settings to a live map that runs: the server is asked, the folder taken up, the first frame cut."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import FeedError, SettingsError
from liqscape.feed.discovery import AddressBook
from liqscape.feed.info_client import InfoClient
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.probe import probe
from liqscape.feed.records import RecordKind
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import LiveCore, Start, start_record
from liqscape.service.collecting.feeding import Feeding
from liqscape.service.collecting.figures import Feeds, FigureBoard
from liqscape.service.collecting.folder import (
    LIQUIDATIONS,
    RAW,
    REGISTER,
    claim_live_folder,
    keep_checkpoints,
    last_checkpoint,
)
from liqscape.service.collecting.history_keeper import HistoryKeeper
from liqscape.service.collecting.liquidation_desk import LiquidationDesk
from liqscape.service.collecting.listing import read_listing
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.near import NearWatch
from liqscape.service.collecting.raw_keeper import RawKeeper
from liqscape.service.collecting.register_keeper import RegisterKeeper
from liqscape.service.collecting.settings import LiveSettings
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.store.raw_log import RawLogWriter

ROTATE_BYTES = 64 * 1024 * 1024
ROTATE_SECONDS = 3_600.0
NOTE = "accounts found in prints, the leaderboard and vaults, not the whole market; coverage says how much of it"
NODE_NOTE = "accounts of an own node; coverage says how much of the market they are"
SIMULATED_NOTE = "made-up market of a sandbox: no price, account or liquidation in it is real"


@dataclass(frozen=True)
class OpenedLive:
    """A live map ready to be served; `market.run` keeps it alive."""

    view: MapView
    market: LiveMarket
    board: FigureBoard
    liquidations: Path

    def sources(self) -> SourcesAnswer | None:
        """The newest figures; from any thread."""
        return self.board.newest


@contextmanager
def open_live(settings: LiveSettings, clock: SteadyClock | None = None) -> Iterator[OpenedLive]:
    """Everything is closed, and durable, when the block is left.

    Raises SettingsError where the exchange cannot be reached or the folder is of something else.
    """
    from liqscape.store.history import HistoryReader, HistoryWriter
    from liqscape.store.liquidations import LiquidationWriter
    from liqscape.store.register import AddressRegister

    start = _start(settings)
    claim_live_folder(settings.data, settings.network)
    with ExitStack() as stack:
        writer = stack.enter_context(HistoryWriter(settings.data, start.provenance))
        register = stack.enter_context(closing(AddressRegister(settings.data / REGISTER)))
        events = LiquidationWriter(settings.data / LIQUIDATIONS)
        reader = HistoryReader(settings.data)
        core, live = LiveCore(start), LiveState(sequence=reader.frame_count)
        raw = RawKeeper(_raw_log(settings))
        market = LiveMarket(core, live, HistoryKeeper(writer), raw, LiveMetrics(), clock or SteadyClock())
        market.take(start_record(start, market.clock.now_ns()))
        checkpoint = last_checkpoint(reader)
        if checkpoint is not None:
            market.say(RecordKind.CHECKPOINT, "restart", checkpoint)
        limiter = WeightLimiter(settings.weight_a_minute)
        asyncio.run(_list(settings, market, limiter))
        book = AddressBook()
        book.restore(register.load())
        desk = LiquidationDesk(core, events.keep)
        feeding, near = Feeding(settings, market, desk, book, limiter), NearWatch(market, book)
        registers = RegisterKeeper(book, register)
        board = FigureBoard(market, _feeds(feeding, near, desk, book), settings.data)
        market.observers += [desk.observe, feeding.observe]
        market.work += [
            ("sockets", feeding.sockets),
            ("questions", feeding.questions),
            ("node", feeding.node),
            ("liquidations", desk.store),
            ("register", registers.run),
            ("near coverage", near.run),
            ("figures", board.run),
            ("checkpoints", lambda stop: keep_checkpoints(stop, market)),
        ]
        board.look()
        yield OpenedLive(MapView(reader, live), market, board, settings.data / LIQUIDATIONS)


def _start(settings: LiveSettings) -> Start:
    network = settings.network
    if _reach(settings):
        return Start("sandbox", network.name, True, SIMULATED_NOTE, settings.dexs)
    if settings.node_files is not None:
        return Start("node", network.name, False, NODE_NOTE, settings.dexs)
    return Start("api", network.name, False, NOTE, settings.dexs)


def _reach(settings: LiveSettings) -> bool:
    """Whether the server is a sandbox. Raises SettingsError, with what to do instead, where nobody answers."""
    try:
        return asyncio.run(probe(settings.network.info_url)).is_simulated
    except FeedError as error:
        raise SettingsError(
            f"{error}; without a network `liqscape demo` shows a simulated market and "
            "`liqscape serve --recording DIR` a recorded one"
        ) from None


async def _list(settings: LiveSettings, market: LiveMarket, limiter: WeightLimiter) -> None:
    """The first frame needs the markets. Raises SettingsError where the server does not tell them."""
    async with InfoClient(settings.network.info_url, limiter=limiter) as client:
        try:
            await read_listing(client, settings.dexs, market.say)
        except FeedError as error:
            raise SettingsError(str(error)) from None
    if market.live.now is None:
        raise SettingsError(f"{settings.network.info_url} tells no market that can be read: {market.last_fault}")


def _raw_log(settings: LiveSettings) -> RawLogWriter | None:
    from liqscape.store.raw_log import RawLogWriter

    if not settings.has_raw_log:
        return None
    return RawLogWriter(
        settings.data / RAW,
        rotate_bytes=ROTATE_BYTES,
        rotate_seconds=ROTATE_SECONDS,
        keep_bytes=settings.keep_raw_bytes,
        keep_seconds=settings.keep_raw_seconds,
    )


def _feeds(feeding: Feeding, near: NearWatch, desk: LiquidationDesk, book: AddressBook) -> Feeds:
    return Feeds(
        rows=feeding.rows,
        limits=feeding.limits,
        requests=feeding.requests,
        sources=book.counts,
        near=lambda: (near.newest.whole, near.newest.by_coin),
        unconfirmed=lambda: desk.unconfirmed_count,
        liquidations=lambda: desk.count,
    )
