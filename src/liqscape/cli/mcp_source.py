"""Where the tools of `liqscape mcp` ask: the API of a served map, or an application of our own over a folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from liqscape.mcp.asking import AskApi
    from liqscape.service.executors import Executors
    from liqscape.service.liquidation_questions import LiquidationQuestions
    from liqscape.service.view import MapView
    from liqscape.web.routes.sources import AskSources
    from liqscape.web.server import Work

PATIENCE_S = 600.0
"""Of a served map: its first simulation may have to compile the simulator."""


@dataclass(frozen=True, kw_only=True)
class MapSource:
    """An API to ask, what has to be entered while it is asked, and what it is in words."""

    api: AskApi
    running: Callable[[], AbstractAsyncContextManager[None]]
    name: str


@contextmanager
def open_source(url: str | None, data: Path | None, recording: Path | None, token: str | None) -> Iterator[MapSource]:
    """The one that was named. A served map need not be up yet: it is asked when a tool is called.

    Raises SettingsError, StoreError, InputError for a folder that cannot be read.
    """
    if url is not None:
        yield _served(url, token)
        return
    from liqscape.service.executors import open_executors

    with open_executors() as executors:
        if data is not None:
            yield _of_folder(data, executors)
        else:
            assert recording is not None
            yield _of_recording(recording, executors)


def _served(url: str, token: str | None) -> MapSource:
    from liqscape.feed.url import check_url
    from liqscape.mcp.asking import ServedApi
    from liqscape.service.asking import MapServer

    base = check_url("--url", url)
    return MapSource(api=ServedApi(MapServer(base, token, PATIENCE_S)), running=_nothing_runs, name=base)


def _of_folder(data: Path, executors: Executors) -> MapSource:
    from liqscape.service.folders import LIQUIDATIONS
    from liqscape.service.liquidation_questions import LiquidationQuestions
    from liqscape.service.stored_look import StoredLook

    look = StoredLook(data, executors)
    found = LiquidationQuestions(look.view, data / LIQUIDATIONS)
    return _in_process(look.view, executors, look.run, look.sources, found)


def _of_recording(recording: Path, executors: Executors) -> MapSource:
    from liqscape.cli.serving import progress_to
    from liqscape.service.opening import open_recording

    return _in_process(open_recording(recording, None, None, progress_to), executors)


def _in_process(
    view: MapView,
    executors: Executors,
    work: Work | None = None,
    sources: AskSources | None = None,
    liquidations: LiquidationQuestions | None = None,
) -> MapSource:
    """The same application that `serve` runs, asked without a socket; nobody else reaches it."""
    from liqscape.mcp.asking import InProcessApi
    from liqscape.service.hub import Hub
    from liqscape.web.app import create_app

    hub = Hub(view, executors=executors)
    app = create_app(view, hub, sources=sources, liquidations=liquidations, executors=executors)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with app.lifespan(), _working(work):
            try:
                yield
            finally:
                await hub.shut_down()

    provenance = view.status().provenance
    name = f"{provenance.name} ({'SIMULATED' if provenance.is_simulated else provenance.kind})"
    return MapSource(api=InProcessApi(app), running=running, name=name)


def _nothing_runs() -> AbstractAsyncContextManager[None]:
    return nullcontext()


@asynccontextmanager
async def _working(work: Work | None) -> AsyncIterator[None]:
    """Follows the folder meanwhile."""
    if work is None:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.ensure_future(work(stop))
    try:
        yield
    finally:
        stop.set()
        await task
