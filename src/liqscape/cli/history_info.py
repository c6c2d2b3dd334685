"""`liqscape history info`: what a data folder holds and takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.history_text import bytes_text, check_folder, count_text
from liqscape.cli.output import UNKNOWN, print_json, time_text

if TYPE_CHECKING:
    from liqscape.service.care.information import FolderInformation

SHOWN = 20
"""Holes and damaged files that are listed; --json has all."""


def history_info(folder: Path, /, *, json: bool = False) -> None:
    """Print what a data folder holds: its span, parts, bytes by table, growth a day, schema versions, holes, damage.

    Nothing is written; a map may be writing the folder meanwhile. Bytes are those of the files.

    Parameters
    ----------
    folder
        Data folder of a map or an import.
    json
        Print one JSON document, with bytes and frames of each day.
    """
    check_folder(folder)
    from liqscape.service.care.information import look_at_folder

    found = look_at_folder(folder)
    if json:
        print_json(found)
        return
    for line in _lines(found):
        print(line)


def _lines(found: FolderInformation) -> list[str]:
    simulated = "SIMULATED, " if found.is_simulated else ""
    versions = ", ".join(f"{count} of version {version}" for version, count in found.schema_versions.items())
    lines = [
        f"{found.folder}: {simulated}{found.kind} {found.name}, history {found.history_id or UNKNOWN}, "
        f"begun by liqscape {found.liqscape or UNKNOWN}",
        f"frames   {found.frame_count:,} from {time_text(found.first_ms)} to {time_text(found.last_ms)}",
        f"parts    {found.part_count:,} ({versions or 'none'}), {count_text(found.head_count, 'file')} in none yet",
        f"size     {bytes_text(found.total_bytes)}",
    ]
    if found.growth_bytes is None:
        lines.append("growth   unknown: no whole day is stored with every frame")
    else:
        days = count_text(found.growth_days, "whole day")
        lines.append(f"growth   {bytes_text(found.growth_bytes)} a day (history alone, mean of {days})")
    for title, table in (("history", found.table_bytes), ("beside", found.beside_bytes)):
        for name, size in sorted(table.items(), key=lambda item: -item[1]):
            lines.append(f"{title:<8} {bytes_text(size):>10}  {name}")
    hold = f"longer than {found.hold_ms / 60_000:g} minutes without a frame"
    lines.append(f"holes    {len(found.holes)} ({hold})")
    lines += [f"         {time_text(each.after_ms)} to {time_text(each.before_ms)}" for each in found.holes[:SHOWN]]
    lines.append(f"damaged  {count_text(len(found.damaged), 'file')}")
    lines += [f"         {each.sentence}" for each in found.damaged[:SHOWN]]
    return lines
