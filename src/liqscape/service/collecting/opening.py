"""From settings to a live map that runs: the server is asked, the folder taken up, the first frame cut."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import FeedError, RateLimited, SettingsError, WireError
from liqscape.feed.discovery import AddressBook
from liqscape.feed.info_client import InfoClient
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.probe import probe
from liqscape.feed.records import RecordKind
from liqscape.service.answers.disk import DiskTrouble
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import LiveCore, Start, start_record
from liqscape.service.collecting.feeding import Feeding
from liqscape.service.collecting.figures import Feeds, FigureBoard
from liqscape.service.collecting.folder import (
    RAW,
    claim_live_folder,
    keep_checkpoints,
    last_checkpoint,
)
from liqscape.service.collecting.history_keeper import HistoryKeeper
from liqscape.service.collecting.liquidation_desk import LiquidationDesk
from liqscape.service.collecting.listing import FIRST, read_listing
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.near import NearWatch
from liqscape.service.collecting.raw_keeper import RawKeeper
from liqscape.service.collecting.register_keeper import RegisterKeeper
from liqscape.service.collecting.settings import FIRST_DEX, LiveSettings
from liqscape.service.executors import Executors, open_executors
from liqscape.service.folders import LIQUIDATIONS, REGISTER
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics
from liqscape.service.view import MapView
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.perp_dexs import PerpDexsAnswer

if TYPE_CHECKING:
    from liqscape.store.raw_log import RawLogWriter

log = logging.getLogger("liqscape.live")

LIMIT_SECONDS = 90.0
"""The exchange counts weight by the minute."""
LOOK_AGAIN_SECONDS = 5.0
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
    executors: Executors

    def sources(self) -> SourcesAnswer | None:
        """The newest figures; from any thread."""
        return self.board.newest


@contextmanager
def open_live(
    settings: LiveSettings,
    clock: SteadyClock | None = None,
    *,
    seconds: Callable[[], float] = time.monotonic,
    chance: random.Random | None = None,
) -> Iterator[OpenedLive]:
    """Everything is closed, and durable, when the block is left.

    clock    stamps what arrives. seconds: times what is sent and waited for. chance: draws the waits after failures.

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
        executors = stack.enter_context(open_executors())  # ends before what its threads write to is closed
        core, live = LiveCore(start), LiveState(sequence=reader.frame_count)
        raw = RawKeeper(_raw_log(settings), executors.storage)
        market = LiveMarket(
            core, live, HistoryKeeper(writer, executors.storage), raw, LiveMetrics(), clock or SteadyClock()
        )
        market.take(start_record(start, market.clock.now_ns()))
        checkpoint = last_checkpoint(reader)
        if checkpoint is not None:
            market.say(RecordKind.CHECKPOINT, "restart", checkpoint)
        limiter = WeightLimiter(settings.weight_a_minute, seconds)
        asyncio.run(_list(settings, market, limiter))
        book = AddressBook()
        book.restore(register.load())
        desk = LiquidationDesk(core, events.keep, executors.storage)
        feeding = Feeding(
            settings, market, desk, book, limiter, seconds=seconds, chance=chance, executor=executors.storage
        )
        near = NearWatch(market, book, executors.estimates)
        registers = RegisterKeeper(book, register, executors.storage)
        view = MapView(
            reader,
            live,
            vaults=lambda: book.vaults,
            feed=feeding.candles,
            margin_left=core.assembler.margin_left.of,
        )
        board = FigureBoard(
            market, _feeds(feeding, near, desk, registers, market, view), settings.data, executors.estimates
        )
        market.observers += [desk.observe, feeding.observe, board.observe]
        market.work += [
            ("sockets", feeding.sockets),
            ("questions", feeding.questions),
            ("node", feeding.node),
            ("liquidations", desk.store),
            ("register", registers.run),
            ("near coverage", near.run),
            ("figures", board.run),
            ("checkpoints", lambda stop: keep_checkpoints(stop, market, executors.storage)),
        ]
        board.look()
        yield OpenedLive(view, market, board, settings.data / LIQUIDATIONS, executors)


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
            await wait_out_limit(lambda: _ask_markets(client, settings, market), client.url)
        except FeedError as error:
            raise SettingsError(str(error)) from None
    if market.live.now is None:
        raise SettingsError(f"{settings.network.info_url} tells no market that can be read: {market.last_fault}")


async def _ask_markets(client: InfoClient, settings: LiveSettings, market: LiveMarket) -> None:
    await _check_dexs(client, settings.dexs)
    await read_listing(client, settings.dexs, market.say)


async def wait_out_limit(ask: Callable[[], Awaitable[None]], url: str, seconds: float = LIMIT_SECONDS) -> None:
    """Ask until the server does not refuse for weight: a process that just ended may have used up the minute.

    Raises RateLimited where it still refuses after `seconds`.
    """
    end_s = asyncio.get_running_loop().time() + seconds
    is_said = False
    while True:
        try:
            return await ask()
        except RateLimited:
            if asyncio.get_running_loop().time() >= end_s:
                raise
        if not is_said:
            log.warning("the request limit of %s is used up; it is waited for, at most %g s", url, seconds)
            is_said = True
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _check_dexs(client: InfoClient, dexs: tuple[str, ...] | None) -> None:
    """Raises SettingsError for a name that is no dex there. A server that does not tell its dexs is believed."""
    if dexs is None or len(dexs) == 1:
        return
    try:
        rows = parse_answer(await client.ask({"type": "perpDexs"}, priority=FIRST), PerpDexsAnswer, "perpDexs")
    except RateLimited:
        raise
    except (FeedError, WireError):
        return
    known = [row.name for row in rows if row is not None]
    for dex in dexs[1:]:
        if dex not in known:
            listed = ", ".join((FIRST_DEX, *known))
            raise SettingsError(f"--dexs: there is no dex {dex} at {client.url}; it has {listed}")


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


def _feeds(
    feeding: Feeding,
    near: NearWatch,
    desk: LiquidationDesk,
    registers: RegisterKeeper,
    market: LiveMarket,
    view: MapView,
) -> Feeds:
    def troubles() -> list[DiskTrouble]:
        rows = (
            market.history.watch.row(market.history.waiting_count),
            market.raw.watch.row(market.raw.waiting_count),
            registers.watch.row(registers.waiting_count),
            desk.watch.row(desk.unstored_count),
        )
        return [row for row in rows if row is not None]

    return Feeds(
        rows=feeding.rows,
        limits=feeding.limits,
        state_streams=feeding.state_streams,
        requests=feeding.requests,
        sources=feeding.book.counts,
        near=lambda: (near.newest.whole, near.newest.by_coin),
        unconfirmed=lambda: desk.unconfirmed_count,
        liquidations=lambda: desk.count,
        troubles=troubles,
        kinds=view.kinds,
    )
