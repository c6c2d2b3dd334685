"""Address rows of a batch: each address is named once, rows point to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from liqscape.wire.decode import refuse

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


class AddressRows:
    """Row of each address in order of first sight; any case comes in, lower case stays."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._spelt: dict[str, int] = {}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Lower-case hex, each once."""
        return tuple(self._rows)

    def row(self, text: str, source: str, path: str) -> int:
        """Row of an address as it was spelt. Raises RemoteWireError for anything that is no address."""
        row = self._spelt.get(text)
        if row is None:
            address = text.lower()
            if _ADDRESS.fullmatch(address) is None:
                raise refuse(source, path, text, "is not an address (0x and 40 hex digits)")
            row = self._spelt[text] = self._rows.setdefault(address, len(self._rows))
        return row

    def rows(self, texts: Sequence[str], source: str, path: str) -> list[int]:
        """Rows of many. Raises as `row` does."""
        spelt = self._spelt
        for text in dict.fromkeys(texts):
            if text not in spelt:
                self.row(text, source, path)
        return [spelt[text] for text in texts]
