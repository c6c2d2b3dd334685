"""`liqscape chain`: from cluster to cluster, simulated, beside the sweeps that were measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from liqscape.service.answers.chain import ChainAnswer, ChainSide
    from liqscape.service.view import MapView


def chain(
    coin: str,
    *,
    side: Literal["long", "short"] | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    paths: int = 20,
    links: int = 3,
    seed: int = 0,
    json: bool = False,
) -> None:
    """Print the clusters in the order the mark would meet them, and what the way through one sets off: SIMULATED.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    side
        Only longs (below the mark) or only shorts (above); both otherwise.
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of its folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    at
        Answer as of this time, ISO 8601 or milliseconds since 1970.
    paths
        Runs a link, 10 to 50.
    links
        Clusters of a side, 2 to 6, nearest first.
    seed
        What the runs draw from.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import ask_coin
    from liqscape.cli.output import print_json
    from liqscape.service.answers.chain import ChainAnswer
    from liqscape.service.asked_time import parse_time
    from liqscape.service.chain import ChainQuestion
    from liqscape.units import SIDE_NUMBERS

    number = None if side is None else SIDE_NUMBERS[side]
    question = ChainQuestion(coin=coin, side=number, paths=paths, links=links, seed=seed)
    at_ms = None if at is None else parse_time("--at", at)

    def here(view: MapView) -> ChainAnswer:
        from liqscape.service.chain import answer_chain
        from liqscape.service.market_inputs.from_view import of_view

        market = of_view(view, at_ms)
        return _with_bar(lambda tell: answer_chain(view, market, question, at_ms, tell))

    asked = {"side": side, "paths": paths, "links": links, "seed": seed, "at_ms": at_ms}
    answer = ask_coin("chain", asked, ChainAnswer, here, coin=coin, data=data, url=url, token_file=token_file)
    print_json(answer) if json else _print(answer)


def _with_bar(run: Callable[[Callable[[float], None] | None], ChainAnswer]) -> ChainAnswer:
    import sys

    if not sys.stderr.isatty():
        return run(None)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("simulating", total=1.0)
        return run(lambda share: bar.update(task, completed=share))


def _print(answer: ChainAnswer) -> None:
    from liqscape.cli.output import open_console, source_text, time_text
    from liqscape.cli.output import price as price_text

    console = open_console()
    head = f"{answer.coin} at {price_text(answer.mark)}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}"
    console.print(head, markup=False, soft_wrap=True)
    text = f"SIMULATED: {answer.paths} runs a link, each taken to the far edge of the cluster before"
    console.print(text, markup=False, soft_wrap=True)
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)
    for side in answer.sides:
        _print_side(side)


def _print_side(side: ChainSide) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, open_console, percent, print_table, usd
    from liqscape.cli.output import price as price_text
    from liqscape.units import SIDE_WORDS

    console = open_console()
    table = Table(box=None, pad_edge=False)
    for name in (f"{SIDE_WORDS[side.side]}s", "to", "distance", "USD", "runs that went on", "95 %", "USD on the way"):
        table.add_column(name, justify="right", no_wrap=True)
    for link in side.links:
        went, interval = UNKNOWN, UNKNOWN
        if link.probability is not None and link.low is not None and link.high is not None:
            went = f"{100.0 * link.probability:.0f} % ({link.reached_paths} of {link.from_paths})"
            interval = f"{100.0 * link.low:.0f} to {100.0 * link.high:.0f} %"
        near, far = (link.price_high, link.price_low) if side.side == 1 else (link.price_low, link.price_high)
        cells = (went, interval, usd(link.usd_expected))
        edges = (price_text(near), price_text(far))
        table.add_row(*edges, percent(link.distance_percent), usd(link.notional), *cells)
    if side.links:
        print_table(console, table)
    if side.note is not None:
        console.print(side.note, markup=False, soft_wrap=True)
    if side.measured is not None:
        share = side.measured
        text = (
            f"measured: after {side.measured_reached} of {side.measured_count} sweeps that crossed a cluster the mark "
            f"met a further one within the hour, {100.0 * share.share:.0f} % ({100.0 * share.low:.0f} to "
            f"{100.0 * share.high:.0f} %)"
        )
        console.print(text, markup=False, soft_wrap=True)
