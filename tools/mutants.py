"""Breaks each guard of tools/chaos/mutants.py once and says who noticed.

python tools/mutants.py [--name TEXT ...] [--trials N] [--minutes M] [--out TABLE.md]

Works on a copy of the project; the project itself is not touched. What must catch a mutant is first run without it.
Code 1 where a mutant survives, its text is not found, or what should catch it fails by itself.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chaos.mutants import CHAOS, MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("src", "tests", "tools", "benchmarks", "docs", "pyproject.toml", "README.md", "constraints.txt")
LONGEST_S = 600.0


def main() -> int:
    """Try all, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", action="append", help="only mutants whose name has this text; may be repeated")
    parser.add_argument("--trials", type=int, default=4, help="of each kind of fault (4)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin none after so long")
    parser.add_argument("--out", type=Path, help="write the table here too")
    asked = parser.parse_args()
    chosen = [each for each in MUTANTS if not asked.name or any(text in each.name for text in asked.name)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copy = Path(name)
        _copy_project(copy)
        sound: dict[str, bool] = {}
        end_s = time.monotonic() + 60.0 * asked.minutes
        rows = [
            (each, _verdict(each, copy, asked.trials, sound) if time.monotonic() < end_s else "**not tried**")
            for each in chosen
        ]
    lines = ["| Broken guard | File | Verdict |", "| --- | --- | --- |"]
    lines += [f"| {each.name} | `{each.path.removeprefix('src/liqscape/')}` | {verdict} |" for each, verdict in rows]
    table = "\n".join(lines)
    print(table)
    if asked.out is not None:
        asked.out.write_text(table + "\n", "utf-8")
    return 0 if all(verdict.startswith("caught") for _, verdict in rows) else 1


def _copy_project(copy: Path) -> None:
    """With the times of its files: kept compilations go by them."""
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        elif source.exists():
            shutil.copy2(source, copy / name)


def _verdict(mutant: Mutant, copy: Path, trials: int, sound: dict[str, bool]) -> str:
    path = copy / mutant.path
    text = path.read_text("utf-8") if path.exists() else ""
    if text.count(mutant.old) != 1:
        return f"**stale row**: its text stands {text.count(mutant.old)} times in the file"
    for catcher in mutant.caught_by:
        if not sound.setdefault(catcher, _passes(catcher, copy, trials)):
            return f"**{catcher} fails without it**"
    before = path.stat()
    path.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    try:
        caught = [catcher for catcher in mutant.caught_by if not _passes(catcher, copy, trials)]
    finally:
        path.write_text(text, "utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    print(f"{mutant.name}: {'caught' if caught else 'SURVIVED'}", file=sys.stderr)
    return f"caught by {', '.join(f'`{each}`' for each in caught)}" if caught else "**survived**"


def _passes(catcher: str, copy: Path, trials: int) -> bool:
    """Whether a test or a kind of fault finds nothing wrong in the copy."""
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    if catcher.startswith(CHAOS):
        with tempfile.TemporaryDirectory() as name:
            out = Path(name) / "trials.jsonl"
            kind = catcher.removeprefix(CHAOS)
            command = ["tools/chaos.py", "--exactly", "--kind", kind, "--trials", str(trials), "--out", str(out)]
            return _run(command, copy, environment)
    return _run(["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", catcher], copy, environment)


def _run(command: list[str], copy: Path, environment: dict[str, str]) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, *command], cwd=copy, env=environment, capture_output=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False  # a mutant that never ends is noticed too
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: code {done.returncode}: {done.stderr.decode()[-500:]}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
