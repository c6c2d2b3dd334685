"""`liqscape solve`: liquidation prices of saved account states beside the published ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import open_console, price, print_json, quantity, time_text, usd

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.states.account_answer import PoolRow, PositionRow, SolveAnswer

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes; a state with every coin held takes 0.2 MB, all metas of the venue 2 MB."""


def solve(files: list[Path], /, *, tables: Path | None = None, json: bool = False) -> None:
    """Print the liquidation prices of saved account states.

    Each file holds a clearinghouseState, bare or wrapped with its spot state. Prices are solved from the account
    and stand beside the published ones; unified accounts are recognised and solved from their other prices.

    Parameters
    ----------
    files
        Saved states: clearinghouseState, subAccounts, a capture, or a wrapper with the spot state.
    tables
        Margin tables: a recorded meta, metaAndAssetCtxs, or a margin-table file. Dated built-in tables by default.
    json
        Print JSON: an object for one account, an array for several.
    """
    answers = solve_files(files, tables)
    if json:
        print_json(answers[0] if len(answers) == 1 else answers)
        return
    console = open_console()
    for answer in answers:
        _print_answer(console, answer)


def solve_files(files: list[Path], tables: Path | None = None) -> list[SolveAnswer]:
    """Every account of every file. Raises InputError or RemoteWireError naming the file before anything is printed."""
    from liqscape.errors import InputError
    from liqscape.states.solve_account import solve_account
    from liqscape.wire.saved_state import parse_saved_state
    from liqscape.wire.saved_tables import parse_saved_tables

    if not files:
        raise InputError("solve: no file given, a saved clearinghouseState is needed")
    given = None if tables is None else parse_saved_tables(_read(tables), str(tables))
    return [
        solve_account(account, given, str(file))
        for file in files
        for account in parse_saved_state(_read(file), str(file))
    ]


def _read(file: Path) -> bytes:
    from liqscape.errors import InputError
    from liqscape.wire.user_text import as_utf8

    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}", file=str(file)) from None
    if len(content) > LARGEST_FILE:
        raise InputError(f"{file}: more than the {LARGEST_FILE} bytes that are read", file=str(file))
    return as_utf8(content, str(file))


def _print_answer(console: Console, answer: SolveAnswer) -> None:
    from rich.table import Table

    name = answer.account.address or answer.file
    console.print(
        f"{name}, {time_text(answer.time_ms)}, {answer.account.margin_mode} account", markup=False, soft_wrap=True
    )
    console.print(f"margin tables: {answer.tables.name}", markup=False, soft_wrap=True)
    for pool in answer.account.pools:
        _print_pool(console, pool)
    for note in _notes(answer):
        console.print(note, markup=False, soft_wrap=True)
    if not answer.positions:
        console.print("no open position\n")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("coin", "size", "mark", "liquidation", "published", "error", "class", "tier"):
        table.add_column(heading, justify="left" if heading in ("coin", "class") else "right", no_wrap=True)
    for position in answer.positions:
        cells = (
            position.coin + (" iso" if position.margin_mode == "isolated" else ""),
            quantity(position.size),
            price(position.mark),
            _level(position),
            "none" if position.published_liquidation_price is None else price(position.published_liquidation_price),
            "-" if position.relative_error is None else f"{position.relative_error:.1e}",
            position.row_class,
            "-" if position.tier_at_liquidation is None else str(position.tier_at_liquidation),
        )
        table.add_row(*cells)
    console.print(table)
    console.print()


def _notes(answer: SolveAnswer) -> list[str]:
    """What was left out of the file, and money that no listed position holds."""
    notes = [f"cannot be read: {fault}" for fault in answer.unread_rows]
    if answer.skipped_rows:
        notes.append(f"rows skipped, since they do not matter (closed legs, outcome tokens): {answer.skipped_rows}")
    if answer.account.isolated_margin_left is not None:
        left = f"{answer.account.isolated_margin_left:,.2f}"
        notes.append(f"isolated margin without a listed position: {left} USD (whole above cross account value)")
    return notes


def _print_pool(console: Console, pool: PoolRow) -> None:
    detail = pool.margin_source_detail
    note = f"; {detail.note}" if detail.note else ""
    console.print(
        f"{pool.margin_mode} pool: free margin {usd(pool.free_margin)} USD, raw {usd(pool.raw_usd)}, "
        f"from {detail.source}; {detail.agreeing_count} of {detail.price_count} published prices agree{note}",
        markup=False,
        soft_wrap=True,
    )


def _level(position: PositionRow) -> str:
    if position.liquidation_price is not None:
        return price(position.liquidation_price)
    return "none" if position.status == "no_level" else position.status
