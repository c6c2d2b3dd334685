"""Why a connection failed, without the library's own dressing."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from liqscape.errors import RequestFailed
from liqscape.feed.probe import probe
from liqscape.feed.reasons import reason_of


def test_a_refused_connection_says_so_in_two_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RequestFailed, match=f"^{url} cannot be reached: Connection refused$"):
            asyncio.run(probe(url))


def test_an_unknown_name_and_a_silent_error_have_words_too() -> None:
    assert reason_of(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "Name or service not known"
    assert reason_of(aiohttp.ServerDisconnectedError()) == "Server disconnected"
    assert reason_of(ValueError()) == "ValueError"
