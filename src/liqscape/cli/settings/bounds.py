"""Between what the numbers of a command's options have to be, for `config check`: the command itself refuses the rest.

A command that checks its numbers itself has them as `BOUNDS`. Of those that are checked where the question is answered,
the bounds are read there; what they are read from takes long to import, so only the commands asked about are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

Bounds = Mapping[str, tuple[float, float]]
"""Lowest and highest, both allowed, by option."""

PAGED = frozenset({"changes", "sweeps", "cascades", "liquidations"})
"""Their `--limit` is that of a page of the API."""
WIDE = frozenset({"book", "context"})
WITH_A_RULE = frozenset({"alerts add", "alerts try"})
RULE_NUMBERS = (
    "percent", "price", "min_usd", "minutes", "above", "below", "hysteresis", "cool_down_minutes",
)  # fmt: skip
SMALLEST_SEED = 0


def bounds_of(command: str, place: str) -> Bounds:
    """Bounds of a command's options by name; an option that is not there has none. place: `module:function`."""
    own: Bounds = getattr(import_module(place.partition(":")[0]), "BOUNDS", {})
    return {**_of_question(command), **own}


def _of_question(command: str) -> Bounds:
    """Of numbers that the answering side checks."""
    if command in PAGED:
        from liqscape.service.paging import MAX_ROWS

        return {"limit": (1, MAX_ROWS)}
    if command in WIDE:
        from liqscape.service.questions import MAX_COLUMNS

        return {"width": (1, MAX_COLUMNS)}
    if command in WITH_A_RULE:
        return _of_rule()
    return {
        "bands": _of_bands,
        "stop": _of_stop,
        "cascade": _of_cascade,
        "chain": _of_chain,
        "deleveraging": _of_deleveraging,
        "triggers": _of_triggers,
        "sandbox": _of_sandbox,
        "import": _of_import,
    }.get(command, dict)()


def _of_bands() -> Bounds:
    from liqscape.heatmap.grid import MAX_LEVEL

    return {"level": (0, MAX_LEVEL)}


def _of_stop() -> Bounds:
    from liqscape.service.stop import MAX_COINS, MAX_FEE_BP, MAX_USD

    sizes = dict.fromkeys(("risk", "margin", "leverage"), (0.0, MAX_USD))
    return {**sizes, "size": (0.0, MAX_COINS), "fee": (0.0, MAX_FEE_BP)}


def _of_cascade() -> Bounds:
    from liqscape.service.cascade import MAX_EQUITY, MAX_MINUTES, MAX_PATHS, SHORTEST_MINUTES

    return {
        "minutes": (SHORTEST_MINUTES, MAX_MINUTES),
        "shock-minutes": (SHORTEST_MINUTES, MAX_MINUTES),
        "paths": (1, MAX_PATHS),
        "seed": (SMALLEST_SEED, 2**63 - 1),
        "theta": (0.0, 1.0),
        "vault-equity": (0.0, MAX_EQUITY),
    }


def _of_chain() -> Bounds:
    from liqscape.service.chain import MAX_LINKS, MAX_PATHS, MIN_LINKS, MIN_PATHS

    return {"paths": (MIN_PATHS, MAX_PATHS), "links": (MIN_LINKS, MAX_LINKS), "seed": (SMALLEST_SEED, 2**53 - 1)}


def _of_deleveraging() -> Bounds:
    from liqscape.service.cascade import MAX_EQUITY

    return {"vault-equity": (0.0, MAX_EQUITY)}


def _of_triggers() -> Bounds:
    from liqscape.service.questions import MAX_WITHIN_PERCENT

    return {"within-percent": (0.0, MAX_WITHIN_PERCENT)}


def _of_rule() -> Bounds:
    """Of numbers that some kind of rule may have: what a kind allows beside them is said when the rule is written."""
    from liqscape.insight.alerts.kinds import DISTANCES, KINDS
    from liqscape.insight.alerts.kinds import bounds_of as bounds_of_kind

    found = {"distance": (min(DISTANCES), max(DISTANCES))}
    for field in RULE_NUMBERS:
        of_kinds = [bounds for kind in KINDS if (bounds := bounds_of_kind(kind, field)) is not None]
        if of_kinds:
            found[field.replace("_", "-")] = (min(each.low for each in of_kinds), max(each.high for each in of_kinds))
    return found


def _of_sandbox() -> Bounds:
    from liqscape.sandbox.world.coins import COINS
    from liqscape.sandbox.world.settings import MAX_ACCOUNTS, MIN_ACCOUNTS

    return {"seed": (SMALLEST_SEED, 2**63 - 1), "accounts": (MIN_ACCOUNTS, MAX_ACCOUNTS), "coins": (1, len(COINS))}


def _of_import() -> Bounds:
    from liqscape.service.importing.books import MAX_MS, SHORTEST_MS

    return {"books-every": (SHORTEST_MS / 1_000, MAX_MS / 1_000)}
