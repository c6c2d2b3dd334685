"""`liqscape history restore`: a backup becomes a data folder again."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.history_text import bytes_text, count_text
from liqscape.cli.output import print_json, time_text


def history_restore(source: str, folder: Path, /, *, backup: str | None = None, json: bool = False) -> None:
    """Put a backup back as a data folder, which then may be served.

    Each file is checked on the way. Killed before the end, nothing stands under the name of the folder.

    Parameters
    ----------
    source
        Folder or s3://bucket/prefix that backups were made to.
    folder
        Data folder to make; it may not be there yet, or must be empty.
    backup
        Name of the backup, as `backup` printed it; the newest by default.
    json
        Print what was put back as one JSON document.
    """
    from liqscape.cli.serving import progress_to
    from liqscape.service.care.backups import find_backup
    from liqscape.store.backup import restore_backup

    place, wanted = find_backup(source, backup)
    with progress_to(f"putting {wanted.name} back to {folder}", 0, wanted.byte_count) as reported:
        restore_backup(place, wanted, folder, reported)
    if json:
        print_json(
            {
                "folder": str(folder),
                "backup": wanted.name,
                "last_ms": wanted.last_ms,
                "file_count": len(wanted.files),
                "bytes": wanted.byte_count,
            }
        )
        return
    files = f"{count_text(len(wanted.files), 'file')} of {bytes_text(wanted.byte_count)}"
    print(f"{folder}: backup {wanted.name}, frames up to {time_text(wanted.last_ms)}, {files}")
