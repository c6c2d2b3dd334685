"""Made-up frames for the store's tests, deterministic by (seed, step); their bands are of their accounts."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import BAND_COLUMNS, OUTSIDE_REASONS, OutsideSums
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model import Accounts, Market, Markets, MarketSnapshot
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.store.history.steps import solve_bands

PROVENANCE = Provenance("generated", "store tests", True, "made up")
TABLES = MarginTables.build(
    [flat_table(20), MarginTable(60, (MarginTier(0.0, 25), MarginTier(1_500_000.1, 10)), "tiered")]
)
START_MS = 1_770_076_800_000
"""2026-02-03 00:00 UTC."""
MINUTE_MS = 60_000


def make_markets(count: int) -> Markets:
    """C0, C1, ...; the second has a name that no file may carry as it is."""
    names = [f"C{row}" if row != 1 else "dex:A/B" for row in range(count)]
    return Markets.build(
        Market(coin=name, size_decimals=2, max_leverage=20, table_row=row % 2) for row, name in enumerate(names)
    )


def make_frame(
    seed: int, step: int, *, markets: Markets, accounts: Accounts | None = None, time_ms: int | None = None
) -> MarketFrame:
    """A frame with the bands of `accounts`, those of the same seed and step unless given; its sums are made up."""
    rng = np.random.default_rng((seed, step))
    count = len(markets)
    mark = 1.0 + rng.random(count)
    mark[rng.random(count) < 0.1] = np.nan
    snapshot = MarketSnapshot(
        markets=markets,
        time_ms=START_MS + step * MINUTE_MS if time_ms is None else time_ms,
        mark=mark,
        oracle=np.where(rng.random(count) < 0.5, np.nan, mark * 1.001),
        open_interest=rng.random(count) * 1e6,
    )
    bands = solve_bands(make_accounts(seed, step, count) if accounts is None else accounts, snapshot, TABLES)
    shape = (count, 2, OUTSIDE_REASONS)
    return MarketFrame(
        provenance=PROVENANCE,
        snapshot=snapshot,
        bands=bands,
        outside=OutsideSums(rng.random(shape), rng.integers(0, 99, shape)),
        position_size=rng.random((count, 2)),
        position_count=rng.integers(0, 99, (count, 2)),
        coverage=np.where(rng.random(count) < 0.5, np.nan, rng.random(count)),
        margin_source_notional=rng.random(5) * 1e9,
        address_count=int(rng.integers(0, 1000)),
        pool_count=int(rng.integers(0, 1000)),
        oldest_age_ms=int(rng.integers(-1, 10**7)),
        median_age_ms=int(rng.integers(-1, 10**6)),
    )


def make_accounts(seed: int, step: int, market_count: int, addresses: int = 12) -> Accounts:
    """Accounts of which about a third changes from step to step; addresses come and go."""
    listed = addresses + step % 32 // 8
    pool_rows: list[int] = []
    lengths: list[int] = []
    parts: list[np.random.Generator] = []
    for row in range(listed):
        rng = np.random.default_rng((seed, row, (step + row) // 3))
        pools = int(rng.integers(0, 3))
        pool_rows += [row] * pools
        lengths += rng.integers(0, 4 if market_count else 1, pools).tolist()
        parts += [np.random.default_rng((seed, row, (step + row) // 3, pool)) for pool in range(pools)]
    chosen = [rng.random(length + 1) for rng, length in zip(parts, lengths, strict=True)]
    values = np.concatenate([part[1:] for part in chosen]) if chosen else np.empty(0)
    raw = np.array([part[0] for part in chosen])
    held = np.bincount(np.repeat(np.arange(len(lengths)), lengths), (values - 0.5) * 1e3, len(lengths))
    return Accounts.build(
        addresses=[f"0x{seed:08x}{row:032x}" for row in range(listed)],
        address_row=pool_rows,
        raw_usd=np.where(raw < 0.2, np.nan, -held * (0.94 + raw / 8.0)),  # levels of lone positions lie about 1 USD
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        market_index=(values * market_count).astype(np.int32) % max(market_count, 1),
        size=(values - 0.5) * 1e3,
        table_row=(values * 2).astype(np.int32),
        margin_source=(raw * 5).astype(np.uint8),
        mode=(raw * 4).astype(np.uint8),
        is_exempt=raw > 0.9,
        observed_ms=(raw * 1e12).astype(np.int64),
        entry_price=np.where(values < 0.3, np.nan, values * 70_000),
        leverage=np.where(values < 0.5, np.nan, 10.0),
        observed_mark=np.where(values < 0.1, -0.0, values),
        published=(values * 3).astype(np.uint8),
        published_price=np.where(values < 0.66, np.nan, values),
    )


def assert_same_arrays(left: np.ndarray, right: np.ndarray, name: str) -> None:
    """Same shape, dtype and bits."""
    assert left.dtype == right.dtype, f"{name}: {left.dtype} is not {right.dtype}"
    assert left.shape == right.shape, f"{name}: {left.shape} is not {right.shape}"
    assert left.tobytes() == right.tobytes(), f"{name} differs"


def assert_same_frame(left: MarketFrame, right: MarketFrame) -> None:
    """Every field of two frames agrees bit for bit."""
    assert left.provenance == right.provenance
    assert left.snapshot.markets == right.snapshot.markets
    assert left.time_ms == right.time_ms
    for name in ("mark", "oracle", "open_interest"):
        assert_same_arrays(getattr(left.snapshot, name), getattr(right.snapshot, name), name)
    for name in BAND_COLUMNS:
        assert_same_arrays(getattr(left.bands, name), getattr(right.bands, name), f"bands.{name}")
    for name in ("size", "position_count"):
        assert_same_arrays(getattr(left.outside, name), getattr(right.outside, name), f"outside.{name}")
    for name in ("position_size", "position_count", "coverage", "margin_source_notional"):
        assert_same_arrays(getattr(left, name), getattr(right, name), name)
    for name in ("address_count", "pool_count", "oldest_age_ms", "median_age_ms"):
        assert getattr(left, name) == getattr(right, name), name


def assert_same_accounts(left: Accounts, right: Accounts) -> None:
    """Every column of two accounts agrees bit for bit."""
    assert left.addresses == right.addresses
    for name in Accounts.__dataclass_fields__:
        if name != "addresses":
            assert_same_arrays(getattr(left, name), getattr(right, name), name)
