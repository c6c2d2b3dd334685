"""Runs a command as somebody without rights, who may write in one folder and nowhere else: as a container would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NOBODY = 65_534
SITE_PACKAGES = next(Path(each) for each in sys.path if each.endswith("site-packages"))


def interpreter() -> str | None:
    """A Python of the same version that anybody may run; None where there is none."""
    system = shutil.which(f"python3.{sys.version_info[1]}", path="/usr/bin:/usr/local/bin")
    for each in (sys.executable, system):
        if each is not None and all(place.stat().st_mode & 0o001 for place in Path(each).resolve().parents):
            return each
    return None


def why_not() -> str | None:
    """Why a command cannot be run so here; None where it can."""
    if os.geteuid() != 0:
        return "only root can run a command as somebody else"
    if shutil.which("setpriv") is None or shutil.which("unshare") is None:
        return "setpriv and unshare are not there"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        return "mounts cannot be made here"
    return None if interpreter() is not None else "every Python here is in a folder of one user"


def run_in_read_only_tree(
    command: Sequence[str], tree: Path, environment: Mapping[str, str], *, home: Path, seconds: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run a command as nobody, with `tree` mounted read-only and `home` for its own files."""
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && shift 0 && exec "$@"'
    dropped = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", *command]
    return subprocess.run(
        ["unshare", "--mount", "--propagation=private", "sh", "-c", script, str(tree), *dropped],
        env={"PATH": os.environ["PATH"], "HOME": str(home), **environment},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
