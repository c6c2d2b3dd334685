"""`liqscape history backup`: a copy of a data folder, beside a map that writes it."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.history_text import bytes_text, check_folder, count_text
from liqscape.cli.output import print_json, time_text
from liqscape.cli.serving import check_bounds

MAX_KEPT = 10_000
BOUNDS = {"keep": (1, MAX_KEPT)}
"""Of numbers, by option; `config check` reads them too."""


def history_backup(folder: Path, to: str, /, *, keep: int | None = None, json: bool = False) -> None:
    """Copy a data folder to another folder or a bucket; a map may be writing it meanwhile.

    Files that did not change since the last backup there are not copied again. A backup counts once it is whole: killed
    at any moment, the earlier ones are as they were, and the next one goes on. `liqscape history restore` puts one
    back.

    Parameters
    ----------
    folder
        Data folder of a map or an import.
    to
        Folder, or s3://bucket/prefix (extra s3; credentials and region from the environment). It may hold backups of
        this folder already.
    keep
        Backups that stay there, this one included: older ones are removed, with what only they hold; all by default.
    json
        Print what was copied as one JSON document.
    """
    check_folder(folder)
    if keep is not None:
        check_bounds("--keep", keep, *BOUNDS["keep"])
    from liqscape.cli.serving import progress_to
    from liqscape.service.care.backups import back_up, choose_place
    from liqscape.store.history.held import bytes_below

    place = choose_place(folder, to)
    with progress_to(f"copying {folder} to {to}", 0, bytes_below(folder)) as reported:
        report = back_up(folder, place, keep, reported)
    backup = report.backup
    if json:
        print_json(
            {
                "folder": str(folder),
                "to": to,
                "backup": backup.name,
                "history_id": backup.history_id,
                "first_ms": backup.first_ms,
                "last_ms": backup.last_ms,
                "file_count": len(backup.files),
                "bytes": backup.byte_count,
                "copied_count": report.copied_count,
                "copied_bytes": report.copied_bytes,
                "removed": report.removed,
            }
        )
        return
    print(
        f"{to}: backup {backup.name}, frames up to {time_text(backup.last_ms)}, "
        f"{count_text(len(backup.files), 'file')} of {bytes_text(backup.byte_count)}"
    )
    print(f"copied {count_text(report.copied_count, 'file')} of {bytes_text(report.copied_bytes)}; the rest was there")
    for name in report.removed:
        print(f"removed backup {name}")
