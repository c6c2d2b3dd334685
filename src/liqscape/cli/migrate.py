"""`liqscape migrate`: a data folder of an older version in the format of today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.migration import Outdated


def migrate(folder: Path, /, *, dry_run: bool = False, json: bool = False) -> None:
    """Rewrite stored history of an older version in the format of today.

    Frames and accounts stay the same to the bit. It need not be done: older folders are read and continued as they are;
    rewritten ones are smaller and can be asked by any Parquet reader. Nothing may write to the folder meanwhile. It may
    be killed at any moment: nothing is lost, and the next call goes on.

    Parameters
    ----------
    folder
        Data folder of a map or an import.
    dry_run
        Only say what is of an older version.
    json
        Print what was done as one JSON document.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder")
    from liqscape.cli.output import print_json
    from liqscape.cli.serving import progress_to
    from liqscape.service.migration import find_outdated, folder_bytes, migrate_folder

    outdated = find_outdated(folder)
    before, left = folder_bytes(folder), outdated.left
    if not (dry_run or outdated.is_nothing):
        left = migrate_folder(folder, outdated, progress_to)
    after = folder_bytes(folder)
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
