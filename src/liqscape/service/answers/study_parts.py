"""What every answer of a study says: since when it counts, what its figures need, and why a list is empty."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs

SinceMs = Annotated[
    int | None, msgspec.Meta(description="First studied minute, ms since 1970 UTC; null: nothing was studied.")
]
Note = Annotated[
    str | None, msgspec.Meta(description="Why there are no rows, one sentence; null where there are some.")
]
Bp = Annotated[float, msgspec.Meta(description="Basis points, a hundredth of a percent.")]
Sigmas = Annotated[float, msgspec.Meta(description="In sigma: standard deviations of a one-minute log return before.")]
Share = Annotated[float, msgspec.Meta(description="A fraction, 0 to 1.")]
KnownAtMs = Annotated[
    int, msgspec.Meta(description="When it was known: the time of the frame that closed the minute, ms since 1970 UTC.")
]
IsGap = Annotated[
    bool, msgspec.Meta(description="More than the history's hold time lies in it: what happened inside is unknown.")
]


class NeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one figure needs before it counts."""

    figure: str
    needs: str
    since_ms: Annotated[
        int | None, msgspec.Meta(description="From when on the figure counts, ms since 1970 UTC; null: not yet.")
    ]


Needs = Annotated[list[NeedRow], msgspec.Meta(description="What the figures need, and since when each counts.")]


class StudyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """as_of_ms is the newest studied minute; of a map without a study the newest frame."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    since_ms: SinceMs
    needs: Needs
    note: Note
