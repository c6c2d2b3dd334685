"""`liqscape history verify`: whether a data folder, and a backup of it, are what was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.history_text import bytes_text, check_folder, count_text
from liqscape.cli.output import print_json
from liqscape.cli.serving import check_bounds

if TYPE_CHECKING:
    from liqscape.store.backup import BackupProblem

EXIT_DAMAGED = 2
MAX_SAMPLES = 100_000
BOUNDS = {"samples": (0, MAX_SAMPLES)}
"""Of numbers, by option; `config check` reads them too."""


def history_verify(
    folder: Path, /, *, against: str | None = None, backup: str | None = None, samples: int = 8, json: bool = False
) -> None:
    """Check a data folder: checksums, schemas, the order of frames, and sums of bands against accounts.

    Every file is read whole; nothing is written or set aside, and a map may be writing the folder meanwhile. Exit code
    2 and a line for each file where something is wrong.

    Parameters
    ----------
    folder
        Data folder of a map or an import.
    against
        Folder or s3://bucket/prefix with backups of it: each file of the backup is read, and compared with the original
        where that did not change since.
    backup
        Name of the backup to check; the newest by default.
    samples
        Frames whose sums are compared, spread over all parts: accounts with coins, bands with accounts, stored bands
        with solved ones.
    json
        Print one JSON document.
    """
    check_folder(folder)
    check_bounds("--samples", samples, *BOUNDS["samples"])
    from liqscape.cli.serving import progress_to
    from liqscape.service.care.backups import find_backup
    from liqscape.service.care.verification import verify_folder
    from liqscape.store.backup import check_backup
    from liqscape.store.history.recover import manifest_of

    manifest = manifest_of(folder)
    place, copy = (None, None) if against is None else find_backup(against, backup)
    with progress_to(f"checking {folder}", 0, len(manifest.parts)) as reported:
        found = verify_folder(folder, samples, reported)
    compared = 0
    problems: list[BackupProblem] = []
    if place is not None and copy is not None:
        with progress_to(f"checking the backup in {against}", 0, found.byte_count) as reported:
            problems, compared = check_backup(place, copy, folder, reported)
    wrong = bool(found.problems or problems)
    if json:
        name = None if copy is None else copy.name
        checked = {"name": name, "files": 0 if copy is None else len(copy.files), "compared": compared}
        print_json(
            {
                "folder": str(folder),
                "is_sound": not wrong,
                "checked": found,
                "backup": None if copy is None else {**checked, "problems": problems},
            }
        )
    else:
        for each in found.problems:
            print(f"{each.file}: {each.reason}")
        for problem in problems:
            print(f"{against}: {problem.file}: {problem.reason}")
        print(
            f"{folder}: {count_text(found.part_count, 'part')}, {count_text(found.file_count, 'file')} of "
            f"{bytes_text(found.byte_count)}, sums of {count_text(found.sample_count, 'frame')}: "
            f"{count_text(len(found.problems), 'problem')}"
        )
        if copy is not None:
            print(
                f"{against}: backup {copy.name}, {count_text(len(copy.files), 'file')}, {compared:,} of them compared "
                f"with the original: {count_text(len(problems), 'problem')}"
            )
    if wrong:
        raise SystemExit(EXIT_DAMAGED)
