"""Stops and take-profits of a simulated cascade as text, apart from what was liquidated and never summed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.cli.cascade_levels import largest_levels, print_smaller_levels
from liqscape.cli.output import price, print_table, share, usd

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.cascade_records import CascadeAnswer, EnsembleAnswer

COUNTS = ("fired", "closed_before", "still_waiting")
"""Figures of an ensemble that are orders, not USD."""


def stops_label(answer: CascadeAnswer | EnsembleAnswer) -> str:
    """What a result is labelled with beside SIMULATED."""
    return "without stops" if answer.stops is None else "with stops"


def print_stops(console: Console, answer: CascadeAnswer) -> None:
    """How many fired, and what they sold and bought; nothing of a run without them."""
    stops = answer.stops
    if stops is None:
        return
    left_out = sum(stops.left_out.values())
    console.print(
        f"apart from that, of {stops.loaded:,} stops and take-profits ({left_out:,} left out) {stops.fired:,} fired: "
        f"stops {usd(stops.stops_filled)} USD, take-profits {usd(stops.profits_filled)}; {stops.closed_before:,} went "
        f"with a position closed before, {stops.still_waiting:,} still wait",
        markup=False,
        soft_wrap=True,
    )


def print_stop_levels(console: Console, answer: CascadeAnswer) -> None:
    """Of the coin that was asked about, where its stops and take-profits fired; the largest, from the highest down."""
    from rich.table import Table

    if answer.stops is None:
        return
    levels = answer.stops.per_level
    shown = largest_levels(
        levels.coin, answer.coin, lambda row: levels.stops_sent[row] + levels.profits_sent[row], levels.price_low
    )
    if not shown:
        console.print(f"{answer.coin}: no stop or take-profit fired at any level", markup=False)
        return
    title = f"{answer.coin} stops and take-profits by mark"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="")
    for heading in ("from", "to", "stops sent", "filled", "take-profits sent", "filled", "orders"):
        table.add_column(heading, justify="right")
    columns = (levels.stops_sent, levels.stops_filled, levels.profits_sent, levels.profits_filled)
    for row in shown:
        table.add_row(
            price(levels.price_low[row]),
            price(levels.price_high[row]),
            *(usd(column[row]) for column in columns),
            f"{levels.order_count[row]:,}",
        )
    print_table(console, table)
    print_smaller_levels(console, levels.coin, answer.coin, shown)


def print_stops_over_runs(console: Console, answer: EnsembleAnswer, quantiles: list[str]) -> None:
    """Stops and take-profits, apart from the table of liquidations: quantiles of their figures, then by level."""
    from rich.table import Table

    stops = answer.stops
    if stops is None:
        return
    left_out = sum(stops.left_out.values())
    console.print(
        f"apart from that, stops and take-profits: {stops.loaded:,} orders taken along in every run, {left_out:,} left "
        "out",
        markup=False,
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("figure", *quantiles):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for name, values in stops.quantiles.items():
        table.add_row(name, *(f"{value:,.4g}" if name in COUNTS else usd(value) for value in values))
    print_table(console, table)
    if answer.central is None:
        return
    rows, coin = stops.per_level, answer.central.coin
    middle = answer.levels.index(0.5)
    shown = largest_levels(
        rows.coin, coin, lambda row: rows.stops_filled[row][middle] + rows.profits_filled[row][middle], rows.price_low
    )
    if not shown:
        return
    title = f"{coin} by mark, at the median of the runs"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="")
    for heading in ("from", "to", "stops filled", "take-profits filled", "fired in"):
        table.add_column(heading, justify="right")
    for row in shown:
        table.add_row(
            price(rows.price_low[row]),
            price(rows.price_high[row]),
            usd(rows.stops_filled[row][middle]),
            usd(rows.profits_filled[row][middle]),
            share(rows.fired_share[row]),
        )
    print_table(console, table)
    print_smaller_levels(console, rows.coin, coin, shown)
