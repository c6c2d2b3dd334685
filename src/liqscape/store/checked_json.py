"""Small JSON files that say whether they are what was written, each with a second copy beside it.

    name.json         the object, its last member "crc32": CRC-32 of all bytes before that member
    name.copy.json    the same bytes, written after it

Files of older versions have neither member nor copy: they are read unchecked.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from liqscape.errors import CorruptSegment
from liqscape.store.durable import replace_file

_SEAL = re.compile(rb',\s*"crc32":\s*(\d+)\s*\}\s*\Z')


def seal_json(content: bytes) -> bytes:
    """A JSON object with at least one member, and its checksum."""
    body = content.rstrip()
    assert body.endswith(b"}"), "an object"
    body = body[:-1].rstrip()
    return body + f',\n "crc32": {zlib.crc32(body)}\n}}'.encode()


def check_json(content: bytes, path: Path) -> bool:
    """Whether the content carries a checksum. Raises CorruptSegment where it does and it does not fit."""
    seal = _SEAL.search(content[-64:])
    if seal is None:
        return False
    body = content[: len(content) - len(seal[0])]
    if zlib.crc32(body) != int(seal[1]):
        raise CorruptSegment(f"{path}: checksum does not fit, the file is damaged", path=str(path))
    return True


def copy_path(path: Path) -> Path:
    """Where the second copy lies."""
    return path.with_name(f"{path.stem}.copy{path.suffix}")


def write_with_copy(path: Path, content: bytes) -> None:
    """Replace a file and its copy, each in one step; durable when it returns."""
    sealed = seal_json(content)
    replace_file(path, sealed)
    replace_file(copy_path(path), sealed)
