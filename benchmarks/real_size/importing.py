"""An archive of real size into history: seconds for an hour and for a day, peak memory.

A made-up archive (archive_day.py: 300,000 accounts, 400,000 sides of fills an hour, everybody's funding) is imported
by `liqscape import` in a process of its own: one hour, and as many as `--hours` says. A day is what one more hour
takes, 24 times, and what the first needs besides; with `--hours 24` it is measured as it is. Seconds are of the
processor: how long one core is busy, whatever else the machine does.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from liqscape.units import HOUR_MS, MINUTE_MS
from real_size.archive_day import BASE, DAY_START_MS, SIDES, write_archive
from real_size.record import Row, Settings

WANTED_S_A_DAY = 180.0
WANTED_MB = 1_024.0
HOURS_A_DAY = 24
MAX_HOURS_BEFORE = 1
"""Of the build before, which takes most of a minute for each."""

IMPORT = """
import resource, sys
from liqscape.cli.main import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"measured {used.ru_utime + used.ru_stime} {int(peak) / 1024}", file=sys.stderr)
sys.exit(code)
"""


class Measured(NamedTuple):
    """One import: seconds of the processor, peak MB."""

    seconds: float
    peak_mb: float


def measure(settings: Settings) -> list[Row]:
    """An hour, a day, memory."""
    hours = max(1, round(settings.hours))
    if settings.build == "before":
        hours = min(hours, MAX_HOURS_BEFORE)
    archive = settings.folder / "archive"
    sides = max(400, SIDES * settings.accounts // 300_000)
    write_archive(archive, hours, settings.accounts, sides, settings.markets)
    one = _import(settings.folder, archive, 1)
    whole = one if hours == 1 else _import(settings.folder, archive, hours)
    rate = one.seconds if hours == 1 else (whole.seconds - one.seconds) / (hours - 1)
    day = whole.seconds if hours == HOURS_A_DAY else one.seconds + rate * (HOURS_A_DAY - 1)
    how = "measured" if hours == HOURS_A_DAY else f"reckoned from {hours} hours"
    return [
        Row(what=f"importing an hour of {sides:,} sides", value=one.seconds, unit="s of one core"),
        Row(what="importing a day of them", value=day, unit="s of one core", wanted=WANTED_S_A_DAY, note=how),
        Row(
            what="importing, peak memory",
            value=max(one.peak_mb, whole.peak_mb),
            unit="MB",
            wanted=WANTED_MB,
            note=f"over {hours} hours",
        ),
    ]


def _import(folder: Path, archive: Path, hours: int) -> Measured:
    end_ms = DAY_START_MS + hours * HOUR_MS - MINUTE_MS
    data = folder / f"data-{hours}"
    options = ["--base", str(archive / BASE), "--to", str(end_ms), "--data", str(data)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, "import", str(archive), *options], capture_output=True, text=True, check=False
    )
    found = re.search(r"^measured (\S+) (\S+)$", done.stderr, re.MULTILINE)
    if done.returncode or found is None:
        raise RuntimeError(f"the import ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    return Measured(float(found[1]), float(found[2]))
