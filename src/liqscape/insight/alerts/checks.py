"""A rule is checked when it is written, not when it fails to fire: what can never fire is refused with one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, get_args

import msgspec

from liqscape.errors import QuestionError
from liqscape.insight.alerts.kinds import DISTANCES, KINDS, bounds_of, fields_of
from liqscape.insight.alerts.quiet import parse_quiet_hours
from liqscape.insight.alerts.records import AlertKind, Approach, Rule, SideWord
from liqscape.insight.records import CascadeState
from liqscape.spelling import did_you_mean, shown, unknown_coin

RULE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
ADDRESS = re.compile(r"0x[0-9a-f]{40}")
CLUSTER_ID = re.compile(r"(?P<coin>.+)-(?P<side>long|short)-\d+--?\d+")
MAX_NAME = 80
MAX_DESTINATIONS = 20
STATES = tuple(state.name.lower() for state in CascadeState if state is not CascadeState.NONE)
"""States of a cascade that are told: none is the absence of one."""
KIND_WORDS = tuple(kind.value for kind in AlertKind)
WORDS = {"side": get_args(SideWord), "approach": get_args(Approach)}


class Known(NamedTuple):
    """What a rule may name. None: it is not known, and not checked.

    clusters  those that stand: one that has ended never comes again, under its id.
    """

    coins: Collection[str] | None = None
    destinations: Collection[str] | None = None
    clusters: Collection[str] | None = None


ANYTHING = Known()


def parse_rule(given: Mapping[str, Any], known: Known = ANYTHING) -> Rule:
    """The rule that a table of a file or a body of JSON holds.

    Raises QuestionError with one sentence, which names the rule, for a word that is not known (with the nearest one),
    a field that its kind has not, a number outside its limits, and whatever else could never fire.
    """
    rule_id = given.get("rule_id")
    if not isinstance(rule_id, str) or not RULE_ID.fullmatch(rule_id):
        raise QuestionError(
            f"rule_id {shown(str(rule_id))} is not 1 to 64 of a to z, 0 to 9, _ and -, beginning with a letter or digit"
        )
    kind = _kind(rule_id, given.get("kind"))
    known_fields = fields_of(kind)
    for field in given:
        if field not in known_fields:
            otherwise = f"{kind.value} has {', '.join(known_fields[1:])}"
            if field in Rule.__struct_fields__:
                raise QuestionError(f"rule {rule_id}: {kind.value} does not use {field}; {otherwise}")
            hint = did_you_mean(field, known_fields, otherwise)
            raise QuestionError(f"rule {rule_id}: unknown field {shown(field)}; {hint}")
    for field, words in WORDS.items():
        word = given.get(field)
        if isinstance(word, str) and word.lower() not in words:
            raise QuestionError(f"rule {rule_id}: unknown {field} {shown(word)}; {_one_of(word, words)}")
    try:
        rule = msgspec.convert(_readable(given), Rule)
    except msgspec.ValidationError as error:
        raise QuestionError(f"rule {rule_id}: {_in_words(str(error))}") from None
    check_rule(rule, known)
    return rule


def check_rule(rule: Rule, known: Known = ANYTHING) -> None:
    """Raises QuestionError as `parse_rule` does."""
    try:
        _check(rule, known)
    except QuestionError as error:
        raise QuestionError(f"rule {rule.rule_id}: {error}") from None


def _check(rule: Rule, known: Known) -> None:
    own = KINDS[rule.kind]
    for field in own.needs:
        if getattr(rule, field) is None:
            raise QuestionError(f"{rule.kind.value} needs {field}")
    if own.one_of and all(getattr(rule, field) is None for field in own.one_of):
        raise QuestionError(f"{rule.kind.value} needs {' or '.join(own.one_of)}")
    for field in Rule.__struct_fields__:
        _check_number(rule, field)
    if len(rule.name) > MAX_NAME or not rule.name.isprintable():
        raise QuestionError(f"name {shown(rule.name)} is longer than {MAX_NAME} characters or holds unprintable ones")
    _check_words(rule, known)
    _check_limits(rule)
    if rule.quiet_hours is not None:
        parse_quiet_hours(rule.quiet_hours)


def _check_number(rule: Rule, field: str) -> None:
    value, bounds = getattr(rule, field), bounds_of(rule.kind, field)
    if bounds is None or value is None:
        return
    is_low = value <= bounds.low if bounds.is_above else value < bounds.low
    if not math.isfinite(value) or is_low or value > bounds.high:
        low = f"above {bounds.low:g}" if bounds.is_above else f"{bounds.low:g}"
        raise QuestionError(f"{field} {value:g} is not {low} to {bounds.high:g}")


def _check_words(rule: Rule, known: Known) -> None:
    if rule.coin is not None and known.coins is not None and rule.coin not in known.coins:
        raise QuestionError(unknown_coin(rule.coin, known.coins))
    if len(rule.destinations) > MAX_DESTINATIONS:
        raise QuestionError(f"{len(rule.destinations)} destinations, at most {MAX_DESTINATIONS}")
    for name in rule.destinations:
        if known.destinations is not None and name not in known.destinations:
            otherwise = f"{len(known.destinations)} are known: [destinations.NAME] of the file"
            hint = did_you_mean(name, known.destinations, otherwise)
            raise QuestionError(f"unknown destination {shown(name)}; {hint}")
    if rule.state is not None and rule.state not in STATES:
        raise QuestionError(f"unknown state {shown(rule.state)}; {_one_of(rule.state, STATES)}")
    if rule.distance is not None and rule.distance not in DISTANCES:
        raise QuestionError(f"distance {rule.distance:g} is not 1, 2, 5 or 10: asymmetry is counted within those")
    if rule.address is not None and not ADDRESS.fullmatch(rule.address):
        raise QuestionError(f"address {shown(rule.address)} is not 0x and 40 hex digits")
    if rule.cluster_id is not None:
        _check_cluster(rule, rule.cluster_id, known)


def _check_cluster(rule: Rule, cluster_id: str, known: Known) -> None:
    found = CLUSTER_ID.fullmatch(cluster_id)
    if found is None:
        raise QuestionError(f"cluster_id {shown(cluster_id)} is not COIN-SIDE-TIME-BAND")
    for field in ("coin", "side"):
        asked = getattr(rule, field)
        if asked is not None and asked != found[field]:
            raise QuestionError(
                f"cluster {cluster_id} is of {field} {found[field]}, and {field} is {asked}: never both"
            )
    if known.coins is not None and found["coin"] not in known.coins:
        raise QuestionError(f"cluster_id {shown(cluster_id)}: {unknown_coin(found['coin'], known.coins)}")
    if known.clusters is not None and cluster_id not in known.clusters:
        own = [each for each in known.clusters if each.startswith(f"{found['coin']}-{found['side']}-")]
        hint = did_you_mean(cluster_id, own, f"{len(own)} {found['side']} clusters of {found['coin']} stand")
        raise QuestionError(f"cluster {shown(cluster_id)} does not stand, and none comes again under its id; {hint}")


def _check_limits(rule: Rule) -> None:
    """Limits that no figure passes, or that every figure passes."""
    if rule.above is not None and rule.below is not None and rule.above <= rule.below:
        raise QuestionError(f"above {rule.above:g} is not over below {rule.below:g}: one of them is always passed")
    if rule.kind is AlertKind.LEVEL_TOUCHED and rule.hysteresis == 0.0:
        raise QuestionError("hysteresis 0 of level_touched fires at every update at the level; give some percent")
    is_share = KINDS[rule.kind].unit == "%" and rule.percent is not None
    if rule.hysteresis is not None and is_share and rule.kind is AlertKind.CLUSTER_GROWN:
        assert rule.percent is not None
        if rule.hysteresis > rule.percent:
            raise QuestionError(
                f"hysteresis {rule.hysteresis:g} is over percent {rule.percent:g}: it would fire only once"
            )


def _kind(rule_id: str, given: object) -> AlertKind:
    if not isinstance(given, str):
        raise QuestionError(f"rule {rule_id}: kind is missing; one of {', '.join(KIND_WORDS)}")
    if given not in KIND_WORDS:
        raise QuestionError(f"rule {rule_id}: unknown kind {shown(given)}; {_one_of(given, KIND_WORDS)}")
    return AlertKind(given)


def _one_of(word: str, words: Collection[str]) -> str:
    return did_you_mean(word, words, f"one of {', '.join(words)}")


def _readable(given: Mapping[str, Any]) -> dict[str, Any]:
    """Addresses and words in lower case."""
    found = dict(given)
    for field in ("address", *WORDS):
        if isinstance(found.get(field), str):
            found[field] = found[field].lower()
    return found


def _in_words(text: str) -> str:
    """`Expected `float`, got `str` - at `$.percent`` as a sentence of ours."""
    what, _, place = text.partition(" - at `$.")
    field = place.rstrip("`")
    what = what.replace("`", "").replace("Expected", "expects").replace(" | null", "")
    return f"{field} {what}" if field else what
