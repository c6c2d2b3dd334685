"""A live map beside a node holds every trigger order of the exchange: those of a file, and what came after."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
from live_map import Exchange, LiveMap, live_map, seconds_until

from liqscape.sandbox.runner import Runner
from liqscape.sandbox.triggers import trigger_rows
from liqscape.sandbox.world import WorldSettings
from liqscape.service.collecting.clock import SteadyClock
from liqscape.units import MINUTE_MS

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
        now_ns = lived.time_ms * 1_000_000
        with live_map(served.network, tmp_path / "data", clock=SteadyClock(lambda: now_ns), **places) as running:
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


def counted(running: LiveMap) -> int:
    """Orders, as the answer about sources says."""
    answer = running.figures().triggers
    return 0 if answer is None else answer.orders
