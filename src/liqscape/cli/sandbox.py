"""`liqscape sandbox`: a living local exchange that speaks the real protocol, labelled SIMULATED."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from liqscape.cli.serving import MAX_PORT
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.sandbox.runner import Runner
    from liqscape.sandbox.server.faults import FaultRule

DEFAULT_SANDBOX_PORT = 8427
DEFAULT_ACCOUNTS = 1_000
DEFAULT_COINS = 40
DEFAULT_STOPS = 40
"""Percent of traders that use trigger orders: an assumption, nobody publishes it."""
LARGEST_SPEED = 100_000.0
MAX_DAYS = 60.0
BOUNDS = {"port": (0, MAX_PORT), "days": (0.0, MAX_DAYS), "stops": (0, 100)}
"""Of numbers, by option; `config check` reads them too."""
FASTEST = "max"
FAILURE_SECONDS = 0.2


def sandbox(
    *,
    port: int = DEFAULT_SANDBOX_PORT,
    seed: int = 7,
    speed: str = "1",
    accounts: int = DEFAULT_ACCOUNTS,
    coins: int = DEFAULT_COINS,
    stops: int = DEFAULT_STOPS,
    days: float = 0.25,
    start: str | None = None,
    faults: Path | None = None,
    limits: Annotated[bool, Parameter(negative="--no-limits")] = True,
    refuse: tuple[str, ...] = (),
    data: Path | None = None,
    node_files: Path | None = None,
    archive_files: Path | None = None,
    order_files: bool = False,
) -> None:
    """Run a local exchange that speaks the protocol of the real one.

    Simulated traders on an exact engine, served on this machine: POST /info, a WebSocket at /ws, a leaderboard.
    Nothing in it is real but the rules. Equal seed, start and sizes give equal blocks.

    Parameters
    ----------
    port
        Port to listen on; 0 picks a free one.
    seed
        Names the world.
    speed
        How many times faster than real time it lives; `max` for as fast as it can.
    accounts
        Accounts that trade, market makers and vaults among them.
    coins
        Coins that are traded.
    stops
        Percent of traders that set stops and take-profits; 0 leaves trigger orders out.
    days
        Days of history made, in coarse steps, before serving.
    start
        Time at which serving begins (UTC, like 2026-02-01T00:00:00Z); now by default.
    faults
        JSON file of faults to inject (docs/sandbox.md).
    limits
        Keep the exchange's limits of weight, connections and subscriptions (--no-limits lifts them).
    refuse
        A request type to answer as if it did not exist, such as batchClearinghouseStates; may be given several times.
    data
        Folder for checkpoints; a sandbox left there goes on where it stopped.
    node_files
        Folder to write fills and events to as a node does.
    archive_files
        Folder to write fills, books and contexts to as the archives hold them.
    order_files
        With --node-files: statuses of orders that come to rest and of trigger orders too, and snapshots of all orders.
    """
    from liqscape.cli.serving import DEFAULT_HOST, check_bounds, check_listen
    from liqscape.sandbox.runner import Runner
    from liqscape.sandbox.server.faults import read_faults
    from liqscape.sandbox.world import WorldSettings
    from liqscape.service.asked_time import parse_time
    from liqscape.units import DAY_MS, MINUTE_MS

    check_bounds("--port", port, *BOUNDS["port"])
    check_bounds("--days", days, *BOUNDS["days"])
    check_bounds("--stops", stops, *BOUNDS["stops"])
    if order_files and node_files is None:
        raise SettingsError("--order-files goes with --node-files")
    refused = _read_refused(refuse)
    rules = () if faults is None else read_faults(faults)
    pace = _read_speed(speed)
    end_ms = _now_ms() if start is None else parse_time("--start", start)
    history_ms = int(days * DAY_MS) // MINUTE_MS * MINUTE_MS
    settings = WorldSettings(
        seed=seed, accounts=accounts, coins=coins, start_ms=end_ms - history_ms, stops_percent=stops
    )
    check_listen(DEFAULT_HOST, port)
    for option, folder in (("--data", data), ("--node-files", node_files), ("--archive-files", archive_files)):
        _check_folder(option, folder)
    runner = Runner.open(
        settings,
        history_ms,
        clock=_now_ms if start is None else None,
        speed=pace,
        folder=data,
        node_files=node_files,
        archive_files=archive_files,
        has_order_files=order_files,
    )
    label = f"seed {seed}, speed {speed}"
    asyncio.run(_serve(runner, port, rules, is_limited=limits, refused=refused, node_files=node_files, label=label))
    if runner.failure is not None:
        raise runner.failure


def _now_ms() -> int:
    return int(time.time() * 1_000)


def _read_refused(names: tuple[str, ...]) -> frozenset[str]:
    """Raises SettingsError for a name that is no request."""
    from liqscape.sandbox.answers import REQUESTS

    for name in names:
        if name not in REQUESTS:
            raise SettingsError(f"--refuse {name} is no request type that the sandbox serves")
    return frozenset(names)


def _read_speed(text: str) -> float | None:
    if text == FASTEST:
        return None
    try:
        speed = float(text)
    except ValueError:
        raise SettingsError(f"--speed {text} is neither a number nor {FASTEST}") from None
    if not 0.001 <= speed <= LARGEST_SPEED:
        raise SettingsError(f"--speed {text} is outside 0.001..{LARGEST_SPEED:g}")
    return speed


def _check_folder(option: str, folder: Path | None) -> None:
    """Make the folder. Raises SettingsError where it cannot be made or nothing can be written in it."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{option} {folder} is no folder to write in: {error.strerror or error}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"{option} {folder} is no folder to write in: Permission denied")


async def _serve(
    runner: Runner,
    port: int,
    faults: tuple[FaultRule, ...],
    *,
    is_limited: bool,
    refused: frozenset[str],
    node_files: Path | None,
    label: str,
) -> None:
    from liqscape.sandbox.server.app import serve_sandbox

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    serving = serve_sandbox(
        runner.state,
        runner.turnstile,
        port=port,
        is_limited=is_limited,
        faults=faults,
        refused=refused,
        node_files=node_files,
    )
    async with serving as (served, chosen):
        runner.listeners.append(served.observe)
        runner.start()
        host = f"127.0.0.1:{chosen}"
        print(
            f"liqscape: sandbox at http://{host}/info ws://{host}/ws http://{host}/leaderboard "
            f"(SIMULATED, {label}; Ctrl-C stops)",
            flush=True,
        )
        while not stop.is_set() and not runner.is_stopped:
            try:
                async with asyncio.timeout(FAILURE_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue
        await asyncio.to_thread(runner.stop)
