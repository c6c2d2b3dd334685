"""Builds of liqscape side by side: this checkout, and others by commit or by folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
CHECKOUT = BENCHMARKS.parent
KEPT = CHECKOUT / ".bench"
"""Checkouts of other builds, kept with their compiled kernels until they are removed; git leaves the folder alone."""
NAME_LETTERS = 8


class BuildError(Exception):
    """A build cannot be had; the text says why."""


@dataclass(frozen=True)
class Build:
    """name: as in the table; checkout: its folder; python: what it runs under."""

    name: str
    checkout: Path
    python: Path

    @property
    def package(self) -> Path:
        """Where `import liqscape` must come from."""
        return self.checkout / "src" / "liqscape"

    def environment(self, threads: int) -> dict[str, str]:
        """Its package first, then the benchmarks of this checkout."""
        paths = (self.checkout / "src", BENCHMARKS, CHECKOUT / "tests" / "support")
        names = (
            "NUMBA_NUM_THREADS",
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "POLARS_MAX_THREADS",
        )
        return {
            **os.environ,
            **dict.fromkeys(names, str(threads)),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "BENCH_CHECKOUT": str(self.checkout),
        }


def this_build() -> Build:
    """The checkout that this file belongs to."""
    return Build("now", CHECKOUT, Path(sys.executable))


def other_build(name: str, *, is_shared: bool = False) -> Build:
    """The build of a commit, checked out beside under .bench/, or of a folder that is a checkout.

    It runs in this environment where that has what the build pins (or `is_shared`), else in one of its own.
    Raises BuildError.
    """
    folder = Path(name)
    if (folder / "src" / "liqscape").is_dir():
        checkout = folder.resolve()
        label = git("rev-parse", "HEAD", folder=checkout)[:NAME_LETTERS] or checkout.name
    else:
        commit = git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if not commit:
            raise BuildError(f"{name}: neither a commit of this repository nor a folder with src/liqscape")
        label = commit[:NAME_LETTERS]
        checkout = KEPT / label
        if not checkout.exists():
            print(f"== checking out {label} in {checkout}", file=sys.stderr, flush=True)
            git(*["worktree", "add", "--quiet", "--force", "--detach"], str(checkout), commit)
            if not checkout.exists():
                raise BuildError(f"{name}: git could not check it out in {checkout}")
    differing = [] if is_shared else pins_that_differ(checkout)
    return Build(label, checkout, own_python(checkout, differing) if differing else Path(sys.executable))


def pins_that_differ(checkout: Path) -> list[str]:
    """Packages the build needs in another version than is installed here, as `name==version`."""
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)", (checkout / "constraints.txt").read_text(), re.MULTILINE))
    pinned = {name.lower().replace("_", "-"): said for name, said in pins.items()}
    needed = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [re.split(r"[\s\[<>=!~;]", each, maxsplit=1)[0].lower() for each in needed]
    return [f"{name}=={pinned[name]}" for name in names if name in pinned and installed(name) != pinned[name]]


def installed(name: str) -> str | None:
    """The version of a package in this environment."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def own_python(checkout: Path, differing: list[str]) -> Path:
    """The interpreter of an environment of the build's own, made where it is not there. Raises BuildError."""
    python = checkout / ".venv" / "bin" / "python"
    done = checkout / ".venv" / ".needed"
    if done.exists():
        return python
    print(f"== {checkout.name} gets an environment of its own: {', '.join(differing)}", file=sys.stderr, flush=True)
    needed = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["dependencies"]
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    for command in ([sys.executable, "-m", "venv", ".venv"], [*install, "--constraint", "constraints.txt", *needed]):
        ended = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
        if ended.returncode:
            said = (ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"])[-1]
            raise BuildError(f"{checkout}: its packages could not be installed: {said}")
    done.touch()
    return python


def git(*words: str, folder: Path = CHECKOUT) -> str:
    """What git says, or nothing."""
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False).stdout.strip()
