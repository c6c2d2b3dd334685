"""GET /api/v1/liquidations over stored events of a small map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.testing import TestClient
from small_market import START_MS, address

from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.service.answers.liquidations import LiquidationQuestions
from liqscape.service.executors import Executors
from liqscape.service.metrics import LiveMetrics
from liqscape.service.view import MapView
from liqscape.store.liquidations import LiquidationWriter
from liqscape.web.answering import Answering
from liqscape.web.problems import EXCEPTION_HANDLERS
from liqscape.web.routes.liquidations import get_liquidations

NAN = float("nan")
PATH = "/api/v1/liquidations"


def event(number: int, evidence: Evidence = Evidence.EXACT) -> Liquidation:
    return Liquidation(
        address(number),
        number % 2,
        1 if number % 2 else -1,
        2.0,
        100.0 + number,
        1_000.0 * number,
        NAN,
        101.0,
        LiquidationMethod.MARKET,
        evidence,
        NAN,
        NAN,
        1,
        START_MS + number,
        START_MS + number,
        (number,),
    )


def app(view: MapView, questions: LiquidationQuestions) -> Litestar:
    answering = Answering(view, Executors.start(), LiveMetrics())
    return Litestar(
        [
            Router(
                "/api/v1",
                route_handlers=[get_liquidations],
                dependencies={
                    "liquidations": Provide(lambda: questions, sync_to_thread=False),
                    "answering": Provide(lambda: answering, sync_to_thread=False),
                },
            )
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
    )


@pytest.fixture
def asked(view: MapView, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    LiquidationWriter(tmp_path).keep([event(1), event(2, Evidence.INFERRED), event(3)], ("BTC", "ETH"))
    with TestClient(app(view, LiquidationQuestions(view, tmp_path))) as client:
        yield client


def test_newest_first_with_totals_and_null_for_unknown(asked: TestClient[Litestar]) -> None:
    answer = asked.get(PATH).json()
    assert [row["address"] for row in answer["liquidations"]] == [address(3), address(2), address(1)]
    assert answer["totals"] == {
        "count": 3,
        "address_count": 3,
        "long_notional": 4_000.0,
        "short_notional": 2_000.0,
        "refuted_count": 0,
    }
    assert answer["liquidations"][0]["mark"] is None
    assert answer["liquidations"][0]["predicted_price"] == 101.0
    assert answer["provenance"]["is_simulated"] is True


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("coin=BTC", [2]),
        ("side=1", [3, 1]),
        ("evidence=inferred", [2]),
        ("method=backstop", []),
        (f"address={address(1).upper().replace('0X', '0x')}", [1]),
        (f"start_ms={START_MS + 2}&end_ms={START_MS + 3}", [2]),
        ("min_notional=2500", [3]),
        ("limit=1", [3]),
    ],
)
def test_each_filter_chooses(asked: TestClient[Litestar], query: str, numbers: list[int]) -> None:
    answer = asked.get(f"{PATH}?{query}").json()
    assert [row["address"] for row in answer["liquidations"]] == [address(number) for number in numbers]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("coin=NONE", 404),
        ("side=2", 400),
        ("limit=0", 400),
        ("limit=10001", 400),
        ("evidence=sure", 400),
        ("min_notional=nan", 400),
        ("min_notional=-1", 400),
        ("start_ms=5&end_ms=5", 400),
        ("address=0x" + "g" * 40, 400),
    ],
)
def test_a_bad_question_is_a_problem(asked: TestClient[Litestar], query: str, status: int) -> None:
    answer = asked.get(f"{PATH}?{query}")
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status


def test_a_map_that_keeps_none_answers_with_none(view: MapView) -> None:
    with TestClient(app(view, LiquidationQuestions(view, None))) as client:
        answer = client.get(PATH).json()
    assert answer["liquidations"] == []
    assert answer["totals"]["count"] == 0
