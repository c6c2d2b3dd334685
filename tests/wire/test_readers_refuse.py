"""Bad input: one error naming file, field path, value and rule; never anything but a record or a LiqscapeError."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from saved_states import standard_account, unified_account

from liqscape.errors import InputError, LiqscapeError, RemoteWireError
from liqscape.states.solve_account import solve_account
from liqscape.wire.info.margin_table import parse_margin_table
from liqscape.wire.info.meta import parse_meta, parse_meta_and_asset_contexts
from liqscape.wire.info.read_state import parse_clearinghouse_state
from liqscape.wire.info.spot_clearinghouse_state import parse_spot_clearinghouse_state
from liqscape.wire.saved_state import parse_saved_state
from liqscape.wire.saved_tables import parse_saved_tables

META: dict[str, Any] = {
    "universe": [
        {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
        {"name": "ATOM", "szDecimals": 2, "maxLeverage": 5, "marginTableId": 5, "isDelisted": True},
    ],
    "marginTables": [
        [
            56,
            {
                "description": "",
                "marginTiers": [
                    {"lowerBound": "0.0", "maxLeverage": 40},
                    {"lowerBound": "150000000.0", "maxLeverage": 20},
                ],
            },
        ]
    ],
    "collateralToken": 0,
    "addedLater": {"x": 1},
}

SPOT: dict[str, Any] = {
    "balances": [{"coin": "USDC", "token": 0, "total": "14.6", "hold": "0.0", "entryNtl": "0.0"}],
    "tokenToAvailableAfterMaintenance": [[0, "12.5"]],
}

POSITION = ("assetPositions", 0, "position")


def changed(document: Any, path: tuple[str | int, ...], value: Any) -> bytes:
    document = copy.deepcopy(document)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if value is DELETED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return json.dumps(document).encode()


DELETED = object()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("crossMarginSummary",), DELETED, r"missing required field `crossMarginSummary`"),
        (("crossMaintenanceMarginUsed",), DELETED, r"missing required field `crossMaintenanceMarginUsed`"),
        (("crossMarginSummary", "accountValue"), DELETED, r"crossMarginSummary: .*`accountValue`"),
        (("crossMarginSummary", "accountValue"), "NaN", r"crossMarginSummary\.accountValue: nan is not a finite"),
        (("crossMarginSummary", "accountValue"), "1e400", r"crossMarginSummary\.accountValue: Number out of range"),
        (("crossMarginSummary", "totalRawUsd"), "inf", r"totalRawUsd: inf is not a finite number"),
        (("crossMarginSummary", "totalRawUsd"), "1e30", r"totalRawUsd: 1e\+30 is beyond 1e\+18"),
        (("crossMarginSummary", "totalNtlPos"), "-5", r"totalNtlPos: -5\.0 is below 0"),
        (("crossMarginSummary", "accountValue"), "12", r"accountValue: 12\.0 differs from totalRawUsd plus the sum"),
        (("crossMaintenanceMarginUsed",), "-1", r"crossMaintenanceMarginUsed: -1\.0 is below 0"),
        (("assetPositions",), {}, r"assetPositions: Expected `array`, got `object`"),
        (("time",), -1, r"time: -1 is not a time"),
        (("time",), "soon", r"time: Expected `int`"),
        ((*POSITION, "coin"), "BNB", r"assetPositions\[1\]\.position\.coin: 'BNB' is held twice"),
        ((*POSITION, "coin"), 5, r"position\.coin: Expected `str`, got `int`"),
        ((*POSITION, "szi"), "0.0", r"totalNtlPos: .* differs from the sum of positionValue"),
        ((*POSITION, "szi"), "abc", r"assetPositions\[0\]\.position\.szi: Expected `float`"),
        ((*POSITION, "szi"), True, r"position\.szi: Expected `float`, got `bool`"),
        ((*POSITION, "positionValue"), "-3", r"positionValue: -3\.0 must be above 0"),
        ((*POSITION, "positionValue"), "5.0", r"totalNtlPos: .* differs from the sum of positionValue"),
        ((*POSITION, "liquidationPx"), "nan", r"liquidationPx: 'nan' is not a decimal"),
        ((*POSITION, "liquidationPx"), "0.0", r"liquidationPx: '0\.0' must be above 0 or null"),
        ((*POSITION, "liquidationPx"), DELETED, r"missing required field `liquidationPx`"),
        ((*POSITION, "maxLeverage"), 0, r"maxLeverage: 0 is outside 1\.\.1000"),
        ((*POSITION, "leverage", "type"), "both", r"leverage\.type: Invalid enum value 'both'"),
        ((*POSITION, "leverage", "type"), "isolated", r"leverage\.rawUsd: None is missing"),
        (
            ("assetPositions", 4, "position", "positionValue"),
            "99999",
            r"\[4\]\.position\.positionValue: .*marginUsed says",
        ),
    ],
)
def test_a_broken_state_is_refused_with_field_value_and_rule(
    path: tuple[str | int, ...], value: object, message: str
) -> None:
    content = changed(standard_account().state(), path, value)
    with pytest.raises(RemoteWireError, match=r"^state\.json: .*" + message):
        parse_clearinghouse_state(content, "state.json")
    with pytest.raises(RemoteWireError, match=r"^state\.json: .*" + message):
        parse_saved_state(content, "state.json")


def test_fields_the_venue_adds_are_ignored() -> None:
    content = changed(standard_account().state(), ("newField",), {"a": [1, None]})
    assert len(parse_clearinghouse_state(content, "f").assetPositions) == 5


def test_numbers_are_read_as_well_as_strings() -> None:
    content = changed(standard_account().state(), (*POSITION, "szi"), -40000.5)
    assert parse_clearinghouse_state(content, "f").assetPositions[0].position.szi == -40000.5


@pytest.mark.parametrize("cut", [1, 10, 500, -1])
def test_a_truncated_file_is_not_json(cut: int) -> None:
    with pytest.raises(RemoteWireError, match=r"^state\.json: not JSON: "):
        parse_saved_state(standard_account().bytes()[:cut], "state.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"the file is empty"),
        (b"  \n", r"the file is empty"),
        (b"[]", r"holds no account"),
        (b"{}", r"document: no clearinghouseState here \(keys: none\)"),
        (b'{"levels": [], "coin": "BTC"}', r"no clearinghouseState here \(keys: coin, levels\)"),
        (b"5", r"must be a clearinghouseState object"),
        (b"null", r"must be a clearinghouseState object"),
        (
            b'{"response": {"response": {"response": {"response": {"response": {"response": {"response": {}}}}}}}}',
            "deep",
        ),
        (b'{"dexToClearinghouseState": []}', r"dexToClearinghouseState: \[\] must be a list of"),
        (b'{"dexToClearinghouseState": [["", {}]]}', r"dexToClearinghouseState\[0\]\[1\]: .*missing required"),
        (b'{"user": "0x12", "marginSummary": {}}', r"user: '0x12' is not an address"),
        (b'{"capturedAt": "yesterday", "marginSummary": {}}', r"capturedAt: 'yesterday' is not an ISO 8601"),
        (b"\xff\xfe{}", r"not JSON"),
    ],
)
def test_what_holds_no_state_is_refused(content: bytes, message: str) -> None:
    with pytest.raises((InputError, RemoteWireError), match=r"^state\.json: .*" + message):
        parse_saved_state(content, "state.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"the file is empty"),
        (b'{"a": 1}', r"no meta and no margin tables here \(keys: a\)"),
        (b"7", r"must be a meta or a list"),
        (changed(META, ("universe", 0, "marginTableId"), 57), r"marginTableId: 57 names a margin table that is not"),
        (changed(META, ("universe", 1, "name"), "BTC"), r"universe\[1\]: 'BTC' is listed twice"),
        (changed(META, ("universe", 1, "maxLeverage"), 0), r"universe\[1\]\.maxLeverage: .*>= 1"),
        (changed(META, ("universe", 1, "marginTableId"), -3), r"-3 names a margin table that is not listed"),
        (changed(META, ("marginTables", 0, 1, "marginTiers"), []), r"marginTables 56: 56 is no usable .*no tier"),
        (changed(META, ("marginTables", 0, 1, "marginTiers", 1, "lowerBound"), "nan"), r"lowerBound: nan is not"),
        (changed(META, ("marginTables", 0, 1, "marginTiers", 1, "maxLeverage"), 90), r"no usable .*not convex"),
        (changed(META, ("marginTables", 0, 0), "x"), r"marginTables\[0\]\[0\]: Expected `int`"),
        (b'{"marginTables": {}, "coins": {}}', r"coins: names no coin"),
        (b'{"marginTables": {}, "coins": {"BTC": {"marginTableId": 56}}}', r"'BTC'.*56 names a margin table that"),
        (b'{"universe": [{"name": "BTC", "maxLeverage": 40}]}', r"name no margin table"),
    ],
)
def test_a_broken_table_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises((InputError, RemoteWireError), match=r"(?s)^tables\.json: .*" + message):
        parse_saved_tables(content, "tables.json")


def test_meta_is_read_bare_with_contexts_for_all_dexs_and_inside_a_capture() -> None:
    second = {"universe": [{"name": "xyz:GOLD", "maxLeverage": 20, "marginTableId": 20}], "collateralToken": 360}
    contexts = [{"markPx": "1", "oraclePx": "1", "openInterest": "0"}] * 2
    for document in (
        META,
        [META, contexts],
        {"responses": {"meta": META}},
        {"responses": {"metaAndAssetCtxs": [META, contexts]}},
    ):
        tables = parse_saved_tables(json.dumps(document).encode(), "f")
        assert [tier.max_leverage for tier in tables.tables["BTC"].tiers] == [40, 20]
        assert tables.tables["ATOM"].max_leverage == 5
    tables = parse_saved_tables(json.dumps([META, second]).encode(), "f")
    assert tables.collateral == {"": 0, "xyz": 360}
    assert tables.tables["xyz:GOLD"].max_leverage == 20
    meta, read = parse_meta_and_asset_contexts(json.dumps([META, contexts]).encode(), "f")
    assert (len(meta.universe), read[0].markPx) == (2, 1.0)
    with pytest.raises(RemoteWireError, match="1 contexts for 2 markets"):
        parse_meta_and_asset_contexts(json.dumps([META, contexts[:1]]).encode(), "f")


def test_one_margin_table_is_read_from_its_own_answer() -> None:
    content = json.dumps(META["marginTables"][0][1]).encode()
    assert parse_margin_table(content, 56, "f").max_leverage == 40


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("balances",), DELETED, r"missing required field `balances`"),
        (("balances", 0, "total"), "nan", r"balances\[0\]\.total: nan is not a finite number"),
        (("tokenToAvailableAfterMaintenance", 0), [0, "x"], r"tokenToAvailableAfterMaintenance\[0\]\[1\]: Expected"),
        (
            ("tokenToAvailableAfterMaintenance",),
            [[0, 1], [0, 2]],
            r"tokenToAvailableAfterMaintenance\[1\]: 0 is listed",
        ),
        (("balances",), [SPOT["balances"][0]] * 2, r"balances\[1\]\.token: 0 is listed twice"),
    ],
)
def test_a_broken_spot_state_is_refused(path: tuple[str | int, ...], value: object, message: str) -> None:
    content = changed(SPOT, path, value)
    with pytest.raises(RemoteWireError, match=r"^spot\.json: .*" + message):
        parse_spot_clearinghouse_state(content, "spot.json")


def test_the_spot_state_says_what_it_does_not_know() -> None:
    state = parse_spot_clearinghouse_state(json.dumps(SPOT).encode(), "f")
    assert (state.available_after_maintenance(), state.available_after_maintenance(150)) == (12.5, None)
    assert (state.total(), state.total(150)) == (14.6, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["position", "assetPositions", "universe", "coins", "marginTables", "user", "clearinghouseState"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)

ODD_VALUES = st.sampled_from(
    [None, True, -1, 0, 1e300, "1e400", "nan", "-inf", "", "0", "-7", "1e-320", "x" * 100, [], {}, 10**30, "64000.5"]
)


def paths_of(document: Any, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    found = [] if not prefix else [prefix]
    for key, value in items:
        found += paths_of(value, (*prefix, key))
    return found


READERS: list[Callable[[bytes], object]] = [
    lambda content: parse_clearinghouse_state(content, "f"),
    lambda content: parse_spot_clearinghouse_state(content, "f"),
    lambda content: parse_meta(content, "f"),
    lambda content: parse_meta_and_asset_contexts(content, "f"),
    lambda content: parse_margin_table(content, 56, "f"),
    lambda content: parse_saved_tables(content, "f"),
    lambda content: [solve_account(account, None, "f") for account in parse_saved_state(content, "f")],
]


@given(content=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=examples(120))
def test_readers_give_a_record_or_one_error_for_any_bytes(content: bytes) -> None:
    for read in READERS:
        try:
            read(content)
        except LiqscapeError as error:
            assert str(error).startswith("f: ")  # noqa: PT017 - any number of readers may accept


WHOLE = [
    standard_account().state(),
    {"clearinghouseState": unified_account().state(), "spotState": SPOT, "abstraction": "unifiedAccount"},
    {**standard_account().state(), "note": "an excerpt", "user": "0x" + "a" * 40},
]


@given(st.data())
@settings(max_examples=examples(250))
def test_a_state_with_any_field_broken_is_solved_or_refused(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(WHOLE))
    paths = paths_of(document)
    content = changed(document, data.draw(st.sampled_from(paths)), data.draw(ODD_VALUES | st.just(DELETED)))
    try:
        answers = [solve_account(account, None, "f") for account in parse_saved_state(content, "f")]
    except LiqscapeError as error:
        assert str(error).startswith("f: ")  # noqa: PT017 - either outcome is right
    else:
        rows = [row for answer in answers for row in answer.positions]
        assert all(row.liquidation_price is None or row.liquidation_price > 0.0 for row in rows)
        assert all(row.row_class for row in rows)


@given(st.data())
@settings(max_examples=examples(60))
def test_a_meta_with_any_field_broken_is_read_or_refused(data: st.DataObject) -> None:
    content = changed(META, data.draw(st.sampled_from(paths_of(META))), data.draw(ODD_VALUES | st.just(DELETED)))
    try:
        tables = parse_saved_tables(content, "f")
    except LiqscapeError as error:
        assert str(error).startswith("f: ")  # noqa: PT017 - either outcome is right
    else:
        assert tables.tables


@pytest.mark.parametrize("literal", ["1e400", "-1e999", "NaN", "-Infinity", "9" * 5000])
def test_a_number_no_float_holds_is_named_with_its_field(literal: str) -> None:
    content = changed(standard_account().state(), ("assetPositions", 1, "position", "szi"), "HERE")
    with pytest.raises(RemoteWireError, match=r"assetPositions\[1\]\.position\.szi: ") as caught:
        parse_saved_state(content.replace(b'"HERE"', literal.encode()), "state.json")
    assert literal[:40] in str(caught.value)


@pytest.mark.parametrize("wrong", ["abc", "1e400", True])
def test_a_value_of_another_type_is_shown(wrong: object) -> None:
    content = changed(standard_account().state(), ("assetPositions", 1, "position", "szi"), wrong)
    for parse in (parse_saved_state, parse_clearinghouse_state):
        with pytest.raises(RemoteWireError, match=r"^state\.json: assetPositions\[1\]\.position\.szi: ") as caught:
            parse(content, "state.json")
        assert str(caught.value).endswith(f"({wrong!r})")
