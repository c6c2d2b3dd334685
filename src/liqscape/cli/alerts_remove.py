"""`liqscape alerts remove`: take a rule away."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.alerts_rules import RulePlace


def alerts_remove(
    rule_id: str,
    /,
    *,
    alerts: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    json: bool = False,
) -> None:
    """Remove a rule; the rest of its file stays as it was.

    Parameters
    ----------
    rule_id
        Its name, as `liqscape alerts list` shows it.
    alerts
        File of rules; by default alerts.toml in the data folder.
    data
        Data folder of the map; by default that of the live map of mainnet.
    url
        Address a map is served at, in place of folder and file.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    json
        Print the rule as it stood.
    """
    from liqscape.cli.output import print_json

    place = RulePlace(alerts=alerts, data=data, url=url, token_file=token_file)
    row = place.ask().remove(rule_id)
    print_json(row) if json else print(f"rule {row.rule_id} removed from {place.text}")
