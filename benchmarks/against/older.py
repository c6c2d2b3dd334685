"""Names of today for builds that had others: rows are written once, in the words of this build.

Called before rows are read. Only names are given here, never work: an older build runs its own code.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from against.before_moments import give_moments

RENAMED = (
    ("liqscape.units", "Quality", "MarginSource"),
    ("liqscape.heatmap.bands", "Outside", "OutsideSums"),
    ("liqscape.wire.columns.trades", "PrintHeap", "PrintBatch"),
)
"""Module, name before 0.2, name since."""
RENAMED_FIELDS = (
    ("liqscape.model", "Accounts", "quality", "margin_source"),
    ("liqscape.heatmap.bands", "Bands", "quality", "margin_source"),
    ("liqscape.heatmap.frame", "MarketFrame", "quality_notional", "margin_source_notional"),
)
RENAMED_ARGUMENTS = (
    ("liqscape.store.history", "HistoryReader", "window", {"price_low": "low_price", "price_high": "high_price"}),
)
"""Module, class, method, and what its arguments of today were called."""

NOT_ASKED = (("liqscape.feed.discovery", "AddressBook", "reserve"),)
"""Module, class, method: hints that a build may do without."""


def give_names_of_today() -> None:
    """Also under today's name: what the build has under an older one."""
    for module_name, before, today in RENAMED:
        module = importlib.import_module(module_name)
        if not hasattr(module, today) and hasattr(module, before):
            setattr(module, today, getattr(module, before))
    for module_name, record_name, before, today in RENAMED_FIELDS:
        rename_field(getattr(importlib.import_module(module_name), record_name), before, today)
    for module_name, class_name, method, names in RENAMED_ARGUMENTS:
        owner = getattr(importlib.import_module(module_name), class_name)
        called = getattr(owner, method)
        if set(names.values()) <= set(called.__code__.co_varnames):
            setattr(owner, method, _renaming(called, names))
    for module_name, class_name, method in NOT_ASKED:
        owner = getattr(importlib.import_module(module_name), class_name)
        if not hasattr(owner, method):
            setattr(owner, method, lambda *_: None)
    give_moments()


def rename_field(record: Any, before: str, today: str) -> None:
    """A field of a record, and an argument of its making and of its `build`, by the name of today."""
    if before not in record.__dataclass_fields__:
        return
    setattr(record, today, property(lambda self: getattr(self, before)))
    record.__init__ = _renaming(record.__init__, {today: before})
    build = getattr(record, "build", None)
    if build is not None:
        record.build = staticmethod(_renaming(build, {today: before}))


def _renaming(called: Callable[..., Any], names: dict[str, str]) -> Callable[..., Any]:
    """The same, for who gives arguments the names of today."""

    def call(*values: Any, **named: Any) -> Any:
        return called(*values, **{names.get(name, name): value for name, value in named.items()})

    return call
