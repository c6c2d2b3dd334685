"""Who orders is found: addresses of a node's order statuses reach the register of a live map."""

from __future__ import annotations

import json
from pathlib import Path

from live_map import exchange, live_map, seconds_until

from liqscape.wire.archive.paths import hourly_path

WHO = "0x" + "ab" * 20


def test_users_of_order_statuses_are_known_to_the_register(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    with (
        exchange(accounts=180, coins=3, seed=6) as served,
        live_map(served.network, tmp_path / "data", node_files=folder) as running,
    ):
        coin = running.view.coins().coins[0].coin
        path = folder / hourly_path("node_order_statuses", running.view.status().as_of_ms)
        path.parent.mkdir(parents=True)
        status = {"time": "t", "user": WHO, "status": "open", "order": {"coin": coin}}
        path.write_bytes(json.dumps(status).encode() + b"\n")
        found = {row.source: row.addresses for row in running.figures().register}
        assert found["node"] == 0
        seconds_until(
            lambda: {row.source: row.addresses for row in running.figures().register}["node"] == 1,
            "the address to be known",
        )
