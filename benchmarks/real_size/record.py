"""What a part is told and what it gives back."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The size of the world, how long to look, where to write."""

    scratch: str
    """A folder of this build alone, removed at the end; parts that run after one another may share what lies there."""
    build: str = "now"
    """"now" or "before"."""
    seed: int = 7
    accounts: int = 300_000
    positions: int | None = None
    """None: 7 for 3 accounts."""
    markets: int = 250
    known: int = 1_000_000
    """Addresses ever seen, with and without positions."""
    hours: float = 3.0
    """Simulated hours of history at a frame a minute."""
    seconds: float = 60.0
    """Seconds to watch what runs by the clock."""

    live_hours: float = 0.25
    """Hours of the exchange's time that go through the live map as fast as the machine can."""
    most_seconds: float = 480.0
    """Those hours end after so many seconds, however many are over."""
    speed: float = 1.0
    """So many times as fast as the clock goes the exchange's time, for the whole live server."""

    @classmethod
    def tiny(cls, scratch: str) -> Settings:
        """A world in which every part takes seconds: shows that it runs, measures nothing."""
        return cls(scratch=scratch, accounts=300, markets=8, known=1_000, hours=0.1, seconds=1.0, live_hours=0.05)

    def of_build(self, build: str) -> Settings:
        """The same for another build, in a folder of its own."""
        return replace(self, build=build, scratch=str(Path(self.scratch) / build))

    @property
    def folder(self) -> Path:
        """`scratch` as a path; there after the first look."""
        path = Path(self.scratch)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def is_real(self) -> bool:
        """Whether figures mean anything."""
        return self.accounts >= 100_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured number.

    value      None: it could not be measured; `note` says why.
    wanted     the bound; None: there is none.
    is_lowest  the bound is what it must reach, not what it may not pass.
    """

    what: str
    value: float | None
    unit: str
    wanted: float | None = None
    note: str = ""
    is_lowest: bool = False

    @property
    def verdict(self) -> str:
        """pass, MISS, not measured, or nothing where nothing is wanted."""
        if self.value is None:
            return "not measured"
        if self.wanted is None:
            return ""
        is_met = self.value >= self.wanted if self.is_lowest else self.value <= self.wanted
        return "pass" if is_met else "MISS"

    def as_json(self) -> dict[str, Any]:
        return {name: _known(value) for name, value in asdict(self).items()}


def _known(value: Any) -> Any:
    """A figure that is not known, or without bound, is null in a file: JSON has neither."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
