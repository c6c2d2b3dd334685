"""What an own node and an order book server serve: a file on request, in its folder alone, and orders by HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from small_sandbox import SmallSandbox

from liqscape.sandbox.server.app import serve_sandbox
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.wire.node.file_snapshot import everybodys_orders


def asked(
    method: str, path: str, body: object = None, *, node_files: Path | None = None, kind: str = "application/json"
) -> tuple[int, str]:
    """Status and text of one request to a small sandbox."""

    async def run() -> tuple[int, str]:
        async with (
            serve_sandbox(SmallSandbox().state, Turnstile(), node_files=node_files) as (_, port),
            aiohttp.ClientSession(headers={"Content-Type": kind}) as session,
            session.request(method, f"http://127.0.0.1:{port}{path}", data=msgspec.json.encode(body)) as response,
        ):
            return response.status, await response.text()

    return asyncio.run(run())


def request(path: Path | str, **more: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(everybodys_orders(str(path))), **more}


def test_the_file_is_written_before_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert asked("POST", "/info", request(path), node_files=tmp_path) == (200, "null")
    height, coins = msgspec.json.decode(path.read_bytes())
    assert height == 0
    assert all(set(orders) == {"book_orders", "untriggered_orders"} for _, orders in coins)
    assert list(tmp_path.iterdir()) == [path]


def test_without_node_files_the_request_is_unknown_as_at_the_public_server(tmp_path: Path) -> None:
    assert asked("POST", "/info", request(tmp_path / "out.json"))[0] == 422
    assert not list(tmp_path.iterdir())


def test_only_the_file_that_names_owners_triggers_and_block_is_written(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    without = {"type": "l4Snapshots", "includeUsers": True, "includeTriggerOrders": False}
    for body in (
        request(path, request=without),
        request(path, includeHeightInOutput=False),
        request(path, request={"type": "referrerStates"}),
        request(path, outPath=7),
    ):
        assert asked("POST", "/info", body, node_files=tmp_path)[0] == 422
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["../out.json", "node/../../out.json", "out.json", "/nowhere/out.json", "a\0b"])
def test_nothing_is_written_outside_the_folder_of_node_files(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    path = name if name == "out.json" else f"{folder}/{name}" if not name.startswith("/") else name
    status, text = asked("POST", "/info", request(path), node_files=folder)
    assert (status, "where this sandbox writes node files" in text) == (500, True)
    assert [each.name for each in tmp_path.rglob("*")] == ["node"]


def test_a_page_of_another_origin_cannot_have_a_file_written(tmp_path: Path) -> None:
    """It may send text without asking, not JSON."""
    path = tmp_path / "out.json"
    assert asked("POST", "/info", request(path), node_files=tmp_path, kind="text/plain")[0] == 422
    assert not path.exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    status, text = asked("POST", "/info", request(tmp_path / "none" / "out.json"), node_files=tmp_path)
    assert (status, "cannot be written: No such file" in text) == (500, True)


def test_untriggered_orders_of_a_market_without_any_are_an_empty_list() -> None:
    status, text = asked("GET", "/untriggeredOrders")
    assert (status, msgspec.json.decode(text)["data"]) == (200, [])
    status, text = asked("GET", "/untriggeredOrders?coin=")
    assert (status, "coin must not be empty" in text) == (400, True)
