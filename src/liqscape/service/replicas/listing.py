"""Which files make up what a data folder answers from, each with its size and checksum.

Raw bytes as received, the register and the files of a running program (locks, a sandbox's checkpoint) are not among
them. What was set aside as damaged is not either: a replica finds the same hole.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import NamedTuple

from liqscape.errors import CorruptSegment, RemoteWireError
from liqscape.service.folders import LIQUIDATIONS, ORIGIN, SCORES
from liqscape.store.books.schema import FOLDER as BOOKS
from liqscape.store.history.head import HEAD_FOLDER
from liqscape.store.history.manifest import MANIFEST
from liqscape.store.history.part_files import FILES_NAME, parse_list
from liqscape.store.history.parts import PARTS_FOLDER
from liqscape.store.studies.schema import FOLDER as STUDIES

KNOWN = "known.json"
"""What a collector knows beside its files (known.py)."""
MANIFEST_COPY = "manifest.copy.json"
SINGLE = (MANIFEST, MANIFEST_COPY, ORIGIN, "origin.copy.json", KNOWN)
FOLDERS = (HEAD_FOLDER, PARTS_FOLDER, LIQUIDATIONS, BOOKS, STUDIES, SCORES)
SUFFIXES = (".head", ".parquet", ".json", ".bin")
MAX_DEPTH, MAX_PATH = 5, 300
PIECE_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9_%@~][A-Za-z0-9_.:@%+=~-]*")


class FileMark(NamedTuple):
    """What tells one content of a file from another."""

    size: int
    crc32: int


Listing = dict[str, FileMark]
"""Files by path below the data folder, with / between names."""

_Stat = tuple[int, int, int]


def check_path(path: str) -> str:
    """A path that may stand in a listing. Raises RemoteWireError: it may have come from anybody."""
    names = path.split("/")
    is_known = path in SINGLE or (1 < len(names) <= MAX_DEPTH and names[0] in FOLDERS)
    if not is_known or len(path) > MAX_PATH or not all(_NAME.fullmatch(name) for name in names):
        raise RemoteWireError(f"{path[:MAX_PATH]!r} is no file of a map")
    return path


class FolderLister:
    """`look` lists a folder; checksums are worked out again only for files that changed. One thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[_Stat, FileMark]] = {}
        self._parts: dict[str, tuple[int, Listing]] = {}

    def look(self) -> Listing:
        """The files as they are now. Raises OSError.

        Heads come first, so that the manifest is at least as new as they, then parts; where the manifest was replaced
        meanwhile all is listed again, for it may name others.
        """
        found = self._look_once()
        while self._file(MANIFEST).get(MANIFEST) != found.get(MANIFEST):
            found = self._look_once()
        return found

    def _look_once(self) -> Listing:
        found: Listing = {}
        for top in FOLDERS:
            if top == PARTS_FOLDER:
                continue
            found |= self._walk(top)
        for name in SINGLE:
            found |= self._file(name)
        return found | self._parts_now()

    def _parts_now(self) -> Listing:
        """Parts never change once they have their name; their lists of files hold the checksums."""
        found: Listing = {}
        kept = {}
        for entry in self._entries(PARTS_FOLDER):
            if not entry.is_dir():
                continue
            changed_ns = entry.stat().st_mtime_ns
            held = self._parts.get(entry.name)
            if held is None or held[0] != changed_ns:
                held = changed_ns, self._part(f"{PARTS_FOLDER}/{entry.name}")
            kept[entry.name] = held
            found |= held[1]
        self._parts = kept
        return found

    def _part(self, path: str) -> Listing:
        found = self._walk(path, is_hashed=False)
        listed = self._file(f"{path}/{FILES_NAME}")
        try:
            content = (self._folder / path / FILES_NAME).read_bytes()
            files = parse_list(content, Path(path).name, self._folder / path)
        except (OSError, CorruptSegment):
            return self._walk(path)
        marks = {f"{path}/{each.name}": FileMark(each.size, each.crc32) for each in files.values()}
        return {**{name: marks.get(name) or self._file(name)[name] for name in found}, **listed}

    def _walk(self, path: str, *, is_hashed: bool = True) -> Listing:
        found: Listing = {}
        for entry in self._entries(path):
            name = f"{path}/{entry.name}"
            if entry.is_dir():
                found |= self._walk(name, is_hashed=is_hashed)
            elif entry.name.endswith(SUFFIXES):
                found |= self._file(name) if is_hashed else {name: FileMark(0, 0)}
        return found

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._folder / path) as entries:
                return sorted((each for each in entries if _NAME.fullmatch(each.name)), key=lambda each: each.name)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _file(self, name: str) -> Listing:
        """One file; none where it is not there (any more)."""
        path = self._folder / name
        try:
            with path.open("rb") as file:
                stat = os.fstat(file.fileno())
                key = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
                known = self._known.get(name)
                if known is None or known[0] != key:
                    known = key, _mark(file.fileno())
                    self._known[name] = known
        except (FileNotFoundError, NotADirectoryError):
            self._known.pop(name, None)
            return {}
        return {name: known[1]}


def mark_of(content: bytes) -> FileMark:
    """Of a content in memory."""
    return FileMark(len(content), zlib.crc32(content))


def _mark(descriptor: int) -> FileMark:
    size, crc32 = 0, 0
    while piece := os.read(descriptor, PIECE_BYTES):
        size, crc32 = size + len(piece), zlib.crc32(piece, crc32)
    return FileMark(size, crc32)
