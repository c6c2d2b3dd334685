"""`liqscape caveats`: what the map of a coin leaves open, in figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liqscape.service.answers.caveats import CaveatFigure, CaveatsAnswer
    from liqscape.service.view import MapView


def caveats(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Print what the map of a coin leaves open, in figures: each with its unit, number of cases and source.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of its folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    at
        As of the frame at or before this time, ISO 8601 or milliseconds since 1970.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import ask_coin
    from liqscape.cli.output import print_json
    from liqscape.service.answers.caveats import CaveatsAnswer
    from liqscape.service.asked_time import parse_time

    at_ms = None if at is None else parse_time("--at", at)

    def here(view: MapView) -> CaveatsAnswer:
        from liqscape.service.caveats import CaveatQuestions

        return CaveatQuestions(view).ask(coin, at_ms)

    answer = ask_coin(
        "caveats", {"at_ms": at_ms}, CaveatsAnswer, here, coin=coin, data=data, url=url, token_file=token_file
    )
    print_json(answer) if json else _print(answer)


def _print(answer: CaveatsAnswer) -> None:
    from liqscape.cli.output import open_console, source_text, time_text

    console = open_console()
    console.print(
        f"{answer.coin}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}. {answer.note}",
        markup=False,
        soft_wrap=True,
    )
    for caveat in answer.caveats:
        console.print(f"\n{caveat.title}", markup=False, soft_wrap=True)
        for figure in caveat.figures:
            console.print(f"  {figure.name}: {_value(figure)}", markup=False, soft_wrap=True)


def _value(figure: CaveatFigure) -> str:
    """The figure as text, with what it rests on; unknown with its reason."""
    if figure.value is None:
        return f"unknown ({figure.reason})"
    unit = {"USD": " USD", "percent": " %", "bp": " bp", "seconds": " s"}[figure.unit]
    digits = 0 if figure.unit in ("USD", "seconds") else 1
    text = f"{figure.value:,.{digits}f}{unit}"
    if figure.low is not None and figure.high is not None:
        text += f" ({figure.low:.{digits}f} to {figure.high:.{digits}f})"
    cases = [] if figure.n is None else [f"n {figure.n:,}"]
    rests_on = [] if figure.reason is None else [figure.reason]
    return f"{text} ({', '.join([figure.source, *cases, *rests_on])})"
