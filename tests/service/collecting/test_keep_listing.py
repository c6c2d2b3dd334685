"""What is listed is read again and again; a bad answer costs one reading, never the program."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from virtual_time import run_virtually

from liqscape.errors import RateLimited, RequestFailed
from liqscape.service.collecting.listing import LOOK_SECONDS, keep_listing
from liqscape.wire.info.perp_dexs import PerpDexsRequest
from liqscape.wire.info.request import InfoRequest

BODIES = [b"{}", b"[1]", b'["xyz"]', b"[" * 100_000, b'"nothing"', b"null", b'[{"name": 5}]']


class Client:
    """Stands for the info client: the list of dexs is `content`, everything else is empty."""

    url = "http://x"

    def __init__(self, content: bytes | Exception) -> None:
        self.content = content
        self.asked = 0

    async def ask(self, request: InfoRequest[Any], *, priority: int = 0) -> bytes:  # noqa: ARG002
        self.asked += isinstance(request, PerpDexsRequest)
        if isinstance(self.content, Exception):
            raise self.content
        return self.content if isinstance(request, PerpDexsRequest) else b"null"


@pytest.mark.parametrize("content", [*BODIES, RequestFailed("no answer"), RateLimited("wait")])
def test_a_listing_that_cannot_be_read_is_asked_for_again(content: bytes | Exception) -> None:
    async def run() -> int:
        client, stop = Client(content), asyncio.Event()
        keeping = asyncio.create_task(
            keep_listing(stop, client, None, lambda *_: None, lambda: True)  # type: ignore[arg-type]
        )
        await asyncio.sleep(3.5 * LOOK_SECONDS)
        assert not keeping.done()
        stop.set()
        await keeping
        return client.asked

    assert run_virtually(run()) == (0 if isinstance(content, Exception) else 3)
