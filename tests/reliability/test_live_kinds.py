"""A live map tells vaults from all others by the list of vaults its exchange serves."""

from __future__ import annotations

from pathlib import Path

from live_map import agrees, exchange, live_map, seconds_until


def test_live_map_knows_the_vaults_of_its_exchange(tmp_path: Path) -> None:
    with exchange(accounts=120, coins=3, seed=6) as served, live_map(served.network, tmp_path / "data") as running:
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be whole")
        vaults = {vault.address for vault in served.runner.world.vaults}
        holders = {address for address, _ in served.sizes()}
        assert 0 < len(vaults & holders) < len(holders)
        kinds = {row.kind: row for row in running.view.kinds()}
        assert kinds["vault"].account_count == len(vaults & holders)
        assert kinds["trader"].account_count == len(holders - vaults)
        seconds_until(lambda: running.figures().kinds, "the figures to say so")
        reported = {pool.kind for address in vaults & holders for pool in running.view.account(address).pools}
        assert reported == {"vault"}
