"""What a process holds after an hour, and whether that is flat."""

from __future__ import annotations

import os
import statistics
from pathlib import Path

import msgspec

from liqscape.service.collecting.disk_look import DiskLook
from liqscape.service.collecting.opening import OpenedLive

PROCESS = Path("/proc/self")
PARTS = ("raw_log", "history", "liquidations", "register")


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """One row, after a collection; disk in bytes by part; counts since the start.

    own_mb     memory of the process itself.
    mapped_mb  pages of libraries and files in it besides: they come when something is first used and the kernel takes
               them back when it needs room, so that they are told and not judged.
    """

    hour: int
    own_mb: float
    mapped_mb: float
    descriptors: int
    threads: int
    disk: dict[str, int]
    frames: int
    stored: int
    accounts: int
    positions: int
    liquidations: int
    answers: int
    frames_read: int
    records_waiting: int


def measure(hour: int, opened: OpenedLive, answers: int, frames_read: int) -> Hour:
    """The process as it stands."""
    held = dict(line.split(":", 1) for line in (PROCESS / "status").read_text().splitlines())
    own_kb, mapped_kb = (int(held[name].split()[0]) for name in ("RssAnon", "RssFile"))
    market, now = opened.market, opened.market.live.now
    assert now is not None
    disk = {part.part: part.bytes for part in DiskLook(opened.liquidations.parent).answer().parts}
    return Hour(
        hour=hour,
        own_mb=round(own_kb * 1_024 / 1e6, 1),
        mapped_mb=round(mapped_kb * 1_024 / 1e6, 1),
        descriptors=len(os.listdir(PROCESS / "fd")),
        threads=len(os.listdir(PROCESS / "task")),
        disk=disk,
        frames=market.frame_count,
        stored=opened.view.status().frame_count,
        accounts=now.frame.address_count,
        positions=int(now.frame.position_count.sum()),
        liquidations=0 if opened.live_figures.newest is None else opened.live_figures.newest.liquidations,
        answers=answers,
        frames_read=frames_read,
        records_waiting=market.raw.waiting_count,
    )


def table(rows: list[Hour], every: int = 12) -> str:
    """Markdown, one line for every so many hours."""
    columns = (
        "Hour",
        "Memory MB",
        "Mapped MB",
        "Descriptors",
        "Threads",
        "Raw log MB",
        "History MB",
        "Liquidations kB",
    )
    columns += ("Register kB", "Frames", "Stored", "Accounts", "Positions")
    head = f"| {' | '.join(columns)} |"
    lines = [head, "|" + " ---: |" * len(columns)]
    for row in rows:
        if row.hour % every and row is not rows[-1] and row.hour != 1:
            continue
        raw, history, events, register = (row.disk.get(part, 0) for part in PARTS)
        lines.append(
            f"| {row.hour} | {row.own_mb:.0f} | {row.mapped_mb:.0f} | {row.descriptors} | {row.threads} "
            f"| {raw / 1e6:.1f} | {history / 1e6:.1f} | {events / 1e3:.0f} | {register / 1e3:.0f} "
            f"| {row.frames:,} | {row.stored:,} "
            f"| {row.accounts} | {row.positions} |"
        )
    return "\n".join(lines)


def judge(rows: list[Hour], keep_raw_hours: float) -> list[tuple[str, bool]]:
    """Claims and whether they hold: the last day against the second one; none for less than three days."""
    if len(rows) < 72:
        return []
    second, last = rows[24:48], rows[-24:]

    def middle(part: list[Hour], what: str) -> float:
        return statistics.median(getattr(row, what) for row in part)

    memory = middle(last, "own_mb") / middle(second, "own_mb") - 1.0
    claims = [(f"memory of the last day against the second: {memory:+.1%} (at most +5 %)", memory <= 0.05)]
    for what in ("descriptors", "threads"):
        most, before = max(getattr(row, what) for row in last), max(getattr(row, what) for row in second)
        claims.append((f"{what}: at most {most} on the last day, {before} on the second", most <= before + 1))
    kept = [row.disk["raw_log"] for row in rows if row.hour > keep_raw_hours + 2]
    if kept:
        spread = max(kept) / min(kept) - 1.0
        claims.append(
            (
                f"raw log once its bound is met: between {min(kept) / 1e6:.1f} and {max(kept) / 1e6:.1f} MB",
                spread <= 0.3,
            )
        )
    days = [rows[at].disk["history"] - rows[at - 24].disk["history"] for at in range(47, len(rows), 24)]
    claims.append(
        (f"history grows by {min(days) / 1e6:.1f} to {max(days) / 1e6:.1f} MB a day", max(days) <= 1.5 * min(days))
    )
    return claims
