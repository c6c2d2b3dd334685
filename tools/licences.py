"""Lists the licence of everything that liqscape ships or runs with: `make licences`.

Packages are those of requirements.lock, read from what is installed here (pip-licenses); the page's parts are those
of frontend/package-lock.json that are not needed for building only. Ends with 1 where a licence is not permissive.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PAGE_LOCK = ROOT / "frontend" / "package-lock.json"
PERMISSIVE = re.compile(r"\b(apache|mit|bsd|isc|psf|python software foundation|mozilla|mpl)\b", re.IGNORECASE)
"""MPL-2.0 asks only that its own files stay open, and lets a work use them under other terms."""
BINDING = re.compile(r"GPL|General Public|SSPL|BUSL|Business Source|Commons Clause", re.IGNORECASE)


def locked_names(lock: str) -> list[str]:
    """Names of the packages of a lock file, in its order."""
    return re.findall(r"^([A-Za-z0-9_.\-]+)==", lock, re.MULTILINE)


def python_licences() -> list[tuple[str, str, str]]:
    """Name, version and licence of each locked package that this machine needs."""
    names = [name for name in locked_names(LOCK.read_text()) if _is_installed(name)]
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--packages", *names]
    rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return [
        (row["Name"], row["Version"], row["License"].partition("\n")[0]) for row in rows
    ]  # some give the whole text


def page_licences() -> list[tuple[str, str, str]]:
    """Name, version and licence of each part that the page ships."""
    packages = json.loads(PAGE_LOCK.read_text())["packages"]
    shipped = {path: row for path, row in packages.items() if path and not row.get("dev")}
    return [(path.rpartition("node_modules/")[2], row["version"], row["license"]) for path, row in shipped.items()]


def is_permissive(licence: str) -> bool:
    """Whether a work may ship with what is under a licence, and stay under its own."""
    return PERMISSIVE.search(licence) is not None and BINDING.search(licence) is None


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False  # a marker excludes this machine
    return True


def main() -> int:
    """Print one line a package; the exit code says whether all are permissive."""
    rows = [*python_licences(), *page_licences()]
    width = max(len(name) for name, _, _ in rows)
    for name, version, licence in rows:
        print(f"{name:{width}}  {version:<12}  {licence}")
    others = [name for name, _, licence in rows if not is_permissive(licence)]
    if others:
        print(f"not known as permissive: {', '.join(others)}", file=sys.stderr)
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
