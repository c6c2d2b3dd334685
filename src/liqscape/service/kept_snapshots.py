"""Solved snapshots of recordings, kept in the user's cache for the next question.

A file is named by a hash of all that its content follows from: the contents of the recording's files, their names, and
the code. So nothing kept is ever out of date: a file that changed, even within the same tick of the clock, has another
name. Each begins with a checksum; a damaged or foreign one is as good as none, and is written anew. Files appear
by renaming, so two processes may keep the same. Whatever cannot be written is not kept, and nobody is told.

LIQSCAPE_CACHE=0 switches it off.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from liqscape.errors import ModelError
from liqscape.service.folders import cache_folder, key_of_files
from liqscape.store.durable import TEMPORARY

if TYPE_CHECKING:
    from liqscape.heatmap.moment import Moment

SWITCH = "LIQSCAPE_CACHE"
FOLDER = "snapshots"
MAX_BYTES = 256 * 1024 * 1024
"""Of all that is kept; the oldest goes first. A snapshot of 250 accounts takes 0.2 MB."""
DIGEST = 16
"""Bytes of a checksum."""
NEWEST = "newest"

Kept = TypeVar("Kept")


class KeptCoins(msgspec.Struct, frozen=True):
    """The markets of a recording by name."""

    coins: list[str]


@dataclass(frozen=True)
class KeptSnapshots:
    """What is kept of one recording as it is now. folder: of all recordings; key: hash of what it follows from."""

    folder: Path
    recording: Path
    key: str

    @classmethod
    def of(cls, recording: Path, files: list[Path]) -> KeptSnapshots | None:
        """None where nothing is to be kept. Raises OSError for a file that cannot be read."""
        if os.environ.get(SWITCH) == "0":
            return None
        try:
            folder = cache_folder() / FOLDER
        except RuntimeError:  # a user without a home
            return None
        return cls(folder, recording, _key(recording, files)) if _is_ours(folder) else None

    def is_of(self, files: list[Path]) -> bool:
        """Whether the files are still what they were when the key was made."""
        return _key(self.recording, files) == self.key

    def coins(self) -> list[str] | None:
        """Names of the markets; None where they are not kept."""
        head = self._read("coins", KeptCoins)
        return None if head is None else head.coins

    def find(self, at_ms: int | None) -> Moment | None:
        """The snapshot that was the answer for this time (None: the newest); None where it is not kept."""
        path = self._path(_name(at_ms))
        if not path.exists():
            return None
        from liqscape.service.kept_moment import KeptMoment

        kept = self._read(_name(at_ms), KeptMoment)
        return None if kept is None else kept.moment()

    def keep_coins(self, coins: list[str]) -> None:
        """Keep the names of the markets."""
        self._keep("coins", KeptCoins(coins))

    def keep(self, at_ms: int | None, moment: Moment) -> None:
        """Keep the answer for a time."""
        from liqscape.service.kept_moment import KeptMoment

        self._keep(_name(at_ms), KeptMoment.of(moment))

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.key}-{name}"

    def _read(self, name: str, kind: type[Kept]) -> Kept | None:
        try:
            content = self._path(name).read_bytes()
        except OSError:
            return None
        if _checksum(content[DIGEST:]) != content[:DIGEST]:
            return None
        try:
            return msgspec.msgpack.decode(memoryview(content)[DIGEST:], type=kind, dec_hook=_array_of)
        except (msgspec.MsgspecError, ModelError, ValueError, TypeError):
            return None

    def _keep(self, name: str, value: object) -> None:
        """Where that is possible, and remove the oldest of all recordings where there is too much."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(name, value)
            _remove_oldest(self.folder)
        except OSError:
            return

    def _write(self, name: str, value: object) -> None:
        """Raises OSError."""
        content = msgspec.msgpack.encode(value, enc_hook=_plain)
        descriptor, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=self.folder)
        try:
            with open(descriptor, "wb") as file:
                file.write(_checksum(content))
                file.write(content)
            Path(temporary).replace(self._path(name))
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise


def _name(at_ms: int | None) -> str:
    return NEWEST if at_ms is None else str(at_ms)


def _key(recording: Path, files: list[Path]) -> str:
    """The name of the folder counts: answers say it."""
    said = f"{recording.resolve().name}:{key_of_files(files)}:{code_key()}"
    return blake2b(said.encode(), digest_size=DIGEST).hexdigest()


@cache
def code_key() -> str:
    """Hash of what stands for the code that reads and solves: our files by size and time, and when packages changed."""
    package = Path(__file__).resolve().parents[1]
    digest = blake2b(sys.version.encode(), digest_size=DIGEST)
    folders = [package]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.path):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        folders.append(Path(entry.path))
                elif entry.name.endswith(".py"):
                    found = entry.stat()
                    digest.update(f"{entry.path}:{found.st_size}:{found.st_mtime_ns};".encode())
    others = Path(msgspec.__file__).parents[1]  # numpy, numba and the rest lie beside it
    digest.update(f"{others}:{others.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def _is_ours(folder: Path) -> bool:
    """False where somebody else may write to the folder. One that is not there yet is ours to make."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return sys.platform == "win32" or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _remove_oldest(folder: Path) -> None:
    """Keep MAX_BYTES at most. What an interrupted write left grows old like the rest."""
    held = []
    for path in folder.iterdir():
        try:
            found = path.stat()
        except FileNotFoundError:  # another process was faster
            continue
        held.append((found.st_mtime_ns, found.st_size, path))
    excess = sum(size for _, size, _ in held) - MAX_BYTES
    for _, size, path in sorted(held):
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= size


def _checksum(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST).digest()


def _plain(value: object) -> object:
    """An array as its type, shape and bytes."""
    import numpy as np

    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not kept")


def _array_of(_: type, value: object) -> object:
    """The array again; its own memory, which may be written to like that of any other."""
    import numpy as np

    if not isinstance(value, list) or len(value) != 3:
        raise ValueError("not an array")
    kind, shape, content = value
    return np.frombuffer(bytearray(content), np.dtype(kind)).reshape(shape)
