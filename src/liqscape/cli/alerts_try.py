"""`liqscape alerts try`: a rule held against stored history before it is switched on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from liqscape.cli.alerts_rules import NOTHING_SAID, RuleOptions, RulePlace
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liqscape.insight.alerts import Rule
    from liqscape.insight.alerts.afterwards import AfterRow
    from liqscape.service.answers.alerts import TrialAnswer

BOUNDS = {"limit": (1, 500)}
FIRED = ("time", "coin", "what", "mark 5m", "mark 1h", "mark 4h")
SUMMARY = ("after", "n", "median change", "median range", "any minute: n", "median change", "median range")


def alerts_try(
    kind: str | None = None,
    /,
    *,
    rule: RuleOptions = NOTHING_SAID,
    start: str | None = None,
    end: str | None = None,
    limit: int = 20,
    alerts: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    json: bool = False,
) -> None:
    """Hold a rule against stored history: when it would have fired, and what the mark did after it.

    Nothing is written or sent. `liqscape alerts try --rule-id ID` tries a rule that is there.

    Parameters
    ----------
    kind
        What the rule watches, as of `liqscape alerts add`; none with --rule-id of a rule that is there.
    rule
        The fields of the rule.
    start
        First time, ISO 8601 or milliseconds since 1970; by default seven days before the end.
    end
        End of the time, itself not included; by default all that is stored.
    limit
        Times that are printed, 1 to 500.
    alerts
        File of rules; by default alerts.toml in the data folder.
    data
        Data folder with the history; by default that of the live map of mainnet.
    url
        Address a map is served at, in place of folder and file.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import asked_times
    from liqscape.cli.output import print_json
    from liqscape.cli.serving import check_bounds

    check_bounds("--limit", limit, *BOUNDS["limit"])
    times = asked_times(start, end)
    start_ms, end_ms = (None if value is None else int(value) for value in times.values())
    place = RulePlace(alerts=alerts, data=data, url=url, token_file=token_file)
    door = place.ask()
    given = rule.given()
    asked = {"kind": kind, **given} if kind is not None else _there(door.list().rules, given)
    answer = door.attempt(asked, start_ms, end_ms)
    print_json(answer) if json else _print(answer, limit)


def _there(rules: Sequence[Rule], given: dict[str, Any]) -> dict[str, Any]:
    """What a rule that is there says. Raises SettingsError, NotFound."""
    from liqscape.service.alerting.rule_text import said_of

    if given.keys() != {"rule_id"}:
        raise SettingsError("give a kind with its fields, or --rule-id of a rule that is there and nothing else")
    return said_of(rules, given["rule_id"])


def _print(answer: TrialAnswer, limit: int) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, open_console, percent, print_table, source_text, time_text

    console = open_console()
    held = f", {answer.held_back_count} more held back by cool-down or once" if answer.held_back_count else ""
    times = "once" if answer.count == 1 else f"{answer.count} times"
    text = (
        f"rule {answer.rule.rule_id} ({answer.rule.kind.value}) would have fired {times}{held} from "
        f"{time_text(answer.start_ms)} to {time_text(answer.end_ms)}, {answer.minutes} stored minutes, "
        f"{source_text(answer.provenance)}"
    )
    console.print(text, markup=False, soft_wrap=True)
    if answer.fired:
        table = Table(box=None, pad_edge=False)
        for name in FIRED:
            table.add_column(name, no_wrap=True)
        for row in answer.fired[:limit]:
            after = {each.horizon: each for each in row.after}
            cells = [_after(after.get(word)) for word in ("5m", "1h", "4h")]
            table.add_row(time_text(row.alert.at_ms), row.alert.coin or "all", row.alert.title, *cells)
        print_table(console, table)
        if answer.count > limit:
            console.print(f"{answer.count - limit} more: --limit, or all of the first 500 with --json", markup=False)
        table = Table(*SUMMARY, box=None, pad_edge=False)
        for each in answer.summary:
            base = each.baseline
            cells = [
                percent(value) if name == "change" else UNKNOWN if value is None else f"{value:.2f} %"
                for name, value in (
                    ("change", each.median_change_percent),
                    ("range", each.median_range_percent),
                    ("change", base.median_change_percent),
                    ("range", base.median_range_percent),
                )
            ]
            table.add_row(each.horizon, str(each.n), *cells[:2], f"{base.n:,}", *cells[2:])
        console.print()
        print_table(console, table)
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)


def _after(row: AfterRow | None) -> str:
    """`+0.31 % (-0.10 to +0.42)`: change, lowest and highest within the horizon."""
    from liqscape.cli.output import UNKNOWN, percent

    if row is None or row.change_percent is None:
        return UNKNOWN
    if row.lowest_percent is None or row.highest_percent is None:
        return percent(row.change_percent)
    return f"{percent(row.change_percent)} ({row.lowest_percent:+.2f} to {row.highest_percent:+.2f})"
