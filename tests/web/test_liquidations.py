"""GET /api/v1/liquidations over stored events of a small map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from amounts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.testing import TestClient
from small_market import START_MS, address

from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.service.executors import Executors
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.metrics import LiveMetrics
from liqscape.service.view import MapView
from liqscape.store.liquidations import LiquidationWriter
from liqscape.web.answering import Answering
from liqscape.web.parameters import ASKED_TIMES
from liqscape.web.problems import EXCEPTION_HANDLERS
from liqscape.web.routes.liquidations import get_liquidations

NAN = float("nan")
PATH = "/api/v1/liquidations"


def event(number: int, evidence: Evidence = Evidence.EXACT) -> Liquidation:
    return Liquidation(
        address=address(number),
        market_index=number % 2,
        side=1 if number % 2 else -1,
        size=2.0,
        price=100.0 + number,
        notional=1_000.0 * number,
        mark=NAN,
        predicted_price=101.0,
        method=LiquidationMethod.MARKET,
        evidence=evidence,
        fee=NAN,
        account_value=NAN,
        fill_count=1,
        first_ms=START_MS + number,
        last_ms=START_MS + number,
        trade_ids=(number,),
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
                    **ASKED_TIMES,
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
    assert answer["liquidations"][0]["predicted_liquidation_price"] == 101.0
    assert answer["provenance"]["is_simulated"] is True


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("coin=BTC", [2]),
        ("side=1", [3, 1]),
        ("evidence=inferred", [2]),
        ("method=backstop", []),
        (f"address={address(1).upper().replace('0X', '0x')}", [1]),
        (f"start={START_MS + 2}&end={START_MS + 3}", [2]),
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
        ("start=5&end=5", 400),
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


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3), st.sampled_from([1, -1])), unique=True, max_size=20),
    limit=st.integers(1, 7),
)
def test_pages_joined_are_all_events_though_newer_ones_come(
    view: MapView, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int]], limit: int
) -> None:
    folder = tmp_path_factory.mktemp("events")
    writer = LiquidationWriter(folder)
    made = [
        replace(event(number), first_ms=START_MS + late, last_ms=START_MS + late, side=side, market_index=0)
        for number, late, side in rows
    ]
    writer.keep(made, ("BTC", "ETH"))
    questions = LiquidationQuestions(view, folder)
    whole, found, cursor, late = questions.ask(limit=100), [], None, 10
    while True:
        page = questions.ask(limit=limit, cursor=cursor)
        found += page.liquidations
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.liquidations) == limit
        late += 1
        writer.keep([replace(event(9), first_ms=START_MS + late, last_ms=START_MS + late)], ("BTC", "ETH"))
    assert found == whole.liquidations
    assert whole.next_cursor is None


def test_a_cursor_of_another_choice_is_refused(asked: TestClient[Litestar]) -> None:
    cursor = asked.get(f"{PATH}?limit=1").json()["next_cursor"]
    answer = asked.get(f"{PATH}?limit=1&cursor={cursor}").json()
    assert [row["address"] for row in answer["liquidations"]] == [address(2)]
    assert answer["totals"]["count"] == 3
    refused = asked.get(f"{PATH}?limit=1&side=1&cursor={cursor}")
    assert (refused.status_code, "belongs to another question" in refused.json()["detail"]) == (400, True)
