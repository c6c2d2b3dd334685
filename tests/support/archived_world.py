"""A small market that writes its archive: fills and events of every block, contexts of every minute."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from small_sandbox import BTC, ETH, FIRST_PRICES, HYPE, LONELY, START_MS, SmallSandbox, quotes

from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.model.accounts import Accounts
from liqscape.sandbox.files import ArchiveFiles
from liqscape.sandbox.files.lines import misc_block
from liqscape.sandbox.files.node import HourlyFile
from liqscape.sandbox.files.state_snapshot import write_state
from liqscape.sources.tables import write_positions
from liqscape.units import MINUTE_MS
from liqscape.wire.encode import encode_record
from liqscape.wire.node.misc_events import MISC_EVENTS_BY_BLOCK

STEP_MS = 20_000
WARM_UP_MINUTES = 2
BASE_MS = START_MS + WARM_UP_MINUTES * MINUTE_MS


@dataclass(frozen=True)
class ArchivedWorld:
    """folder: the archive, fills packed and events as a node writes them.

    base: a dump at BASE_MS; state: what a node would have saved then.
    """

    world: SmallSandbox
    folder: Path
    base: Path
    state: Path
    end_ms: int

    def truth(self) -> Accounts:
        """What everybody holds at the end."""
        return to_accounts(self.world.exchange)


def archived_world(folder: Path, minutes: int, *, crash: float = 0.0) -> ArchivedWorld:
    """Five users and a maker trade every twenty seconds; then prices fall by a share within two minutes.

    3 cross in three coins, 4 isolated in two, 5 and 7 cross and short, 6 highly leveraged.
    """
    world = SmallSandbox()
    maker = world.open(1, 50_000_000.0)
    cross, pocket, lever = world.open(3, 20_000.0), world.open(4, 20_000.0), world.open(6, 2_000.0)
    short, small = world.open(7, 400_000.0), world.open(5, 3_000.0)
    world.exchange.set_leverage(pocket, ETH, 20, is_isolated=True)
    world.exchange.set_leverage(lever, BTC, 40, is_isolated=False)
    blocks = WARM_UP_MINUTES * MINUTE_MS // STEP_MS
    first = [
        world.order(cross, BTC, 0.4),
        world.order(cross, ETH, -5.0),
        world.order(cross, HYPE, 500.0),
        world.order(pocket, ETH, 10.0),
        world.order(pocket, LONELY, 3_000.0),
        world.order(lever, BTC, 0.4),
        world.order(short, BTC, -0.3),
        world.order(small, HYPE, -200.0),
    ]
    for block in range(blocks):
        world.step(STEP_MS, *(first if block == 1 else []), *quotes(world, maker, FIRST_PRICES))
    base = folder / "base.parquet"
    exchange = world.exchange
    assert exchange.time_ms == BASE_MS
    write_positions(base, to_accounts(exchange), to_snapshot(exchange), exchange.tables, is_simulated=True)
    archive = folder / "archive"
    state = write_state(exchange, folder / "node")
    packed = ArchiveFiles(archive, book_period_ms=10 * MINUTE_MS)
    events = HourlyFile(archive, MISC_EVENTS_BY_BLOCK)
    turns = minutes * MINUTE_MS // STEP_MS
    falls = 2 * MINUTE_MS // STEP_MS if crash else 0
    for turn in range(turns + falls):
        way = 1.0 if turn % 2 else -1.0
        orders = [
            world.order(cross, HYPE, -30.0 * way),
            world.order(cross, BTC, 0.01 * way),
            world.order(pocket, ETH, 0.5 * way),
            world.order(short, BTC, -0.004),
            world.order(small, HYPE, 3.0 if turn % 5 else -11.0),
            *quotes(world, maker, FIRST_PRICES),
        ]
        if turn >= turns:
            world.prices(tuple(price * (1.0 - crash * (turn - turns + 1) / falls) for price in FIRST_PRICES))
        output = world.step(STEP_MS, *(orders if turn < turns else []))
        packed.observe(world.state, output)
        events.write(output.time_ms, [encode_record(misc_block(exchange, output))])
    packed.close()
    events.close()
    return ArchivedWorld(world, archive, base, state, exchange.time_ms)
