"""Names of today for builds that had others: rows are written once, in the words of this build.

Called by the child before it reads its rows. Only names are given here, never work: an older build runs its own code.
"""

from __future__ import annotations

from typing import Any

RENAMED = (
    ("liqscape.units", "Quality", "MarginSource"),
    ("liqscape.risk.incremental", "LevelKeeper", "IncrementalLevels"),
)
"""Module, name before 0.2, name since."""
RENAMED_FIELD = ("quality", "margin_source")


def give_names_of_today() -> None:
    """Also under today's name: what the build has under an older one."""
    import importlib

    for module_name, before, today in RENAMED:
        module = importlib.import_module(module_name)
        if not hasattr(module, today) and hasattr(module, before):
            setattr(module, today, getattr(module, before))
    from liqscape.heatmap.bands import Bands
    from liqscape.model import Accounts

    for record in (Accounts, Bands):
        rename_field(record, *RENAMED_FIELD)


def rename_field(record: Any, before: str, today: str) -> None:
    """A field of a record, and an argument of its `build`, by the name of today."""
    if before not in record.__dataclass_fields__:
        return
    setattr(record, today, property(lambda self: getattr(self, before)))
    build = getattr(record, "build", None)
    if build is not None:
        record.build = staticmethod(
            lambda *values, **named: build(
                *values, **{before if name == today else name: v for name, v in named.items()}
            )
        )
