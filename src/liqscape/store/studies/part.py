"""One part of a study on disk: the tables of a UTC day, and how each coin stood at its end."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path

import msgspec
import polars as pl

from liqscape.errors import CorruptSegment
from liqscape.insight.study_rows import TABLES
from liqscape.store.checked_json import check_json, seal_json
from liqscape.store.durable import TEMPORARY, flush_file, flush_folder
from liqscape.store.studies.schema import STUDY_VERSION, Frames, columns_of
from liqscape.units import DAY_MS

PART = "part.json"
STATES = "states.bin"
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d{6})")


class CoinSpan(msgspec.Struct, frozen=True):
    """Which frames of a coin are in a part.

    since_ms  first frame of its unbroken study: of this part, or of one long before.
    last_ms   last frame.
    """

    since_ms: int
    last_ms: int


class _PartJson(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    history_id: str
    coins: dict[str, CoinSpan]
    digests: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class StudyPart:
    """A part as its own file describes it.

    day  days since 1970, UTC.
    """

    path: Path
    day: int
    serial: int
    history_id: str
    coins: Mapping[str, CoinSpan]
    digests: Mapping[str, str]

    def check(self) -> None:
        """Raises CorruptSegment where a file is not what was written."""
        for name, digest in self.digests.items():
            read_checked(self.path / name, digest)

    def frames(self) -> Frames:
        """All tables. Raises CorruptSegment."""
        return {table: self.frame(table) for table in TABLES}

    def frame(self, table: str) -> pl.DataFrame:
        """One table. Raises CorruptSegment."""
        path = self.path / f"{table}.parquet"
        content = read_checked(path, self.digests.get(path.name, ""))
        try:
            frame = pl.read_parquet(content)
        except pl.exceptions.PolarsError as error:
            raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
        return frame.select(list(columns_of(table)))

    def states(self) -> dict[str, bytes]:
        """How each coin stood at the end. Raises CorruptSegment."""
        import lz4.frame  # type: ignore[import-untyped]

        path = self.path / STATES
        content = read_checked(path, self.digests.get(STATES, ""))
        try:
            return msgspec.msgpack.decode(lz4.frame.decompress(content), type=dict[str, bytes])
        except (RuntimeError, msgspec.MsgspecError) as error:
            raise CorruptSegment(f"{path}: {error}", path=str(path)) from error


def part_path(folder: Path, day: int, serial: int) -> Path:
    """Where a writing of a day lies."""
    return folder / f"{day_text(day)}.{serial:06d}"


def day_text(day: int) -> str:
    """A day as it is named."""
    return datetime.fromtimestamp(day * DAY_MS // 1_000, UTC).date().isoformat()


def list_parts(folder: Path) -> list[tuple[int, int]]:
    """(day, serial) of all writings there, in order; none where there is no folder."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for name in names:
        match = _NAME.fullmatch(name)
        if match is not None:
            found.append(((date.fromisoformat(match[1]) - date(1970, 1, 1)).days, int(match[2])))
    return sorted(found)


def read_part(folder: Path, day: int, serial: int) -> StudyPart | None:
    """What a part says of itself; None where another version wrote it. Raises CorruptSegment, FileNotFoundError."""
    path = part_path(folder, day, serial)
    content = (path / PART).read_bytes()
    if not check_json(content, path / PART):
        raise CorruptSegment(f"{path / PART}: no checksum", path=str(path / PART))
    try:
        read = msgspec.json.decode(content, type=_PartJson)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptSegment(f"{path / PART}: {error}", path=str(path / PART)) from error
    if read.version != STUDY_VERSION:
        return None
    return StudyPart(
        path=path, day=day, serial=serial, history_id=read.history_id, coins=read.coins, digests=read.digests
    )


def write_part(
    folder: Path,
    day: int,
    serial: int,
    *,
    history_id: str,
    coins: Mapping[str, CoinSpan],
    frames: Frames,
    states: Mapping[str, bytes],
) -> StudyPart:
    """Write one; durable when it returns, and there whole or not at all. Raises OSError."""
    import lz4.frame

    path = part_path(folder, day, serial)
    made = folder / f"{TEMPORARY}{path.name}"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    contents = {f"{table}.parquet": _packed(frame) for table, frame in frames.items()}
    contents[STATES] = lz4.frame.compress(msgspec.msgpack.encode(dict(sorted(states.items()))))
    digests = {}
    for name, content in contents.items():
        (made / name).write_bytes(content)
        flush_file(made / name)
        digests[name] = _digest(content)
    head = _PartJson(version=STUDY_VERSION, history_id=history_id, coins=dict(sorted(coins.items())), digests=digests)
    (made / PART).write_bytes(seal_json(msgspec.json.encode(head)))
    flush_file(made / PART)
    flush_folder(made)
    made.rename(path)
    flush_folder(folder)
    return StudyPart(path=path, day=day, serial=serial, history_id=history_id, coins=head.coins, digests=digests)


def _packed(frame: pl.DataFrame) -> bytes:
    """As Parquet. In memory first: of a disk that is full Polars says no more than that the file makes no sense."""
    packed = io.BytesIO()
    frame.write_parquet(packed, compression="zstd", statistics=True)
    return packed.getvalue()


def read_checked(path: Path, digest: str) -> bytes:
    """A file of a part. Raises CorruptSegment where it is not what was written."""
    content = path.read_bytes()
    if _digest(content) != digest:
        raise CorruptSegment(f"{path}: digest does not fit, the file is damaged", path=str(path))
    return content


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
