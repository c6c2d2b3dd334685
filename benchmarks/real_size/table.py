"""Rows of two builds side by side, as text."""

from __future__ import annotations

from real_size.record import Row


def table(rows: dict[str, list[Row]]) -> str:
    """`rows` by build, "before" (where it was measured) and "now"; one line a name."""
    names = list(dict.fromkeys(row.what for build in rows.values() for row in build))
    found = {build: {row.what: row for row in listed} for build, listed in rows.items()}
    lines = [("what", *rows, "unit", "wanted", "", "")]
    for name in names:
        of_build = {build: found[build].get(name) for build in rows}
        # What is wanted is wanted of this build; a row that only the other has says what that was.
        row = next(row for row in (of_build.get("now"), *of_build.values()) if row is not None)
        wanted = "" if row.wanted is None else f"{'at least' if row.is_lowest else 'at most'} {shown(row.wanted)}"
        verdict = row.verdict if of_build.get("now") is not None else ""
        values = (shown(each.value) if each else "-" for each in of_build.values())
        notes = dict.fromkeys(each.note for each in of_build.values() if each and each.note)
        lines.append((name, *values, row.unit, wanted, verdict, "; ".join(notes)))
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    numbers = range(1, 1 + len(rows))
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def shown(value: float | None) -> str:
    """Three significant digits, thousands grouped."""
    if value is None:
        return "?"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
