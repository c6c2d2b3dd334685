"""An import of archives that is killed, or meets a damaged file: begun again, it ends with the same history."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from chaos.kind import FaultKind, Trial
from liqscape.store.history import HistoryReader

if TYPE_CHECKING:
    from archived_world import ArchivedWorld

MINUTES = 70
IMPORT_S = 180.0

Frames = dict[int, tuple[float, ...]]
"""By time: sums of a frame that no two different ones share by chance."""


class Archive:
    """A small archive, and what an undisturbed import makes of it."""

    def __init__(self) -> None:
        from archived_world import archived_world

        self.folder = Path(tempfile.mkdtemp(prefix="chaos-archive-"))
        self.world: ArchivedWorld = archived_world(self.folder, MINUTES)
        process = self.start(self.folder / "clean", self.world.folder)
        self.seconds = time.monotonic()
        if process.wait(IMPORT_S) != 0:
            raise RuntimeError(f"the undisturbed import ended with code {process.returncode}")
        self.seconds = time.monotonic() - self.seconds
        self.frames = frames_of(self.folder / "clean")

    def start(self, data: Path, archive: Path) -> subprocess.Popen[str]:
        """An import under way."""
        end = datetime.fromtimestamp(self.world.end_ms / 1_000.0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        command = [sys.executable, "-m", "liqscape", "import", str(archive), "--base", str(self.world.base)]
        return subprocess.Popen(
            [*command, "--end", end, "--data", str(data)],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def the_archive() -> Archive:
    """Made once."""
    made = Archive()
    atexit.register(made.end)
    return made


def frames_of(data: Path) -> Frames:
    """Every stored frame."""
    if not (data / "manifest.json").exists():
        return {}
    reader, found = HistoryReader(data), {}
    for time_ms in reader.frame_times(0, 1 << 60):
        frame = reader.frame_at(int(time_ms))
        assert frame is not None
        figures = (*frame.position_size.sum(axis=0).tolist(), *frame.snapshot.mark.tolist())
        found[int(time_ms)] = tuple(figures)
    return found


def killed(archive: Archive, data: Path, chance: Random) -> tuple[str, float | None]:
    """SIGKILL at a drawn moment; nobody is there to say anything but the shell."""
    process = archive.start(data, archive.world.folder)
    began_s = time.monotonic()
    time.sleep(chance.uniform(0.2, 1.0) * archive.seconds)
    process.kill()
    process.communicate()
    return f"killed after {time.monotonic() - began_s:.1f} s", 0.0


def damaged(archive: Archive, data: Path, chance: Random) -> tuple[str, float | None]:
    """A file cut, flipped or emptied: said in a sentence, and no other frame wrong for it."""
    folder = data.parent / "archive"
    shutil.copytree(archive.world.folder, folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "market_data" not in path.parts)
    chosen = chance.choice(files)
    content = bytearray(chosen.read_bytes())
    way = chance.choice(("cut", "flipped", "emptied"))
    if way == "flipped":
        content[chance.randrange(len(content))] ^= 0xFF
    chosen.write_bytes(content[: {"cut": len(content) // 2, "emptied": 0}.get(way, len(content))])
    began_s = time.monotonic()
    process = archive.start(data, folder)
    out, err = process.communicate(timeout=IMPORT_S)
    if "Traceback" in err or process.returncode not in (0, 2):
        raise RuntimeError(f"{chosen.name} {way}: code {process.returncode}: {err[-300:]}")
    said_s = time.monotonic() - began_s if chosen.name.split(".")[0] in out + err else None
    shutil.rmtree(data, ignore_errors=True)  # as its sentence says: repaired files are read into a folder of their own
    return f"{chosen.relative_to(folder)} {way}, code {process.returncode}", said_s


def run_trial(fails: Callable[[Archive, Path, Random], tuple[str, float | None]], seed: int) -> Trial:
    """Fault, the same import again, every frame held against the undisturbed ones."""
    archive = the_archive()
    with tempfile.TemporaryDirectory(prefix="chaos-import-") as folder:
        data = Path(folder) / "data"
        note, said_s = fails(archive, data, Random(seed))
        kept = frames_of(data)
        began_s = time.monotonic()
        process = archive.start(data, archive.world.folder)
        _, err = process.communicate(timeout=IMPORT_S)
        right_s = time.monotonic() - began_s
        frames = frames_of(data)
    wrong = sum(archive.frames.get(time_ms) != figures for time_ms, figures in frames.items())
    lost = len((kept.keys() | archive.frames.keys()) - frames.keys())
    is_right = process.returncode == 0 and not wrong and not lost
    note = note if is_right else f"{note}; code {process.returncode}: {err[-200:]}"
    return Trial(
        seed=seed,
        said_after_s=said_s,
        right_after_s=round(right_s, 2) if is_right else None,
        wrong_live_frames=wrong,
        lost_frames=lost,
        frames=len(frames),
        note=note,
    )


def _kind(name: str, fails: Callable[[Archive, Path, Random], tuple[str, float | None]]) -> FaultKind:
    return FaultKind(name=name, where="process", expects_said=True, run=partial(run_trial, fails))


KINDS = (
    _kind("import: kill -9, and begun again", killed),
    _kind("import: a file of the archive damaged, and repaired", damaged),
)
