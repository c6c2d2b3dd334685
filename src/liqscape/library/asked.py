"""What a user asks with: times, lengths of time and sides as Python has them, and the checks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.errors import QuestionError
from liqscape.service.asked_span import asked_span_ms
from liqscape.service.asked_time import asked_ms
from liqscape.spelling import did_you_mean, shown
from liqscape.units import SIDE_NUMBERS

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

    import numpy as np

    Time = str | int | datetime | date | np.datetime64
    """ISO 8601 text (UTC where it says no zone), milliseconds since 1970, or a datetime."""
    Span = str | int | timedelta
    """A length of time: "30min", "4h", "1d", milliseconds, or a timedelta."""


def time_ms(name: str, asked: Time | None) -> int | None:
    """Milliseconds since 1970; None where nobody asked."""
    return None if asked is None else asked_ms(name, asked)


def span_ms(asked: Span | None) -> int | None:
    """Milliseconds of `held_for`; None where nobody asked."""
    if asked is None:
        return None
    from datetime import timedelta

    if isinstance(asked, timedelta):
        asked = f"{round(asked.total_seconds() * 1_000)}ms"
    return asked_span_ms("held_for", str(asked))


def choice_of(start: Time | None, end: Time | None, side: str | None) -> tuple[int | None, int | None, int | None]:
    """Start, end and side as a question of a study has them."""
    return time_ms("start", start), time_ms("end", end), None if side is None else side_number(side)


def check_number(name: str, asked: object) -> None:
    """Text in a number's place, such as a coin given where the percentage is first."""
    if isinstance(asked, str):
        raise QuestionError(f"{name} {shown(asked)} is not a number")


def side_number(side: str) -> int:
    """1 (long) or -1 (short). Raises QuestionError."""
    if side not in SIDE_NUMBERS:
        raise QuestionError(
            f"unknown side {shown(str(side))}; {did_you_mean(str(side), SIDE_NUMBERS, 'long or short')}"
        )
    return SIDE_NUMBERS[side]
