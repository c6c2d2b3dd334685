"""Opening a live map: a limit that is used up is waited for, a dex that is not there is named."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import pytest
from virtual_time import run_virtually

from liqscape.errors import RateLimited, RequestFailed, SettingsError
from liqscape.service.collecting.connecting import LIMIT_SECONDS, LOOK_AGAIN_SECONDS, check_dexs, wait_out_limit

DEXS = b'[null, {"name": "xyz", "fullName": "XYZ", "deployer": "0x"}]'


class Client:
    url = "http://x"

    def __init__(self, content: bytes | Exception) -> None:
        self.content = content

    async def ask(self, request: Mapping[str, object], *, priority: int = 0) -> bytes:  # noqa: ARG002
        if isinstance(self.content, Exception):
            raise self.content
        return self.content


def test_a_restart_within_the_minute_waits_for_the_limit_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        if asked < 4:
            raise RateLimited("HTTP 429")

    async def run() -> float:
        await wait_out_limit(ask, "http://x")
        return asyncio.get_running_loop().time()

    with caplog.at_level(logging.WARNING, "liqscape.live"):
        assert run_virtually(run()) == pytest.approx(3 * LOOK_AGAIN_SECONDS)
    assert len(caplog.records) == 1
    assert "request limit of http://x is used up" in caplog.text


def test_a_limit_that_stays_used_up_and_another_failure_are_errors() -> None:
    async def refuse() -> None:
        raise RateLimited("HTTP 429")

    async def fail() -> None:
        raise RequestFailed("HTTP 404")

    async def run() -> float:
        with pytest.raises(RequestFailed):
            await wait_out_limit(fail, "http://x")
        with pytest.raises(RateLimited):
            await wait_out_limit(refuse, "http://x")
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) == pytest.approx(LIMIT_SECONDS)


def test_a_dex_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match="no dex nope at http://x; it has main, xyz"):
        asyncio.run(check_dexs(Client(DEXS), ("", "nope")))  # type: ignore[arg-type]
    asyncio.run(check_dexs(Client(DEXS), ("", "xyz")))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"{}", RequestFailed("no answer")])
def test_a_server_that_does_not_tell_its_dexs_is_believed(content: bytes | Exception) -> None:
    asyncio.run(check_dexs(Client(content), ("", "xyz")))  # type: ignore[arg-type]
