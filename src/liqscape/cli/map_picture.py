"""The terminal map as text: ladder, clusters, asymmetry, and the standing line that says what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from liqscape.cli.output import age_text, percent, price, print_table, share, time_text, usd

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.cli.ladder import Ladder
    from liqscape.service.answers.asymmetry import AsymmetryAnswer
    from liqscape.service.answers.clusters import ClustersAnswer
    from liqscape.service.answers.frame import FrameAnswer

LONG_STYLE = "bright_yellow"
SHORT_STYLE = "bright_blue"
"""Yellow and blue stay apart for colour-blind readers; the letter beside the bar says it without colour."""
MARK_STYLE = "bold"
EIGHTHS = " ▏▎▍▌▋▊▉"
SHOWN_CLUSTERS = 8
TEXT_COLUMNS = 32
"""Room a row needs beside its bar."""


def print_map(
    console: Console,
    frame: FrameAnswer,
    ladder: Ladder,
    clusters: ClustersAnswer,
    asymmetry: AsymmetryAnswer,
) -> None:
    """Write the whole picture."""
    title = Text(f"{frame.coin}  mark {price(frame.mark)}", style=MARK_STYLE)
    title.append(f"   {time_text(frame.as_of_ms)}", style="none")
    if frame.provenance.is_simulated:
        title.append("   SIMULATED", style="bold red")
    console.print(title)
    if frame.mark is None:
        console.print("The mark of this coin is not known at this time, so nothing can be placed beside it.")
    else:
        _print_ladder(console, ladder, frame.mark)
        _print_clusters(console, clusters)
        _print_asymmetry(console, asymmetry)
    _print_standing_line(console, frame, ladder)


def _print_ladder(console: Console, ladder: Ladder, mark: float) -> None:
    largest = max((max(row.long, row.short) for row in ladder.rows), default=0.0)
    width = max(console.width - TEXT_COLUMNS, 10)
    for row in ladder.rows:
        parts = [(row.short, "S", SHORT_STYLE), (row.long, "L", LONG_STYLE)]
        shown = [part for part in parts if part[0] > 0.0]
        marker = "▶" if row.has_mark else " "
        line = Text(f"{marker}{price(row.price_low):>12} ", style=MARK_STYLE if row.has_mark else "none")
        if not shown and row.has_mark:
            line.append(f"{'─' * 8} mark {price(mark)}", style="dim")
        # A row holds both sides only around the mark; they share the bar.
        for amount, letter, style in shown:
            line.append(f"{usd(amount):>7} {letter} ", style="none")
            line.append(_bar(amount / largest * width / len(shown)) + " ", style=style)
        line.truncate(console.width)
        console.print(line)


def _bar(length: float) -> str:
    eighths = max(round(length * 8.0), 1)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def _print_clusters(console: Console, clusters: ClustersAnswer) -> None:
    console.print()
    if not clusters.clusters:
        console.print("No cluster.")
        return
    title = "Clusters, largest first (USD at the mark)"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    for name in ("side", "from", "to", "distance", "USD", "positions"):
        table.add_column(name, justify="left" if name == "side" else "right")
    for cluster in clusters.clusters[:SHOWN_CLUSTERS]:
        is_long = cluster.side > 0
        table.add_row(
            Text("long" if is_long else "short", style=LONG_STYLE if is_long else SHORT_STYLE),
            price(cluster.price_low),
            price(cluster.price_high),
            percent(cluster.distance_percent),
            usd(cluster.notional),
            str(cluster.position_count),
        )
    print_table(console, table)
    left = len(clusters.clusters) - SHOWN_CLUSTERS
    if left > 0:
        console.print(f"and {left} smaller; --json lists them", style="dim")
    for name, nearest in (("long", clusters.nearest.long), ("short", clusters.nearest.short)):
        if nearest is not None:
            console.print(
                f"Nearest {name}: {price(nearest.price_low)} to {price(nearest.price_high)}, "
                f"{percent(nearest.distance_percent)}, {usd(nearest.notional)} USD",
                markup=False,
            )


def _print_asymmetry(console: Console, asymmetry: AsymmetryAnswer) -> None:
    console.print()
    table = Table(box=None, pad_edge=False, title="Asymmetry", title_justify="left", title_style="bold")
    for name in ("within", "long below", "short above", "imbalance"):
        table.add_column(name, justify="right")
    for row in asymmetry.rows:
        table.add_row(
            f"{row.distance_percent:g} %",
            usd(row.long_below_notional),
            usd(row.short_above_notional),
            "-" if row.imbalance is None else f"{row.imbalance:+.2f}",
        )
    print_table(console, table)


def _print_standing_line(console: Console, frame: FrameAnswer, ladder: Ladder) -> None:
    console.print()
    beyond = [f"{usd(ladder.long_beyond)} long and {usd(ladder.short_beyond)} short beyond the rows"]
    for part in frame.outside:
        side = "long" if part.side > 0 else "short"
        beyond.append(f"{usd(part.notional)} {side} {part.reason.replace('_', ' ')}")
    console.print(f"Not shown: {'; '.join(beyond)}.", markup=False)
    shares = frame.margin_source_share
    named = (
        ("state", shares.state),
        ("published", shares.published),
        ("tracked", shares.tracked),
        ("modelled", shares.modelled),
        ("unknown", shares.unknown),
    )
    margin_source = ", ".join(f"{name} {share(value)}" for name, value in named if value > 0.0) or "no position"
    console.print(
        f"Source: {frame.provenance.kind} {frame.provenance.name}. As of {time_text(frame.as_of_ms)}, "
        f"oldest state {age_text(frame.oldest_age_ms)}, median {age_text(frame.median_age_ms)}. "
        f"Coverage of open interest: {share(frame.coverage)}. Margin source: {margin_source}.",
        markup=False,
    )
    if frame.doubt:
        console.print(f"IN DOUBT: {'; '.join(frame.doubt)}.", markup=False)
    if frame.provenance.note:
        console.print(frame.provenance.note, markup=False)
    if frame.provenance.is_simulated:
        console.print("SIMULATED: no real account stands behind these figures.", style="bold red")
