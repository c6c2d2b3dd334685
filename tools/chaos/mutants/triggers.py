"""Rules of trigger orders on the map."""

from __future__ import annotations

from chaos.mutant import Mutant

BANDS = "tests/heatmap/test_triggers.py"
SERVICE = "tests/service/test_triggers.py"
ORDERS = "src/liqscape/heatmap/trigger_orders.py"

REGISTER = "src/liqscape/ledger/triggers/register.py"
REGISTER_TESTS = "tests/ledger/triggers/test_register.py"
SNAPSHOTS = "src/liqscape/service/collecting/trigger_snapshots.py"
SNAPSHOT_TESTS = "tests/service/collecting/test_trigger_snapshots.py"

ENSEMBLE_STOPS = "src/liqscape/cascade/ensemble_stops.py"
ENSEMBLE_TESTS = (
    "tests/cascade/test_ensemble_stops.py::test_a_level_that_one_run_reaches_alone_has_no_flow_in_the_others"
)

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
        "    is_known, is_long = known_ms > NEVER_READ_MS, positions.size > 0.0\n",
        "    is_known, is_long = known_ms >= NEVER_READ_MS, positions.size > 0.0\n",
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
    Mutant(
        "triggers kept: a snapshot brings back an order that ended after it",
        REGISTER,
        "taken(fresh, ~(has_ended | is_older))",
        "taken(fresh, ~is_older)",
        (REGISTER_TESTS, f"{SNAPSHOT_TESTS}::test_an_earlier_snapshot_brings_back_no_order_that_ended_since"),
    ),
    Mutant(
        "triggers kept: a snapshot of another height is believed",
        REGISTER,
        "if event.time_ms < max(self._moved_ms - REMEMBERED_MS, self._kept_ms):",
        "if event.time_ms < NEVER_MS:",
        (f"{SNAPSHOT_TESTS}::test_a_snapshot_of_another_height_changes_nothing_and_is_counted",),
    ),
    Mutant(
        "triggers kept: an account read again changes what stood before",
        "src/liqscape/ledger/triggers/terms.py",
        "changed[name] = old.copy()",
        "changed[name] = old",
        (REGISTER_TESTS,),
    ),
    Mutant(
        "triggers kept: a missing block of statuses goes unnoticed",
        "src/liqscape/sources/node/order_users.py",
        "self._is_whole &= line.is_whole and is_next",
        "self._is_whole &= line.is_whole",
        ("tests/sources/node/test_trigger_events.py",),
    ),
    Mutant(
        "triggers kept: a server that follows none says that nobody has any",
        SNAPSHOTS,
        "if not len(snapshot.orders):",
        "if len(snapshot.orders) < 0:",
        (f"{SNAPSHOT_TESTS}::test_an_answer_that_says_nothing_leaves_everybody_unknown",),
    ),
    Mutant(
        "triggers kept: a dex that a server leaves out has no orders",
        SNAPSHOTS,
        "[market.coin for market in markets.rows if market.dex in dexs]",
        "[market.coin for market in markets.rows]",
        (f"{SNAPSHOT_TESTS}::test_of_a_dex_without_any_coin_nothing_is_known",),
    ),
    Mutant(
        "triggers kept: every frame waits for rows that nobody asks for",
        "src/liqscape/service/pipeline.py",
        "partial(_triggers_of, found, accounts)",
        "_triggers_of(found, accounts)",
        (f"{SNAPSHOT_TESTS}::test_an_order_without_position_or_on_the_wrong_side_is_said_by_the_map",),
    ),
    Mutant(
        "triggers read: a row whose condition contradicts its side is taken",
        "src/liqscape/wire/triggers.py",
        'if ("above" if fires_below(side, found[0]) else "below") in text:',
        'if "nowhere" in text:',
        ("tests/wire/test_triggers.py",),
    ),
    Mutant(
        "triggers read: an order on both sides of a node's book counts twice",
        "src/liqscape/wire/node/trigger_snapshot.py",
        "if order.oid not in seen:",
        "if order.oid >= 0:",
        ("tests/wire/test_triggers.py",),
    ),
    Mutant(
        "triggers read: questions take twice their share of the weight",
        "src/liqscape/feed/trigger_reads/reader.py",
        "return MINUTE_S * WEIGHT / allowed if",
        "return 0.5 * MINUTE_S * WEIGHT / allowed if",
        ("tests/feed/trigger_reads/test_reader.py",),
    ),
    Mutant(
        "sandbox: a node's file is written wherever somebody asks",
        "src/liqscape/sandbox/server/orders.py",
        "not path.resolve().is_relative_to(folder.resolve())",
        "not path.name",
        ("tests/sandbox/server/test_orders.py",),
    ),
    Mutant(
        "ensembles: a run in which no stop fired at a level has no flow there, instead of 0",
        ENSEMBLE_STOPS,
        "dense: Float64Array = np.zeros((len(self._levels), len(first)))",
        "dense: Float64Array = np.full((len(self._levels), len(first)), np.nan)",
        (ENSEMBLE_TESTS,),
    ),
    Mutant(
        "ensembles: levels of two coins at one price are one",
        ENSEMBLE_STOPS,
        "is_new[1:] = (np.diff(market[order]) != 0) | (np.diff(low[order]) != 0.0)",
        "is_new[1:] = np.diff(low[order]) != 0.0",
        (ENSEMBLE_TESTS,),
    ),
)
