"""`liqscape history prune`: the retention of `serve` and `import` by command, said first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.confirming import confirm
from liqscape.cli.history_text import bytes_text, check_folder, count_text
from liqscape.cli.keeping import KEEP_BOUNDS, keep_rules
from liqscape.cli.output import print_json
from liqscape.cli.serving import check_bounds
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.care.pruning import PrunePlan

WAIT_S, MAX_WAIT_S = 180.0, 86_400.0
BOUNDS = {"wait": (1.0, MAX_WAIT_S), **KEEP_BOUNDS}
"""Of numbers, by option; `config check` reads them too."""
SHOWN = 40


def history_prune(
    folder: Path,
    /,
    *,
    keep_days: int | None = None,
    keep_minutes_days: int | None = None,
    keep_quarter_hours_days: int | None = None,
    max_history_gb: float | None = None,
    dry_run: bool = False,
    yes: bool = False,
    wait: float = WAIT_S,
    json: bool = False,
) -> None:
    """Remove old days of a data folder, or detail of them, once; what goes and how many bytes is said first.

    Without --yes it is asked at the terminal, and elsewhere nothing is removed. Where a map is writing the folder, the
    map does it, within a minute or two. Killed at any moment, nothing that is kept is lost.

    Parameters
    ----------
    folder
        Data folder of a map or an import.
    keep_days
        UTC days of history, liquidations, order books and studies that are kept beside the last one.
    keep_minutes_days
        UTC days of which every stored frame is kept; of older ones the last of each 15 minutes.
    keep_quarter_hours_days
        UTC days of which one frame every 15 minutes is kept at least; of older ones the last of each hour.
    max_history_gb
        Size of the history: the oldest days lose detail first, then the oldest go.
    dry_run
        Only say what would go.
    yes
        Do not ask.
    wait
        Seconds to wait for a map that writes the folder.
    json
        Print what goes, and whether it went, as one JSON document.
    """
    check_folder(folder)
    check_bounds("--wait", wait, *BOUNDS["wait"])
    rules = keep_rules(keep_days, keep_minutes_days, keep_quarter_hours_days, max_history_gb)
    from liqscape.service.care.pruning import plan_pruning, prune_folder
    from liqscape.store.history.retention import KEEP_ALL

    if rules == KEEP_ALL:
        raise SettingsError(
            "nothing says what to keep: --keep-days, --keep-minutes-days, --keep-quarter-hours-days or --max-history-gb"
        )
    plan = plan_pruning(folder, rules)
    if not json:
        _print_plan(plan, folder)
    is_done, freed = False, 0
    if plan.pieces and not dry_run and (yes or confirm(f"Remove about {bytes_text(plan.freed_bytes)}?")):
        freed, is_done = prune_folder(folder, rules, wait), True
    if json:
        print_json({"folder": str(folder), "plan": plan, "is_done": is_done, "freed_bytes": freed if is_done else None})
    elif is_done:
        print(f"{folder}: {bytes_text(freed)} are free now")
    elif plan.pieces and not dry_run:
        print("nothing was removed; --yes removes it", file=sys.stderr)


def _print_plan(plan: PrunePlan, folder: Path) -> None:
    from liqscape.store.history.parts import day_of

    for piece in plan.pieces[:SHOWN]:
        if piece.what == "file":
            print(f"goes     {bytes_text(piece.bytes):>10}  {piece.name}")
        elif piece.step_ms is None:
            print(f"goes     {bytes_text(piece.bytes):>10}  {day_of(piece.day_ms or 0)}, {piece.name}")
        else:
            step = f"one frame in {piece.step_ms // 60_000} minutes stays"
            print(
                f"thinned  {bytes_text(piece.bytes):>10}  {piece.name}: {step}, about -{bytes_text(piece.freed_bytes)}"
            )
    if len(plan.pieces) > SHOWN:
        print(f"and {len(plan.pieces) - SHOWN:,} more (--json lists all)")
    print(
        f"{folder}: {count_text(len(plan.pieces), 'thing')} to remove or thin, about {bytes_text(plan.freed_bytes)} of "
        f"{bytes_text(plan.total_bytes)}"
    )
    if plan.excess_bytes:
        print(f"the bound stays exceeded by {bytes_text(plan.excess_bytes)}: the newest day and its merge need them")
