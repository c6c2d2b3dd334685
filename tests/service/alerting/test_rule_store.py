"""Rules in a file: read again when it changes, written in one step, and nothing else of the file is touched."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import NotFound, QuestionError, SettingsError
from liqscape.insight.alerts import AlertKind, Rule, parse_rule
from liqscape.service.alerting.rule_store import RuleStore, read_rules
from liqscape.service.alerting.rule_text import drop_rule, put_rule, rule_table, write_rule

TEXT = """# my rules
[destinations.phone]   # secret
url = "tgram://123:SECRET/4"

[rules.one]
kind = "stale"   # three minutes
minutes = 3

# about the second one
[rules.two]
kind = "coverage"
below = 0.5
"""
FOUR = Rule(rule_id="four", kind=AlertKind.FUNDING, above=0.05, destinations=("phone",), name='a "b"\\ ü')


def stored(folder: Path, text: str = TEXT) -> RuleStore:
    (folder / "alerts.toml").write_text(text)
    return RuleStore(folder / "alerts.toml")


def test_a_rule_is_added_and_the_rest_stays_byte_for_byte(tmp_path: Path) -> None:
    store = stored(tmp_path)
    store.put(FOUR, ("BTC",))
    text = (tmp_path / "alerts.toml").read_text()
    assert text.startswith(TEXT)
    assert [rule.rule_id for rule in RuleStore(tmp_path / "alerts.toml").held.rules] == ["one", "two", "four"]
    assert store.held.rules[-1] == FOUR


def test_a_rule_takes_the_place_of_the_one_of_its_id(tmp_path: Path) -> None:
    store = stored(tmp_path)
    store.put(Rule(rule_id="one", kind=AlertKind.STALE, minutes=9.0), None)
    text = (tmp_path / "alerts.toml").read_text()
    assert "minutes = 9.0" in text
    assert "# about the second one" in text
    assert "SECRET" in text
    assert [rule.rule_id for rule in store.held.rules] == ["one", "two"]


def test_a_rule_is_removed_and_the_comment_of_the_next_stays(tmp_path: Path) -> None:
    store = stored(tmp_path)
    removed = store.remove("one")
    assert removed is not None
    assert removed.minutes == 3.0
    assert (tmp_path / "alerts.toml").read_text() == TEXT.replace(
        '[rules.one]\nkind = "stale"   # three minutes\nminutes = 3\n', ""
    )
    with pytest.raises(NotFound, match=r"no rule 'tow'; did you mean two\?"):
        store.remove("tow")


def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    store = stored(tmp_path)
    (tmp_path / "alerts.toml").chmod(0o644)
    store.put(FOUR, None)
    assert stat.S_IMODE(os.stat(tmp_path / "alerts.toml").st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alerts.toml"]


def test_a_file_is_made_with_the_first_rule(tmp_path: Path) -> None:
    store = RuleStore(tmp_path / "deep" / "alerts.toml")
    store.put(Rule(rule_id="one", kind=AlertKind.STALE, minutes=9.0), None)
    assert [rule.rule_id for rule in store.held.rules] == ["one"]


def test_a_rule_that_cannot_be_used_is_said_and_the_others_work(tmp_path: Path) -> None:
    store = stored(tmp_path, TEXT + '[rules.bad]\nkind = "stal"\n')
    assert [rule.rule_id for rule in store.held.rules] == ["one", "two"]
    assert store.held.troubles == {"bad": "rule bad: unknown kind 'stal'; did you mean stale?"}
    assert store.remove("bad") is None
    assert store.held.troubles == {}


@pytest.mark.parametrize(
    "broken", [b"[rules.one\nurl = SECRET", b"\xff\xfe", b"[ruls.one]\nkind = 1\n", b"rules = 3\n"]
)
def test_a_file_that_cannot_be_read_leaves_the_rules_and_says_nothing_of_its_text(
    tmp_path: Path, broken: bytes
) -> None:
    store = stored(tmp_path)
    (tmp_path / "alerts.toml").write_bytes(broken)
    assert store.look()
    assert len(store.held.rules) == 2
    assert store.held.trouble is not None
    assert "SECRET" not in store.held.trouble
    with pytest.raises(SettingsError, match="rules are not changed before that is put right"):
        store.put(FOUR, None)
    assert (tmp_path / "alerts.toml").read_bytes() == broken


def test_a_rule_that_can_never_fire_is_not_written(tmp_path: Path) -> None:
    store = stored(tmp_path)
    with pytest.raises(QuestionError, match=r"unknown coin 'BTCC'; did you mean BTC\?"):
        store.put(Rule(rule_id="x", kind=AlertKind.CLUSTER_BORN, coin="BTCC"), ("BTC",))
    with pytest.raises(QuestionError, match=r"unknown destination 'fone'; did you mean phone\?"):
        store.put(Rule(rule_id="x", kind=AlertKind.CLUSTER_BORN, destinations=("fone",)), None)
    assert (tmp_path / "alerts.toml").read_text() == TEXT


def test_a_map_that_is_only_looked_at_changes_no_rules(tmp_path: Path) -> None:
    (tmp_path / "alerts.toml").write_text(TEXT)
    store = RuleStore(tmp_path / "alerts.toml", is_writable=False)
    with pytest.raises(SettingsError, match="only looked at"):
        store.put(FOUR, None)
    with pytest.raises(SettingsError, match="only looked at"):
        RuleStore(None).remove("one")


@pytest.mark.parametrize(
    "text",
    [
        '[rules]\none = {kind = "stale", minutes = 3}\n',
        '[rules.one]\nkind = "stale"\nminutes = 3\nname = """\n[rules.two]\n"""\n',
    ],
)
def test_what_cannot_be_changed_by_lines_is_left_to_an_editor(text: str) -> None:
    with pytest.raises(SettingsError, match="edit the file"):
        drop_rule(text, "one")


def test_nothing_is_read_where_nothing_is(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "none.toml").rules == ()


TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=40)


@given(name=TEXTS, minutes=st.floats(0.001, 1_440.0), once=st.booleans(), places=st.lists(TEXTS, max_size=3))
def test_what_is_written_is_read_again(name: str, minutes: float, once: bool, places: list[str]) -> None:
    rule = Rule(rule_id="r", kind=AlertKind.STALE, minutes=minutes, name=name, once=once, destinations=tuple(places))
    document = tomllib.loads(put_rule(TEXT, rule))
    assert parse_rule({"rule_id": "r", **document["rules"]["r"]}) == rule
    assert tomllib.loads(write_rule(rule)) == {"rules": {"r": rule_table(rule)}}
    assert drop_rule(put_rule(TEXT, rule), "r").strip() == TEXT.strip()
