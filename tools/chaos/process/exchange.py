"""The sandbox in a process of its own that can be stopped, frozen or killed, and that tells the truth of every block.

The world lives by the machine's monotonic clock: one that was killed is restored from its checkpoint, makes the blocks
of the meantime and only then answers again, as an exchange does whose servers go down while its chain goes on.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

START_MS = 1_780_012_740_000
HISTORY_MS = 3_600_000
READY_S = 180.0
KEPT_ROWS = 4_000
LOOK_S = 1.0
"""The truth is told with every block that changes a position or a mark, and once a second."""

PAYMENT = 0.002
"""Of the mark: further a level moves in one block only by a payment."""

Positions = dict[str, tuple[float, float | None]]
"""By coin: signed size, and the level where there is one."""


class WorldOptions(NamedTuple):
    """Which world; block_ms: time between two blocks; is_limited: it counts request weight, as the exchange does."""

    seed: int = 11
    accounts: int = 150
    coins: int = 3
    block_ms: int = 200
    has_node_files: bool = False
    is_limited: bool = False


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """The exchange just after a block: marks by coin, positions by address."""

    time_ms: int
    marks: dict[str, float]
    accounts: dict[str, dict[str, tuple[float, float | None]]]


class ExchangeProcess:
    """`moments` is the truth so far, oldest first. Port and clock stay the same over a kill."""

    def __init__(self, options: WorldOptions, folder: Path) -> None:
        self.options, self._folder = options, folder
        self.node_files = folder / "node" if options.has_node_files else None
        self.moments: deque[Moment] = deque(maxlen=KEPT_ROWS)
        self.paid_ms: dict[str, int] = {}
        """When money last came to an account or left it: nobody prints that."""
        self.port = 0
        self._origin: tuple[float, int] | None = None
        self._start()

    @property
    def origin(self) -> tuple[float, int]:
        """A moment of the machine's monotonic clock in seconds, and the exchange's time then."""
        assert self._origin is not None
        return self._origin

    def _start(self) -> None:
        context = get_context("spawn")
        self._connection, other = context.Pipe()
        self._ready = threading.Event()
        self._saved = threading.Event()
        arguments = (other, self.options, str(self._folder), self.port, self._origin)
        self._process = context.Process(target=_live, args=arguments, daemon=True)
        self._process.start()
        other.close()
        threading.Thread(target=self._read, args=(self._connection,), daemon=True).start()
        if not self._ready.wait(READY_S):
            raise TimeoutError(f"the exchange was not ready within {READY_S:g} s")

    def _read(self, connection: Connection) -> None:
        decode = msgspec.msgpack.Decoder(Moment).decode
        try:
            while True:
                content = connection.recv_bytes()
                if content == b"saved":
                    self._saved.set()
                elif content.startswith(b"ready"):
                    port, origin_s, origin_ms = msgspec.json.decode(content[5:])
                    self.port, self._origin = port, (origin_s, origin_ms)
                    self._ready.set()
                else:
                    moment = decode(content)
                    while self.moments and self.moments[-1].time_ms >= moment.time_ms:
                        self.moments.pop()  # made once more after a kill, to the same bits
                    self._note_payments(moment)
                    self.moments.append(moment)
        except (EOFError, OSError):
            return

    def _note_payments(self, moment: Moment) -> None:
        """Whose level leapt from one moment to the next while sizes stood still was paid, or has paid."""
        before = self.moments[-1].accounts if self.moments else {}
        for address, held in moment.accounts.items():
            old = before.get(address)
            if old is None or any(coin not in old or old[coin][0] != size for coin, (size, _) in held.items()):
                continue
            if any(_leapt(old[coin][1], level, moment.marks[coin]) for coin, (_, level) in held.items()):
                self.paid_ms[address] = moment.time_ms

    def freeze(self) -> None:
        """SIGSTOP: connected and silent."""
        os.kill(self._process.pid or 0, signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on; the blocks of the meantime are made at once."""
        os.kill(self._process.pid or 0, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, just after a checkpoint."""
        self._saved.clear()
        self._connection.send_bytes(b"save")
        if not self._saved.wait(READY_S):
            raise TimeoutError("the exchange left no checkpoint")
        self._process.kill()
        self._process.join()

    def revive(self) -> None:
        """Answer again at the same port, the world having lived on."""
        self._start()

    def end(self) -> None:
        """Stop it."""
        self._process.kill()
        self._process.join()


def _leapt(before: float | None, level: float | None, mark: float) -> bool:
    if before is None or level is None:
        return before is not level
    return abs(level - before) > PAYMENT * mark


def _live(
    connection: Connection, options: WorldOptions, folder: str, port: int, origin: tuple[float, int] | None
) -> None:
    """The process: makes blocks by the clock in this thread, serves in another."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path.insert(0, str(Path(__file__).parents[3] / "tests" / "support"))
    from live_map import Exchange

    from liqscape.sandbox.runner import Runner
    from liqscape.sandbox.world import WorldSettings

    settings = WorldSettings(
        seed=options.seed, accounts=options.accounts, coins=options.coins, block_ms=options.block_ms, start_ms=START_MS
    )
    node_files = Path(folder) / "node" if options.has_node_files else None
    runner = Runner.open(settings, HISTORY_MS, folder=Path(folder), node_files=node_files)
    world = runner.world
    if origin is None:
        origin = time.monotonic(), world.time_ms
    origin_s, origin_ms = origin

    def due_ms() -> float:
        return origin_ms + (time.monotonic() - origin_s) * 1_000.0

    served = Exchange.of(runner, port)
    served.is_limited = options.is_limited
    teller = _Teller(connection, world)
    _advance(runner, due_ms(), teller)
    served.serve()
    connection.send_bytes(b"ready" + msgspec.json.encode((served.port, *origin)))
    try:
        while True:
            if connection.poll():
                connection.recv_bytes()
                runner.save()
                connection.send_bytes(b"saved")
            _advance(runner, due_ms(), teller)
            time.sleep(0.02)
    except (EOFError, OSError):
        os._exit(0)


def _advance(runner: Any, until_ms: float, teller: _Teller) -> None:
    while runner.world.time_ms + runner.world.settings.block_ms <= until_ms:
        with runner.turnstile:
            for output in runner.world.advance(runner.world.time_ms + runner.world.settings.block_ms):
                runner.observe(output)
        teller.tell()


class _Teller:
    """Tells the truth where it has changed, and once a second."""

    def __init__(self, connection: Connection, world: Any) -> None:
        self._connection, self._world = connection, world
        self._told_s = 0.0
        self._sizes: bytes = b""

    def tell(self) -> None:
        from liqscape.exchange.to_model import to_accounts, to_snapshot
        from liqscape.risk.liquidation import solve_roots

        exchange = self._world.exchange
        accounts = to_accounts(exchange)
        snapshot = to_snapshot(exchange)
        columns = (accounts.size, accounts.market_index, accounts.address_row, snapshot.mark)
        sizes = b"".join(column.tobytes() for column in columns)
        now_s = time.monotonic()
        if sizes == self._sizes and now_s - self._told_s < LOOK_S:
            return
        self._sizes, self._told_s = sizes, now_s
        root = solve_roots(accounts, snapshot, exchange.tables)
        moment = Moment(exchange.time_ms, marks_of(snapshot), positions_of(accounts, exchange.markets.coins, root))
        self._connection.send_bytes(msgspec.msgpack.encode(moment))


def marks_of(snapshot: Any) -> dict[str, float]:
    """Known marks by coin."""
    return {coin: mark for coin, mark in zip(snapshot.markets.coins, snapshot.mark.tolist(), strict=True) if mark > 0}


def positions_of(accounts: Any, coins: Any, root: Any) -> dict[str, Positions]:
    """Sizes and levels of everybody; a level that does not exist or is not known is None."""
    found: dict[str, Positions] = {}
    owners = accounts.address_row[accounts.pool_of_position()].tolist()
    rows = zip(owners, accounts.market_index.tolist(), accounts.size.tolist(), root.tolist(), strict=True)
    for owner, market, size, level in rows:
        level = level if 0.0 < level < float("inf") else None
        found.setdefault(accounts.addresses[owner], {})[coins[market]] = (size, level)
    return found
