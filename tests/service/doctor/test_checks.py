"""Judgements of made-up answers and messages: delays, swapped markets, prices that are off, an own node that stands."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from liqscape.service.doctor.checks.accounts import PRICES, SUMS, check_accounts
from liqscape.service.doctor.checks.machine import check_machine, check_node
from liqscape.service.doctor.checks.markets import ORDER, check_markets
from liqscape.service.doctor.checks.shapes import check_shape
from liqscape.service.doctor.checks.stream import check_stream
from liqscape.service.doctor.records import Check, Verdict
from liqscape.service.doctor.seen import Heard, Machine, NodeTable, Seen, SeenAnswer, SeenMessage
from liqscape.wire.info.exchange_status import ExchangeStatusRequest
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest
from liqscape.wire.info.request import InfoRequest

USER = "0x" + "ab" * 20
UNIVERSE = [
    {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 40},
    {"name": "ETH", "szDecimals": 4, "maxLeverage": 25, "marginTableId": 25},
]
META = {"universe": UNIVERSE, "marginTables": [], "collateralToken": 0}


def context(mark: str, interest: str) -> dict[str, str]:
    return {"markPx": mark, "oraclePx": mark, "openInterest": interest, "funding": "0.0", "dayNtlVlm": "1.0"}


CONTEXTS = [context("100000.0", "50.0"), context("2000.0", "900.0")]


def state(eth_price: str = "4779.411765") -> dict[str, object]:
    """1 BTC long at 100,000 and 10 ETH short at 2,000 on raw USD -50,000: worth 30,000, maintenance 1,250 and 400.

    BTC: -50,000 - 20,000 + p = p / 80 + 400, p = 70,400 / 0.9875.
    ETH: 50,000 - 10 p = 1,250 + 10 p / 50, p = 48,750 / 10.2.
    """
    summary = {"accountValue": "30000.0", "totalNtlPos": "120000.0", "totalRawUsd": "-50000.0"}
    return {
        "marginSummary": summary,
        "crossMarginSummary": summary,
        "crossMaintenanceMarginUsed": "1650.0",
        "assetPositions": [
            position("BTC", "1.0", 40, "100000.0", "71291.139241"),
            position("ETH", "-10.0", 25, "20000.0", eth_price),
        ],
        "time": 1_780_000_000_000,
    }


def position(coin: str, size: str, max_leverage: int, value: str, liquidation_price: str) -> dict[str, object]:
    row = {
        "coin": coin, "szi": size, "leverage": {"type": "cross", "value": 20}, "entryPx": "100.0",
        "positionValue": value, "unrealizedPnl": "0.0", "returnOnEquity": "0.0",
        "liquidationPx": liquidation_price, "marginUsed": "5000.0", "maxLeverage": max_leverage,
    }  # fmt: skip
    return {"type": "oneWay", "position": row}


MARKETS = MetaAndAssetCtxsRequest()


def answer(content: object, took_ms: float = 50.0, request: InfoRequest[Any] = MARKETS) -> SeenAnswer:
    return SeenAnswer(
        request=request,
        content=json.dumps(content).encode(),
        trouble="",
        sent_ms=1_000.0,
        received_ms=1_000.0 + took_ms,
    )


def sound(**changed: object) -> Seen:
    contents: dict[str, object] = {
        "metaAndAssetCtxs": [META, CONTEXTS],
        "allPerpMetas": [META],
        "perpDexs": [None],
        "clearinghouseState 0": state(),
        "batchClearinghouseStates": [state()],
    }
    answers = {name: answer(content) for name, content in (contents | changed).items()}
    return Seen(answers=answers, heard=Heard(), users=(USER,), machine=Machine("", 10**12, ""), weight=0)


def by_name(checks: object) -> dict[str, Check]:
    return {check.name: check for check in checks}  # type: ignore[attr-defined]


def test_a_sound_account_is_reproduced_to_the_printed_digits() -> None:
    found = by_name(check_accounts(sound()))
    assert {check.verdict for check in found.values()} == {Verdict.HOLDS}
    assert "2 of 2 reproduced" in found[PRICES].seen


@pytest.mark.parametrize(
    ("changed", "name", "word"),
    [
        ({"clearinghouseState 0": state("5000.0")}, PRICES, "0 of 2 reproduced"),
        ({"metaAndAssetCtxs": [META, [context("100000.0", "0.5"), CONTEXTS[1]]]}, SUMS, "open interest 0.5"),
        ({"metaAndAssetCtxs": [META, CONTEXTS[::-1]]}, SUMS, "has mark 100000 in a state and 2000"),
        ({"batchClearinghouseStates": []}, "batch of states", "0 states for 1 accounts"),
    ],
)
def test_figures_that_do_not_fit_are_named(changed: dict[str, object], name: str, word: str) -> None:
    found = by_name(check_accounts(sound(**changed)))[name]
    assert found.verdict is Verdict.DIFFERS
    assert word in found.seen
    assert found.meaning


def test_markets_in_another_order_on_another_road_are_named() -> None:
    swapped = {**META, "universe": UNIVERSE[::-1]}
    found = by_name(check_markets(sound(allPerpMetas=[swapped])))[f"{ORDER}, allPerpMetas"]
    assert found.verdict is Verdict.DIFFERS
    assert "row 0 is ETH here and BTC there" in found.seen


def test_fewer_contexts_than_markets_are_named() -> None:
    found = check_shape("metaAndAssetCtxs", answer([META, CONTEXTS[:1]]))
    assert found.verdict is Verdict.DIFFERS
    assert "no map can begin" in found.meaning


def test_an_answer_that_takes_long_is_named_and_one_not_asked_is_unknown() -> None:
    slow = answer({"time": 1, "specialStatuses": None}, 6_000.0, ExchangeStatusRequest())
    assert check_shape("exchangeStatus", slow).verdict is Verdict.DIFFERS
    assert "answered after 6.0 s" in check_shape("exchangeStatus", slow).seen
    left_out = replace(slow, content=None, trouble="not asked: 200 units of weight are used")
    assert check_shape("exchangeStatus", left_out).verdict is Verdict.UNKNOWN


def prints(*rows: tuple[float, int, int]) -> Heard:
    """Messages of one print each: (received ms, time ms, trade id)."""
    heard = Heard(connected=True)
    for received_ms, time_ms, number in rows:
        trade = {"coin": "BTC", "side": "B", "px": "1.0", "sz": "1.0", "time": time_ms, "hash": "0x0", "tid": number}
        content = json.dumps({"channel": "trades", "data": [trade]}).encode()
        heard.messages.setdefault("trades", []).append(SeenMessage(content, received_ms))
    return heard


@pytest.mark.parametrize(
    ("heard", "name", "word"),
    [
        (prints((9_000, 1_000, 1), (9_001, 8_900, 2)), None, ""),
        (prints((9_000, 1_000, 1), (9_001, 5_000, 2)), "delay of prints", "up to 4.0 s"),
        (prints((9_000, 8_000, 1), (9_001, 8_100, 2), (9_002, 8_100, 2)), "order of prints", "1 messages gave"),
        (prints((9_000, 8_000, 1), (9_001, 8_300, 3), (9_002, 8_200, 2)), "order of prints", "1 messages were older"),
    ],
    ids=["the first message is old by nature", "late", "twice", "out of order"],
)
def test_late_repeated_and_disordered_prints_are_told_apart(heard: Heard, name: str | None, word: str) -> None:
    seen = Seen(answers={}, heard=heard, users=(), machine=Machine("", 10**12, ""), weight=0)
    found = {
        check.name: check.seen
        for check in check_stream(seen)
        if check.verdict is Verdict.DIFFERS and "prints" in check.name
    }
    assert list(found) == ([] if name is None else [name])
    assert name is None or word in found[name]


def test_an_own_node_that_stands_and_a_full_disk_are_named() -> None:
    tables = (NodeTable("node_fills_by_block", 900.0), NodeTable("misc_events_by_block", 2.0))
    seen = Seen(
        answers={},
        heard=Heard(),
        users=(),
        machine=Machine("", 10**9, "no compiler"),
        weight=0,
        node=None,
        tables=tables,
    )
    node = by_name(check_node(seen))
    assert node["own node, node_fills_by_block"].verdict is Verdict.DIFFERS
    assert node["own node, misc_events_by_block"].verdict is Verdict.HOLDS
    machine = by_name(check_machine(seen))
    assert {machine["disk"].verdict, machine["kernels"].verdict} == {Verdict.DIFFERS}
