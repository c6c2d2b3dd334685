"""The files of a made-up node: a line a block, which a fault may change on its way to the disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from liqscape.wire.archive.paths import hourly_path
from liqscape.wire.node.block_time import print_block_time

TABLE = "node_fills_by_block"
Change = Callable[[bytes], list[bytes]]
"""One line to what is written instead, now."""


class NodeFiles:
    """`write` a block; `change` stands between it and the file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.block = 1_000
        self.change: Change = lambda line: [line]
        folder.mkdir(parents=True)

    def path(self, time_ms: int) -> Path:
        """The file of an hour."""
        return self.folder / hourly_path(TABLE, time_ms)

    def write(self, time_ms: int, fills: list[tuple[str, dict[str, Any]]]) -> None:
        """One block with its fills."""
        self.block += 1
        block = {
            "local_time": print_block_time(time_ms + 100), "block_time": print_block_time(time_ms),
            "block_number": self.block, "events": fills,
        }  # fmt: skip
        content = b"".join(self.change(json.dumps(block).encode() + b"\n"))
        path = self.path(time_ms)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(content)
