"""A rule that can never fire is refused when it is written, in one sentence with the nearest name."""

from __future__ import annotations

from typing import Any

import pytest

from liqscape.errors import QuestionError
from liqscape.insight.alerts import KINDS, AlertKind, Known, fields_of, parse_rule

ADDRESS = "0x" + "ab" * 20
KNOWN = Known(coins=("BTC", "ETH", "kPEPE"), destinations=("phone", "desk"))

WHOLE: dict[AlertKind, dict[str, Any]] = {
    AlertKind.NEAR_CLUSTER: {"percent": 1.0, "side": "long", "min_usd": 1e6, "coin": "BTC"},
    AlertKind.NEAR_LEVEL: {"coin": "BTC", "price": 60_000, "percent": 0.5},
    AlertKind.LEVEL_TOUCHED: {"coin": "BTC", "price": 60_000, "approach": "from_above"},
    AlertKind.CLUSTER_BORN: {"min_usd": 5e6},
    AlertKind.CLUSTER_GROWN: {"percent": 100.0, "minutes": 15},
    AlertKind.CLUSTER_DISSOLVED: {"coin": "ETH", "side": "short"},
    AlertKind.CLUSTER_SWEPT: {},
    AlertKind.ACCOUNT_NEAR: {"address": ADDRESS, "percent": 2.0},
    AlertKind.MARGIN_ADDED: {"address": ADDRESS},
    AlertKind.LIQUIDATION: {"min_usd": 250_000},
    AlertKind.CASCADE_STATE: {"state": "running"},
    AlertKind.ASYMMETRY: {"coin": "BTC", "distance": 5, "above": 0.6, "below": -0.6},
    AlertKind.FUNDING: {"above": 0.05},
    AlertKind.OPEN_INTEREST: {"percent": 10, "minutes": 60, "coin": "BTC"},
    AlertKind.COVERAGE: {"below": 0.4},
    AlertKind.STALE: {"minutes": 3},
    AlertKind.NEAR_STOPS: {"percent": 2.0},
}


def given(kind: AlertKind, /, **fields: Any) -> dict[str, Any]:
    return {"rule_id": "one", "kind": kind.value, **WHOLE[kind], **fields}


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_has_a_rule_that_is_taken(kind: AlertKind) -> None:
    rule = parse_rule(given(kind), KNOWN)
    assert rule.kind is kind
    assert all(getattr(rule, field) is not None for field in KINDS[kind].needs)


@pytest.mark.parametrize("kind", AlertKind)
def test_what_a_kind_needs_cannot_be_left_out(kind: AlertKind) -> None:
    for field in KINDS[kind].needs:
        fields = given(kind)
        del fields[field]
        with pytest.raises(QuestionError, match=rf"rule one: {kind.value} needs {field}"):
            parse_rule(fields, KNOWN)


