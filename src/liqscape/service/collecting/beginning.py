"""The two ways a live map begins: when its server answers, what is stored being shown meanwhile; or at once.

What talks to servers is imported when it is needed: it is a third of what the start of the program costs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.feed.pause import pause
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import MarketFrame
from liqscape.service.collecting.disk_look import DiskLook
from liqscape.service.collecting.figures import FigureSources, LiveFigures
from liqscape.service.collecting.folder import checkpoint_of, note_world
from liqscape.service.collecting.kernels import load_kernels
from liqscape.service.collecting.known_accounts import last_known
from liqscape.service.collecting.parts import Parts
from liqscape.service.collecting.waiting import WaitingSources, answer_of, said_if_long
from liqscape.service.executors import beside
from liqscape.service.folders import read_origin

if TYPE_CHECKING:
    from liqscape.service.collecting.connecting import Connecting, Found
    from liqscape.service.collecting.following import Following
    from liqscape.store.history import HistoryReader

log = logging.getLogger("liqscape.live")

FIRST_READER_SECONDS = 0.3
"""Whoever waits for the server to come up is answered before it loads what it needs to go on."""


def begin_at_once(parts: Parts, found: Found) -> LiveFigures:
    """Nothing is stored: begin with the server's listing. Raises SettingsError where no market of it can be read."""
    market = parts.market
    with _compiling_said():
        load_kernels()
        for record in found.records:
            market.take(record)
    if market.live.now is None:
        url = parts.settings.network.info_url
        raise SettingsError(f"{url} tells no market that can be read: {market.last_fault}")
    parts.book.note_vaults(parts.vaults())
    following = _follow(parts, found)
    disk = DiskLook(parts.settings.data, parts.settings.keep)
    live_figures = LiveFigures(market, following.feeds(parts.view.kinds), disk, parts.executors.estimates)
    market.observers.append(live_figures.observe)
    market.frame_observers.append(live_figures.observe_frame)
    market.work += [("known addresses", parts.loader.run), *following.work(), ("figures", live_figures.run)]
    live_figures.look()
    parts.when_begun()
    return live_figures


def begin_when_answered(parts: Parts, stored: MarketFrame, reader: HistoryReader) -> LiveFigures:
    """Show what is stored, and ask the server meanwhile until it may be followed."""
    market, settings, executors = parts.market, parts.settings, parts.executors
    waiting = WaitingSources(settings.network, stored, market.clock.now_ns)
    market.is_begun, market.unsure_count = False, stored.address_count
    disk = DiskLook(settings.data, settings.keep)
    live_figures = LiveFigures(market, _no_feeds(parts, waiting), disk, executors.estimates, stored)

    async def connect(stop: asyncio.Event) -> None:
        await pause(stop, FIRST_READER_SECONDS)
        with said_if_long(f"the newest frame in {settings.data}"):
            await beside(executors.questions, _make_ready, parts)
        market.begin("known addresses", parts.loader.run)
        with said_if_long(answer_of(settings.network.info_url, parts.limiter)):
            connecting = await beside(executors.market, _connecting, parts, stored, waiting)
            found = await connecting.run(stop)
        if found is None:
            return
        with said_if_long(f"the accounts stored in {settings.data}"):
            known = await beside(executors.market, last_known, reader)
            checkpoint = None if known is None else await beside(executors.market, checkpoint_of, reader, *known)
        stored_accounts = () if known is None else known[1].addresses
        known = None  # the ledger has all of it from here on
        await _resume(parts, checkpoint, found)
        checkpoint = None
        parts.view.let_go_of_stored()
        if stored_accounts:
            now_ms = market.clock.now_ns() // 1_000_000
            market.begin("stored accounts", lambda _: parts.loader.note_stored(stored_accounts, now_ms))
        parts.book.note_vaults(await beside(executors.storage, parts.vaults))
        following = _follow(parts, found)
        market.is_begun = True
        market.observers.append(live_figures.observe)
        market.frame_observers.append(live_figures.observe_frame)
        live_figures.follow(following.feeds(parts.view.kinds))
        for name, work in following.work():
            market.begin(name, work)
        parts.when_begun()

    market.work += [("connection", connect), ("figures", live_figures.run)]
    live_figures.look()
    return live_figures


def _make_ready(parts: Parts) -> None:
    """Solve the stored frame before it is asked for; what cannot be read is said to who asks for it."""
    with _compiling_said(), suppress(LiqscapeError, OSError):
        _ = parts.view.moment().frame


def _connecting(parts: Parts, stored: MarketFrame, waiting: WaitingSources) -> Connecting:
    from liqscape.service.collecting.connecting import Connecting, ask_server, why_refused

    settings, market = parts.settings, parts.market
    origin = read_origin(settings.data)
    world = "" if origin is None else origin.world
    url = settings.network.info_url
    return Connecting(
        lambda: ask_server(settings, parts.limiter, market.clock.now_ns, attempts=1),
        lambda found: beside(
            parts.executors.market, lambda: why_refused(found, market.core.start, stored.snapshot.markets, world, url)
        ),
        waiting,
        parts.chance,
    )


async def _resume(parts: Parts, checkpoint: bytes | None, found: Found) -> None:
    """Load what was stored, then the server's listing, in a thread: a large map takes seconds.

    The checkpoint is stamped like the first answer, so that records are in the order of their times.
    """
    records = list(found.records)
    if checkpoint is not None:
        records.insert(0, Record(RecordKind.CHECKPOINT, "restart", checkpoint, records[0].received_ns))
    with _compiling_said():
        await beside(parts.executors.market, load_kernels)
        for record in records:
            await parts.market.take_aside(record, parts.executors.market)


def _follow(parts: Parts, found: Found) -> Following:
    from liqscape.service.collecting.following import Following

    note_world(parts.settings.data, found.probe.world)
    return Following(parts)


def _no_feeds(parts: Parts, waiting: WaitingSources) -> FigureSources:
    """Of a map that follows nothing yet."""
    return FigureSources(
        rows=waiting.rows,
        limits=lambda: None,
        state_streams=lambda: None,
        triggers=lambda: None,
        requests=list,
        sources=dict,
        near=lambda: ([], {}),
        unconfirmed=lambda: 0,
        liquidations=lambda: 0,
        troubles=parts.market.disk_troubles,
        loading=parts.loader.answer,
        kinds=list,
    )


@contextmanager
def _compiling_said() -> Iterator[None]:
    """Log once that the compiler is at work, if it is: the first start of a machine or version waits for it."""
    from liqscape.service.compiling import compiling_reporter

    is_said = False

    def tell(_compiled: int, _needed: int) -> None:
        nonlocal is_said
        if not is_said:
            log.warning("start: waiting for the compiler, once for this machine and version, a minute or more")
        is_said = True

    with compiling_reporter(tell):
        yield
