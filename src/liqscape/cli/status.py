"""`liqscape status`: how a running map stands: how old, how complete, and how well its feed follows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.asking import ask_map
from liqscape.cli.damage_text import damage_text
from liqscape.cli.serving import DEFAULT_HOST, DEFAULT_PORT
from liqscape.feed.url import check_url

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from liqscape.service.answers.deliveries import DeliveryStanding
    from liqscape.service.answers.disk import DiskTrouble, HistoryRoom
    from liqscape.service.answers.sources import DoubtRow, LoopAnswer, NearCoverage, SourcesAnswer
    from liqscape.service.answers.status import StatusAnswer

MAX_COINS = 10
KINDS = {
    "trader": "traders",
    "vault": "vaults",
    "exempt": "HLP and backstops",
    "no_practical_level": "of them without a practical level",
}


def status(
    *, url: str = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}", token_file: Path | None = None, json: bool = False
) -> None:
    """Print how a running map stands: its age, coverage and sources.

    Parameters
    ----------
    url
        Address the map is served at.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    json
        Print both answers of the API as one JSON document instead.
    """
    check_url("--url", url)
    from liqscape.cli.output import open_console, print_json
    from liqscape.service.answers.sources import SourcesAnswer
    from liqscape.service.answers.status import StatusAnswer
    from liqscape.service.asking import question_path

    standing = ask_map(url, question_path("/status", {}), token_file, StatusAnswer)
    sources = ask_map(url, question_path("/sources", {}), token_file, SourcesAnswer)
    if json:
        print_json({"status": standing, "sources": sources})
        return
    console = open_console()
    _print_map(console, standing)
    _print_kinds(console, sources)
    if sources.state != "none":
        _print_feed(console, sources)


def _print_map(console: Console, answer: StatusAnswer) -> None:
    from liqscape.cli.output import print_table, share, time_text

    label = "SIMULATED" if answer.provenance.is_simulated else answer.provenance.kind
    word = "not live" if answer.feed_state == "none" else answer.feed_state.upper()
    held = ", held: the exchange tells no time" if answer.is_time_held else ""
    rows = [
        ("map", f"{answer.provenance.name} ({label}, {'live' if answer.is_live else word})"),
        ("as of", f"{time_text(answer.as_of_ms)}{held}, frame {answer.sequence}"),
        ("stored", f"{answer.frame_count:,} frames, {time_text(answer.first_ms)} to {time_text(answer.last_ms)}"),
        ("held", f"{answer.address_count:,} accounts, {answer.position_count:,} positions"),
        ("open interest covered", f"{share(answer.coverage.share)} of {answer.coverage.known_coins} coins"),
        *_doubts(answer),
        *_alerts(answer.alerts),
        ("version", answer.version),
    ]
    print_table(console, _grid(rows))
    if answer.provenance.note:
        console.print(answer.provenance.note)
    if answer.damaged:
        print_table(console, _grid([("damaged file", damage_text(row)) for row in answer.damaged]))


def _alerts(alerts: DeliveryStanding | None) -> list[tuple[str, str]]:
    if alerts is None:
        return []
    oldest = "" if alerts.oldest_age_ms is None else f", the oldest for {_delay(alerts.oldest_age_ms)}"
    rows = [("alerts", f"{alerts.waiting:,} wait{oldest}, {alerts.delivered:,} delivered, {alerts.failed:,} given up")]
    if alerts.not_stored_since_ms is not None:
        from liqscape.cli.output import time_text

        since = time_text(alerts.not_stored_since_ms)
        rows.append(("alerts NOT STORED", f"since {since}: {alerts.not_stored_reason}"))
    return rows


def _doubts(answer: StatusAnswer) -> list[tuple[str, str]]:
    if not answer.in_doubt_count:
        return []
    more = answer.in_doubt_count - len(answer.in_doubt)
    coins = ", ".join(answer.in_doubt) + (f" and {more} more" if more else "")
    return [("IN DOUBT, not live", coins)]


def _print_kinds(console: Console, answer: SourcesAnswer) -> None:
    from rich.markup import escape
    from rich.table import Table

    from liqscape.cli.output import print_table, share, usd

    if not answer.kinds:
        return
    table = Table(title="Accounts", title_justify="left", box=None, pad_edge=False)
    table.add_column("kind")
    for name in ("accounts", "positions", "USD", "open interest"):
        table.add_column(name, justify="right")
    for row in answer.kinds:
        name = KINDS.get(row.kind, row.kind)
        table.add_row(
            escape(name), f"{row.account_count:,}", f"{row.position_count:,}", usd(row.notional), share(row.share)
        )
    print_table(console, table)


def _print_feed(console: Console, answer: SourcesAnswer) -> None:
    from rich.markup import escape
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, print_table, share

    limits = answer.limits
    weight = "no limit" if limits is None or limits.weight_limit is None else f"{limits.weight_limit:,.0f}"
    rows = [
        ("feed", f"{answer.state.upper()}, newest data {_delay(answer.age_ms)} old"),
        ("receipt to readers", f"{_delay(answer.latency.p50_ms)}, 99 % within {_delay(answer.latency.p99_ms)}"),
        ("event loop", _loop(answer.loop)),
        ("account states", f"median {_delay(answer.ages.median_ms)}, oldest {_delay(answer.ages.oldest_ms)}"),
        *((f"within {row.within_percent:g} % of the mark", _near(row)) for row in answer.near),
        ("weight a minute", f"{0.0 if limits is None else limits.weight_used:,.0f} of {weight}"),
        *_streams(answer),
        *_triggers(answer),
        *_loading(answer),
        ("accounts to be read", f"{answer.ledger.unsure:,} of {answer.ledger.accounts:,} again"),
        ("other dexs unread", f"of {answer.ledger.unsearched:,} accounts: what they may hold there is not on the map"),
        ("liquidations seen", f"{answer.liquidations:,}"),
        ("accounts read in part", f"{answer.partial_states:,}, their pools without a level"),
        ("rows left out", f"{answer.skipped_rows:,} that do not matter (closed legs, outcome tokens)"),
        ("records unreadable", f"{answer.unusable_records:,}"),
        ("readings not believed", f"{answer.flagged_readings:,}"),
        *((f"{row.coin} in doubt", _doubt(row)) for row in answer.doubts),
        ("disk", ", ".join(f"{row.part} {_bytes(row.bytes)}" for row in answer.disk.parts) or UNKNOWN),
        ("disk free", _bytes(answer.disk.free_bytes)),
        *_room(answer.disk.history),
        *(_trouble(row) for row in answer.disk.troubles),
    ]
    print_table(console, _grid(rows))
    table = Table(title="Sources", title_justify="left", box=None, pad_edge=False)
    for name in ("kind", "address", "state", "lag", "messages", "reconnects", "gaps", "trouble"):
        table.add_column(name)
    for row in answer.sources:
        figures = (_delay(row.lag_ms), f"{row.messages:,}", f"{row.reconnects:,}", f"{row.gaps:,}", row.trouble or "")
        table.add_row(*(escape(cell) for cell in (row.kind, row.address, row.state, *figures)))
    print_table(console, table)
    coins = Table(title="Coverage", title_justify="left", box=None, pad_edge=False)
    coins.add_column("coin")
    for name in ("open interest", *(f"within {near.within_percent:g} %" for near in answer.near)):
        coins.add_column(name, justify="right")
    for coin in answer.coverage[:MAX_COINS]:
        near_of = {near.within_percent: _near(near) for near in coin.near}
        cells = (near_of.get(near.within_percent, UNKNOWN) for near in answer.near)
        coins.add_row(escape(coin.coin), share(coin.share), *cells)
    print_table(console, coins)


def _streams(answer: SourcesAnswer) -> list[tuple[str, str]]:
    from liqscape.cli.output import usd

    streams = answer.state_streams
    if streams is None:
        return []
    turns = f"{streams.turn_states:,}{', paused after a refusal' if streams.is_paused else ''}"
    followed = f"{streams.followed} of {streams.allowed} accounts, {usd(streams.followed_near_usd)} near the mark"
    return [("followed live", followed), ("read in turns", turns)]


def _triggers(answer: SourcesAnswer) -> list[tuple[str, str]]:
    triggers = answer.triggers
    if triggers is None:
        return []
    age = "" if triggers.median_age_ms is None else f", half of them read within {_delay(triggers.median_age_ms)}"
    share = triggers.weight_allowed
    allowed = "" if share is None else f", weight {triggers.weight_used} of {share:.0f} a minute"
    rows = [
        ("trigger orders", f"{triggers.orders:,}, of {triggers.owners:,} accounts"),
        ("whose are known", f"{triggers.known_accounts:,} accounts{age}{allowed}"),
    ]
    left_out = ", ".join(f"{row.count:,} {row.reason}" for row in triggers.left_out)
    return [*rows, *([("left out", left_out)] if left_out else [])]


def _loading(answer: SourcesAnswer) -> list[tuple[str, str]]:
    if answer.loading is None:
        return []
    total = "an unknown number" if answer.loading.total is None else f"{answer.loading.total:,}"
    return [("loading known addresses", f"{answer.loading.loaded:,} of {total}")]


def _doubt(row: DoubtRow) -> str:
    from liqscape.cli.output import price

    kept = (
        "its mark is not known" if row.mark is None else f"mark {price(row.mark)} of {_delay(row.age_ms)} ago is kept"
    )
    reported = "" if row.reported is None else f", told is {price(row.reported)}"
    return f"{'; '.join(row.reasons)}: {kept}{reported}"


def _room(history: HistoryRoom | None) -> list[tuple[str, str]]:
    """How fast the history grows, what is kept of it, and whether that ends well."""
    from liqscape.cli.output import UNKNOWN, time_text

    if history is None:
        return []
    growth = UNKNOWN if history.bytes_a_day is None else _bytes(history.bytes_a_day)
    since = "" if history.first_ms is None else f", kept since {time_text(history.first_ms)}"
    rows = [("history grows by", f"{growth} a day{since}{_rules(history)}")]
    if history.days_until_full is not None:
        name = "DISK NEARLY FULL" if history.is_nearly_full else "disk lasts for"
        remedy = "; --max-history-gb or --keep-days bounds the history" if history.is_nearly_full else ""
        rows.append((name, f"{history.days_until_full:,.1f} days at this rate{remedy}"))
    if history.excess_bytes:
        rows.append(
            (
                "--max-history-gb TOO SMALL",
                f"the day in hand and its merge take {_bytes(history.excess_bytes)} more than "
                f"{_bytes(history.max_bytes)}",
            )
        )
    return rows


def _rules(history: HistoryRoom) -> str:
    days = (
        ("every frame", history.keep_minutes_days),
        ("one every 15 min", history.keep_quarter_hours_days),
        ("anything", history.keep_days),
    )
    said = [f"{what} for {count:,} days" for what, count in days if count is not None]
    said += [] if history.max_bytes is None else [f"{_bytes(history.max_bytes)} at most"]
    return f"; {', '.join(said)}" if said else ""


def _trouble(row: DiskTrouble) -> tuple[str, str]:
    from liqscape.cli.output import time_text

    lost = f"{row.lost:,} entries lost"
    if row.not_stored_since_ms is None:
        return f"{row.part} has a hole", lost
    since = f"since {time_text(row.not_stored_since_ms)}: {row.reason}; {row.waiting:,} entries wait"
    return f"{row.part} NOT STORED", f"{since}, {lost}" if row.lost else since


def _grid(rows: list[tuple[str, str]]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=None, show_header=False, pad_edge=False)
    for name, value in rows:
        grid.add_row(name, escape(value))
    return grid


def _near(row: NearCoverage) -> str:
    from liqscape.cli.output import share

    if row.share is None or row.low is None or row.high is None:
        return share(row.share)
    return f"{share(row.share)} ({100.0 * row.low:.0f}-{100.0 * row.high:.0f} %)"


def _loop(loop: LoopAnswer) -> str:
    if loop.longest_ms is None:
        return "not measured yet"
    longest, usual = _delay(loop.longest_ms), _delay(loop.p99_ms)
    return f"kept others waiting for {longest} at most in the last minute, 99 % within {usual}"


def _delay(ms: float | None) -> str:
    """Milliseconds below a second, an age above; below zero the clock of the server is behind that of the exchange."""
    from liqscape.cli.output import age_text

    if ms is not None and ms <= -999.5:
        return f"-{age_text(round(-ms))}"
    return f"{ms:.3g} ms" if ms is not None and ms < 999.5 else age_text(None if ms is None else round(ms))


def _bytes(count: int | None) -> str:
    from liqscape.cli.output import UNKNOWN

    if count is None:
        return UNKNOWN
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= limit:
            return f"{count / limit:.3g} {unit}"
    return f"{count} B"
