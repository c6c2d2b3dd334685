"""Parts of the measurement, in the order they run: name, module, what it looks at."""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """`module` of this package has `measure(settings) -> list[Row]`."""

    name: str
    module: str
    about: str


PARTS = (
    Part("history", "history", "a live history minute by minute: bytes a day by table, sealing, merging, waits"),
    Part("feed", "feed", "planner, watch and near coverage: stalls of the event loop, accounts read a second"),
    Part("register", "register", "a register of all known addresses: first answer, memory"),
    Part("importing", "importing", "an archive of this size: seconds for a day, peak memory"),
    Part("stream", "stream", "what an open page takes a day, processor time a frame, lists of positions"),
)
BY_NAME = {part.name: part for part in PARTS}
