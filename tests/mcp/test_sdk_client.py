"""The SDK's own client against real processes: on stdin and stdout and over HTTP, in both manners of the protocol."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from liqscape.cli.main import main
from liqscape.mcp.answering import ToolAnswers, ToolRefused
from liqscape.mcp.asking import ServedApi
from liqscape.mcp.tools import TOOLS
from liqscape.service.asking import MapServer

TOKEN = "correct-horse-battery-staple"
PATIENCE_S = 120.0
"""A first question compiles its kernels, beside other work."""
COMMAND = ("-m", "liqscape", "mcp")
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


def environment(token: str | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "LIQSCAPE_TOKEN"}
    return kept if token is None else kept | {"LIQSCAPE_TOKEN": token}


@pytest.fixture(scope="module")
def door(folder: Path) -> Iterator[str]:
    """Address of a server of the tools over HTTP that asks for a token."""
    words = [sys.executable, *COMMAND, "--data", str(folder), "--http", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment(TOKEN)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+/mcp", line)
        assert found is not None, "the server did not start; its error is above"
        assert "SIMULATED" in line
        assert TOKEN not in line
        try:
            yield found[0]
        finally:
            process.terminate()
    assert process.returncode == 0


async def use(client: Client) -> None:
    """List the tools, ask three questions of which one is bad."""
    async with client:
        assert client.server_info.name == "liqscape"
        assert "not_loaded" in (client.instructions or "")
        listed = (await client.list_tools()).tools
        assert [each.name for each in listed] == [each.name for each in TOOLS]
        assert all(each.annotations is not None and each.annotations.read_only_hint for each in listed)
        answered = await client.call_tool("clusters", {"coin": "BTC", "limit": 1})
        assert not answered.is_error
        said = json.loads(answered.content[0].text)
        assert said["state"] == "answered"
        assert len(said["answer"]["clusters"]) == 1
        assert said["standing"]["provenance"]["is_simulated"]
        away = await client.call_tool("account", {"address": f"0x{'f' * 40}"})
        assert json.loads(away.content[0].text)["state"] == "not_loaded"
        bad = await client.call_tool("clusters", {"coin": "BTCC"})
        assert bad.is_error
        assert bad.content[0].text == "unknown coin 'BTCC'; did you mean BTC?"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_client_over_http_gets_tools_answers_and_sentences(door: str, mode: str) -> None:
    async def ask() -> None:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE_S) as http:
            await use(Client(streamable_http_client(door, http_client=http), mode=mode))

    asyncio.run(ask())


def test_client_on_stdin_and_stdout_gets_the_same_of_a_folder(folder: Path, tmp_path: Path) -> None:
    words = [*COMMAND, "--data", str(folder)]
    started = StdioServerParameters(command=sys.executable, args=words, env=environment(None))
    with (tmp_path / "stderr").open("w+") as errors:
        asyncio.run(use(Client(stdio_client(started, errlog=errors), mode="legacy")))
        errors.seek(0)
        assert "on stdin and stdout" in errors.read()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong-horse-battery-staple"}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "https://elsewhere.example"}, 403),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "elsewhere.example"}, 421),
        ({"Authorization": f"Bearer {TOKEN}", "Content-Length": "70000"}, 413),
    ],
)
def test_door_has_the_guards_of_the_api(door: str, headers: dict[str, str], status: int) -> None:
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(door, data=PING, headers=usual | headers), timeout=PATIENCE_S)
    with refused.value as answer:
        assert answer.code == status
        body = answer.read().decode()
    assert json.loads(body)["status"] == status
    assert TOKEN not in body


def test_only_the_door_is_served(door: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(
            Request(door.replace("/mcp", "/api/v1/status"), headers={"Authorization": f"Bearer {TOKEN}"}),
            timeout=PATIENCE_S,
        )
    with refused.value as answer:
        assert answer.code == 404


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    """Address of a served map of the same folder, with a token."""
    words = [sys.executable, "-m", "liqscape", "serve", "--data", str(folder), "--read-only", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment(TOKEN)) as process:
        assert process.stdout is not None
        ready = re.search(r"http://\S+", process.stdout.readline())
        assert ready is not None
        try:
            yield ready[0]
        finally:
            process.terminate()


def test_a_served_map_is_asked_with_its_token(served: str) -> None:
    words = [*COMMAND, "--url", served]
    started = StdioServerParameters(command=sys.executable, args=words, env=environment(TOKEN))
    asyncio.run(use(Client(stdio_client(started), mode="auto")))


def test_a_map_that_wants_another_token_or_is_not_up_is_one_sentence(served: str) -> None:
    for url, token, sentence in (
        (served, "wrong-horse-battery-staple", "asks for a token, or for another one"),
        ("http://127.0.0.1:9", None, "no map answers at http://127.0.0.1:9"),
    ):
        with pytest.raises(ToolRefused, match=sentence) as refused:
            asyncio.run(ToolAnswers(ServedApi(MapServer(url, token))).call("status", {}))
        assert "wrong-horse" not in str(refused.value)


def test_an_interrupt_ends_it_while_it_waits_for_a_line() -> None:
    words = [sys.executable, *COMMAND, "--url", "http://127.0.0.1:9"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "on stdin and stdout" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "liqscape: interrupted\n"
    assert process.returncode == 130


def test_without_the_sdk_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["mcp", "--data", str(folder)]) == 2
    assert capsys.readouterr().err == (
        "liqscape: the tools of an agent need the extra mcp: pip install 'liqscape[mcp]'\n"
    )
