"""What a map answers of its own limits (docs/intervals.md): the part of `Map` that asks what it leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.library.asked import time_ms
from liqscape.service.tables import of_caveats

if TYPE_CHECKING:
    import polars

    from liqscape.library.answers import Answers
    from liqscape.library.asked import Time


class CaveatMap:
    """Caveats in figures."""

    _answers: Answers

    def caveats(self, coin: str, at: Time | None = None) -> polars.DataFrame:
        """What the map of a coin leaves open, one row a figure: `caveat`, `name`, `value`, `unit`, `n`, `low`, `high`,
        `source` and `reason`; value null: unknown, and why."""
        return of_caveats.caveat_table(self._answers.caveats(coin, time_ms("at", at)))
