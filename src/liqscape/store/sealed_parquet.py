"""A checksum inside a Parquet file that stands alone, so that damage is found before a reader meets it.

Parquet as it is written here has none, and a flipped bit in a page may be another number. The metadata holds
`liqscape.crc32`, ten digits: CRC-32 of the whole file with those digits as zeros. Any Parquet reader passes over it.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from liqscape.errors import CorruptSegment

SEAL_KEY = "liqscape.crc32"
BLANK = "0000000000"

_SEAL = re.compile(rb"liqscape\.crc32[^0-9]{1,8}?(\d{10})(?!\d)")


def seal_parquet(content: bytes) -> bytes:
    """The file with its checksum; it was written with the metadata SEAL_KEY: BLANK."""
    place = _place(content)
    assert place is not None, "written with a blank seal"
    digits = f"{zlib.crc32(content):010d}".encode()
    return content[:place] + digits + content[place + len(BLANK) :]


def check_parquet(content: bytes, path: Path) -> bool:
    """Whether the file carries a checksum, as those of older versions do not.

    Raises CorruptSegment where it does not fit, and for what does not begin and end like a Parquet file.
    """
    if len(content) < 12 or content[:4] != b"PAR1" or content[-4:] != b"PAR1":
        raise CorruptSegment(f"{path}: {len(content)} bytes that are no whole Parquet file", path=str(path))
    place = _place(content)
    if place is None:
        return False
    blank = BLANK.encode()
    begun = zlib.crc32(blank, zlib.crc32(memoryview(content)[:place]))
    if zlib.crc32(memoryview(content)[place + len(blank) :], begun) != int(content[place : place + len(blank)]):
        raise CorruptSegment(f"{path}: checksum does not fit, the file is damaged", path=str(path))
    return True


def _place(content: bytes) -> int | None:
    """Offset of the checksum's digits: the metadata is at the end of the file."""
    begin = max(0, len(content) - 65_536)
    found = list(_SEAL.finditer(content, begin))
    return found[-1].start(1) if found else None
