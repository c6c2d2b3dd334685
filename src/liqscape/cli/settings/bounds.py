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
    return {
        "bands": _of_bands,
        "stop": _of_stop,
        "cascade": _of_cascade,
        "chain": _of_chain,
        "deleveraging": _of_deleveraging,
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


def _of_sandbox() -> Bounds:
    from liqscape.sandbox.world.coins import COINS
    from liqscape.sandbox.world.settings import MAX_ACCOUNTS, MIN_ACCOUNTS

    return {"seed": (SMALLEST_SEED, 2**63 - 1), "accounts": (MIN_ACCOUNTS, MAX_ACCOUNTS), "coins": (1, len(COINS))}


def _of_import() -> Bounds:
    from liqscape.service.importing.books import MAX_MS, SHORTEST_MS

    return {"books-every": (SHORTEST_MS / 1_000, MAX_MS / 1_000)}
