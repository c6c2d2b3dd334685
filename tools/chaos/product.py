"""The whole live product in made-up time: opened by its own door, fed by the made-up network, its frames judged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.exchange import HOUR_MS, Exchange
from chaos.made_up_time import MadeUpTime, instead_of_the_world
from chaos.network import Network
from chaos.node_files import NodeFiles
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.opening import OpenedLive, open_live
from liqscape.service.collecting.settings import LiveSettings
from liqscape.service.collecting.settings import Network as Addresses

STEP_S = 0.25
ADDRESSES = Addresses(
    name="made up", info_url="http://127.0.0.1:1", socket_url="ws://127.0.0.1:1/ws", leaderboard_url=None
)


@dataclass(kw_only=True)
class Machine:
    """The machine's clocks, which a fault may move. skew_ns: of its wall clock at the start."""

    time: MadeUpTime
    start_ms: int
    skew_ns: int = 0
    leap_ns: int = 0
    """The wall clock was set by so much since the start."""
    asleep_ns: int = 0
    """It was suspended for so long; its steady clock counts that (CLOCK_BOOTTIME), timers of the loop do not."""

    def steady_ns(self) -> int:
        return round(self.time.now_s * 1e9) + self.asleep_ns

    def wall_ns(self) -> int:
        return self.start_ms * 1_000_000 + self.steady_ns() + self.skew_ns + self.leap_ns


class Stage:
    """Everything of one trial: time, machine, exchange, network and, within `playing`, the product."""

    def __init__(self, seed: int, folder: Path, **exchange: Any) -> None:
        self.chance = random.Random(seed)
        self.time = MadeUpTime()
        self.exchange = Exchange(chance=random.Random(self.chance.random()), **exchange)
        self.machine = Machine(time=self.time, start_ms=self.exchange.start_ms)
        self.network = Network(self.exchange)
        self.folder = folder
        self.settings: dict[str, Any] = {"has_raw_log": False}
        self.is_trading = True
        self.trades_a_second = 1.5
        self.drift = 0.0
        self.look: Callable[[], None] = lambda: None
        """Asks what the product says, for whoever plays."""
        self.each_second: Callable[[], None] = lambda: None
        """What the product shows is judged."""
        self.node: NodeFiles | None = None
        self._opened: OpenedLive | None = None

    def follow_node(self) -> None:
        """Prints come from files of an own node instead of the sockets; to be called before the opening."""
        self.node = NodeFiles(self.folder.parent / "node")
        self.settings["node_files"] = self.node.folder

    @property
    def opened(self) -> OpenedLive:
        assert self._opened is not None
        return self._opened

    def figures(self) -> SourcesAnswer:
        """What the product says of itself."""
        answer = self.opened.sources()
        assert answer is not None
        return answer

    @contextmanager
    def opening(self) -> Iterator[OpenedLive]:
        """The product from its opening to its end."""
        settings = LiveSettings(
            network=ADDRESSES, data=self.folder, addresses=tuple(self.exchange.accounts), **self.settings
        )
        clock = SteadyClock(self.machine.wall_ns, self.machine.steady_ns)
        with (
            instead_of_the_world(self.time, self.network.session),
            open_live(
                settings, clock, seconds=lambda: self.time.now_s, chance=random.Random(self.chance.random())
            ) as opened,
        ):
            self._opened = opened
            yield opened

    def sleep(self, seconds: float) -> None:
        """The machine is suspended for so long; the exchange lives on, and nobody hears of it."""
        self.machine.asleep_ns += round(seconds * 1e9)
        for _ in range(min(60, round(seconds))):
            self.exchange.now_ms += round(seconds * 1_000 / min(60, round(seconds)))
            self.exchange.trade()
            self.exchange.second()

    async def live(self, seconds: float) -> None:
        """Let the exchange live."""
        end_s = self.time.now_s + seconds
        while self.time.now_s < end_s - 1e-6:
            await asyncio.sleep(STEP_S)
            self._advance()

    def _advance(self) -> None:
        exchange, before_ms = self.exchange, self.exchange.now_ms
        exchange.now_ms = exchange.start_ms + round(self.time.now_s * 1_000) + self.machine.asleep_ns // 1_000_000
        if exchange.now_ms // HOUR_MS > before_ms // HOUR_MS:
            exchange.pay_funding()
        if self.is_trading and self.chance.random() < self.trades_a_second * STEP_S:
            print_ = exchange.trade()
            if print_ is not None:
                self.network.publish([print_])
        if self.node is not None:
            self.node.write(exchange.told_ms, exchange.take_fills())
        if exchange.now_ms // 1_000 > before_ms // 1_000:
            exchange.second(self.drift)
            self.network.second()
            self.each_second()


def run_stage(stage: Stage, play: Any) -> None:
    """Open the product, run it beside `play` (a coroutine function), and end it in order."""

    async def run() -> None:
        stop = asyncio.Event()
        market = asyncio.create_task(stage.opened.market.run(stop))
        try:
            played = asyncio.create_task(play())
            await asyncio.wait({market, played}, return_when=asyncio.FIRST_COMPLETED)
            if not played.done():
                played.cancel()
                await market  # raises what ended it
                raise RuntimeError("the product ended by itself")
            await played
        finally:
            stop.set()
            await market

    with stage.opening():
        stage.time.run(run())
