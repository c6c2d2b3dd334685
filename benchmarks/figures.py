"""What a benchmark hands back: named figures, some with a target."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number. `value` None: could not be measured here, `note` says why."""

    name: str
    value: float | None
    unit: str
    target: float | None = None
    wanted: Literal["at most", "at least"] = "at most"
    note: str = ""

    @property
    def verdict(self) -> str:
        """pass, MISS, not available, or nothing where no target is set."""
        if self.value is None:
            return "not available"
        if self.target is None:
            return ""
        is_met = self.value <= self.target if self.wanted == "at most" else self.value >= self.target
        return "pass" if is_met else "MISS"

    def as_json(self) -> dict[str, Any]:
        return {name: _known(value) for name, value in asdict(self).items()} | {"verdict": self.verdict}


@dataclass
class Section:
    """Figures of one subject, with a sentence or two that a reader needs."""

    title: str
    text: str = ""
    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float | None, unit: str, **rest: Any) -> None:
        self.figures.append(Figure(name=name, value=value, unit=unit, **rest))


def shown(value: float | None) -> str:
    """Three significant digits, thousands grouped."""
    if value is None:
        return "-"
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _known(value: Any) -> Any:
    """A figure that is not known, or without bound, is null in a file: JSON has neither."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
