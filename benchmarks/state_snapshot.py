"""A node's state snapshot of the real size, from the file to a solved map.

    python benchmarks/state_snapshot.py [--json] [--users 1800000] [--holders 60000] [--keep FILE]

The file is made up in the documented layout (docs/node.md): nine dexs, 1.8 million user states of which 60,000 hold
positions, spot balances, resting orders, about a gigabyte. Reading it is timed in a process of its own, kernels from
the cache, so that the peak of memory is that of reading alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

START_MS = 1_780_012_800_000
HEIGHT = 942_770_000
DEXS = (
    ("", 229),
    ("xyz", 93),
    ("flx", 15),
    ("vntl", 15),
    ("hyna", 24),
    ("km", 22),
    ("cash", 15),
    ("para", 4),
    ("mkts", 4),
)
SHARE_OF_FIRST = 0.82
"""Of user states; the others are spread over the other dexs (1.49 of 1.82 million, a snapshot of April 2026)."""
POSITIONS_A_HOLDER = 3.7
SPOT_USERS, ORDERS, ORDER_PADDING = 1_220_000, 1_150_000, 460
TARGET_SECONDS, TARGET_GB = 20.0, 3.0
TABLES = {
    56: ((0, 40), (150_000_000, 20)),
    55: ((0, 25), (100_000_000, 15)),
    52: ((0, 10), (20_000_000, 5)),
    51: ((0, 10), (3_000_000, 5)),
}
encode = msgspec.msgpack.encode


def write_file(path: Path, users: int, holders: int, seed: int) -> None:
    """The whole state, streamed."""
    rng = np.random.default_rng(seed)
    states = [int(users * SHARE_OF_FIRST)] + [int(users * (1 - SHARE_OF_FIRST) / (len(DEXS) - 1))] * (len(DEXS) - 1)
    with path.open("wb") as file:
        file.write(_map(1) + encode("exchange") + _map(4) + encode("context"))
        file.write(encode({"height": HEIGHT, "time": "2026-04-01T00:00:00.000000000", "next_oid": 1}))
        file.write(encode("perp_dexs") + _array(1) + _map(1) + encode("books"))
        for part in _orders(rng, ORDERS):
            file.write(part)
        file.write(encode("locus") + _map(5) + encode("blp") + encode({}))
        file.write(encode("cls") + _array(len(DEXS)))
        for place, (dex, count) in enumerate(DEXS):
            for part in _clearinghouse(rng, place, dex, count, states[place], holders):
                file.write(part)
        file.write(encode("ust") + _array(users // 4))
        for part in _rows(rng, _entry("a", "u"), users // 4):
            file.write(part)
        file.write(encode("scl") + _map(1) + encode("user_states") + _array(SPOT_USERS))
        for part in _rows(rng, _spot(), SPOT_USERS):
            file.write(part)
        file.write(encode("vlt") + encode({}) + encode("spot_books") + encode([]))


def _clearinghouse(
    rng: np.random.Generator, place: int, dex: str, markets: int, states: int, holders: int
) -> Iterator[bytes]:
    """One dex: a tenth of the holders are on each later dex, among its first users."""
    own = holders if not place else holders // 12
    universe = [
        {
            "name": f"{dex}:C{row}" if dex else f"C{row}",
            "szDecimals": int(row % 6),
            "marginTableId": (56, 55, 52, 51, 20, 10, 5, 3)[min(row, 7)],
        }
        for row in range(markets)
    ]
    listed = [[table_id, {"margin_tiers": _tiers(tiers)}] for table_id, tiers in TABLES.items()]
    prices = (
        np.exp(rng.normal(2.0, 2.5, markets))
        if place
        else np.append([78_000.0], np.exp(rng.normal(1.0, 2.5, markets - 1)))
    )
    ticks = np.maximum((prices * 10.0 ** (6 - np.arange(markets) % 6)).astype(np.int64), 1)
    owner, market, lots = _positions(rng, own, markets, ticks)
    interest = np.zeros(markets, np.int64)
    np.add.at(interest, market, np.maximum(lots, 0))
    notional = np.abs(lots) * ticks[market]
    yield _map(6)
    yield encode("meta")
    yield encode({"universe": universe, "marginTableIdToMarginTable": listed, "collateralToken": 0})
    yield encode("oracle") + encode({"pxs": [[{"px": tick}] for tick in ticks.tolist()]})
    yield encode("user_states") + _map(1) + encode("user_to_state") + _array(states)
    starts = np.searchsorted(owner, np.arange(own + 1))
    addresses = [f"0x{row:040x}" for row in range(own)]
    signed = lots * ticks[market]
    for row in range(own):
        held = range(int(starts[row]), int(starts[row + 1]))
        cash = int(0.15 * notional[starts[row] : starts[row + 1]].sum() - signed[starts[row] : starts[row + 1]].sum())
        yield encode([addresses[row], _state(place, cash, held, market, lots, notional)])
    yield from _rows(rng, _entry("u", 1 << 40, p={"p": []}, S={"s": 0, "r": 0}), states - own)
    holding = [address for address, count in zip(addresses, np.diff(starts).tolist(), strict=True) if count]
    yield encode("users_with_positions") + encode(holding)
    yield encode("asset_to_oi_szi") + encode([[asset, lots] for asset, lots in enumerate(interest.tolist())])
    yield encode("open_order_tracker") + encode({})


def _state(place: int, cash: int, held: range, market: Any, lots: Any, notional: Any) -> dict[str, Any]:
    positions = [
        [
            10_000 * place + int(market[at]),
            {
                "s": int(lots[at]),
                "e": int(notional[at]),
                "l": {"I": {"l": 5, "u": int(-lots[at] // max(abs(lots[at]), 1) * notional[at] + notional[at] // 5)}}
                if at % 10 == 0
                else {"C": 20},
                "M": (56, 55, 52, 51, 20, 10, 5, 3)[min(int(market[at]), 7)],
                "f": {"a": 123_456, "o": 12_345, "c": 1_234},
            },
        ]
        for at in held
    ]
    return {"u": cash, "p": {"p": positions}, "S": {"s": 0, "r": 0}}


def _positions(rng: np.random.Generator, holders: int, markets: int, ticks: Any) -> tuple[Any, Any, Any]:
    """(owner, market, lots), by owner, every market summing to zero; each holder holds at least one."""
    count = np.minimum(rng.geometric(1.0 / POSITIONS_A_HOLDER, holders), markets)
    owner = np.repeat(np.arange(holders), count)
    market = np.minimum(rng.zipf(1.4, len(owner)) - 1, markets - 1)
    pair = np.unique(owner * markets + market)
    owner, market = pair // markets, pair % markets
    usd = rng.lognormal(9.0, 2.0, len(owner))
    lots = np.maximum((usd * 1e6 / ticks[market]).astype(np.int64), 1) * rng.choice([-1, 1], len(owner))
    sums = np.zeros(markets, np.int64)
    np.add.at(sums, market, lots)
    for row in range(markets):
        mine = np.flatnonzero(market == row)
        if len(mine):
            lots[mine[0]] -= sums[row]
    is_held = lots != 0
    return owner[is_held], market[is_held], lots[is_held]


def _tiers(tiers: tuple[tuple[int, int], ...]) -> list[dict[str, int]]:
    found, deduction, before = [], 0.0, 0.0
    for bound, leverage in tiers:
        rate = 1 / (2 * leverage)
        deduction += bound * (rate - before) if found else 0.0
        before = rate
        found.append(
            {
                "lower_bound": bound * 1_000_000,
                "max_leverage": leverage,
                "maintenance_deduction": round(deduction * 1e6),
            }
        )
    return found


def _entry(name: str, value: object, **more: object) -> bytes:
    return encode(["0x" + "0" * 40, {name: value, **more}])


def _spot() -> bytes:
    balance = {"t": 1 << 40, "h": 0, "e": 1 << 40}
    return encode(["0x" + "0" * 40, {"b": [[0, balance], [150, balance], [1105, balance]]}])


def _orders(rng: np.random.Generator, count: int) -> Iterator[bytes]:
    yield _array(1) + _map(1) + encode("book_orders") + _array(count)
    order = {"o": 1 << 40, "s": 1 << 33, "x": 1 << 34, "c": "0x" + "1" * 32, "t": "Gtc", "z": "q" * ORDER_PADDING}
    yield from _rows(rng, encode(["0x" + "0" * 40, order]), count)


def _rows(rng: np.random.Generator, template: bytes, count: int) -> Iterator[bytes]:
    """The template over and over, each with an address of its own, in pieces of about 50 MB."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    row = np.frombuffer(template, np.uint8)
    at = template.index(b"0x") + 2
    step = max(1, 50_000_000 // len(template))
    for begin in range(0, count, step):
        rows = np.tile(row, (min(step, count - begin), 1))
        rows[:, at : at + 40] = digits[rng.integers(0, 16, (len(rows), 40))]
        yield rows.tobytes()


def _array(count: int) -> bytes:
    return b"\xdd" + count.to_bytes(4, "big")


def _map(count: int) -> bytes:
    return b"\xdf" + count.to_bytes(4, "big")


def read_file(path: Path) -> dict[str, float]:
    """Extract, solve and band; seconds, bytes and counts."""
    from liqscape.heatmap.build import build_frame
    from liqscape.heatmap.frame import Provenance
    from liqscape.model import MarketSnapshot
    from liqscape.sources.node.states import read_state
    from liqscape.states.node.state_columns import pack_state, unpack_state

    started = time.perf_counter()
    state = read_state(path)
    extracted = time.perf_counter()
    snapshot = MarketSnapshot.of_marks(state.markets, state.time_ms, state.oracle)
    frame = build_frame(state.accounts, snapshot, state.tables, Provenance("benchmark", "", True, ""))
    solved = time.perf_counter()
    content = pack_state(state)
    unpack_state(content, "again")
    return {
        "extract": extracted - started,
        "map": solved - extracted,
        "pack": time.perf_counter() - solved,
        "record_mb": len(content) / 1e6,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "users": state.user_count,
        "holders": len(state.accounts.addresses),
        "positions": state.accounts.position_count,
        "pools": int(frame.pool_count),
        "remarks": len(state.remarks),
    }


def measure(path: Path, users: int, holders: int) -> list[dict[str, object]]:
    """Make the file, read it once for the caches of kernels and pages, then read it measured."""
    write_file(path, users, holders, 7)
    call = [sys.executable, __file__, "--read", str(path)]
    subprocess.run(call, check=True, capture_output=True)
    found = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    size = path.stat().st_size / 1e9
    note = (
        f"{found['users']:,} user states, {found['holders']:,} holders, {found['positions']:,} positions in "
        f"{found['pools']:,} pools"
    )
    total = found["extract"] + found["map"]
    return [
        _figure("size of the file", size, "GB", note=note),
        _figure("file to columns", found["extract"], "s"),
        _figure("columns to a solved map", found["map"], "s"),
        _figure("file to a solved map", total, "s", TARGET_SECONDS),
        _figure("peak memory, the mapped file included", found["peak_gb"], "GB", TARGET_GB),
        _figure(
            "record for the raw log", found["record_mb"], "MB", note=f"packed and read back in {found['pack']:.2f} s"
        ),
    ]


def _figure(name: str, value: float, unit: str, target: float | None = None, note: str = "") -> dict[str, object]:
    return {"name": name, "value": value, "unit": unit, "target": target, "wanted": "at most", "note": note}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--users", type=int, default=1_800_000)
    parser.add_argument("--holders", type=int, default=60_000)
    parser.add_argument("--keep", type=Path, help="leave the made-up file there")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read is not None:
        print(json.dumps(read_file(arguments.read)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder) / f"{HEIGHT}.rmp"
        found = measure(path, arguments.users, arguments.holders)
    if arguments.json:
        text = f"{arguments.users:,} user states in the documented layout, made up; one process, page cache warm."
        print(json.dumps({"title": "State snapshot of a node", "text": text, "figures": found}))
    else:
        for figure in found:
            target = f" (target: {figure['wanted']} {figure['target']:g})" if figure["target"] else ""
            print(f"{figure['name']}: {figure['value']:.2f} {figure['unit']}{target} {figure['note']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
