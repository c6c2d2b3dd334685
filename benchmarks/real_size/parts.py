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
    Part("past", "past", "a click into the past: seconds, memory, a heatmap asked meanwhile"),
    Part("unsealed", "unsealed", "minutes not sealed yet in a reader: seconds for a new one, memory"),
    Part("windows", "windows", "heatmaps of 24 hours and of 7 days"),
    Part("retention", "retention", "a day thinned to 15 minutes and to an hour: what it takes, seconds, memory"),
    Part("queue", "queue", "how long a disk that takes nothing may last before minutes are lost"),
    Part("hours", "hours", "hours of records through the live map: memory, disk, processor, nothing lost"),
    Part("live", "live", "a whole live server against an exchange of this size: memory, lag, disk, nothing lost"),
    Part("feed", "feed", "planner, watch and near coverage: stalls of the event loop, accounts read a second"),
    Part("register", "register", "a register of all known addresses: first answer, memory"),
    Part("importing", "importing", "an archive of this size: seconds for a day, peak memory"),
    Part("stream", "stream", "what an open page takes a day, processor time a frame, lists of positions"),
)
BY_NAME = {part.name: part for part in PARTS}
