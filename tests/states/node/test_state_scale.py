"""The benchmark's made-up state is a true one in the documented layout, and is read in bounded memory."""

from __future__ import annotations

import importlib.util
import tracemalloc
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from liqscape.states.node.state_snapshot import read_state_snapshot

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks" / "state_snapshot.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("state_snapshot_benchmark", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_large_state_meets_every_check_and_is_never_held_as_objects(
    benchmark: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "SPOT_USERS", 20_000)
    monkeypatch.setattr(benchmark, "ORDERS", 20_000)
    path = tmp_path / "942770000.rmp"
    benchmark.write_file(path, users=100_000, holders=600, seed=3)
    data = np.memmap(path, np.uint8, mode="r")
    read_state_snapshot(data, path.name)  # kernels are loaded
    tracemalloc.start()
    state = read_state_snapshot(data, path.name)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert state.remarks == ()
    assert state.height == 942_770_000
    assert 590 <= len(state.accounts.addresses) <= 600
    assert state.user_count == 100_000
    longs = np.zeros(len(state.markets))
    np.add.at(longs, state.accounts.market_index, state.accounts.size)
    assert np.abs(longs).max() < 1e-3
    assert not np.isnan(state.accounts.raw_usd).any()
    # A decoded state takes some 25 bytes of memory for each of the file; columns of 131,072 rows are 14 MB a call.
    assert peak < 60_000_000 < 25 * len(data)
