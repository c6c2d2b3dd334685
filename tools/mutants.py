"""Breaks each guard of tools/chaos/mutants once and says who noticed: the table of docs/reliability.md.

python tools/mutants.py [--name TEXT ...] [--trials N] [--minutes M] [--out FILE.jsonl]

Works on a copy of the project; the project itself is not touched. What must catch a mutant is first run without it.
A run that was stopped goes on with the same command: mutants of the file are passed over, but those that went wrong.
Begin a new file for another build. Code 1 where a mutant survives, its text is not found, what should catch it fails
by itself, or not all could be tried.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chaos.mutants import CHAOS, MUTANTS, Mutant
from chaos.verdicts import Verdict, append_verdict, read_verdicts, table

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("src", "tests", "tools", "benchmarks", "docs", "pyproject.toml", "README.md", "constraints.txt")
MAX_S = 600.0
LARGEST_BYTES = 4 * 2**30
"""Of memory for whatever it starts: a broken bound may read an answer that has no end."""
PASSES, FAILS, NEVER_ENDS = "passes", "fails", "never ends"
NOTICED = (PASSES, FAILS, NEVER_ENDS)
"""A mutant with which a test never ends is noticed too; one with which it cannot even begin says nothing."""


def main(arguments: list[str] | None = None) -> int:
    """Try all that the file does not know, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", action="append", help="only mutants whose name has this text; may be repeated")
    parser.add_argument("--trials", type=int, default=4, help="of each kind of fault (4)")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin none after so long; 0: only the table"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("mutants.jsonl"), help="file of verdicts, also read (mutants.jsonl)"
    )
    asked = parser.parse_args(arguments)
    chosen = [each for each in MUTANTS if not asked.name or any(text in each.name for text in asked.name)]
    known = read_verdicts(asked.out, chosen)
    due = [each for each in chosen if each.name not in known or known[each.name].complaint]
    if due and asked.minutes > 0.0:
        _try(due, asked.out, asked.trials, time.monotonic() + 60.0 * asked.minutes)
    verdicts = read_verdicts(asked.out, chosen)
    print(table(chosen, verdicts))
    return 0 if all(each.name in verdicts and not verdicts[each.name].complaint for each in chosen) else 1


def _try(mutants: list[Mutant], out: Path, trials: int, end_s: float) -> None:
    """One after the other, on one copy."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copy = Path(name)
        _copy_project(copy)
        sound: dict[str, str] = {}
        for mutant in mutants:
            if time.monotonic() >= end_s:
                return
            verdict = verdict_on(mutant, copy, trials, sound)
            append_verdict(out, mutant, verdict)
            print(f"{mutant.name}: {verdict.complaint or 'caught'}", file=sys.stderr, flush=True)


def _copy_project(copy: Path) -> None:
    """With the times of its files: kept compilations go by them."""
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        elif source.exists():
            shutil.copy2(source, copy / name)


def verdict_on(mutant: Mutant, copy: Path, trials: int, sound: dict[str, str]) -> Verdict:
    """sound: what each catcher says without any mutant; filled as they are needed."""
    path = copy / mutant.path
    text = path.read_text("utf-8") if path.exists() else ""
    if text.count(mutant.old) != 1:
        return Verdict(wrong=f"its text stands {text.count(mutant.old)} times in the file")
    for catcher in mutant.caught_by:
        if catcher not in sound:
            sound[catcher] = _outcome(catcher, copy, trials)
        if sound[catcher] != PASSES:
            return Verdict(wrong=f"{catcher} {sound[catcher]} without it")
    before = path.stat()
    path.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    _forget_compiled(path)
    try:
        outcomes = {catcher: _outcome(catcher, copy, trials) for catcher in mutant.caught_by}
    finally:
        path.write_text(text, "utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        _forget_compiled(path)
    broken = [f"{catcher} {outcome}" for catcher, outcome in outcomes.items() if outcome not in NOTICED]
    if broken:
        return Verdict(wrong=broken[0])
    return Verdict(tuple(catcher for catcher, outcome in outcomes.items() if outcome != PASSES))


def _forget_compiled(path: Path) -> None:
    """A kept compilation goes by the time of its own file, not of those whose kernels it has taken in."""
    if path.parent.name == "kernels":
        for kept in (path.parent / "__pycache__").glob("*.nbi"):
            kept.unlink()


def _outcome(catcher: str, copy: Path, trials: int) -> str:
    """What a test or a kind of fault says of the copy."""
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    if not catcher.startswith(CHAOS):
        return _run(["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", catcher], copy, environment)
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "trials.jsonl"
        kind = catcher.removeprefix(CHAOS)
        command = ["tools/chaos.py", "--exactly", "--kind", kind, "--trials", str(trials), "--out", str(out)]
        return _run(command, copy, environment)


def _run(command: list[str], copy: Path, environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            [sys.executable, *command], cwd=copy, env=environment, capture_output=True, timeout=MAX_S, check=False
        )
    except subprocess.TimeoutExpired:
        return NEVER_ENDS
    if done.returncode in (0, 1):
        return FAILS if done.returncode else PASSES
    return f"ends with code {done.returncode}: {' '.join(done.stderr.decode()[-200:].split())}"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    sys.exit(main())
