"""`liqscape demo`: the whole product on the sandbox exchange, labelled SIMULATED."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.nats_options import DEFAULT_NATS_NAME
from liqscape.cli.serving import DEFAULT_HOST, DEFAULT_PORT, MAX_PORT

if TYPE_CHECKING:
    import asyncio

    from liqscape.cli.demo_sample import ShownSample
    from liqscape.service.demo_opening import OpenedDemo
    from liqscape.service.living import LivingMarket
    from liqscape.service.waited_for import WaitedFor
    from liqscape.service.warming.beside import Warming

DEFAULT_SEED = 7
DEFAULT_DAYS = 3.0
DEFAULT_ACCOUNTS = 2_000
"""Three days of minutes of so many are traded and stored in under a minute on one core."""
DEFAULT_COINS = 44
DEFAULT_STOPS = 40
"""Percent of traders that use trigger orders: an assumption, nobody publishes it."""
LARGEST_SEED = 2**31 - 1
MAX_DAYS = 60.0
MAX_ACCOUNTS = 30_000
MAX_SPEED = 1_000.0
BOUNDS = {
    "seed": (0, LARGEST_SEED),
    "days": (0.01, MAX_DAYS),
    "accounts": (10, MAX_ACCOUNTS),
    "coins": (1, DEFAULT_COINS),
    "stops": (0, 100),
    "speed": (0.01, MAX_SPEED),
    "sandbox-port": (0, MAX_PORT),
    "port": (0, MAX_PORT),
}
"""Of numbers, by option; `config check` reads them too."""
BEATS = 30
"""Blocks of the exchange are made, and told to its clients, ten times a second; frames come every 3 seconds."""


def demo(
    *,
    seed: int = DEFAULT_SEED,
    days: float = DEFAULT_DAYS,
    accounts: int = DEFAULT_ACCOUNTS,
    coins: int = DEFAULT_COINS,
    stops: int = DEFAULT_STOPS,
    data: Path | None = None,
    nats: str | None = None,
    nats_name: str = DEFAULT_NATS_NAME,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    sandbox_port: int = 0,
    speed: float = 1.0,
    alerts: Path | None = None,
    token_file: Path | None = None,
    allow_host: tuple[str, ...] = (),
    allow_frame: tuple[str, ...] = (),
) -> None:
    """Serve the map of the sandbox exchange, labelled SIMULATED.

    Nothing in it is real but the margin rules and the names of the coins. The past days are made first (kept,
    and used again at the next start); then the market lives on, a frame every 3 seconds. The exchange behind it
    speaks the real protocol too, at a second address (`liqscape sandbox --help`).

    Parameters
    ----------
    seed
        Names the market: the same seed gives the same market.
    days
        Days of history made before serving.
    accounts
        Accounts in the market.
    coins
        Coins in the market.
    stops
        Percent of its traders that set stops and take-profits; 0 leaves trigger orders out.
    data
        Folder the history is kept in; a folder in the user's cache by default.
    nats
        Address of a NATS server with JetStream over which read replicas follow the map (`liqscape replica`), such as
        nats://127.0.0.1:4222.
    nats_name
        Name of the map at that server.
    host
        Address to listen on. Anything but loopback needs a token.
    port
        Port to listen on; 0 picks a free one.
    sandbox_port
        Port of the exchange itself; 0 picks a free one.
    speed
        How many times faster than real time the market lives on.
    alerts
        File of rules and destinations of alerts; alerts.toml in the folder of the history by default.
    token_file
        File with the token that readers must give; the variable LIQSCAPE_TOKEN holds it otherwise.
    allow_host
        Further names under which this server may be asked for.
    allow_frame
        Pages of other origins that may show the map in a frame, such as https://example.org; none by default.
    """
    from liqscape.cli.nats_options import nats_settings, with_collector
    from liqscape.cli.serving import (
        Listening,
        check_alerts,
        check_bounds,
        check_listen,
        read_token,
        reported_progress,
        serve_map,
    )

    check_bounds("--seed", seed, *BOUNDS["seed"])
    check_bounds("--days", days, *BOUNDS["days"])
    check_bounds("--accounts", accounts, *BOUNDS["accounts"])
    check_bounds("--coins", coins, *BOUNDS["coins"])
    check_bounds("--stops", stops, *BOUNDS["stops"])
    check_bounds("--speed", speed, *BOUNDS["speed"])
    check_bounds("--sandbox-port", sandbox_port, *BOUNDS["sandbox-port"])
    check_alerts(alerts)
    token = read_token(token_file)
    address = check_listen(host, port, token)
    nats_server = nats_settings(nats, nats_name, None, None, None, None)

    from liqscape.cli.demo_sample import shown_sample
    from liqscape.cli.logs import log_to_stderr
    from liqscape.cli.run_lines import plan
    from liqscape.service.alerting.delivery import open_delivery
    from liqscape.service.alerting.opening import AlertPlace
    from liqscape.service.alerting.places import alerts_file
    from liqscape.service.demo_opening import RESTORING, DemoSettings, open_demo, resume_demo, stored_demo
    from liqscape.service.hub import Hub
    from liqscape.service.liquidation_questions import LiquidationQuestions
    from liqscape.service.waited_for import WaitedFor
    from liqscape.web.server import choose_port

    settings = DemoSettings(seed=seed, days=days, accounts=accounts, coins=coins, stops_percent=stops)
    plan("demo", data, accounts=accounts, coins=coins, days=days)
    at = Listening(host=address, port=port, token=token, hosts=allow_host, frames=allow_frame)
    with ExitStack() as stack:
        restore, waited, warming, end_sample = None, None, None, _nothing
        stored = stored_demo(settings, data, wall_clock_ms())
        if stored is not None:
            opened, restore = stack.enter_context(resume_demo(settings, data, stored))
            waited = WaitedFor(lambda: opened.view.stored_ms, wall_clock_ms)
            waited.tell(RESTORING, 0, 0)
        else:
            at = replace(at, port=port or choose_port(address, 0))
            sample = stack.enter_context(shown_sample(at))
            warming = stack.enter_context(_kernels(sample))
            progress, end_sample = partial(reported_progress, sample.tell), sample.end
            opened = stack.enter_context(open_demo(settings, data, wall_clock_ms, progress))
        hub = Hub(opened.view, executors=opened.executors)
        folder = opened.liquidations.parent
        log_to_stderr()
        file = alerts or alerts_file(folder)
        delivery = stack.enter_context(open_delivery(folder, file))
        end_sample()
        serve_map(
            opened.view,
            hub,
            at,
            work=with_collector(
                lambda stop: _live(opened, stop, sandbox_port, speed, restore, waited),
                nats_server,
                None,
                data=folder,
                view=opened.view,
                live=opened.live,
                executors=opened.executors,
            ),
            liquidations=LiquidationQuestions(opened.view, opened.liquidations),
            executors=opened.executors,
            delivery=delivery,
            alerts=AlertPlace(file=file, data=folder),
            waited=waited,
            warming=warming,
        )


def _nothing() -> None:
    """No sample is shown that could be ended."""


@contextmanager
def _kernels(sample: ShownSample) -> Iterator[Warming]:
    """What the market needs is compiled when the block begins; the simulator's share goes on beside it."""
    from liqscape.cli.demo_sample import COMPILING
    from liqscape.cli.serving import progress_to
    from liqscape.service.warming.beside import LOW_PRIORITY, warming_beside

    with warming_beside(niceness=LOW_PRIORITY) as warming:
        with progress_to(COMPILING, 0, 100) as progress:

            def tell(compiled: int, needed: int) -> None:
                progress(100 * compiled // max(needed, 1))
                sample.tell(COMPILING, compiled, needed)

            warming.tell = tell
            warming.wait(("market",))
            warming.tell = None
        yield warming


async def _live(
    opened: OpenedDemo,
    stop: asyncio.Event,
    sandbox_port: int,
    speed: float,
    restore: Callable[[], LivingMarket] | None,
    waited: WaitedFor | None,
) -> None:
    """Keep the sandbox market, its wire protocol, its study and its scores running until `stop`.

    restore, waited  of a demo that is shown as it is stored: its market is put in order first.
    """
    import asyncio

    from liqscape.sandbox.server.app import serve_sandbox
    from liqscape.service.demo_opening import go_on

    if restore is not None and waited is not None:
        await go_on(opened, restore, stop, wall_clock_ms, waited.tell)
        waited.end()
        if stop.is_set():
            return
    market = opened.market.market
    async with serve_sandbox(market.state, market.lock, port=sandbox_port) as (served, chosen):
        print(f"liqscape: its exchange at http://127.0.0.1:{chosen}/info ws://127.0.0.1:{chosen}/ws", flush=True)
        market.listeners.append(served.observe)
        beside = [asyncio.create_task(each.run(stop)) for each in (opened.study, opened.scores)]
        try:
            await opened.market.run(
                opened.live, stop, speed=speed, now_ms=wall_clock_ms, beats=BEATS, executor=opened.executors.market
            )
        finally:
            await asyncio.gather(*beside)


def wall_clock_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1_000.0)
