"""Open files: the limit is raised at the start, and where it is reached the log says so and serving goes on."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest
from raw_http import GIVE_UP_S

from liqscape.web.descriptors import DescriptorWatch, connection_places


def test_soft_limit_is_raised_to_the_hard_one() -> None:
    code = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
from liqscape.web.descriptors import raise_descriptor_limit
assert raise_descriptor_limit() == hard, hard
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


@pytest.mark.parametrize(
    ("descriptors", "places"), [(1_048_576, 4_000), (4_256, 4_000), (4_096, 3_840), (1_024, 768), (256, 128), (64, 32)]
)
def test_connections_leave_room_for_files(descriptors: int, places: int) -> None:
    assert connection_places(4_000, descriptors) == places


@pytest.fixture
def soft_limit() -> Iterator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_no_descriptor_is_left_the_log_says_it_and_the_connection_is_served_later(
    soft_limit: int, caplog: pytest.LogCaptureFixture
) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"served")
        writer.close()

    async def until_said() -> None:
        while not caplog.records:
            await asyncio.sleep(0.01)

    async def main() -> bytes:
        asyncio.get_running_loop().set_exception_handler(DescriptorWatch())
        async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            newest = os.open(os.devnull, os.O_RDONLY)  # the lowest free number: the client's, and no other after it
            os.close(newest)
            resource.setrlimit(resource.RLIMIT_NOFILE, (newest + 1, hard))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await until_said()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft_limit, hard))
            greeting = await reader.read()
            writer.close()
            return greeting

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(asyncio.wait_for(main(), GIVE_UP_S)) == b"served"
    assert [record.name for record in caplog.records] == ["liqscape.web"]
    assert "a connection has to wait: Too many open files" in caplog.text
    assert "Traceback" not in caplog.text
