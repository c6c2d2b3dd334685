"""A live map beside a node holds every trigger order of the exchange: those of a file, and what came after."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import numpy as np
from live_map import Exchange, LiveMap, live_map, seconds_until

from liqscape.sandbox.runner import Runner
from liqscape.sandbox.triggers import trigger_rows
from liqscape.sandbox.world import World, WorldSettings
from liqscape.service.collecting.clock import SteadyClock
from liqscape.units import MINUTE_MS
from liqscape.wire.archive.paths import hourly_path
from liqscape.wire.node.block_time import print_block_time
from liqscape.wire.node.tables import BY_BLOCK, ORDER_STATUSES

START_MS = 1_780_012_740_000
Row = tuple[str, int, float, float]
"""Owner, order, price, size."""


def test_the_register_of_a_live_map_is_the_list_of_the_engine(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    settings = WorldSettings(seed=6, accounts=120, coins=3, start_ms=START_MS, stops_percent=60)
    served = Exchange.of(Runner.open(settings, 15 * MINUTE_MS, node_files=folder, has_order_files=True))
    try:
        served.serve(node_files=folder)
        url, path = served.network.info_url, folder / "triggers.json"
        places = {"node_files": folder, "node_info_url": url, "trigger_snapshot": path}
        lived = served.runner.world
        ahead_ns = time.time_ns() - lived.time_ms * 1_000_000
        clock = SteadyClock(lambda: time.time_ns() - ahead_ns)  # of the world's day
        with live_map(served.network, tmp_path / "data", clock=clock, **places) as running:
            first = true_of(served)
            assert len(first) > 20
            seconds_until(lambda: held_by(running) == first, "the orders of the file")
            for _ in range(5):
                with served.runner.turnstile:
                    for output in lived.preroll(lived.time_ms + MINUTE_MS):
                        served.runner.observe(output)
            assert true_of(served) != first
            seconds_until(lambda: held_by(running) == true_of(served), "what the node said since")
            seconds_until(lambda: counted(running) == len(true_of(served)), "the answer about sources")
            assert not path.exists()
            answer = running.figures().triggers
            assert answer is not None
            assert (answer.left_out, answer.refused_snapshots, answer.trouble) == ([], 0, None)
            with served.runner.turnstile:
                say_unknown_order(folder, lived)
            seconds_until(lambda: left_out_by(running) == {"unknown type": 1}, "an order of an unknown type to be said")
            assert held_by(running) == true_of(served)
    finally:
        served.end()


def true_of(served: Exchange) -> set[Row]:
    """Waiting trigger orders of everybody."""
    with served.runner.turnstile.reading():
        exchange = served.runner.world.exchange
        rows = trigger_rows(exchange, np.arange(len(exchange.addresses)))
    owners = [rows.addresses[row] for row in rows.user.tolist()]
    columns = (rows.order_id, rows.trigger_price, rows.size)
    return set(zip(owners, *(column.tolist() for column in columns), strict=True))


def held_by(running: LiveMap) -> set[Row]:
    """Those the map holds now, asked on its loop."""

    async def ask() -> set[Row]:
        standing = running.market.core.pipeline.ledger.triggers.standing()
        if standing is None:
            return set()
        owners = [standing.names[row] for row in standing.table.owner.tolist()]
        columns = (standing.table.order_id, standing.table.trigger_price, standing.table.size)
        return set(zip(owners, *(column.tolist() for column in columns), strict=True))

    assert running.loop is not None
    return asyncio.run_coroutine_threadsafe(ask(), running.loop).result(60.0)


def say_unknown_order(folder: Path, world: World) -> None:
    """The node says of its newest block that somebody placed an order of a type nobody has heard of."""
    when = print_block_time(world.time_ms)
    order = {
        "coin": world.exchange.markets.coins[0], "side": "A", "limitPx": "1.0", "sz": "1.0", "oid": 1 << 40,
        "timestamp": world.time_ms, "isTrigger": True, "triggerPx": "1.0", "orderType": "Trailing Stop",
    }  # fmt: skip
    status = {"time": when, "user": world.exchange.addresses[0], "status": "open", "order": order}
    line = {"local_time": when, "block_time": when, "block_number": world.exchange.block, "events": [status]}
    with (folder / hourly_path(f"{ORDER_STATUSES}{BY_BLOCK}", world.time_ms)).open("ab") as file:
        file.write(json.dumps(line).encode() + b"\n")


def left_out_by(running: LiveMap) -> dict[str, int]:
    """Orders that could not be used, as the answer about sources says."""
    answer = running.figures().triggers
    return {} if answer is None else {each.reason: each.count for each in answer.left_out}


def counted(running: LiveMap) -> int:
    """Orders, as the answer about sources says."""
    answer = running.figures().triggers
    return 0 if answer is None else answer.orders
