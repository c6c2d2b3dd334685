"""What a replay starts from: dumps, recorded markets, state snapshots; and what cannot be one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from archived_world import BASE_MS, ArchivedWorld

from liqscape.errors import InputError, ModelError, RemoteWireError, SettingsError
from liqscape.model.accounts import Accounts
from liqscape.model.events import AccountsObserved
from liqscape.service.pipeline import Pipeline
from liqscape.sources.archive import ArchiveSource
from liqscape.sources.archive.base import keep_holders, read_base
from liqscape.sources.archive.store import LocalStore
from liqscape.sources.recording import RecordingSource
from liqscape.units import MarginSource


def sizes(accounts: Accounts, coins: tuple[str, ...]) -> dict[tuple[str, str], float]:
    address = accounts.address_row[accounts.pool_of_position()]
    return {
        (accounts.addresses[row], coins[market]): size
        for row, market, size in zip(
            address.tolist(), accounts.market_index.tolist(), accounts.size.tolist(), strict=True
        )
    }


def test_a_dump_is_a_base(archived: ArchivedWorld) -> None:
    base = read_base(archived.base, None)
    assert base.time_ms == BASE_MS
    assert base.is_simulated
    assert base.note == "6 accounts of base.parquet"


def test_a_state_snapshot_replays_to_the_same_sizes_and_cash(archived: ArchivedWorld) -> None:
    base = read_base(archived.state, None)
    assert base.time_ms == BASE_MS
    assert set(base.accounts.margin_source) == {MarginSource.STATE}
    found = []
    for start in (base, read_base(archived.base, None)):
        source = ArchiveSource(LocalStore(archived.folder), start, archived.end_ms)
        pipeline = Pipeline(source.provenance)
        for event in source.events():
            pipeline.feed(event)
        ledger = pipeline.ledger
        found.append((sizes(ledger.accounts, ledger.markets.coins), np.sort(ledger.accounts.raw_usd)))
    assert found[0][0] == found[1][0]
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=0.0, atol=1e-6)


def test_a_recorded_market_is_a_base_as_the_recording_gives_it(recorded: Path) -> None:
    folder = recorded / "market_2026_02"
    source = RecordingSource(folder)
    states = [event for event in source.events() if isinstance(event, AccountsObserved)]
    base = read_base(folder, states[1].time_ms + 1)
    assert base.time_ms == states[1].time_ms
    assert base.accounts.raw_usd.tobytes() == states[1].accounts.raw_usd.tobytes()
    assert base.accounts.addresses == states[1].accounts.addresses
    assert read_base(folder, None).time_ms == states[0].time_ms
    with pytest.raises(SettingsError, match="is newer than --start"):
        read_base(folder, states[0].time_ms - 1)


def test_holders_of_a_coin_keep_all_they_hold(archived: ArchivedWorld) -> None:
    base = read_base(archived.base, None)
    kept = sizes(keep_holders(base, ("HYPE",)).accounts, base.markets.coins)
    everybody = sizes(base.accounts, base.markets.coins)
    holders = {address for address, coin in everybody if coin == "HYPE"}
    assert kept == {key: size for key, size in everybody.items() if key[0] in holders}
    assert len(kept) < len(everybody)
    with pytest.raises(ModelError, match="did you mean HYPE"):
        keep_holders(base, ("hype",))


def test_what_is_no_base_is_refused(archived: ArchivedWorld, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.parquet", tmp_path / "base.json"):
        with pytest.raises(InputError, match="no base"):
            read_base(path, None)
    lonely = tmp_path / "7.rmp"
    with pytest.raises(InputError, match="No such file"):
        read_base(lonely, None)
    content = archived.state.read_bytes()
    lonely.write_bytes(content[: len(content) // 2])
    with pytest.raises(RemoteWireError):
        read_base(lonely, None)
