"""A small made-up history, every way to damage one of its files, and what a reader tells of it afterwards."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from store_frames import (
    MINUTE_MS,
    PROVENANCE,
    START_MS,
    TABLES,
    assert_same_accounts,
    assert_same_frame,
    make_accounts,
    make_frame,
    make_markets,
)
from stored_moments import moment_of, moments_of

from liqscape.errors import CorruptSegment
from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts
from liqscape.store.damage import DamagedFile
from liqscape.store.history import HistoryReader, HistoryWriter

MARKETS = make_markets(2)
SEED = 3
FIRST_STEP, STEPS = 1_434, 15
"""Six minutes before midnight and nine after it."""
LATE_MS = START_MS * 2


def stored_frame(step: int) -> tuple[MarketFrame, Accounts]:
    """Frame and accounts of the n-th stored minute."""
    number = FIRST_STEP + step
    return make_frame(SEED, number, markets=MARKETS), make_accounts(SEED, number, len(MARKETS))


FRAMES = [stored_frame(step) for step in range(STEPS)]
TIMES = [frame.time_ms for frame, _ in FRAMES]


def write_history(folder: Path) -> None:
    """A part of the first day, two of the second, and five heads: one file an append."""
    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.append_many(moments_of(FRAMES[:6], TABLES))
        for begin in (6, 8):
            writer.append_many(moments_of(FRAMES[begin : begin + 2], TABLES))
            writer._seal()
        for frame, accounts in FRAMES[10:]:
            writer.append(moment_of(frame, accounts, TABLES))


Damage = Callable[[Path, random.Random], None]


def _cut(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(1, len(content))])


def _flip(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(rng.randrange(1, 4)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def _empty(path: Path, _: random.Random) -> None:
    path.write_bytes(b"")


def _remove(path: Path, _: random.Random) -> None:
    path.unlink()


def _replace(path: Path, rng: random.Random) -> None:
    root = next(parent for parent in path.parents if (parent / "head").is_dir())
    others = sorted(
        each for each in root.rglob("*") if each.is_file() and each.name != path.name and each.stat().st_size
    )
    path.write_bytes(rng.choice(others).read_bytes())


def _make_folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, Damage] = {
    "cut": _cut,
    "flipped": _flip,
    "emptied": _empty,
    "removed": _remove,
    "another file's content": _replace,
    "a folder": _make_folder,
}


@dataclass(frozen=True)
class Told:
    """What a reader answers.

    times      of all frames.
    no_accounts  times whose frame or accounts cannot be asked for.
    holes      (coin, column) of minute columns that are holes.
    damaged    the files that are listed.
    """

    times: tuple[int, ...]
    no_accounts: tuple[int, ...]
    holes: frozenset[tuple[str, int]]
    damaged: tuple[DamagedFile, ...]

    def is_listed(self, time_ms: int) -> bool:
        """Whether a listed file told of this time."""
        spans = [(row.first_ms, row.last_ms) for row in self.damaged]
        return any(first is not None and last is not None and first <= time_ms <= last for first, last in spans)


def window_of(reader: HistoryReader, coin: str) -> tuple[np.ndarray, ...]:
    """as_of, mark, long and short by minute columns over all stored time."""
    end_ms = TIMES[-1] + 2 * MINUTE_MS
    window = reader.window(coin, TIMES[0], end_ms, 10_000, 400, 0.5, 2.0)
    return window.as_of_ms, window.mark, window.long, window.short


def read_everything(folder: Path, sound: dict[str, tuple[np.ndarray, ...]], added: int = 0) -> Told:
    """Ask for all there is; what is answered must be what was stored, to the bit.

    sound: windows of the undamaged history, by coin. added: frames stored after the first STEPS.
    """
    reader = HistoryReader(folder)
    stored = {
        frame.time_ms: (frame, accounts)
        for frame, accounts in [*FRAMES, *map(stored_frame, range(STEPS, STEPS + added))]
    }
    times = reader.frame_times(0, LATE_MS).tolist()
    no_accounts = []
    for time_ms in times:
        frame, accounts = stored[time_ms]
        try:
            read = reader.frame_at(time_ms)
            assert read is not None
            assert_same_frame(read, frame)
            assert_same_accounts(reader.accounts_at(time_ms), accounts)
        except CorruptSegment:
            no_accounts.append(time_ms)
    holes = set()
    for coin, (as_of, mark, long, short) in sound.items():
        drawn = window_of(reader, coin)
        for column in range(len(as_of) - 1):  # the last one may show a frame stored later
            if drawn[0][column] == -1:
                assert np.isnan(drawn[2][:, column]).all()
                assert np.isnan(drawn[3][:, column]).all()
                holes.add((coin, column))
                continue
            assert drawn[0][column] == as_of[column]
            for ours, theirs in zip(drawn[1:], (mark, long, short), strict=True):
                assert ours[..., column].tobytes() == theirs[..., column].tobytes()
    return Told(tuple(times), tuple(no_accounts), frozenset(holes), reader.damaged)


def files_of(folder: Path) -> list[str]:
    """All files, by name below the folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def damaged_copy(sound: Path, folder: Path, file: str, damage: str, seed: int) -> None:
    """A copy of a history with one file damaged."""
    shutil.copytree(sound, folder)
    DAMAGE[damage](folder / file, random.Random(seed))
