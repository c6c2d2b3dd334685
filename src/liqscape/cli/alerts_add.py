"""`liqscape alerts add`: a rule for the map that runs, or for its file."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.alerts_rules import NOTHING_SAID, RuleOptions, RulePlace, rule_text


def alerts_add(
    kind: str,
    /,
    *,
    rule: RuleOptions = NOTHING_SAID,
    alerts: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    json: bool = False,
) -> None:
    """Add a rule, or replace the one of its id; one that can never fire is refused with the reason.

    A map that runs on the file takes it within two seconds. Which fields a kind needs: docs/alerts.md.

    Parameters
    ----------
    kind
        What it watches: near_cluster, near_level, level_touched, cluster_born, cluster_grown, cluster_dissolved,
        cluster_swept, account_near, margin_added, liquidation, cascade_state, asymmetry, funding, open_interest,
        coverage, stale or near_stops.
    rule
        The fields of the rule.
    alerts
        File of rules; by default alerts.toml in the data folder.
    data
        Data folder of the map, whose coins the rule may name; by default that of the live map of mainnet.
    url
        Address a map is served at, in place of folder and file.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    json
        Print the rule as the API answers it.
    """
    from liqscape.cli.output import open_console, print_json

    place = RulePlace(alerts=alerts, data=data, url=url, token_file=token_file)
    row = place.ask().add({"kind": kind, **rule.given()})
    if json:
        print_json(row)
        return
    words = rule_text(row)
    open_console().print(
        f"rule {row.rule_id} of {place.text}: {row.kind.value}, {row.coin or 'every coin'}"
        f"{f', {words}' if words else ''}; sent to {', '.join(row.destinations) or 'the page only'}"
        f"{'' if row.trouble is None else f'. It cannot fire now: {row.trouble}'}",
        markup=False,
        soft_wrap=True,
    )
