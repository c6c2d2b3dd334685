"""How long `serve` and `import` keep a history: bounds of the options, and what they mean together."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from liqscape.cli.serving import check_bounds
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.store.history.retention import KeepRules

MIN_DAYS, MAX_DAYS = 1, 36_500
MIN_GB, MAX_GB = 0.001, 100_000.0
KEEP_BOUNDS = {
    "keep-days": (MIN_DAYS, MAX_DAYS),
    "keep-minutes-days": (MIN_DAYS, MAX_DAYS),
    "keep-quarter-hours-days": (MIN_DAYS, MAX_DAYS),
    "max-history-gb": (MIN_GB, MAX_GB),
}
"""By option; `config check` reads them too."""


def keep_rules(
    keep_days: int | None,
    keep_minutes_days: int | None,
    keep_quarter_hours_days: int | None,
    max_history_gb: float | None,
) -> KeepRules:
    """Build the retention rules from the options; without any option nothing is removed.

    Raises SettingsError for a number out of bounds, and for days of detail that are removed before they are over.
    """
    days = {
        "--keep-minutes-days": keep_minutes_days,
        "--keep-quarter-hours-days": keep_quarter_hours_days,
        "--keep-days": keep_days,
    }
    given = [(option, value) for option, value in days.items() if value is not None]
    for option, value in given:
        check_bounds(option, value, MIN_DAYS, MAX_DAYS)
    for (finer, fewer), (coarser, more) in pairwise(given):
        if fewer > more:
            raise SettingsError(f"{finer} {fewer} is more than {coarser} {more}: no day of that age is there any more")
    if max_history_gb is not None:
        check_bounds("--max-history-gb", max_history_gb, MIN_GB, MAX_GB)

    from liqscape.store.history.retention import KeepRules

    return KeepRules(
        keep_days,
        keep_minutes_days,
        keep_quarter_hours_days,
        None if max_history_gb is None else int(max_history_gb * 1e9),
    )
