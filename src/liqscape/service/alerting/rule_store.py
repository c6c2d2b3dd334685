"""Rules of a map as a file holds them: read again when it changes, written in one step, mode 0600.

The file holds destinations too, whose addresses are secrets. A rule that cannot be used is said with why, and others
work; a file that cannot be read at all leaves the rules as they were.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Collection
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from liqscape.errors import NotFound, QuestionError, SettingsError
from liqscape.insight.alerts import Known, Rule, check_rule, parse_rule
from liqscape.service.alerting.places import file_stamp
from liqscape.service.alerting.rule_text import drop_rule, put_rule
from liqscape.spelling import did_you_mean, shown
from liqscape.store.durable import replace_file

log = logging.getLogger("liqscape.alerts")

MAX_RULES = 10_000
MAX_BYTES = 8 * 1024 * 1024
SECTIONS = ("rules", "destinations")


class RuleFile(NamedTuple):
    """What a file says. troubles: why a rule cannot be used, by its name; trouble: of the file as a whole."""

    rules: tuple[Rule, ...] = ()
    destinations: tuple[str, ...] = ()
    troubles: dict[str, str] = {}  # noqa: RUF012
    trouble: str | None = None


class RuleStore:
    """Rules of one file, or of memory alone without one. Any thread may ask.

    path         None: nothing is kept.
    is_writable  False: of a map that is only looked at.
    """

    def __init__(self, path: Path | None, *, is_writable: bool = True) -> None:
        self.path = path
        self.is_writable = is_writable
        self._lock = Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._held = RuleFile()
        self.look()

    @property
    def held(self) -> RuleFile:
        """What was read last."""
        return self._held

    def look(self) -> bool:
        """Read the file again where it is another one than before; whether it was."""
        with self._lock:
            return self._look()

    def put(self, rule: Rule, coins: Collection[str] | None) -> None:
        """Add a rule, or put it in the place of the one of its id; durable when it returns.

        Raises QuestionError for a rule that can never fire, SettingsError where it cannot be written.
        """
        with self._lock:
            self._refuse_reading()
            self._look()
            check_rule(rule, Known(coins=coins, destinations=self._held.destinations))
            others = [each for each in self._held.rules if each.rule_id != rule.rule_id]
            if len(others) >= MAX_RULES:
                raise QuestionError(f"{MAX_RULES} rules are held already, and no map takes more")
            self._write(put_rule(self._text(), rule))

    def remove(self, rule_id: str) -> Rule | None:
        """Take a rule out of the file; None where it could not be used. Raises NotFound with the nearest name."""
        with self._lock:
            self._refuse_reading()
            self._look()
            known = [*(rule.rule_id for rule in self._held.rules), *self._held.troubles]
            if rule_id not in known:
                raise NotFound(f"no rule {shown(rule_id)}; {did_you_mean(rule_id, known, f'{len(known)} are known')}")
            removed = next((rule for rule in self._held.rules if rule.rule_id == rule_id), None)
            self._write(drop_rule(self._text(), rule_id))
            return removed

    def _refuse_reading(self) -> None:
        if not self.is_writable or self.path is None:
            raise SettingsError("rules cannot be changed here: this map is only looked at, or keeps nothing")

    def _look(self) -> bool:
        if self.path is None:
            return False
        stamp = file_stamp(self.path)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        before, self._held = self._held, read_rules(self.path, self._held)
        if self._held.trouble is not None and self._held.trouble != before.trouble:
            log.warning("%s", self._held.trouble)
        for rule_id, trouble in self._held.troubles.items():
            if before.troubles.get(rule_id) != trouble:
                log.warning("%s: %s", self.path, trouble)
        return True

    def _text(self) -> str:
        assert self.path is not None
        if self._held.trouble is not None:
            raise SettingsError(f"{self._held.trouble}; rules are not changed before that is put right")
        return self.path.read_text("utf-8") if self.path.exists() else ""

    def _write(self, text: str) -> None:
        assert self.path is not None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, text.encode(), is_private=True)
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be written: {error.strerror or error}") from None
        self._look()


def read_rules(path: Path, before: RuleFile | None = None) -> RuleFile:
    """What a file says; nothing where there is none. Of a file that cannot be read the rules of `before` stay."""
    before = RuleFile() if before is None else before
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return RuleFile()
    except OSError as error:
        return before._replace(trouble=f"{path} cannot be read: {error.strerror or error}")
    try:
        if len(content) > MAX_BYTES:
            raise SettingsError(f"{path} has {len(content)} bytes, at most {MAX_BYTES}")
        document = tomllib.loads(content.decode())
        return _parsed(document, path)
    except UnicodeDecodeError:
        return before._replace(trouble=f"{path} is not UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        # Its message may quote the text, which holds secrets: only the place is said.
        return before._replace(trouble=f"{path} is not TOML{_place_of(error)}")
    except SettingsError as error:
        return before._replace(trouble=str(error))


def _parsed(document: dict[str, Any], path: Path) -> RuleFile:
    for name in document:
        if name not in SECTIONS:
            hint = did_you_mean(name, SECTIONS, f"it has {' and '.join(SECTIONS)}")
            raise SettingsError(f"{path}: unknown section {shown(name)}; {hint}")
    sections = {name: document.get(name, {}) for name in SECTIONS}
    for name, section in sections.items():
        if not isinstance(section, dict) or not all(isinstance(each, dict) for each in section.values()):
            raise SettingsError(f"{path}: {name} is not made of tables: write [{name}.NAME]")
    if len(sections["rules"]) > MAX_RULES:
        raise SettingsError(f"{path} holds {len(sections['rules'])} rules, at most {MAX_RULES}")
    destinations = tuple(sections["destinations"])
    rules, troubles = [], {}
    for rule_id, table in sections["rules"].items():
        try:
            rules.append(parse_rule({"rule_id": rule_id, **table}, Known(destinations=destinations)))
        except QuestionError as error:
            troubles[rule_id] = str(error)
    return RuleFile(tuple(rules), destinations, troubles)


def _place_of(error: tomllib.TOMLDecodeError) -> str:
    text = str(error)
    return f" {text[text.rindex('(') :]}" if text.endswith(")") and "(at " in text else ""
