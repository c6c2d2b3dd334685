"""Figures of builds as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from against.decide import is_suspect, ratio, settled, verdict
from against.table import ROWS, SHARES, START, Row
from against.turns import Measured

NOW = "now"


@dataclass(kw_only=True)
class Line:
    """A row as it is shown; `figures` and `ratios` by build."""

    title: str
    unit: str
    figures: dict[str, float]
    ratios: dict[str, float] = field(default_factory=dict)
    wanted: str = ""
    verdict: str = ""
    note: str = ""


def suspects(first: Measured, others: Sequence[str]) -> list[str]:
    """Jobs to ask again."""
    return [
        name
        for name, by in first.figures.items()
        if any(NOW in by and other in by and is_suspect(ratio(by[other], by[NOW])) for other in others)
    ]


def lines(first: Measured, again: Measured, others: Sequence[str]) -> list[Line]:
    """Rows of one file, shares after them."""
    found = []
    for name, by in first.figures.items():
        row = ROWS.get(name, Row(name))
        later = again.figures.get(name, {})
        best = {build: row.shown(min(later.get(build, figures))) for build, figures in by.items()}
        line = Line(title=row.title, unit=row.unit, figures=best)
        for other in others:
            if NOW not in by or other not in by:
                continue
            asked = ratio(later[other], later[NOW]) if NOW in later and other in later else None
            once = ratio(by[other], by[NOW])
            line.ratios[other] = settled(once, asked)
            wanted = row.wanted if START.startswith(other) else None
            if wanted is not None:
                line.wanted = f"at most {wanted:g}"
            if line.verdict != "SLOWER":
                line.verdict = verdict(once, asked, wanted) or line.verdict
        line.note = _differing(first.answers.get(name, {}))
        absent = [build for build in (*others, NOW) if build not in by]
        if absent:
            line.note = f"not in {', '.join(absent)}"
        found.append(line)
    there = [share for share in SHARES if share.job in first.figures and share.over in first.figures]
    return found + [
        _share(share.title, first.figures[share.job], first.figures[share.over], share.at_most) for share in there
    ]


def _differing(answers: Mapping[str, float]) -> str:
    """Which builds answer otherwise than this one, or than the first that answers where this one does not."""
    here = answers.get(NOW, next(iter(answers.values()), None))
    others = [build for build, answer in answers.items() if answer != here]
    return f"answers differ: {', '.join(others)}" if others else ""


def _share(title: str, job: Mapping[str, list[float]], over: Mapping[str, list[float]], at_most: float | None) -> Line:
    shares = {build: ratio(over[build], figures) for build, figures in job.items() if build in over}
    line = Line(title=title, unit="times", figures=shares)
    if at_most is not None and NOW in line.figures:
        line.wanted = f"itself at most {at_most:g}"
        line.verdict = "reached" if line.figures[NOW] <= at_most else "not reached"
    return line


def as_text(listed: Sequence[Line], others: Sequence[str]) -> str:
    """The table, in Markdown: figures of each build, ratios of this one to each other."""
    ratios = ["ratio"] if len(others) == 1 else [f"ratio to {other}" for other in others]
    head = ["row", *others, NOW, "unit", *ratios, "wanted", "verdict", "note"]
    cells = [head]
    for line in listed:
        figures = [shown(line.figures.get(build)) for build in (*others, NOW)]
        found = [f"{line.ratios[other]:.3f}" if other in line.ratios else "-" for other in others]
        cells.append([line.title, *figures, line.unit, *found, line.wanted, line.verdict, line.note])
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    rows = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    return "\n".join([rows[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows[1:]])


def shown(figure: float | None) -> str:
    """Three significant digits, thousands grouped."""
    if figure is None:
        return "-"
    return f"{figure:,.0f}" if abs(figure) >= 1_000 else f"{figure:.3g}"
