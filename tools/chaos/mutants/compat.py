"""Answers in CoinGlass's shape: the same figures as ours, and its key on its paths alone."""

from __future__ import annotations

from chaos.mutant import Mutant

SHAPES = "tests/web/test_coinglass.py"

MUTANTS = (
    Mutant(
        "a candle of a column closes with its first price",
        "src/liqscape/service/compat/window.py",
        "(inside[0][0], high, low, inside[-1][3])",
        "(inside[0][0], high, low, inside[0][3])",
        (f"{SHAPES}::test_a_candle_of_a_column_is_made_of_the_candles_in_it",),
    ),
    Mutant(
        "columns without a frame are not named",
        "src/liqscape/service/compat/window.py",
        "np.flatnonzero(self.window.as_of_ms < 0)",
        "np.flatnonzero(self.window.as_of_ms < -1)",
        (f"{SHAPES}::test_columns_without_a_frame_are_named",),
    ),
    Mutant(
        "sides of a level are taken for one another",
        "src/liqscape/service/compat/levels.py",
        "side = Side.LONG if held.key[row] & 1 else Side.SHORT",
        "side = Side.SHORT if held.key[row] & 1 else Side.LONG",
        (f"{SHAPES}::test_levels_of_a_map_are_the_bands_of_our_frame",),
    ),
    Mutant(
        "margin of an isolated position is its value over leverage",
        "src/liqscape/service/compat/wallet.py",
        "        return pool.account_value\n",
        "        pass\n",
        (f"{SHAPES}::test_margin_of_a_wallet_is_value_over_leverage_but_of_an_isolated_pool_its_value",),
    ),
    Mutant(
        "positions of exactly a million are no whales",
        "src/liqscape/service/compat/positions.py",
        "rows = np.flatnonzero(held.value >= WHALE_USD)",
        "rows = np.flatnonzero(held.value > WHALE_USD)",
        (f"{SHAPES}::test_whales_are_the_positions_of_the_bound_and_more",),
    ),
    Mutant(
        "the key of another service opens the whole API",
        "src/liqscape/web/access.py",
        "path.startswith(COMPAT_PATHS) and self._access",
        'path.startswith("/") and self._access',
        ("tests/web/test_every_route.py::test_the_key_of_another_service_opens_its_own_paths_alone",),
    ),
)
