"""`liqscape liquidations`: what a live map has seen or an import has found, from its folder or its server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.answers.liquidations import LiquidationsAnswer

FIGURES = ("size", "USD", "price", "predicted", "missed by")
IMPACT = ("slippage", "impact 60 s", "without")
"""Basis points in the direction of the forced flow; the last at calm times before."""


def liquidations(
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    coin: str | None = None,
    address: str | None = None,
    side: Literal["long", "short"] | None = None,
    method: Literal["market", "backstop", "adl"] | None = None,
    evidence: Literal["exact", "inferred", "confirmed", "refuted"] | None = None,
    start: str | None = None,
    end: str | None = None,
    min_notional: float = 0.0,
    limit: int = 50,
    cursor: str | None = None,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """List the liquidations a live map has seen or an import of archives has found, newest first.

    Parameters
    ----------
    data
        Data folder of a live map or an import.
    url
        Address a map is served at, in place of its folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    coin
        Only this coin.
    address
        Only this wallet.
    side
        Side of the position that was closed.
    method
        How it was closed: orders to the book, the liquidator vault, or auto-deleveraging.
    evidence
        How it became known.
    start
        First time, ISO 8601 or milliseconds since 1970.
    end
        End of the time, itself not included.
    min_notional
        Only events of so many USD and more.
    limit
        Events listed, at most 10,000; the totals are of all that fit.
    cursor
        Go on where a page ended: what the page before it gave, with the same choice.
    out
        Write them to this Parquet or CSV file instead.
    json
        Print the answer as one JSON document.
    """
    from liqscape.cli.output import print_json
    from liqscape.service.asked_time import parse_time

    if (data is None) == (url is None):
        raise SettingsError("give either --data DIR (the folder of a map) or --url URL (its server)")
    if out is not None and (out.suffix not in (".parquet", ".csv") or not out.absolute().parent.is_dir()):
        raise SettingsError(f"--out {out} must end in .parquet or .csv and lie in a folder that exists")
    asked: dict[str, str | int | float | None] = {
        "coin": coin,
        "address": address,
        "side": None if side is None else (1 if side == "long" else -1),
        "method": method,
        "evidence": evidence,
        "start_ms": None if start is None else parse_time("--start", start),
        "end_ms": None if end is None else parse_time("--end", end),
        "min_notional": min_notional,
        "limit": limit,
        "cursor": cursor,
    }
    chosen = {name: value for name, value in asked.items() if value is not None}
    answer = _from_folder(data, chosen) if data is not None else _from_server(url or "", token_file, chosen)
    if out is not None:
        _write(answer, out)
    if json:
        print_json(answer)
    elif out is not None:
        print(f"{out}: {len(answer.liquidations):,} of {answer.totals.count + answer.totals.refuted_count:,} events")
    else:
        _print(answer)


def _from_folder(data: Path, chosen: dict[str, str | int | float]) -> LiquidationsAnswer:
    from liqscape.cli.open_map import check_source, open_map

    check_source(None, data)
    from liqscape.service.folders import LIQUIDATIONS
    from liqscape.service.liquidation_questions import LiquidationQuestions

    view, _ = open_map(None, data, None)
    return LiquidationQuestions(view, data / LIQUIDATIONS).ask(**chosen)  # type: ignore[arg-type]


def _from_server(url: str, token_file: Path | None, chosen: dict[str, str | int | float]) -> LiquidationsAnswer:
    from liqscape.cli.asking import ask_map
    from liqscape.feed.url import check_url

    check_url("--url", url)
    from liqscape.service.answers.liquidations import LiquidationsAnswer
    from liqscape.service.asking import question_path

    return ask_map(url, question_path("/liquidations", chosen), token_file, LiquidationsAnswer)


def _write(answer: LiquidationsAnswer, out: Path) -> None:
    import msgspec
    import polars

    from liqscape.cli.export_tables import TableFile
    from liqscape.service.answers.liquidations import LiquidationRow
    from liqscape.service.liquidation_questions import OF_IMPACT
    from liqscape.service.tables.of_records import columns_of

    rows = [msgspec.structs.asdict(row) for row in answer.liquidations]
    for row in rows:
        row["trade_ids"] = " ".join(str(trade) for trade in row["trade_ids"])
        row["side"] = "long" if row["side"] > 0 else "short"
        row |= {"first_fill": row["first_fill_ms"], "last_fill": row["last_fill_ms"]}
        row |= {"provenance_name": answer.provenance.name, "is_simulated": answer.provenance.is_simulated}
    text, real, time = polars.String(), polars.Float64(), polars.Datetime("ms", "UTC")
    schema: dict[str, polars.DataType] = {
        **dict.fromkeys(("address", "coin", "side"), text),
        **dict.fromkeys(("size", "price", "notional", "mark", "predicted_liquidation_price"), real),
        **dict.fromkeys(("method", "evidence"), text),
        **dict.fromkeys(("fee", "account_value"), real),
        "fill_count": polars.Int64(),
        **dict.fromkeys(("first_fill", "last_fill"), time),
        "trade_ids": text,
        **{column.name: column.dtype for column in columns_of(LiquidationRow) if column.field in OF_IMPACT},
        "provenance_name": text,
        "is_simulated": polars.Boolean(),
    }
    with TableFile(out) as file:
        file.add(polars.DataFrame(rows, schema=schema).with_columns(polars.col(real).fill_nan(None)))
        file.finish()


def _print(answer: LiquidationsAnswer) -> None:
    from rich.markup import escape
    from rich.table import Table

    from liqscape.cli.damage_text import damage_text
    from liqscape.cli.output import UNKNOWN, bp, open_console, percent, price, print_table, quantity, time_text, usd
    from liqscape.service.answers.parts import distance_percent

    console, totals = open_console(), answer.totals
    label = "SIMULATED" if answer.provenance.is_simulated else answer.provenance.kind
    table = Table(title=escape(f"{answer.provenance.name} ({label})"), title_justify="left", box=None, pad_edge=False)
    is_measured = any(row.event_id is not None for row in answer.liquidations)
    figures = (*FIGURES, *(IMPACT if is_measured else ()))
    for name in ("time", "coin", "side", *figures, "method", "evidence"):
        table.add_column(name, justify="right" if name in figures else "left", no_wrap=True)
    table.add_column("wallet", no_wrap=True)
    for row in answer.liquidations:
        predicted = row.predicted_liquidation_price
        missed = None if predicted is None else distance_percent(row.price, predicted)
        cells = (
            time_text(row.first_fill_ms),
            escape(row.coin),
            "long" if row.side > 0 else "short",
            quantity(row.size),
            usd(row.notional),
            price(row.price),
            price(predicted),
            UNKNOWN if missed is None else percent(missed),
            *((bp(row.slippage_bp), bp(row.impact_60s_bp), bp(row.baseline_60s_bp)) if is_measured else ()),
            row.method,
            row.evidence,
            row.address,
        )
        table.add_row(*cells)
    print_table(console, table)
    refuted = f"; {totals.refuted_count:,} inferred and refuted" if totals.refuted_count else ""
    console.print(
        f"{totals.count:,} liquidations of {totals.address_count:,} wallets: "
        f"{usd(totals.long_notional)} long, {usd(totals.short_notional)} short{refuted}"
    )
    if answer.next_cursor is not None:
        console.print(f"older ones: the same with --cursor {answer.next_cursor}", soft_wrap=True)
    for damaged in answer.damaged:
        console.print(f"damaged file: {escape(damage_text(damaged))}")
