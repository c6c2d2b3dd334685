"""`liqscape clusters`: where levels of a coin stand close together, and for how long they have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from rich.table import Table

    from liqscape.service.answers.clusters import ClustersAnswer
    from liqscape.service.answers.tracked import ClusterLifeAnswer, TrackedClusterRow


def clusters(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    held_for: str | None = None,
    cluster_id: str | None = None,
    json: bool = False,
) -> None:
    """List the clusters of a coin, longest held first, or tell the life of one.

    Where nothing was studied yet they have no age: the clusters of the frame are listed, largest first, and why.

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
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    held_for
        Only clusters whose coins have been there for so long, by size: 30min, 4h, 1d.
    cluster_id
        Tell the life of this one instead.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.output import print_json

    if cluster_id is not None:
        if at is not None or held_for is not None:
            raise SettingsError("--cluster-id asks for the whole life of one; --at and --held-for do not go with it")
        life = _ask_life(coin, cluster_id, data, url, token_file)
        print_json(life) if json else _print_life(life)
        return
    answer = _ask(coin, at, held_for, data, url, token_file)
    print_json(answer) if json else _print(answer)


def _ask(
    coin: str, at: str | None, held_for: str | None, data: Path | None, url: str | None, token_file: Path | None
) -> ClustersAnswer:
    from liqscape.cli.asking import ask_coin
    from liqscape.service.answers.clusters import ClustersAnswer
    from liqscape.service.asked_span import asked_span_ms
    from liqscape.service.asked_time import parse_time
    from liqscape.service.paging import MAX_ROWS

    at_ms = None if at is None else parse_time("--at", at)
    held_for_ms = None if held_for is None else asked_span_ms("--held-for", held_for, SettingsError)
    return ask_coin(
        "clusters",
        {"at_ms": at_ms, "held_for": held_for_ms, "limit": MAX_ROWS},
        ClustersAnswer,
        lambda view: view.clusters(coin, at_ms, held_for_ms=held_for_ms),
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
    )


def _ask_life(
    coin: str, cluster_id: str, data: Path | None, url: str | None, token_file: Path | None
) -> ClusterLifeAnswer:
    from liqscape.cli.study_asking import ask_study
    from liqscape.service.answers.tracked import ClusterLifeAnswer
    from liqscape.service.asking import as_part

    return ask_study(
        f"clusters/{as_part(cluster_id)}",
        {},
        ClusterLifeAnswer,
        lambda study: study.cluster(coin, cluster_id),
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
    )


def _print(answer: ClustersAnswer) -> None:
    from liqscape.cli.output import figure_table, open_console, percent, price, print_table, source_text, time_text, usd
    from liqscape.cli.study_asking import print_note
    from liqscape.units import SIDE_WORDS

    console = open_console()
    console.print(
        f"{answer.coin} mark {price(answer.mark)}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}",
        markup=False,
    )
    if answer.doubt:
        console.print(f"IN DOUBT: {'; '.join(answer.doubt)}", markup=False)
    if answer.tracked:
        console.print(f"clusters as of {time_text(answer.studied_ms)}, longest held first")
        print_table(console, tracked_table(answer.tracked))
    elif answer.since_ms is None:
        table = figure_table("side", "from", "to", "USD", "positions", "distance")
        for row in answer.clusters:
            cells = (
                SIDE_WORDS[row.side],
                price(row.price_low),
                price(row.price_high),
                usd(row.notional),
                str(row.position_count),
                percent(row.distance_percent),
            )
            table.add_row(*cells)
        print_table(console, table)
    if answer.unsure_count:
        console.print(f"{answer.unsure_count} more may have been held for so long: the record is too short to say")
    print_note(console, answer.note, answer.needs, answer.studied_ms or answer.as_of_ms)


def tracked_table(rows: list[TrackedClusterRow]) -> Table:
    """Clusters with their identity, one a line."""
    from rich.markup import escape
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, percent, price, quantity, share, usd
    from liqscape.service.answers.parts import distance_percent
    from liqscape.units import SIDE_WORDS

    table = Table(box=None, pad_edge=False)
    words = ("side", "sweep", "cluster")
    for name in (
        "side",
        "from",
        "to",
        "distance",
        "USD",
        "coins",
        "held",
        "age",
        "1 h",
        "4 h",
        "1 d",
        "3 d",
        *words[1:],
    ):
        table.add_column(name, justify="left" if name in words else "right", no_wrap=True)
    for row in rows:
        distance = None if row.mark is None else distance_percent(row.price_peak, row.mark)
        left = "" if row.residual_size is None else f", {quantity(row.residual_size)} left"
        window = f", {row.whole_order_window_count} in their 30 s" if row.whole_order_window_count else ""
        cells = (
            SIDE_WORDS[row.side],
            price(row.price_low),
            price(row.price_high),
            percent(distance),
            usd(row.notional),
            quantity(row.size),
            at_least(row.weighted_age_ms, row.is_weighted_age_at_least),
            at_least(row.age_ms, row.is_age_at_least),
            *(share(each) for each in (row.persistence_1h, row.persistence_4h, row.persistence_1d, row.persistence_3d)),
            f"{row.sweep_state or UNKNOWN}{left}{window}" if row.is_known else "mark unknown",
            escape(row.cluster_id),
        )
        table.add_row(*cells)
    return table


def at_least(age_ms: int | None, is_at_least: bool) -> str:
    """An age, with what the record does not reach said."""
    from liqscape.cli.output import age_text

    return f">= {age_text(age_ms)}" if is_at_least and age_ms is not None else age_text(age_ms)


def _print_life(answer: ClusterLifeAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, age_text, open_console, print_table, quantity, time_text, usd
    from liqscape.cli.study_asking import print_head, print_note

    console = open_console()
    print_head(console, answer.coin, answer)
    newest = answer.cluster
    console.print(
        f"{newest.cluster_id}, born {time_text(newest.born_ms)}, as of {time_text(newest.time_ms)}", markup=False
    )
    print_table(console, tracked_table([newest]))
    for name, ids in (("split from", [newest.parent]), ("split into", answer.children), ("took in", answer.merged)):
        known = [each for each in ids if each is not None]
        if known:
            console.print(f"{name} {', '.join(known)}", markup=False, soft_wrap=True)
    if newest.merged_into is not None:
        console.print(f"ended in {newest.merged_into}", markup=False)
    life = Table("time", "event", box=None, pad_edge=False)
    for name in ("coins", "USD", "positions", "held"):
        life.add_column(name, justify="right")
    for row in answer.life:
        count = UNKNOWN if row.position_count is None else str(row.position_count)
        held = at_least(row.weighted_age_ms, row.is_weighted_age_at_least)
        life.add_row(time_text(row.time_ms), row.event, quantity(row.size), usd(row.notional), count, held)
    print_table(console, life)
    if answer.changes:
        console.print(f"changes, in steps of {age_text(answer.step_ms)}")
        table = Table("time", "reason", box=None, pad_edge=False)
        for name in ("coins", "USD"):
            table.add_column(name, justify="right")
        for change in answer.changes:
            table.add_row(time_text(change.time_ms), change.reason, quantity(change.size), usd(change.usd))
        print_table(console, table)
    if answer.sweeps:
        from liqscape.cli.sweeps import sweep_table

        print_table(console, sweep_table(answer.sweeps))
    print_note(console, answer.note, [], answer.as_of_ms)
