"""What a map keeps on disk: room taken and left, and what the disk does not take."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.store.history.outlook import days_until_full, growth_a_day, is_nearly_full
from liqscape.store.history.retention import HeldHistory, KeepRules, excess_bytes

Bytes = Annotated[int, msgspec.Meta(ge=0, description="Bytes.")]


class DiskPart(msgspec.Struct, frozen=True):
    """A folder of what is kept."""

    part: Annotated[str, msgspec.Meta(description='"history", "raw_log", "register", "liquidations", "books".')]
    bytes: Bytes


class DiskTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """A part that cannot be written now, or could not and has a hole for it."""

    part: Annotated[str, msgspec.Meta(description="As of disk parts.")]
    not_stored_since_ms: Annotated[
        int | None, msgspec.Meta(description="Nothing is stored since, ms UTC; null: it is written again.")
    ] = None
    reason: str | None = None
    waiting: Annotated[int, msgspec.Meta(ge=0, description="Entries in memory, written when there is room.")] = 0
    lost: Annotated[int, msgspec.Meta(ge=0, description="Entries dropped since the start: a hole.")] = 0


class HistoryRoom(msgspec.Struct, frozen=True, kw_only=True):
    """How much room the history takes, how fast it grows, and the rules it is kept by."""

    bytes: Bytes
    first_ms: Annotated[int | None, msgspec.Meta(description="Time of the first frame that is kept, ms UTC.")] = None
    bytes_a_day: Annotated[
        int | None, msgspec.Meta(description="Bytes a day of every stored frame takes; null: not known yet.")
    ] = None
    days_until_full: Annotated[
        float | None,
        msgspec.Meta(description="Until the disk is full at this rate; null: not known, or a rule ends the growth."),
    ] = None
    is_nearly_full: Annotated[bool, msgspec.Meta(description="Less than 3 days are left.")] = False
    excess_bytes: Annotated[
        int, msgspec.Meta(ge=0, description="Above max_bytes, with what the next merge needs, and nothing may go.")
    ] = 0
    keep_days: int | None = None
    keep_minutes_days: int | None = None
    keep_quarter_hours_days: int | None = None
    max_bytes: Bytes | None = None


class DiskAnswer(msgspec.Struct, frozen=True):
    """Room taken and left, and what cannot be written."""

    parts: list[DiskPart] = []
    free_bytes: Bytes | None = None
    troubles: list[DiskTrouble] = []
    history: Annotated[
        HistoryRoom | None, msgspec.Meta(description="Of a history that is written here; null: not looked at yet.")
    ] = None


def history_room(held: HeldHistory, rules: KeepRules, free_bytes: int | None) -> HistoryRoom:
    """What is said of a history's room."""
    left = None if free_bytes is None else days_until_full(held, rules, free_bytes)
    first = held.parts[0].first_ms if held.parts else held.first_head_ms
    return HistoryRoom(
        bytes=held.total_bytes,
        first_ms=first,
        bytes_a_day=growth_a_day(held),
        days_until_full=left,
        is_nearly_full=is_nearly_full(left),
        excess_bytes=excess_bytes(held, rules),
        keep_days=rules.days,
        keep_minutes_days=rules.minute_days,
        keep_quarter_hours_days=rules.quarter_hour_days,
        max_bytes=rules.max_bytes,
    )
