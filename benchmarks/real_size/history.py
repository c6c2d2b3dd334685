"""History on disk at real size: bytes a day by table, what funding writes, seals, merges, and how long an append waits.

A day is reckoned from the hours that were written: what one frame takes by itself, once, and 24 hours of the rest.
Writing is that of a live map: one append a minute.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np

from real_size.made import Facts, facts_of, stored_history
from real_size.record import Row, Settings

MB = 2**20
GB = 1024.0
WANTED_GB_A_DAY = 0.5
WANTED_WAIT_S = 1.0
WANTED_MB = 500.0


def measure(settings: Settings) -> list[Row]:
    """Disk and time of a live history."""
    folder, facts = stored_history(settings), facts_of(settings)
    minutes = len(facts.append_s)
    alone, whole = _by_table(settings.folder / "alone"), _by_table(folder)
    days = {table: _a_day(whole[table], alone[table], minutes) for table in sorted(whole)}
    day = sum(days.values())
    rows = [
        Row("history on disk", day / GB, "GB a day", WANTED_GB_A_DAY, f"from {minutes} minutes at one frame each"),
        Row("history on disk, a year", day / GB * 365.25, "GB"),
    ]
    rows += [Row(f"  of it {table}", mb, "MB a day") for table, mb in days.items()]
    return [*rows, *_writing(facts)]


def _writing(facts: Facts) -> list[Row]:
    """Time, memory and bytes of single appends."""
    seconds, more = np.array(facts.append_s), np.array(facts.more_mb)
    grown = np.diff(np.array(facts.written_mb), prepend=0.0)[1:]
    is_funding = np.array(facts.is_funding)[1:]
    plain, funding = grown[~is_funding], grown[is_funding]
    return [
        Row("bytes of an ordinary minute, before sealing", float(np.median(plain)), "MB"),
        Row("bytes of a funding minute, before sealing", float(np.median(funding)) if len(funding) else 0.0, "MB"),
        Row("an append, median", float(np.median(seconds)), "s"),
        Row("an append, longest (sealing with it)", float(seconds.max()), "s", WANTED_WAIT_S),
        Row("an append, most memory it took", float(more.max()), "MB", WANTED_MB),
        Row("opening the folder again", facts.reopen_s, "s"),
        Row("first append after that", facts.first_append_s, "s", WANTED_WAIT_S),
        Row("merging a day", facts.merge_s, "s"),
        Row("merging a day, most memory it took", facts.merge_mb, "MB", WANTED_MB),
    ]


def _a_day(whole: float, alone: float, minutes: int) -> float:
    """MB of a day: one frame by itself, and the rest for 1,440 minutes."""
    return alone + max(0.0, whole - alone) / max(1, minutes) * 1_440.0


def _by_table(folder: Path) -> Counter[str]:
    """MB by table: files are named after them, or lie in a folder that is."""
    found: Counter[str] = Counter()
    for path, _, names in os.walk(folder):
        inside = Path(path).relative_to(folder).parts
        for name in names:
            table = inside[2] if len(inside) > 2 else name.split(".")[0] if len(inside) == 2 else "other"
            found[table] += (Path(path) / name).stat().st_size / MB
    return found
