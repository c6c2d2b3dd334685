"""How figures are written on a terminal, and answers as JSON. Unknown is a dash in text and null in JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from liqscape.service.asked_time import utc_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from liqscape.service.answers.parts import ProvenanceAnswer

UNKNOWN = "-"
TABLE_COLUMNS = 140
LARGEST_TABLE = 1_000
"""Columns a table may ask for where its cells must not wrap."""


def print_json(answer: object) -> None:
    """One JSON document and a line end on stdout. Infinity and NaN become null.

    Renamed fields stand under both names.
    """
    import msgspec

    from liqscape.web.deprecations import with_former_fields

    sys.stdout.write(msgspec.json.encode(with_former_fields(answer)).decode() + "\n")


def open_console() -> Console:
    """stdout as a rich console; plain text where it is no terminal."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


def print_table(console: Console, table: Table) -> None:
    """A table in full: a narrow terminal wraps its lines, no figure is cut."""
    from rich.measure import Measurement

    width = console.width
    wanted = Measurement.get(console, console.options.update(max_width=LARGEST_TABLE), table).maximum
    console.width = max(width, TABLE_COLUMNS, wanted if all(column.no_wrap for column in table.columns) else 0)
    console.print(table, crop=False)
    console.width = width


def figure_table(*names: str) -> Table:
    """A table without lines: words in its first column, figures in the others, none of them wrapped."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(names):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    return table


def source_text(provenance: ProvenanceAnswer) -> str:
    """What a map is of, and first whether it is made up."""
    simulated = "SIMULATED, " if provenance.is_simulated else ""
    return f"{simulated}{provenance.kind} {provenance.name}"


def usd(value: float | None) -> str:
    """Dollars in three to four figures: 1.23B, 45.6M, 789k, 12."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= limit * 0.9995:
            return f"{value / limit:.{_places(size / limit)}f}{unit}"
    return f"{value:.0f}" if size >= 1.0 or size == 0.0 else f"{value:.2g}"


def price(value: float | None) -> str:
    """A price in six significant figures, thousands set apart; above 100,000 to the tenth that BTC is quoted in."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 100_000.0:
        return f"{value:,.1f}".removesuffix(".0")
    shown = f"{value:.6g}"
    if "e" in shown:
        return f"{value:.12f}".rstrip("0").rstrip(".") if abs(value) < 1.0 else f"{value:,.0f}"
    whole, point, rest = shown.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole not in ("-0", "0") else shown


def quantity(value: float | None) -> str:
    """Coins in six significant figures."""
    return UNKNOWN if value is None else f"{value:,.6g}"


def percent(value: float | None, places: int = 2) -> str:
    """A percentage with its sign."""
    return UNKNOWN if value is None else f"{value:+.{places}f} %"


def bp(value: float | None) -> str:
    """Basis points with their sign."""
    return UNKNOWN if value is None else f"{value:+.1f} bp"


def share(value: float | None) -> str:
    """A fraction as a percentage."""
    return UNKNOWN if value is None else f"{100.0 * value:.1f} %"


def time_text(time_ms: int | None) -> str:
    """Time as ISO 8601 in UTC, to the second."""
    return UNKNOWN if time_ms is None else utc_text(time_ms)


def age_text(age_ms: int | None) -> str:
    """An age in the largest unit that fits."""
    if age_ms is None:
        return UNKNOWN
    seconds = age_ms / 1000.0
    for length, unit in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def _places(shown: float) -> int:
    return 2 if shown < 9.995 else 1 if shown < 99.95 else 0
