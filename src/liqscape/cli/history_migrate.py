"""`liqscape history migrate`: a data folder of an older version in the format of today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.history_text import check_folder
from liqscape.cli.serving import check_bounds

if TYPE_CHECKING:
    from liqscape.service.migration import Outdated

WAIT_S, MAX_WAIT_S = 600.0, 86_400.0
BOUNDS = {"wait": (1.0, MAX_WAIT_S)}
"""Of numbers, by option; `config check` reads them too."""


def history_migrate(folder: Path, /, *, dry_run: bool = False, wait: float = WAIT_S, json: bool = False) -> None:
    """Rewrite stored history of an older version in the format of today.

    Frames and accounts stay the same to the bit. It need not be done: older folders are read and continued as they are;
    rewritten ones are smaller and can be asked by any Parquet reader. Where a map is writing the folder, the map
    rewrites the history itself. Killed at any moment, nothing is lost, and the next call goes on.

    Parameters
    ----------
    folder
        Data folder of a map or an import.
    dry_run
        Only say what is of an older version.
    wait
        Seconds to wait for a map that writes the folder.
    json
        Print what was done as one JSON document.
    """
    check_folder(folder)
    check_bounds("--wait", wait, *BOUNDS["wait"])
    from liqscape.cli.output import print_json
    from liqscape.cli.serving import progress_to
    from liqscape.service.migration import find_outdated, migrate_folder, migrate_live_folder
    from liqscape.store.history.held import bytes_below
    from liqscape.store.writer_lock import is_written

    outdated = find_outdated(folder)
    before, left = bytes_below(folder), outdated.left
    if not (dry_run or outdated.is_nothing):
        if is_written(folder):
            left = migrate_live_folder(folder, outdated, wait)
        else:
            left = migrate_folder(folder, outdated, progress_to)
    after = bytes_below(folder)
    if json:
        print_json(
            {
                "folder": str(folder),
                "is_dry_run": dry_run,
                "part_count": len(outdated.parts),
                "frame_count": outdated.frame_count,
                "head_count": outdated.head_count,
                "liquidation_day_count": len(outdated.days),
                "book_day_count": len(outdated.books),
                "bytes_before": before,
                "bytes_after": after,
                "left": [{"file": file, "reason": reason} for file, reason in left.items()],
            }
        )
        return
    if outdated.is_nothing:
        print(f"{folder}: everything is of today's version")
    else:
        print(f"{folder}: {'to rewrite' if dry_run else 'rewritten'}: {_text(outdated)}")
    if not (dry_run or outdated.is_nothing):
        print(f"{before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")
    for file, reason in left.items():
        print(f"stays as it is: {file}: {reason}")


def _text(outdated: Outdated) -> str:
    said = [
        f"{len(outdated.parts):,} parts of {outdated.frame_count:,} frames" if outdated.parts else "",
        f"{outdated.head_count:,} head files" if outdated.head_count else "",
        f"{len(outdated.days):,} days of liquidations" if outdated.days else "",
        f"{len(outdated.books):,} days of order books" if outdated.books else "",
    ]
    return ", ".join(each for each in said if each)
