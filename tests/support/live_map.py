"""A sandbox that lives, served on loopback, and a live map of it, each in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NoReturn

import msgspec
import numpy as np

from liqscape.feed.records import RecordKind
from liqscape.sandbox.runner import Runner
from liqscape.sandbox.server.app import serve_sandbox
from liqscape.sandbox.server.faults import FaultRule
from liqscape.sandbox.server.shared import Sandbox
from liqscape.sandbox.world import WorldSettings
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.opening import open_live
from liqscape.service.collecting.settings import LiveSettings, Network
from liqscape.service.hub import Hub
from liqscape.units import MINUTE_MS
from liqscape.wire.encode import to_wire

DEADLINE_SECONDS = 120.0
START_MS = 1_780_012_740_000


class Exchange:
    """A living world and its server, which can be taken away and brought back at the same port."""

    def __init__(
        self, *, seed: int = 5, accounts: int = 80, coins: int = 4, is_limited: bool = False, speed: float = 1.0
    ) -> None:
        settings = WorldSettings(seed=seed, accounts=accounts, coins=coins, start_ms=START_MS)
        self._hold(Runner.open(settings, 60 * MINUTE_MS, speed=speed), is_limited=is_limited, port=0)

    @classmethod
    def of(cls, runner: Runner, port: int = 0) -> Exchange:
        """A runner's world, whoever makes its blocks; served without limits."""
        made = cls.__new__(cls)
        made._hold(runner, is_limited=False, port=port)
        return made

    def _hold(self, runner: Runner, *, is_limited: bool, port: int) -> None:
        self.runner = runner
        self.is_limited = is_limited
        self.port = port
        self.sandbox: Sandbox | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: list[BaseException] = []
        self.runner.listeners.append(self._observe)

    @property
    def network(self) -> Network:
        """Where it is."""
        url = f"http://127.0.0.1:{self.port}"
        socket = f"ws://127.0.0.1:{self.port}/ws"
        return Network(
            name=f"127.0.0.1:{self.port}",
            info_url=url,
            socket_url=socket,
            leaderboard_url=f"{url}/leaderboard",
            vaults_url=f"{url}/vaults",
        )

    def serve(
        self,
        faults: tuple[FaultRule, ...] = (),
        refused: frozenset[str] = frozenset(),
        node_files: Path | None = None,
    ) -> None:
        """Answer from now on, at the port it had before."""
        ready = threading.Event()
        self._stop = threading.Event()
        stop = self._stop

        async def run() -> None:
            serving = serve_sandbox(
                self.runner.state,
                self.runner.turnstile,
                port=self.port,
                is_limited=self.is_limited,
                faults=faults,
                refused=refused,
                node_files=node_files,
            )
            async with serving as (sandbox, port):
                self.sandbox, self.port = sandbox, port
                ready.set()
                await asyncio.to_thread(stop.wait)
                self.sandbox = None

        def work() -> None:
            try:
                asyncio.run(run())
            except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
                self._failure.append(error)
                ready.set()

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
        assert ready.wait(DEADLINE_SECONDS)
        if self._failure:
            raise self._failure[0]

    @property
    def fault_count(self) -> int:
        """Faults the present server has made."""
        return 0 if self.sandbox is None else self.sandbox.fault_count

    def end_faults(self) -> None:
        """The present server goes on without any."""
        assert self.sandbox is not None
        self.sandbox._faults.faults = ()

    def vanish(self) -> None:
        """Nobody answers any more; the world lives on."""
        self._stop.set()
        assert self._thread is not None
        self._thread.join(DEADLINE_SECONDS)

    def live(self) -> None:
        """Begin to live."""
        self.runner.start()

    def freeze(self) -> None:
        """The world stands still; its server goes on answering."""
        self.runner.stop()

    def sizes(self) -> dict[tuple[str, str], float]:
        """True signed sizes of everybody, by address and coin."""
        from liqscape.exchange.to_model import to_accounts

        with self.runner.turnstile.reading():
            exchange = self.runner.world.exchange
            accounts = to_accounts(exchange)
            coins = exchange.markets.coins
        owners = accounts.address_row[accounts.pool_of_position()]
        return {
            (accounts.addresses[owner], coins[market]): float(size)
            for owner, market, size in zip(owners, accounts.market_index, accounts.size, strict=True)
        }

    def _observe(self, output: Any) -> None:
        if self.sandbox is not None:
            self.sandbox.observe(output)

    def end(self) -> None:
        """Stop everything."""
        if not self.runner.is_stopped:
            self.runner.stop()
        if self._thread is not None and self._thread.is_alive():
            self.vanish()


