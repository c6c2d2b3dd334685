"""`liqscape structure`: swings, sessions, ranges and volume by price of a coin, and its clusters against them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.structure import StructureAnswer
    from liqscape.service.view import MapView

SHOWN_SWINGS = 12


def structure(
    coin: str,
    *,
    recording: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Print swings, sessions, ranges and volume by price of a coin, and where its clusters stand against them.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    recording
        Folder laid out like the recorded market; candles are read from a folder `multivenue` beside it.
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of its folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    at
        As known at the frame at or before this time, ISO 8601 or milliseconds since 1970.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import ask_coin
    from liqscape.cli.output import print_json
    from liqscape.service.answers.structure import StructureAnswer
    from liqscape.service.asked_time import parse_time

    at_ms = None if at is None else parse_time("--at", at)

    def here(view: MapView) -> StructureAnswer:
        from liqscape.service.structure import StructureQuestions

        return StructureQuestions(view).ask(coin, at_ms)

    answer = ask_coin(
        "structure",
        {"at_ms": at_ms},
        StructureAnswer,
        here,
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
        recording=recording,
        at=at,
    )
    print_json(answer) if json else _print(answer)


def _print(answer: StructureAnswer) -> None:
    from liqscape.cli.output import open_console, price, share, source_text, time_text

    console = open_console()
    made_of = "no prices" if answer.source is None else answer.source.name
    atr = "ATR(14, 1 h) unknown" if answer.atr is None else f"ATR(14, 1 h) {price(answer.atr)}"
    of_mark = "" if answer.atr_percent is None else f" ({answer.atr_percent:.2f} %)"
    head = (
        f"{answer.coin} at {price(answer.mark)}, {atr}{of_mark}, {time_text(answer.as_of_ms)}, "
        f"{source_text(answer.provenance)}; prices: {made_of}"
    )
    console.print(head, markup=False, soft_wrap=True)
    _print_lines(console, answer)
    _print_swings(console, answer)
    _print_clusters(console, answer)
    if answer.profile is None:
        console.print(f"no volume profile: {answer.profile_note}", markup=False, soft_wrap=True)
    else:
        area = f"{price(answer.profile.value_area_low)} to {price(answer.profile.value_area_high)}"
        held = share(answer.profile.value_area_share)
        text = f"value area {area}, {held} of the volume; volume: {answer.profile.source}"
        console.print(text, markup=False, soft_wrap=True)
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)


def _print_lines(console: Console, answer: StructureAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import percent, price, print_table, time_text

    table = Table(box=None, pad_edge=False)
    for name, justify in (("line", "left"), ("price", "right"), ("distance", "right"), ("since", "left")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for line in sorted(answer.lines, key=lambda each: -each.price):
        table.add_row(line.name, price(line.price), percent(line.distance_percent), time_text(line.start_ms))
    print_table(console, table) if table.row_count else console.print("nothing is known of its price")


def _print_swings(console: Console, answer: StructureAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import percent, price, print_table, time_text

    standing = [swing for swing in answer.swings if swing.broken_ms is None]
    table = Table(box=None, pad_edge=False)
    for name, justify in (("swing that stands", "left"), ("price", "right"), ("distance", "right"), ("at", "left")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    near = sorted(standing, key=lambda each: abs(each.distance_percent or 0.0))[:SHOWN_SWINGS]
    for swing in sorted(near, key=lambda each: -each.price):
        words = f"{swing.kind} {swing.side}"
        table.add_row(words, price(swing.price), percent(swing.distance_percent), time_text(swing.time_ms))
    print_table(console, table) if table.row_count else console.print("no swing stands")


def _print_clusters(console: Console, answer: StructureAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, percent, price, print_table, usd
    from liqscape.units import SIDE_WORDS

    table = Table(box=None, pad_edge=False)
    columns = (("cluster", "left"), ("near edge", "right"), ("far edge", "right"), ("distance", "right"))
    for name, justify in (*columns, ("USD", "right"), ("labels", "left"), ("just behind", "left")):
        table.add_column(name, justify=justify, no_wrap=name != "just behind")  # type: ignore[arg-type]
    for cluster in answer.clusters:
        far = cluster.price_low if cluster.near_edge == cluster.price_high else cluster.price_high
        labels = UNKNOWN if cluster.labels is None else ", ".join(cluster.labels)
        behind = "; ".join(
            f"{each.name} {price(each.price)}, {each.distance_atr:.2f} ATR" for each in cluster.confluence or ()
        )
        cells = (
            SIDE_WORDS[cluster.side],
            price(cluster.near_edge),
            price(far),
            percent(cluster.distance_percent),
            usd(cluster.notional),
            labels,
            behind,
        )
        table.add_row(*cells)
    print_table(console, table) if table.row_count else console.print("no cluster stands")
