"""Rules as text of a TOML file: one table a rule; the rest of the file stays as it was, byte for byte.

Who changes a file by hand keeps comments, order and destinations. A change is read back before it is believed: where
the file would then say anything else than what was meant, nothing is written.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from liqscape.errors import NotFound, SettingsError
from liqscape.insight.alerts import Rule
from liqscape.spelling import did_you_mean, shown

_HEADER = re.compile(r"^[ \t]*\[.*\][ \t]*(#.*)?$")


def rule_table(rule: Rule) -> dict[str, Any]:
    """The fields of a rule that say something, as a file holds them."""
    defaults = Rule(rule_id=rule.rule_id, kind=rule.kind)
    table: dict[str, Any] = {"kind": rule.kind.value}
    for field in Rule.__struct_fields__:
        value = getattr(rule, field)
        if field not in ("rule_id", "kind") and value != getattr(defaults, field):
            table[field] = list(value) if isinstance(value, tuple) else value
    return table


def said_of(rules: Sequence[Rule], rule_id: str) -> dict[str, Any]:
    """What one of some rules says, as it was added. Raises NotFound with the nearest name."""
    ids = [rule.rule_id for rule in rules]
    if rule_id not in ids:
        raise NotFound(f"no rule {shown(rule_id)}; {did_you_mean(rule_id, ids, f'{len(ids)} are known')}")
    return {"rule_id": rule_id, **rule_table(rules[ids.index(rule_id)])}


def write_rule(rule: Rule) -> str:
    """The table of a rule, with its header."""
    lines = [f"[rules.{rule.rule_id}]"]
    lines += [f"{name} = {_value(value)}" for name, value in rule_table(rule).items()]
    return "\n".join(lines) + "\n"


def put_rule(text: str, rule: Rule) -> str:
    """The text with a rule added, or in the place of the one of its id. Raises SettingsError."""
    lines = text.splitlines(keepends=True)
    found = _block(lines, rule.rule_id)
    if found is None:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        changed = f"{text}{gap}{write_rule(rule)}"
    else:
        start, end = found
        changed = "".join(lines[:start]) + write_rule(rule) + "".join(lines[end:])
    return _checked(text, changed, rule.rule_id, rule_table(rule))


def drop_rule(text: str, rule_id: str) -> str:
    """The text without a rule. Raises SettingsError."""
    lines = text.splitlines(keepends=True)
    found = _block(lines, rule_id)
    changed = text if found is None else "".join(lines[: found[0]] + lines[found[1] :])
    return _checked(text, changed, rule_id, None)


def _block(lines: list[str], rule_id: str) -> tuple[int, int] | None:
    """Lines of a rule: from its header to the next, without the comments and empty lines above that one."""
    header = re.compile(rf"^[ \t]*\[[ \t]*rules[ \t]*\.[ \t]*(\"{rule_id}\"|'{rule_id}'|{rule_id})[ \t]*\]")
    for start, line in enumerate(lines):
        if header.match(line):
            end = start + 1
            while end < len(lines) and not _HEADER.match(lines[end].rstrip("\r\n")):
                end += 1
            while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
                end -= 1
            return start, end
    return None


def _checked(before: str, changed: str, rule_id: str, table: dict[str, Any] | None) -> str:
    """The changed text, once it says what it should."""
    wanted = tomllib.loads(before)
    rules = dict(wanted.get("rules", {}))
    rules.pop(rule_id, None)
    if table is not None:
        rules[rule_id] = table
    try:
        found = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        found = {"rules": None}
    if found.get("rules", {}) != rules or _others(found) != _others(wanted):
        raise SettingsError(f"rule {rule_id} is written in a way that cannot be changed from here: edit the file")
    return changed


def _others(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "rules"}


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