@pytest.mark.parametrize("kind", AlertKind)
def test_no_kind_takes_a_field_of_another(kind: AlertKind) -> None:
    for field in {"price", "state", "distance", "approach", "address"} - set(fields_of(kind)):
        with pytest.raises(QuestionError, match=f"{kind.value} does not use {field}"):
            parse_rule(given(kind, **{field: "x"}), KNOWN)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "near_clster"}, "unknown kind 'near_clster'; did you mean near_cluster?"),
        ({"percnt": 1}, "unknown field 'percnt'; did you mean percent?"),
        ({"coin": "BTCC"}, "unknown coin 'BTCC'; did you mean BTC?"),
        ({"coin": "kpepe"}, "unknown coin 'kpepe'; did you mean kPEPE?"),
        ({"side": "lng"}, "unknown side 'lng'; did you mean long?"),
        ({"destinations": ["phon"]}, "unknown destination 'phon'; did you mean phone?"),
        ({"percent": 0}, "percent 0 is not above 0 to 50"),
        ({"percent": 60}, "percent 60 is not above 0 to 50"),
        ({"percent": float("nan")}, "percent nan is not above 0 to 50"),
        ({"percent": "2"}, "percent expects float, got str"),
        ({"min_usd": -1}, "min_usd -1 is not 0 to 1e"),
        ({"cool_down_minutes": 1e6}, "cool_down_minutes 1e.06 is not 0 to 10080"),
        ({"cluster_id": "BTC-short-1780000000000-15620"}, "is of side short, and side is long: never both"),
        ({"cluster_id": "ETH-long-1780000000000-15620"}, "is of coin ETH, and coin is BTC: never both"),
        ({"cluster_id": "BTC"}, "cluster_id 'BTC' is not COIN-SIDE-TIME-BAND"),
        ({"quiet_hours": "22-7"}, "is not of the form 22:00-07:00"),
        ({"quiet_hours": "25:00-07:00"}, "names a time that no day has"),
        ({"quiet_hours": "07:00-07:00"}, "begin when they end"),
        ({"name": "x" * 81}, "is longer than 80 characters"),
    ],
)
def test_a_rule_that_can_never_fire_is_refused_with_the_nearest_name(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(QuestionError, match=sentence.replace("?", r"\?")) as caught:
        parse_rule(given(AlertKind.NEAR_CLUSTER, **fields), KNOWN)
    assert str(caught.value).startswith("rule one: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (AlertKind.CASCADE_STATE, {"state": "runing"}, "unknown state 'runing'; did you mean running?"),
        (AlertKind.CASCADE_STATE, {"state": "none"}, "unknown state 'none'"),
        (AlertKind.ASYMMETRY, {"distance": 3}, "distance 3 is not 1, 2, 5 or 10"),
        (AlertKind.ASYMMETRY, {"above": 1.5}, "above 1.5 is not -1 to 1"),
        (AlertKind.ASYMMETRY, {"above": -0.7}, "above -0.7 is not over below -0.6"),
        (AlertKind.COVERAGE, {"below": 1.2}, "below 1.2 is not above 0 to 1"),
        (AlertKind.ACCOUNT_NEAR, {"address": "0x12"}, "address '0x12' is not 0x and 40 hex digits"),
        (AlertKind.LEVEL_TOUCHED, {"price": 0}, "price 0 is not above 0"),
        (AlertKind.LEVEL_TOUCHED, {"hysteresis": 0}, "fires at every update"),
        (AlertKind.LEVEL_TOUCHED, {"approach": "above"}, "unknown approach 'above'"),
        (AlertKind.CLUSTER_GROWN, {"hysteresis": 200}, "hysteresis 200 is not 0 to 50"),
        (AlertKind.STALE, {"minutes": 0}, "minutes 0 is not above 0 to 1440"),
    ],
)
def test_limits_that_nothing_passes_are_refused(kind: AlertKind, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(QuestionError, match=sentence.replace("?", r"\?")):
        parse_rule(given(kind, **fields), KNOWN)


def test_one_limit_at_least_is_needed_of_a_figure() -> None:
    with pytest.raises(QuestionError, match="rule one: funding needs above or below"):
        parse_rule({"rule_id": "one", "kind": "funding", "coin": "BTC"}, KNOWN)


@pytest.mark.parametrize("rule_id", [None, 3, "", "Upper", "a b", "../x", "x" * 65])
def test_a_rule_has_a_name_that_a_file_can_hold(rule_id: object) -> None:
    with pytest.raises(QuestionError, match=r"rule_id .* is not 1 to 64"):
        parse_rule({"rule_id": rule_id, "kind": "stale", "minutes": 3})


def test_addresses_and_words_may_be_in_capitals() -> None:
    rule = parse_rule(given(AlertKind.ACCOUNT_NEAR, address=ADDRESS.upper().replace("X", "x")), KNOWN)
    assert rule.address == ADDRESS
    assert parse_rule(given(AlertKind.NEAR_CLUSTER, side="LONG"), KNOWN).side == "long"


def test_a_cluster_that_does_not_stand_is_refused_with_the_nearest() -> None:
    known = KNOWN._replace(clusters={"BTC-long-1780000000000-900", "ETH-long-1-2"})
    near = {"kind": "near_cluster", "rule_id": "one", "percent": 1.0}
    assert parse_rule({**near, "cluster_id": "BTC-long-1780000000000-900"}, known).cluster_id is not None
    said = "does not stand, and none comes again under its id; did you mean BTC-long-1780000000000-900"
    with pytest.raises(QuestionError, match=said):
        parse_rule({**near, "cluster_id": "BTC-long-1780000000000-901"}, known)
    with pytest.raises(QuestionError, match="unknown coin 'BTCC'; did you mean BTC"):
        parse_rule({**near, "cluster_id": "BTCC-long-1-2"}, known)
