"""What `liqscape account` prints of an account through time and of its state as received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.cli.output import UNKNOWN, open_console, price, print_table, quantity, source_text, time_text

if TYPE_CHECKING:
    from liqscape.service.answers.account_history import AccountHistoryAnswer
    from liqscape.service.answers.account_state import AccountStateAnswer

HISTORY_ROWS = 48
"""Lines of a terminal."""


def print_history(answer: AccountHistoryAnswer) -> None:
    """One row a column."""
    from rich.table import Table

    console = open_console()
    console.print(f"{answer.address}, {answer.coin} through time, {source_text(answer.provenance)}", markup=False)
    if answer.note is not None:
        console.print(answer.note, markup=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("frame", "size", "mark", "liquidation", "margin from"):
        table.add_column(heading, justify="left" if heading in ("frame", "margin from") else "right")
    for column, shown in enumerate(answer.time_ms):
        if shown is None:
            continue
        size, status = answer.size[column], answer.level_status[column]
        level = answer.liquidation_price[column]
        table.add_row(
            time_text(shown),
            UNKNOWN if size is None else quantity(size),
            price(answer.mark[column]),
            price(level) if status == "ok" else status or UNKNOWN,
            answer.margin_source[column] or UNKNOWN,
        )
    print_table(console, table)


def print_state(answer: AccountStateAnswer) -> None:
    """Each state as received, then what is stored."""
    console = open_console()
    console.print(f"{answer.address}, {time_text(answer.as_of_ms)}", markup=False)
    console.print(f"searched: {answer.searched}", markup=False, soft_wrap=True)
    for text in (answer.note, answer.explorer_url):
        if text is not None:
            console.print(text, markup=False, soft_wrap=True)
    for state in answer.states:
        dex = f" of dex {state.dex}" if state.dex else ""
        venue = "" if state.venue_ms is None else f", exchange time {time_text(state.venue_ms)}"
        block = "" if state.block is None else f", block {state.block}"
        console.print(
            f"\n{state.kind}{dex} from {state.source}, received {time_text(state.received_ms)}{venue}{block}",
            markup=False,
        )
        console.print(state.text, markup=False, soft_wrap=True, highlight=False)
    for pool in answer.stored:
        raw = "not known" if pool.raw_usd is None else f"{pool.raw_usd:,.6f} USD"
        console.print(
            f"\nstored: {pool.margin_mode} pool, raw USD {raw} ({pool.margin_source}), "
            f"state of {time_text(pool.observed_ms)}",
            markup=False,
        )
        for position in pool.positions:
            console.print(
                f"  {position.coin} {quantity(position.size)}, entry {price(position.entry_price)}", markup=False
            )
