"""Copies of a data folder in a place of their own: another folder, or a bucket (docs/operations.md, "Backup")."""

from liqscape.store.backup.checking import BackupProblem, check_backup
from liqscape.store.backup.listing import BackupList, list_backups, read_backup
from liqscape.store.backup.place import BackupPlace, open_place
from liqscape.store.backup.restoring import restore_backup
from liqscape.store.backup.taking import BackupReport, take_backup

__all__ = [
    "BackupList",
    "BackupPlace",
    "BackupProblem",
    "BackupReport",
    "check_backup",
    "list_backups",
    "open_place",
    "read_backup",
    "restore_backup",
    "take_backup",
]
