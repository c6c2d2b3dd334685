"""`liqscape` itself, with a witness inside: every frame and every change of its standing is told through a pipe.

    python witness.py DESCRIPTOR serve --api-url ...

Nothing is replaced: two methods are looked at after they have done their work. CHAOS_WALL_SKEW names a file of seconds
by which this machine's wall clock is wrong, CHAOS_FSYNC one of seconds that every fsync takes: what a kernel, a disk or
a careless hand does to a process, done where it needs no rights.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec

STORED_EVERY_MS = 5_000
"""A frame is stored so often, not every minute: a trial is shorter than one."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True):
    """A frame handed to readers. at_s: monotonic clock of the machine; doubt: addresses in doubt."""

    at_s: float
    time_ms: int
    is_live: bool
    is_time_held: bool
    is_stored: bool
    doubt: list[str]
    coins_in_doubt: list[str]
    marks: dict[str, float]
    accounts: dict[str, dict[str, tuple[float, float | None]]]


class Stood(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The map is called live from now on, or no more."""

    at_s: float
    is_live: bool


Seen = Frame | Stood


def _file_seconds(name: str) -> Callable[[], float]:
    path = Path(os.environ[name])

    def seconds() -> float:
        try:
            return float(path.read_text())
        except (OSError, ValueError):
            return 0.0

    return seconds


def _bend_machine() -> None:
    if "CHAOS_WALL_SKEW" in os.environ:
        skew, true_ns, true_s = _file_seconds("CHAOS_WALL_SKEW"), time.time_ns, time.time
        time.time_ns = lambda: true_ns() + int(skew() * 1e9)
        time.time = lambda: true_s() + skew()
    if "CHAOS_FSYNC" in os.environ:
        delay, sync = _file_seconds("CHAOS_FSYNC"), os.fsync

        def slow(descriptor: Any) -> None:
            time.sleep(delay())
            sync(descriptor)

        os.fsync = slow


def _watch(descriptor: int) -> None:
    from chaos.process.exchange import marks_of, positions_of
    from liqscape.risk.liquidation import solve_roots
    from liqscape.service.collecting.market import LiveMarket
    from liqscape.service.live import LiveState
    from liqscape.sources.live import cadence
    from liqscape.store.history import writer

    cadence.MINUTE_MS = STORED_EVERY_MS
    writer.HEAD_FILES, writer.DAY_PARTS = 3, 2  # so that parts are made and merged while we look
    publish, stand = LiveMarket._publish, LiveState.stand

    def tell(seen: Seen) -> None:
        content = msgspec.json.encode(seen) + b"\n"
        while content:
            content = content[os.write(descriptor, content) :]

    def publish_and_tell(self: LiveMarket, moment: Any, record: Any) -> None:
        publish(self, moment, record)
        ledger, snapshot = self.core.pipeline.ledger, moment.frame.snapshot
        watch = ledger.watch()
        doubt = [address for address, is_in in zip(watch.address, watch.is_unsure.tolist(), strict=True) if is_in]
        coins = [snapshot.markets.coins[row] for row in snapshot.in_doubt.tolist()]
        root = solve_roots(moment.accounts, snapshot, moment.tables)
        positions = positions_of(moment.accounts, snapshot.markets.coins, root)
        stands = self.live.standing
        tell(
            Frame(
                at_s=time.monotonic(),
                time_ms=moment.frame.time_ms,
                is_live=stands.is_live,
                is_time_held=stands.is_time_held,
                is_stored=moment.is_stored,
                doubt=doubt,
                coins_in_doubt=coins,
                marks=marks_of(snapshot),
                accounts=positions,
            )
        )

    def stand_and_tell(self: LiveState, standing: Any) -> None:
        stand(self, standing)
        tell(Stood(time.monotonic(), standing.is_live))

    LiveMarket._publish, LiveState.stand = publish_and_tell, stand_and_tell  # type: ignore[method-assign]


def main() -> int:
    """Bend, watch, run."""
    descriptor = int(sys.argv[1])
    _bend_machine()
    _watch(descriptor)
    from liqscape.cli.main import main as liqscape

    return liqscape(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
