"""What `serve` and `demo` share: bounds of options, the token, the progress bar of loading, and the ready line."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.alerting.delivery import Deliverer
    from liqscape.service.alerting.opening import AlertPlace
    from liqscape.service.executors import Executors
    from liqscape.service.hub import Hub
    from liqscape.service.liquidation_questions import LiquidationQuestions
    from liqscape.service.metrics import LiveMetrics
    from liqscape.service.view import MapView
    from liqscape.service.waited_for import WaitedFor
    from liqscape.service.warming.beside import Warming
    from liqscape.web.routes.sources import AskSources
    from liqscape.web.server import Work

TOKEN_VARIABLE = "LIQSCAPE_TOKEN"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8417
MAX_PORT = 65_535


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where a map answers, and whom.

    token   what readers must give; None: nobody is asked.
    hosts   further names under which the server may be asked for.
    frames  pages of other origins that may show the map in a frame.
    """

    host: str
    port: int
    token: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()


def read_token(token_file: Path | None) -> str | None:
    """The token readers must give: of the file, else of LIQSCAPE_TOKEN; None where there is neither.

    No option takes it itself: every user of a machine sees the command lines of its processes. A file that others
    can read is said on stderr.
    Raises SettingsError for a file that cannot be read or that anybody may write, or a token that will not do.
    """
    token = os.environ.get(TOKEN_VARIABLE) or None
    if token_file is not None:
        try:
            from liqscape.wire.user_text import as_utf8

            _check_mode(token_file)
            token = as_utf8(token_file.read_bytes(), f"--token-file {token_file}").decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not plain text"
            raise SettingsError(f"--token-file {token_file} cannot be read: {why}") from None
    if token is None:
        return None
    from liqscape.cli.logs import hide
    from liqscape.web.access import check_token

    hide(token)
    return check_token(token)


def _check_mode(token_file: Path) -> None:
    """Warn where others can read the token; raise SettingsError where anybody may put in their own."""
    mode = stat.S_IMODE(token_file.stat().st_mode)
    remedy = f"chmod 600 {token_file}"
    if mode & stat.S_IWOTH:
        raise SettingsError(f"--token-file {token_file} may be written by everybody (mode {mode:03o}): {remedy}")
    others = [name for bit, name in ((stat.S_IRGRP, "its group"), (stat.S_IROTH, "everybody")) if mode & bit]
    if others:
        print(
            f"liqscape: --token-file {token_file} can be read by {others[-1]} here (mode {mode:03o}): {remedy}",
            file=sys.stderr,
            flush=True,
        )


def check_listen(host: str, port: int, token: str | None = None) -> str:
    """The address to listen on. Raises SettingsError for a host or port that will not do."""
    from liqscape.web.server import check_host, choose_port

    if not 0 <= port <= MAX_PORT:
        raise SettingsError(f"--port {port} is outside 0..{MAX_PORT}")
    address = check_host(host, token)
    if port:
        choose_port(address, port)
    return address


def check_alerts(alerts: Path | None) -> None:
    """Refuse a file of --alerts that cannot be used, before anything starts. Raises SettingsError."""
    if alerts is None:
        return
    if not alerts.is_file():
        raise SettingsError(f"--alerts {alerts} is not a file")
    from liqscape.service.alerting.destinations import read_destinations

    read_destinations(alerts)


def check_bounds(option: str, value: float, low: float, high: float) -> None:
    """Raises SettingsError for a number outside [low, high]; NaN is outside."""
    if not low <= value <= high:
        raise SettingsError(f"{option} {value:g} is outside {low:g}..{high:g}")


@contextmanager
def progress_to(text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:
    """A callback for how far work has come between start and end; a bar where stderr is a terminal."""
    if not sys.stderr.isatty():
        print(f"liqscape: {text}", file=sys.stderr, flush=True)
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task(text, total=max(end - start, 1))
        yield lambda value: progress.update(task, completed=value - start)


@contextmanager
def reported_progress(
    tell: Callable[[str, int, int], None], text: str, start: int, end: int
) -> Iterator[Callable[[int], None]]:
    """Progress on the terminal, and told in percent for the status and the page."""
    reported = -1
    with progress_to(text, start, end) as progress:

        def report(value: int) -> None:
            nonlocal reported
            progress(value)
            percent = 100 * (value - start) // max(end - start, 1)
            if percent != reported:
                reported = percent
                tell(text, percent, 100)

        yield report


def serve_map(
    view: MapView,
    hub: Hub,
    at: Listening,
    work: Work | None = None,
    *,
    sources: AskSources | None = None,
    metrics: LiveMetrics | None = None,
    liquidations: LiquidationQuestions | None = None,
    executors: Executors | None = None,
    delivery: Deliverer | None = None,
    alerts: AlertPlace | None = None,
    waited: WaitedFor | None = None,
    warming: Warming | None = None,
    listener: socket.socket | None = None,
) -> None:
    """Serve until interrupted; prints one line when the address answers. The options are those of `create_app`.

    Kernels that are missing are compiled beside (service/warming/preparation.py); `work` begins after its
    share.

    alerts  where the rules of this map are; None: it has none.
    waited  what `work` tells of what it waits for, and ends; None: it waits for kernels alone.
    warming  that compiles already, beyond what `work` needs; None: it is begun here where something is missing.
    listener  that somebody answered at before (web/waiting_room.py); None: the address is bound when all is ready.
    """
    from liqscape.cli.run_lines import say_start, say_stopping
    from liqscape.service.alerting.opening import NOWHERE, open_alerts
    from liqscape.service.waited_for import WaitedFor
    from liqscape.service.warming.preparation import Preparation
    from liqscape.web.app import create_app
    from liqscape.web.server import reachable, run_server, url_host

    say_start()
    status = view.status()
    provenance = status.provenance
    label = "SIMULATED" if provenance.is_simulated else provenance.kind
    if status.feed_state == "stored":
        label += ", stored, not live"
    name = url_host(reachable(at.host))

    def say_ready(chosen: int) -> None:
        guarded = "" if at.token is None else "; asks for its token"
        print(
            f"liqscape: serving {provenance.name} at http://{name}:{chosen} ({label}{guarded}; Ctrl-C stops)",
            flush=True,
        )

    app = create_app(
        view,
        hub,
        sources=sources,
        metrics=metrics,
        liquidations=liquidations,
        executors=executors,
        delivery=delivery,
        alerts=open_alerts(
            view,
            alerts or NOWHERE,
            liquidations=None if liquidations is None else liquidations.folder,
            executors=executors,
        ),
        token=at.token,
        hosts=(name, *at.hosts),
        frames=at.frames,
    )

    async def end_streams() -> None:
        say_stopping()
        await hub.shut_down()

    waiting = waited or WaitedFor(lambda: view.stored_ms, lambda: time.time_ns() // 1_000_000)
    preparation = Preparation(waiting.tell, None if executors is None else executors.market, warming)
    if preparation.is_needed:
        view.ask_preparing = waiting.answer

    async def work_prepared(stop: asyncio.Event) -> None:
        begun = asyncio.Event()
        preparing = asyncio.create_task(preparation.run(stop, begun.set))
        try:
            await begun.wait()
            if waited is None:
                waiting.end()
            await (stop.wait() if work is None or stop.is_set() else work(stop))
        finally:
            if not stop.is_set():
                preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)

    with preparation.refusing():
        run_server(
            app, at.host, at.port, on_ready=say_ready, on_stop=end_streams, work=work_prepared, listener=listener
        )
