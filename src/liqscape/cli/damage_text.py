"""A damaged file as commands print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liqscape.service.answers.damage import DamageRow


def damage_text(row: DamageRow) -> str:
    """All of it in one sentence: name, times, cause, where it is kept, loss and remedy."""
    from liqscape.cli.output import time_text

    times = ""
    if row.first_ms is not None and row.last_ms is not None:
        times = f", {time_text(row.first_ms)} to {time_text(row.last_ms)}"
    kept = "" if row.kept_as is None else f", kept as {row.kept_as}"
    return f"{row.file}{times}: {row.cause}{kept}; {row.loss}; {row.remedy}"
