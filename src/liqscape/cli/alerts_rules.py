"""What the commands of `liqscape alerts` share: the words of a rule as options, and where rules are asked for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import Parameter

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.alerting.rule_questions import RuleQuestions
    from liqscape.service.alerting.served_alerts import ServedAlerts
    from liqscape.service.answers.alerts import RuleRow
    from liqscape.service.view import MapView


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RuleOptions:
    """The fields of a rule as the API and alerts.toml have them.

    Parameters
    ----------
    rule_id
        Name of the rule, a to z, 0 to 9, - and _; made of kind and coin by default. One that is there is replaced.
    name
        How messages call it.
    coin
        Coin as the exchange spells it; every coin by default.
    side
        long or short.
    percent
        Of the mark, or by how much a figure must have changed.
    price
        USD for one coin.
    approach
        from_below or from_above.
    min_usd
        USD at least.
    cluster_id
        One cluster alone.
    address
        Account, 0x and 40 hex digits.
    minutes
        Time over which a change is counted, or of silence.
    state
        State of a cascade.
    distance
        Percent of the mark within which asymmetry is counted: 1, 2, 5 or 10.
    above
        Upper limit of a figure.
    below
        Lower limit of a figure.
    hysteresis
        How far beyond its limit a figure must go back before the rule may fire again, in the unit of the limit.
    destinations
        Name of a destination of alerts.toml; may be repeated. None: it is only shown.
    cool_down_minutes
        Silence about a coin after it fired for it.
    quiet_hours
        As 22:00-07:00 or 22:00-07:00+02:00: shown then, not sent and without sound.
    once
        Fire once, until the rule is changed.
    sound
        Make a sound on the page.
    off
        Keep it, but let it never fire: `on = false` in the file.
    """

    rule_id: str | None = None
    name: str | None = None
    coin: str | None = None
    side: str | None = None
    percent: float | None = None
    price: float | None = None
    approach: str | None = None
    min_usd: float | None = None
    cluster_id: str | None = None
    address: str | None = None
    minutes: float | None = None
    state: str | None = None
    distance: float | None = None
    above: float | None = None
    below: float | None = None
    hysteresis: float | None = None
    destinations: tuple[str, ...] = ()
    cool_down_minutes: float | None = None
    quiet_hours: str | None = None
    once: bool = False
    sound: bool = False
    off: bool = False

    def given(self) -> dict[str, Any]:
        """Those that say something, as the API takes them."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        found = {
            name: value for name, value in said.items() if value is not None and value is not False and value != ()
        }
        if found.pop("off", False):
            found["on"] = False
        return found


NOTHING_SAID = RuleOptions()


@dataclass(frozen=True, kw_only=True)
class RulePlace:
    """Where rules are: a file, a data folder with its file, or a server; by default the folder of the live map.

    alerts, data, url, token_file  options of every command of the group.
    """

    alerts: Path | None
    data: Path | None
    url: str | None
    token_file: Path | None

    def ask(self) -> RuleQuestions | ServedAlerts:
        """Whom to ask. Raises SettingsError, StoreError."""
        if self.url is not None:
            if self.data is not None or self.alerts is not None:
                raise SettingsError("--url asks a server, which has a file of its own: leave --data and --alerts out")
            return _served(self.url, self.token_file)
        from liqscape.service.alerting.rule_questions import RuleQuestions
        from liqscape.service.alerting.rule_store import RuleStore
        from liqscape.service.alerting.stored_alerts import StoredAlerts
        from liqscape.service.folders import LIQUIDATIONS

        file, data = self._file_and_folder()
        view = None if data is None else _stored_view(data)
        liquidations = None if data is None else data / LIQUIDATIONS
        return RuleQuestions(view, StoredAlerts(RuleStore(file), data), liquidations)

    @property
    def text(self) -> str:
        """The server or file, as a message names it."""
        return self.url or str(self._file_and_folder()[0])

    def _file_and_folder(self) -> tuple[Path, Path | None]:
        """The file of rules, and the folder of the map they are about; None of a file that is named alone."""
        if self.data is not None and not self.data.is_dir():
            raise SettingsError(f"--data {self.data} is not a folder")
        if self.alerts is not None:
            return self.alerts, self.data
        from liqscape.service.alerting.places import alerts_file
        from liqscape.service.collecting.settings import MAINNET, live_folder

        data = live_folder(MAINNET) if self.data is None else self.data
        return alerts_file(data), data


def rule_text(row: RuleRow) -> str:
    """What a rule says beside kind and coin: `percent 1, min_usd 5e+06`."""
    from liqscape.insight.alerts import KINDS

    own = KINDS[row.kind]
    said = [(name, getattr(row, name)) for name in (*own.needs, *own.may) if name not in ("coin", "address")]
    words = [
        f"{name} {value:,.15g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in said
        if value is not None
    ]
    words += [] if row.address is None else [row.address]
    words += [f"cool-down {row.cool_down_minutes:g} min"] if row.cool_down_minutes else []
    words += [f"quiet {row.quiet_hours}"] if row.quiet_hours else []
    words += [word for word, is_so in (("once", row.once), ("off", not row.on)) if is_so]
    return ", ".join(words)


def _served(url: str, token_file: Path | None) -> ServedAlerts:
    from liqscape.cli.serving import read_token
    from liqscape.feed.url import check_url
    from liqscape.service.alerting.served_alerts import ServedAlerts
    from liqscape.service.asking import MapServer

    return ServedAlerts(MapServer(check_url("--url", url), read_token(token_file)))


def _stored_view(data: Path) -> MapView | None:
    """The map of a folder; None where no history is in it yet."""
    from liqscape.service.folders import holds_history
    from liqscape.service.opening import open_stored

    return open_stored(data, None) if holds_history(data) else None