@contextmanager
def exchange(**options: Any) -> Iterator[Exchange]:
    """A served, living exchange."""
    made = Exchange(**options)
    try:
        made.serve()
        made.live()
        yield made
    finally:
        made.end()


class LiveMap:
    """A live map and its loop."""

    def __init__(self, opened: Any) -> None:
        self.view = opened.view
        self.market = opened.market
        self.live_figures = opened.live_figures
        self.loop: asyncio.AbstractEventLoop | None = None

    def hear(self, channel: str, data: object) -> None:
        """A message as if it had come over the socket."""
        content = msgspec.json.encode({"channel": channel, "data": to_wire(data)})
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.market.say, RecordKind.MESSAGE, "1", content)

    def figures(self) -> SourcesAnswer:
        """What the map says about itself."""
        answer = self.live_figures.newest
        assert answer is not None
        return answer

    def sizes(self) -> dict[tuple[str, str], float]:
        """Sizes the newest frame knows, by address and coin; a stored one while the server has not answered."""
        moment = self.view.moment()
        accounts, coins = moment.accounts, moment.reported.snapshot.markets.coins
        owners = accounts.address_row[accounts.pool_of_position()]
        return {
            (accounts.addresses[owner], coins[market]): float(size)
            for owner, market, size in zip(owners, accounts.market_index, accounts.size, strict=True)
        }


class _NoPool(ThreadPoolExecutor):
    """In place of the pool that all of asyncio shares: the map's work has pools of its own."""

    def submit(self, work: Callable[..., Any], /, *_: Any, **__: Any) -> NoReturn:
        raise AssertionError(f"{work} is given to the pool that everybody shares")


@contextmanager
def live_map(network: Network, data: Path, *, clock: SteadyClock | None = None, **settings: Any) -> Iterator[LiveMap]:
    """A live map that runs until the block is left."""
    failure: list[BaseException] = []
    with open_live(LiveSettings(network=network, data=data, **settings), clock or SteadyClock()) as opened:
        running = LiveMap(opened)
        stopping: list[Callable[[], object]] = []
        is_running = threading.Event()

        async def run() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            loop.set_default_executor(_NoPool())
            stopping.append(lambda: loop.call_soon_threadsafe(stop.set))
            running.loop = loop
            hub = Hub(opened.view, opened.market.delivered, opened.executors)
            task = asyncio.create_task(hub.run())
            is_running.set()
            try:
                await opened.market.run(stop)
            finally:
                task.cancel()

        def work() -> None:
            try:
                asyncio.run(run())
            except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
                failure.append(error)
                is_running.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert is_running.wait(DEADLINE_SECONDS)
        try:
            yield running
        finally:
            stopping[0]()
            thread.join(DEADLINE_SECONDS)
            assert not thread.is_alive()
    if failure:
        raise failure[0]


def seconds_until(claim: Callable[[], object], what: str, most: float = DEADLINE_SECONDS) -> float:
    """How long it took until a claim held; fails after the deadline."""
    began = monotonic()
    while not claim():
        assert monotonic() < began + most, f"waited {most} s for {what}"
        sleep(0.02)
    return monotonic() - began


def agrees(map_sizes: dict[tuple[str, str], float], true_sizes: dict[tuple[str, str], float]) -> bool:
    """Everybody with the right size, and nobody else."""
    return map_sizes.keys() == true_sizes.keys() and all(
        np.isclose(map_sizes[key], size, rtol=1e-9, atol=1e-9) for key, size in true_sizes.items()
    )
