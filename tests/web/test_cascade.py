"""GET /api/v1/cascade: progress and result as lines, bounded, ended when the reader goes, problems for the rest."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from litestar.testing import TestClient

from liqscape.errors import KernelsMissing
from liqscape.service import cascade_runs
from liqscape.service.cascade import CascadeQuestion, answer_cascade, prepare_cascade
from liqscape.service.cascade_runs import MAX_RUNS, CascadeRun, CascadeRuns
from liqscape.service.hub import Hub
from liqscape.service.market_inputs import of_view
from liqscape.service.view import MapView
from liqscape.web.app import create_app

PATH = "/api/v1/cascade"
ASKED = {"coin": "BTC", "price": 60_000, "minutes": 5, "shock_minutes": 2}
QUESTION = CascadeQuestion(coin="BTC", price=60_000.0, minutes=5.0, shock_minutes=2.0)


def lines_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_progress_comes_first_and_the_result_last(client: TestClient) -> None:
    response = client.get(PATH, params=ASKED)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/x-ndjson")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    # Only where the simulator was not compiled before.
    *progress, last = (line for line in lines_of(response.text) if line["type"] != "preparing")
    assert [line["type"] for line in progress] == ["progress"] * len(progress)
    assert len(progress) > 20
    assert (progress[0]["share"], progress[-1]["share"]) == (0.0, 1.0)
    assert last["type"] == "result"
    assert last["ensemble"] is None
    assert last["cascade"]["is_simulated"] is True
    assert sum(line["filled"] for line in progress) == pytest.approx(last["cascade"]["totals"]["filled"])


def test_result_is_that_of_the_service(client: TestClient, view: MapView) -> None:
    answer = answer_cascade(prepare_cascade(of_view(view), QUESTION))
    assert lines_of(client.get(PATH, params=ASKED).text)[-1]["cascade"]["digest"] == answer.digest


def test_vaults_are_given_one_by_one(client: TestClient) -> None:
    result = lines_of(client.get(PATH, params=ASKED | {"vault_equity": [3e6, 4e6]}).text)[-1]["cascade"]
    assert result["totals"]["vault_equity_start"] == 7e6
    assert len(result["vault_equity"]) == 2


def test_earlier_frame_is_another_market(client: TestClient, view: MapView) -> None:
    first_ms = view.status().first_ms
    result = lines_of(client.get(PATH, params=ASKED | {"at": first_ms}).text)[-1]["cascade"]
    assert result["as_of_ms"] == first_ms


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"coin": "BTCC"}, 404, "unknown coin 'BTCC'"),
        ({"coin": ""}, 400, "coin"),
        ({"price": 0}, 400, "price"),
        ({"price": "nan"}, 400, ""),
        ({"price": None}, 400, "needs a target price"),
        ({"coin": "DARK", "price": 4}, 400, "DARK has no mark price"),
        ({"price": 90_000, "direction": "down"}, 400, "on the wrong side"),
        ({"mode": "soft"}, 400, "mode"),
        ({"shock": "file.json"}, 400, "shock"),
        ({"minutes": 1_000}, 400, "minutes"),
        ({"paths": 51}, 400, "paths"),
        ({"theta": 2}, 400, "theta"),
        ({"vault_equity": -1}, 400, "vault_equity -1 is outside"),
        ({"dex_vault": "xyz"}, 400, "'xyz' is not NAME=USD"),
        ({"dex_vault": "xyz=-1"}, 400, "xyz=-1 is outside"),
        ({"dex_vault": "xyz=1e6"}, 400, "dexs of this market: none but the first"),
        ({"shock_minutes": 6}, 400, "longer than minutes"),
        ({"at": "2001-01-01"}, 404, "no frame at or before"),
    ],
)
def test_bad_questions_are_problems(client: TestClient, changes: dict, status: int, said: str) -> None:
    params = {name: value for name, value in (ASKED | changes).items() if value is not None}
    response = client.get(PATH, params=params)
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    assert said in response.json()["detail"]


@pytest.mark.parametrize("headers", [{"Origin": "http://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_of_other_origins_start_nothing(client: TestClient, headers: dict[str, str]) -> None:
    response = client.get(PATH, params=ASKED, headers=headers)
    assert response.status_code == 403
    assert response.json()["type"] == "urn:liqscape:problem:refused"


def test_bad_question_leaves_its_place_free(client: TestClient) -> None:
    for _ in range(MAX_RUNS + 1):
        assert client.get(PATH, params=ASKED | {"price": 90_000, "direction": "down"}).status_code == 400
    assert client.get(PATH, params=ASKED).status_code == 200


def test_runs_at_a_time_are_bounded_and_end_when_left(view: MapView) -> None:
    async def scenario() -> None:
        runs = CascadeRuns(view)
        begun = [await runs.begin(QUESTION, None) for _ in range(MAX_RUNS)]
        assert runs.is_full
        for run in begun:
            run.leave()
        while runs.count:
            await asyncio.sleep(0)
        assert not runs.is_full

    asyncio.run(asyncio.wait_for(scenario(), 60.0))


def test_a_reader_that_leaves_before_the_first_line_leaves_the_run(
    view: MapView, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[CascadeRuns, CascadeRun]] = []
    begin = CascadeRuns.begin

    async def noted(runs: CascadeRuns, question: CascadeQuestion, at_ms: int | None) -> CascadeRun:
        begun.append((runs, await begin(runs, question, at_ms)))
        return begun[-1][1]

    monkeypatch.setattr(CascadeRuns, "begin", noted)
    app = create_app(view, Hub(view))
    scope = {
        "type": "http", "method": "GET", "path": PATH, "raw_path": PATH.encode(), "root_path": "", "scheme": "http",
        "query_string": b"coin=BTC&price=60000&mode=given&minutes=240", "headers": [(b"host", b"127.0.0.1:8417")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8417), "http_version": "1.1", "app": app,
    }  # fmt: skip

    async def receive() -> dict:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None: ...

    async def scenario() -> list[bytes]:
        await app(scope, receive, send)
        runs, run = begun[0]
        while runs.count:
            await asyncio.sleep(0)
        return [line async for line in run.lines()]

    kinds = [json.loads(line)["type"] for line in asyncio.run(asyncio.wait_for(scenario(), 60.0))]
    assert "result" not in kinds


def test_closing_the_stream_leaves_the_run(view: MapView) -> None:
    """A day takes thousands of messages; the reader goes after the first and no result is ever made."""

    async def scenario() -> list[bytes]:
        runs = CascadeRuns(view)
        run = await runs.begin(CascadeQuestion(coin="BTC", price=60_000.0, mode="given", minutes=1_440.0), None)
        lines = run.lines()
        first = await anext(lines)
        await lines.aclose()
        while runs.count:
            await asyncio.sleep(0)
        return [first, *[line async for line in run.lines()]]

    kinds = [json.loads(line)["type"] for line in asyncio.run(asyncio.wait_for(scenario(), 60.0))]
    assert "result" not in kinds
    assert 1 <= len(kinds) < 8_640


def test_reader_that_hangs_up_frees_its_place(tmp_path: Path) -> None:
    """Over a real socket: as many readers as there are places go after their first line, and the next one is served."""
    script = Path(__file__).parents[1] / "support" / "serve_market.py"
    long = f"{PATH}?coin=BTC&price=60000&minutes=240&mode=given"
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            for _ in range(MAX_RUNS):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", long)
                response = connection.getresponse()
                assert response.status == 200
                assert json.loads(response.readline())["share"] == 0.0
                connection.sock.close()
                response.close()
            deadline, status = time.monotonic() + 60.0, 503
            while status == 503 and time.monotonic() < deadline:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", f"{PATH}?coin=BTC&price=60000&minutes=1&shock_minutes=1&mode=given")
                response = connection.getresponse()
                status, body = response.status, response.read()
                connection.close()
            assert status == 200
            assert json.loads(body.splitlines()[-1])["type"] == "result"
        finally:
            process.terminate()


def test_server_that_ends_ends_its_runs(view: MapView) -> None:
    async def scenario() -> int:
        runs = CascadeRuns(view)
        await runs.begin(CascadeQuestion(coin="BTC", price=60_000.0, mode="given", minutes=1_440.0), None)
        runs.close()
        while runs.count:
            await asyncio.sleep(0)
        return runs.count

    assert asyncio.run(asyncio.wait_for(scenario(), 60.0)) == 0


def test_busy_server_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade_runs, "MAX_RUNS", 0)
    response = client.get(PATH, params=ASKED)
    assert response.status_code == 503
    assert response.json()["type"] == "urn:liqscape:problem:busy"


def test_a_run_waits_for_the_compiler_beside_the_server_and_says_how_far_it_is(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([(3, 9), (8, 9)])

    def answer(*asked: object, **how: object) -> object:
        compiled = next(counts, None)
        if compiled is not None:
            raise KernelsMissing(*compiled)
        return answer_cascade(*asked, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(cascade_runs, "AGAIN_S", 0.0)
    monkeypatch.setattr(cascade_runs, "answer_cascade", answer)
    lines = lines_of(client.get(PATH, params=ASKED).text)
    waits = [line for line in lines if line["type"] == "preparing"]
    assert [(line["compiled"], line["functions"]) for line in waits[:2]] == [(3, 9), (8, 9)]
    assert lines[-1]["type"] == "result"


def test_a_question_whose_kernel_is_being_compiled_is_told_when_to_come_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise KernelsMissing(3, 9)

    monkeypatch.setattr(MapView, "asymmetry", refuse)
    response = client.get("/api/v1/coins/BTC/asymmetry")
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    problem = response.json()
    assert (problem["type"], problem["title"]) == ("urn:liqscape:problem:being-prepared", "Being prepared")
    assert "3 of 9; ask again soon" in problem["detail"]


def test_stops_of_a_map_that_reads_no_trigger_orders_are_a_problem(client: TestClient) -> None:
    response = client.get(PATH, params=ASKED | {"stops": "true"})
    assert response.status_code == 400
    assert response.json()["detail"] == "stops cannot be taken along: no trigger orders were read for this market"
