"""Advice on stops: rules whose breaking would put a trader's stop or size where it does not belong."""

from __future__ import annotations

from chaos.mutant import Mutant

VERDICT = ("tests/insight/advice/test_verdict.py",)
OWN = ("tests/insight/advice/test_own_level.py", "tests/insight/advice/test_own_level_on_exchange.py")

MUTANTS = (
    Mutant(
        "stops: exactly at the window counts as close",
        "src/liqscape/insight/advice/verdict.py",
        "each.distance_bp < each.window_bp]",
        "each.distance_bp <= each.window_bp]",
        VERDICT,
    ),
    Mutant(
        "stops: what no window is known of is called clear",
        "src/liqscape/insight/advice/verdict.py",
        "    unknown = [each for each in passed if each.window_bp is None]\n",
        "    unknown: list[MetCluster] = []\n",
        VERDICT,
    ),
    Mutant(
        "stops: a simulated overshoot narrows the window",
        "src/liqscape/insight/advice/placing.py",
        'overshoot.source == "measured" or ',
        "",
        VERDICT,
    ),
    Mutant(
        "stops: the next stop lies on the edge it is meant to clear",
        "src/liqscape/insight/advice/next_stops.py",
        "    steps = math.ceil(ticks / unit) - 1 if side > 0 else math.floor(ticks / unit) + 1\n",
        "    steps = math.floor(ticks / unit) if side > 0 else math.ceil(ticks / unit)\n",
        ("tests/insight/advice/test_next_stops.py",),
    ),
    Mutant(
        "stops: sweeps that turned inside count as overshoots",
        "src/liqscape/insight/advice/overshoot_choice.py",
        "    crossed = [row for row in rows if row.crossed_ms is not None]\n",
        "    crossed = rows\n",
        ("tests/insight/advice/test_overshoot_choice.py",),
    ),
    Mutant(
        "stops: sweeps nobody knew of yet are used",
        "src/liqscape/service/stop_figures.py",
        " if row.known_at_ms <= end_ms]",
        "]",
        ("tests/service/test_stop.py",),
    ),
    Mutant(
        "stops: the size is rounded up to the lot",
        "src/liqscape/insight/advice/sizing.py",
        "    return coins // terms.lot * terms.lot\n",
        "    return -(-coins // terms.lot) * terms.lot\n",
        ("tests/insight/advice/test_sizing.py",),
    ),
    Mutant(
        "stops: the fee at the stop is forgotten",
        "src/liqscape/insight/advice/sizing.py",
        "    return abs(entry - stop) + fee * (entry + stop)\n",
        "    return abs(entry - stop) + fee * entry\n",
        ("tests/insight/advice/test_sizing.py",),
    ),
    Mutant(
        "stops: the entry fee stays in the pool",
        "src/liqscape/insight/advice/own_level.py",
        " - notional * fee_bp / BASIS_POINTS - trade.side * notional)",
        " - trade.side * notional)",
        OWN,
    ),
    Mutant(
        "stops: a joint liquidation before the stop is not looked at",
        "src/liqscape/insight/advice/own_level.py",
        "                is_first = bool(is_first) or trade.side * (joint_price - trade.stop) > 0.0\n",
        "                is_first = bool(is_first)\n",
        OWN,
    ),
)
