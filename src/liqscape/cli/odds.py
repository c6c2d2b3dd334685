"""`liqscape odds`: how often price has gone as far as a level, within 1 h, 4 h and 24 h, with the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.odds import HorizonRow, OddsAnswer, OddsLevel, WithinRow
    from liqscape.service.view import MapView


def odds(
    coin: str,
    *,
    price: float | None = None,
    price_low: float | None = None,
    price_high: float | None = None,
    recording: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    mode: Literal["solo", "joint"] = "solo",
    limit: int = 20,
    json: bool = False,
) -> None:
    """Print how often price has gone as far as a level within 1 h, 4 h and 24 h, beside the record of such odds.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    price
        A price, USD; every cluster of the coin otherwise.
    price_low
        Lower edge of a span of prices, USD, in place of a price.
    price_high
        Upper edge of that span, USD.
    recording
        Folder laid out like the recorded market; candles are read from a folder `multivenue` beside it.
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of its folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    at
        Answer as of this time, ISO 8601 or milliseconds since 1970.
    mode
        Clusters of solo levels, or of joint ones.
    limit
        Clusters printed, nearest first; JSON has all.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import ask_coin
    from liqscape.cli.output import print_json
    from liqscape.errors import SettingsError
    from liqscape.service.answers.odds import OddsAnswer
    from liqscape.service.asked_time import parse_time

    if limit < 1:
        raise SettingsError(f"--limit {limit} is less than 1")
    at_ms = None if at is None else parse_time("--at", at)

    def here(view: MapView) -> OddsAnswer:
        from liqscape.service.odds import OddsQuestions

        return OddsQuestions(view).ask(coin, price, price_low, price_high, at_ms, mode)

    asked = {"price": price, "price_low": price_low, "price_high": price_high, "at_ms": at_ms, "mode": mode}
    answer = ask_coin(
        "odds",
        asked,
        OddsAnswer,
        here,
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
        recording=recording,
        at=at,
    )
    print_json(answer) if json else _print(answer, limit)


def _print(answer: OddsAnswer, limit: int) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, open_console, percent, print_table, source_text, time_text, usd
    from liqscape.cli.output import price as price_text

    console = open_console()
    text = f"{answer.coin} at {price_text(answer.mark)}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}"
    console.print(text, markup=False, soft_wrap=True)
    if answer.price_source is not None:
        console.print(f"prices: {answer.price_source.name}", markup=False, soft_wrap=True)
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for name in ("level", "", "distance", "USD"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in answer.horizons:
        table.add_column(f"{row.horizon}: sigma", justify="right", no_wrap=True)
        table.add_column("odds", justify="right", no_wrap=True)
        table.add_column("skill", justify="right", no_wrap=True)
    for level in answer.levels[:limit]:
        cells = [cell for each in level.within for cell in _cells(each)]
        table.add_row(
            price_text(level.price), _name(level), percent(level.distance_percent), usd(level.notional), *cells
        )
    if answer.levels:
        print_table(console, table)
    if len(answer.levels) > limit:
        console.print(f"{len(answer.levels) - limit} more with --limit", markup=False)
    for row in answer.horizons:
        _print_record(console, row)
    reasons = {each.note for level in answer.levels[:limit] for each in level.within if each.note is not None}
    for note in sorted(reasons - {row.note for row in answer.horizons}):
        console.print(f"{UNKNOWN}: {note}", markup=False, soft_wrap=True)


def _name(level: OddsLevel) -> str:
    from liqscape.units import SIDE_WORDS

    return level.kind if level.side is None else f"{SIDE_WORDS[level.side]}s"


def _cells(each: WithinRow) -> tuple[str, str, str]:
    from liqscape.cli.output import UNKNOWN

    sigma = UNKNOWN if each.distance_sigma is None else f"{each.distance_sigma:.2f}"
    said = UNKNOWN if each.probability is None else f"{100.0 * each.probability:.1f} %"
    return sigma, said, UNKNOWN if each.skill is None else f"{each.skill:+.2f}"


def _print_record(console: Console, row: HorizonRow) -> None:
    from liqscape.cli.output import time_text

    if row.record is None:
        console.print(f"{row.horizon}: {row.note}", markup=False, soft_wrap=True)
        return
    record = row.record
    off = [each for each in record.reliability if not each.is_within]
    named = ", ".join(f"{100.0 * each.predicted:.1f} % said, {100.0 * each.observed:.1f} % came" for each in off)
    reliable = f"not reliable: {named}" if off else "every tenth reliable"
    skill = "unknown" if record.skill is None else f"{record.skill:+.3f}"
    sigma = 0.0 if row.sigma_percent is None else row.sigma_percent
    text = (
        f"{row.horizon}: sigma {sigma:.2f} %; record ({record.source}): Brier {record.brier:.4f}, skill {skill}, "
        f"{record.windows:,} windows from {time_text(record.first_ms)} to {time_text(record.last_ms)}, {reliable}; own "
        f"excursions weigh {100.0 * record.own_weight:.0f} %; {record.words}"
    )
    console.print(text, markup=False, soft_wrap=True)
