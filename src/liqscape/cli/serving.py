"""What `serve` and `demo` share: bounds of their options, the progress bar of loading, and the ready line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.hub import Hub
    from liqscape.service.view import MapView
    from liqscape.web.server import Work

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8417


def check_listen(host: str, port: int) -> str:
    """The address to listen on. Raises SettingsError for a host or port that will not do."""
    from liqscape.web.server import check_host, choose_port

    if not 0 <= port <= 65_535:
        raise SettingsError(f"--port {port} is outside 0..65535")
    address = check_host(host)
    if port:
        choose_port(address, port)
    return address


def check_bounds(option: str, value: float, low: float, high: float) -> None:
    """Raises SettingsError for a number outside [low, high]; NaN is outside."""
    if not low <= value <= high:
        raise SettingsError(f"{option} {value:g} is outside {low:g}..{high:g}")


@contextmanager
def progress_to(text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:
    """A function told how far work has come between start and end; a bar where stderr is a terminal."""
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


def serve_map(view: MapView, hub: Hub, host: str, port: int, work: Work | None = None) -> None:
    """Serve until interrupted; prints one line when the address answers."""
    from liqscape.web.app import create_app
    from liqscape.web.server import run_server

    provenance = view.status().provenance
    label = "SIMULATED" if provenance.is_simulated else provenance.kind

    def say_ready(chosen: int) -> None:
        url = f"http://{host}:{chosen}"
        print(f"liqscape: serving {provenance.name} at {url} ({label}; Ctrl-C stops)", flush=True)

    run_server(create_app(view, hub), host, port, on_ready=say_ready, on_stop=hub.shut_down, work=work)
