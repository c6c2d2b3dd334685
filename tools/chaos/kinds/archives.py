"""Archives that are damaged before they are imported: nothing is live, but every frame is of the past and stays so.

A frame is wrong where an account that is not in doubt holds another size than in the frame of the same minute from the
sound archive, whose last one is the exchange's own (tests/sources/archive).
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from archived_world import ArchivedWorld, archived_world

from chaos.kind import FaultKind, Trial
from chaos.trial import MEMORY
from liqscape.model.events import GapDetected
from liqscape.service.pipeline import Pipeline
from liqscape.sources.archive import ArchiveSource
from liqscape.sources.archive.base import read_base
from liqscape.sources.archive.store import LocalStore
from liqscape.wire.archive.frame import pack_frame, unpack_frame

MINUTES = 12
Sizes = dict[tuple[str, int], float]
Frames = dict[int, tuple[Sizes, set[str]]]
"""By minute: who holds what, and who is in doubt."""


@cache
def _sound() -> tuple[ArchivedWorld, Frames]:
    """One archive for all trials of a process, and its frames."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-archive-", dir=MEMORY if MEMORY.is_dir() else None))
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    world = archived_world(folder, MINUTES)
    return world, _frames(world, world.folder)[0]


def _frames(world: ArchivedWorld, folder: Path) -> tuple[Frames, int]:
    """Frames of an archive, and how often damage or a gap was told."""
    reported: list[Any] = []
    source = ArchiveSource(LocalStore(folder), read_base(world.base, None), world.end_ms, on_damage=reported.append)
    pipeline, frames = Pipeline(source.provenance), Frames()
    for event in source.events():
        if isinstance(event, GapDetected):
            reported.append(event)
        moment = pipeline.feed(event)
        if moment is None:
            continue
        accounts, watch = moment.accounts, pipeline.ledger.watch()
        owners = accounts.address_row[accounts.pool_of_position()].tolist()
        rows = zip(owners, accounts.market_index.tolist(), accounts.size.tolist(), strict=True)
        sizes = {(accounts.addresses[owner], market): size for owner, market, size in rows}
        frames[moment.frame.time_ms] = sizes, {watch.address[row] for row in np.flatnonzero(watch.is_unsure).tolist()}
    return frames, len(reported)


def _damage_lines(chance: random.Random, lines: list[bytes]) -> list[bytes]:
    """A line cut, garbled or left out."""
    row = chance.randrange(len(lines) - 1)  # that a last line is left out, nothing tells
    line = lines[row]
    lines[row : row + 1] = chance.choice(([line[: len(line) // 2]], [b"garbage"], []))
    return lines


def _cut(chance: random.Random, content: bytes) -> bytes:
    """The packed file ends early."""
    return content[: chance.randrange(16, len(content))]


def _lines(chance: random.Random, content: bytes) -> bytes:
    """Some lines are damaged."""
    lines = unpack_frame(content, "archive").splitlines()
    for _ in range(chance.randint(1, 3)):
        lines = _damage_lines(chance, lines)
    return pack_frame(b"\n".join(lines) + b"\n")


def _flip(chance: random.Random, content: bytes) -> bytes:
    """A bit of the packed file flips."""
    flipped = bytearray(content)
    flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def archive_kind(
    name: str, damage: Callable[[random.Random, bytes], bytes] | None, *, why_wrong: str = ""
) -> FaultKind:
    """A kind that changes one packed file of fills; None takes it away."""

    def run(seed: int) -> Trial:
        chance = random.Random(seed)
        world, sound = _sound()
        with tempfile.TemporaryDirectory(prefix="chaos-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
            copy = Path(folder) / "archive"
            shutil.copytree(world.folder, copy)
            path = chance.choice(sorted((copy / "node_fills_by_block").rglob("*.lz4")))
            if damage is None:
                path.unlink()
            else:
                path.write_bytes(damage(chance, path.read_bytes()))
            frames, reported = _frames(world, copy)
        wrong = sum(_is_wrong(sizes, doubted, sound[minute][0]) for minute, (sizes, doubted) in frames.items())
        return Trial(
            seed=seed,
            said_after_s=0.0 if reported else None,
            right_after_s=0.0,
            wrong_live_frames=wrong,
            lost_frames=len(sound.keys() - frames.keys()),
            frames=len(frames),
        )

    return FaultKind(name=name, where="simulated", expects_said=True, run=run, wrong_frames_why=why_wrong)


def _is_wrong(sizes: Sizes, doubted: set[str], true: Sizes) -> bool:
    keys = {key for key in (sizes.keys() | true.keys()) if key[0] not in doubted}
    return any(abs(sizes.get(key, 0.0) - true.get(key, 0.0)) > 1e-9 for key in keys)


NEXT_LINE = "a line that is not there shows when the next one comes, perhaps after the frame of its minute"
CHECKSUM = "a flipped bit that leaves lines readable shows in the checksum at the end of its hour, after its frames"

KINDS = (
    archive_kind("archive: a file cut", _cut),
    archive_kind("archive: lines damaged or left out", _lines, why_wrong=NEXT_LINE),
    archive_kind("archive: a bit flipped", _flip, why_wrong=CHECKSUM),
    archive_kind("archive: a file missing", None),
)
