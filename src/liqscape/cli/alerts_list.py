"""`liqscape alerts list`: rules with what they fired, or the alerts themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.alerts_rules import RulePlace, rule_text

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.alerts import AlertsAnswer, FiredAnswer

BOUNDS = {"limit": (1, 500)}
COLUMNS = ("rule", "kind", "coin", "fires at", "sent to", "fired", "last", "")


def alerts_list(
    *,
    fired: bool = False,
    limit: int = 20,
    alerts: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    json: bool = False,
) -> None:
    """List the rules of a map with how often and when each fired last; with --fired what they said.

    Parameters
    ----------
    fired
        Alerts that fired in place of rules, newest first.
    limit
        Alerts at most, 1 to 500.
    alerts
        File of rules; by default alerts.toml in the data folder.
    data
        Data folder of the map; by default that of the live map of mainnet.
    url
        Address a map is served at, in place of folder and file.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.output import open_console, print_json

    place = RulePlace(alerts=alerts, data=data, url=url, token_file=token_file)
    door = place.ask()
    if fired:
        alerts_fired = door.fired(limit=limit)
        print_json(alerts_fired) if json else _print_fired(open_console(), alerts_fired)
        return
    answer = door.list()
    print_json(answer) if json else _print(open_console(), answer, place.text)


def _print(console: Console, answer: AlertsAnswer, place: str) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, print_table, time_text

    count = len(answer.rules)
    console.print(f"{count} rule{'' if count == 1 else 's'} of {place}", markup=False, soft_wrap=True)
    if answer.rules:
        table = Table(*COLUMNS, box=None, pad_edge=False)
        for row in answer.rules:
            cells = (
                row.rule_id,
                row.kind.value,
                row.coin or "all",
                rule_text(row),
                ", ".join(row.destinations) or "page",
                str(row.fired_count),
                UNKNOWN if row.last_fired_ms is None else time_text(row.last_fired_ms),
                "" if row.trouble is None else f"cannot fire: {row.trouble}",
            )
            table.add_row(*cells)
        print_table(console, table)
    for broken in answer.broken:
        console.print(f"not used: {broken.trouble}", markup=False, soft_wrap=True)
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)


def _print_fired(console: Console, answer: FiredAnswer) -> None:
    from liqscape.cli.output import time_text

    if not answer.alerts:
        console.print("nothing fired yet")
    for alert in answer.alerts:
        console.print(f"{time_text(alert.at_ms)}  {alert.rule_id}  {alert.title}", markup=False, soft_wrap=True)
        console.print(f"  {alert.text}", markup=False, soft_wrap=True)
