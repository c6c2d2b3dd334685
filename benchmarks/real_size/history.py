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
        Row(
            what="history on disk",
            value=day / GB,
            unit="GB a day",
            wanted=WANTED_GB_A_DAY,
            note=f"from {minutes} minutes at one frame each",
        ),
        Row(what="history on disk, a year", value=day / GB * 365.25, unit="GB"),
    ]
    rows += [Row(what=f"  of it {table}", value=mb, unit="MB a day") for table, mb in days.items()]
    return [*rows, *_writing(facts)]


def _writing(facts: Facts) -> list[Row]:
    """Time, memory and bytes of single appends."""
    seconds, more = np.array(facts.append_s), np.array(facts.more_mb)
    grown = np.diff(np.array(facts.written_mb), prepend=0.0)[1:]
    is_funding = np.array(facts.is_funding)[1:]
    plain, funding = grown[~is_funding], grown[is_funding]
    return [
        Row(what="bytes of an ordinary minute, before sealing", value=float(np.median(plain)), unit="MB"),
        Row(
            what="bytes of a funding minute, before sealing",
            value=float(np.median(funding)) if len(funding) else 0.0,
            unit="MB",
        ),
        Row(what="an append, median", value=float(np.median(seconds)), unit="s"),
        Row(what="an append, longest (sealing with it)", value=float(seconds.max()), unit="s", wanted=WANTED_WAIT_S),
        Row(what="an append, most memory it took", value=float(more.max()), unit="MB", wanted=WANTED_MB),
        Row(what="opening the folder again", value=facts.reopen_s, unit="s"),
        Row(what="first append after that", value=facts.first_append_s, unit="s", wanted=WANTED_WAIT_S),
        Row(what="merging a day", value=facts.merge_s, unit="s"),
        Row(what="merging a day, most memory it took", value=facts.merge_mb, unit="MB", wanted=WANTED_MB),
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
