"""files.json of a part: name, bytes and CRC-32 of each file, and as last entry of the list itself.

That entry (name files.json, as size the number of files, CRC-32 of the part's name and the other entries) tells a
damaged list from damaged files. Lists of older versions have none.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from liqscape.errors import CorruptSegment

FILES_NAME = "files.json"


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a part, to tell damage from data."""

    name: str
    size: int
    crc32: int


def list_of_files(part: str, files: list[FileEntry]) -> bytes:
    return msgspec.json.encode([*files, _entry_of_list(part, files)])


def _entry_of_list(part: str, files: list[FileEntry]) -> FileEntry:
    """The entry of the list itself: the number of files, and the checksum of the part's name and their entries."""
    return FileEntry(FILES_NAME, len(files), zlib.crc32(msgspec.json.encode(files), zlib.crc32(part.encode())))


def parse_list(content: bytes, part: str, path: Path) -> dict[str, FileEntry]:
    """Entries by name, that of the list itself among them where it has one. Raises CorruptSegment."""
    try:
        files = msgspec.json.decode(content, type=list[FileEntry])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
    own = [file for file in files if file.name == FILES_NAME]
    rest = [file for file in files if file.name != FILES_NAME]
    is_ours = all(file.name.endswith(".parquet") for file in rest)  # where the name of the own entry is what is damaged
    if not is_ours or (own and own != [_entry_of_list(part, rest)]):
        raise CorruptSegment(f"{path}: checksum does not fit, the file is damaged", path=str(path))
    return {file.name: file for file in files}
