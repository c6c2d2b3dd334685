"""What a disk does: it is full, slow, or holds what somebody damaged between two runs."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import time
from functools import partial
from pathlib import Path
from random import Random

from chaos.kind import FaultKind
from chaos.process.stage import Fails, Fault, Stage, run_trial

SMALL = "16m"
WAIT_S = 60.0


def full(stage: Stage, chance: Random) -> Fault:
    """No file grows by a byte."""
    began_s = time.monotonic()
    stage.running.limit(resource.RLIMIT_FSIZE, 0)
    try:
        time.sleep(chance.uniform(9.0, 16.0))
    finally:
        stage.running.limit(resource.RLIMIT_FSIZE, None)
    return Fault(began_s=began_s, ended_s=time.monotonic())


def small_filesystem_full(stage: Stage, chance: Random) -> Fault:
    """A file system of 16 MB, which another program fills to the last byte."""
    place = stage.folder / "small"
    place.mkdir(exist_ok=True)
    usual = stage.data
    stage.running.end()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", str(place)], check=True)
    try:
        stage.begin(place / "data")
        stage.ready()
        began_s = time.monotonic()
        filler = place / "filler"
        _fill(filler)
        time.sleep(chance.uniform(9.0, 14.0))
        filler.unlink()
        ended_s = time.monotonic()
        right_s = stage.right_after(ended_s)
        fault = Fault(began_s=began_s, ended_s=ended_s)
        said_s = stage.said_after(fault)
        lost, due = stage.lost_frames(began_s, fault)
        stage.running.end()
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)
    if right_s is None or lost:
        raise RuntimeError(f"right again: {right_s}; {lost} of {due} stored frames lost")
    stage.begin(usual)
    return Fault(
        began_s=began_s,
        ended_s=ended_s,
        said_s=said_s,
        note=f"right after {right_s - ended_s:.1f} s, {due} stored there",
    )


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4_096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def slow(stage: Stage, chance: Random) -> Fault:
    """Every fsync takes a second or three."""
    began_s = time.monotonic()
    stage.fsync.write_text(str(chance.uniform(1.0, 3.0)))
    time.sleep(chance.uniform(8.0, 14.0))
    stage.fsync.write_text("0")
    return Fault(began_s=began_s, ended_s=time.monotonic())


def register_locked(stage: Stage, chance: Random) -> Fault:
    """Another program holds the register, as a backup does; said where somebody was to be written down meanwhile."""
    began_s = time.monotonic()
    other = sqlite3.connect(stage.data / "register.sqlite", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(chance.uniform(20.0, 26.0))  # it is saved every 10 s, and waits 5 s for the lock
        other.execute("ROLLBACK")
    finally:
        other.close()
    return Fault(began_s=began_s, ended_s=time.monotonic())


def _damage(path: Path, chance: Random) -> str:
    """Cut, flip or empty a file; what was done."""
    content = bytearray(path.read_bytes())
    way = chance.choice(("cut", "flipped", "emptied"))
    if way == "cut":
        content = content[: chance.randrange(1, max(2, len(content)))]
    elif way == "emptied":
        content = bytearray()
    else:
        for _ in range(8):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(content))
    return f"{path.name} {way}"


def _between_runs(stage: Stage, chance: Random, files: list[str]) -> Fault:
    product, end_s = stage.running, time.monotonic() + WAIT_S
    while not any(any(stage.data.glob(name)) for name in files) and time.monotonic() < end_s:
        time.sleep(0.1)
    code = product.end()
    if code != 0:
        raise RuntimeError(f"it ended with code {code}")
    found = sorted(path for name in files for path in stage.data.glob(name) if path.stat().st_size > 1)
    if not found:
        raise RuntimeError(f"nothing to damage among {', '.join(files)}")
    chosen = chance.choice(found)
    note = _damage(chosen, chance)
    began_s = time.monotonic()
    product = stage.begin()
    if not product.url:
        product.process.wait(10.0)
        raise RuntimeError(f"{note}: it did not start: {[line for _, line in product.log[-2:]]}")
    span = chosen.stem.split("-") if chosen.suffix == ".head" else []
    first_ms, last_ms = (int(span[0]), int(span[1])) if len(span) == 2 else (1, 0)
    return Fault(
        began_s=began_s, ended_s=product.started_s, note=note, damaged=lambda time_ms: first_ms <= time_ms <= last_ms
    )


def head_damaged(stage: Stage, chance: Random) -> Fault:
    """A minute of the history that is not in a part yet."""
    return _between_runs(stage, chance, ["head/*.head"])


def manifest_damaged(stage: Stage, chance: Random) -> Fault:
    """What says of what this is a history."""
    return _between_runs(stage, chance, ["manifest.json", "origin.json"])


def others_damaged(stage: Stage, chance: Random) -> Fault:
    """The register, the liquidations, or the raw log."""
    return _between_runs(stage, chance, ["register.sqlite", "liquidations/*.parquet", "raw/*.lqlog"])


def _kind(name: str, fails: Fails, *, expects_said: bool = True) -> FaultKind:
    return FaultKind(name=name, where="process", expects_said=expects_said, run=partial(run_trial, fails))


KINDS = (
    _kind("disk: full", full),
    *((_kind("disk: a small file system full", small_filesystem_full),) if os.geteuid() == 0 else ()),
    _kind("disk: fsync takes seconds", slow, expects_said=False),
    _kind("disk: register locked by another program", register_locked, expects_said=False),
    _kind("folder: a minute of history damaged between two runs", head_damaged),
    _kind("folder: manifest or origin damaged between two runs", manifest_damaged),
    _kind("folder: register, liquidations or raw log damaged between two runs", others_damaged),
)
