"""Text a user wrote, whatever editor wrote it: the bytes as UTF-8 without a byte order mark.

Notepad puts a mark before UTF-8, PowerShell writes UTF-16 with one. A file without a mark is taken as it is.
"""

from __future__ import annotations

import codecs

from liqscape.errors import InputError

_MARKED = (
    # The mark of UTF-32 begins as that of UTF-16 does, so it is looked for first.
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


def as_utf8(content: bytes, source: str) -> bytes:
    """UTF-8 of a text or JSON file. Raises InputError where the file's own mark promises what does not follow."""
    for mark, encoding, name in _MARKED:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding).encode()
            except UnicodeError as error:
                reason = getattr(error, "reason", error)
                raise InputError(f"{source}: begins as {name} and goes on otherwise: {reason}", file=source) from None
    return content.removeprefix(codecs.BOM_UTF8)
