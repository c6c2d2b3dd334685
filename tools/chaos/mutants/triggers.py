"""Rules of trigger orders on the map."""

from __future__ import annotations

from chaos.mutant import Mutant

BANDS = "tests/heatmap/test_triggers.py"
SERVICE = "tests/service/test_triggers.py"
ORDERS = "src/liqscape/heatmap/trigger_orders.py"

MUTANTS = (
    Mutant(
        "triggers: each order of an account finds the whole position",
        ORDERS,
        "left = np.maximum(np.round(left - taken[starts + step], decimals), 0.0)",
        "left = np.maximum(left, 0.0)",
        (BANDS, "tests/exchange/test_trigger_bands.py"),
    ),
    Mutant(
        "triggers: the furthest order of an account takes first",
        ORDERS,
        "nearness = np.where(is_below, -own.trigger_price, own.trigger_price)[rows]",
        "nearness = np.where(is_below, own.trigger_price, -own.trigger_price)[rows]",
        (BANDS, "tests/exchange/test_trigger_bands.py"),
    ),
    Mutant(
        "triggers: an order at the mark itself still waits",
        ORDERS,
        "is_fired = np.where(is_below, mark <= own.trigger_price, mark >= own.trigger_price)",
        "is_fired = np.where(is_below, mark < own.trigger_price, mark > own.trigger_price)",
        (BANDS,),
    ),
    Mutant(
        "triggers: an account that was never read counts as known",
        "src/liqscape/heatmap/triggers.py",
        "    is_known, is_long = known_ms > NEVER_READ_MS, accounts.size[rows] > 0.0\n",
        "    is_known, is_long = known_ms >= NEVER_READ_MS, accounts.size[rows] > 0.0\n",
        (BANDS,),
    ),
    Mutant(
        "triggers: a stop past the level is before it",
        "src/liqscape/heatmap/stopped.py",
        "levels.size[place] > 0.0, orders.price[rows] > levels.price[place], orders.price[rows] < levels.price[place]",
        "levels.size[place] > 0.0, orders.price[rows] < levels.price[place], orders.price[rows] > levels.price[place]",
        (BANDS,),
    ),
    Mutant(
        "triggers: a source that reads none says that there are none",
        "src/liqscape/service/triggers.py",
        "stop_notional=known_list(unknown if orders is None else stop_line(orders, mark, prices)),",
        "stop_notional=known_list(0.0 * prices if orders is None else stop_line(orders, mark, prices)),",
        (SERVICE,),
    ),
)
