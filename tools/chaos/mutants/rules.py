"""Rules of the exchange and of the map: one of each kind, broken as it is easily got wrong."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "margin: a tier has no deduction",
        "src/liqscape/risk/margin.py",
        "    tiers = notional[..., None] * tables.rate[table_row] - tables.deduction[table_row]\n",
        "    tiers = notional[..., None] * tables.rate[table_row]\n",
        ("tests/risk/test_margin.py", "tests/heatmap/test_build.py", "tests/risk/test_pool.py"),
    ),
    Mutant(
        "tiers: liquidatable at equality",
        "src/liqscape/risk/margin.py",
        "self.account_value < self.maintenance_margin",
        "self.account_value <= self.maintenance_margin",
        ("tests/risk/test_margin.py",),
    ),
    Mutant(
        "liquidation: a short is solved with the weight of a long",
        "src/liqscape/risk/kernels/levels.py",
        "    short = 1 if size < 0.0 else 0\n",
        "    short = 0\n",
        ("tests/risk/test_liquidation.py",),
    ),
    Mutant(
        "funding: longs are paid where they pay",
        "src/liqscape/ledger/kernels/funding.py",
        "amount = -tables.value[row, PositionValueColumn.SIZE] * due\n",
        "amount = tables.value[row, PositionValueColumn.SIZE] * due\n",
        ("tests/ledger/test_funding.py", "tests/ledger/test_tracking.py"),
    ),
    Mutant(
        "deleveraging: who is below maintenance is closed as if bankrupt",
        "src/liqscape/exchange/kernels/adl.py",
        "    return is_any_part_below(state, pool, value, maintenance, 0, 1)\n",
        "    return is_any_part_below(state, pool, value, maintenance, 1, 1)\n",
        ("tests/exchange/test_adl.py", "tests/exchange/test_reference.py", "tests/exchange/test_worlds.py"),
    ),
    Mutant(
        "isolated: a pocket is counted in the cross pool",
        "src/liqscape/states/plain_pools.py",
        "is_isolated[1:] | is_isolated[:-1] | (",
        "(",
        ("tests/states/test_accounts.py",),
    ),
    Mutant(
        "bands: a price on an edge falls into the band below",
        "src/liqscape/heatmap/grid.py",
        "        bands[doubtful] += (beside >= edges[place + 1]).astype(np.int64) - (beside < edges[place])\n",
        "        bands[doubtful] += (beside > edges[place + 1]).astype(np.int64) - (beside < edges[place])\n",
        ("tests/heatmap/test_grid.py",),
    ),
    Mutant(
        "bands: sums are kept of a market with a size that is no whole number of lots",
        "src/liqscape/heatmap/kept_sums.py",
        "    is_kept = is_lone & ((not_whole == 0) & (total <= MAX_LOTS))[market]\n",
        "    is_kept = is_lone & (total <= MAX_LOTS)[market]\n",
        ("tests/heatmap/test_exact_sums.py",),
    ),
    Mutant(
        "bands: what is kept stays in the window it was first seen in",
        "src/liqscape/heatmap/kernels.py",
        "        code = code if code > below else below\n",
        "        code = code if code > no_level else no_level\n",
        ("tests/heatmap/test_standing_bands.py",),
    ),
    Mutant(
        "history: minutes are removed before the manifest names their part",
        "src/liqscape/store/history/compact.py",
        "    return commit(lambda now: replace(now, parts=(*now.parts, entry), sealed_ms=entry.last_ms))\n",
        "    remove_heads(folder, entry.last_ms)\n"
        "    return commit(lambda now: replace(now, parts=(*now.parts, entry), sealed_ms=entry.last_ms))\n",
        ("tests/store/history/test_interruption.py", "tests/store/history/test_kill.py"),
    ),
    Mutant(
        "doubt: pools of a coin in doubt are called sure",
        "src/liqscape/model/doubt.py",
        "doubt[accounts.market_index] != 0",
        "doubt[accounts.market_index] == 255",
        ("tests/service/collecting/test_doubtful_markets.py",),
    ),
    Mutant(
        "printed prices: what the digits leave open is taken for a tenth of it",
        "src/liqscape/wire/printed.py",
        "Printed(value, 0.5 * 10.0",
        "Printed(value, 0.05 * 10.0",
        ("tests/wire/test_printed.py",),
    ),
)
