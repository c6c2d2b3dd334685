"""`liqscape migrate`, the former name of `liqscape history migrate`."""

from __future__ import annotations

import sys
from pathlib import Path

from liqscape.cli.history_migrate import history_migrate
from liqscape.web.deprecations import END


def migrate(folder: Path, /, *, dry_run: bool = False, json: bool = False) -> None:
    """Do what `liqscape history migrate` does: this is its former name.

    Parameters
    ----------
    folder
        Data folder of a map or an import.
    dry_run
        Only say what is of an older version.
    json
        Print what was done as one JSON document.
    """
    history_migrate(folder, dry_run=dry_run, json=json)
    print(f"liqscape: migrate is the former name of history migrate, and goes with version {END}", file=sys.stderr)
