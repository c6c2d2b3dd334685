#!/usr/bin/env bash
# nats-py told to reconnect for ever also waits for ever for the first connection, whatever its connect_timeout.
#
# One would guess: `max_reconnect_attempts=-1` is about a connection that was lost, as its name says; `nats.connect` to an address
# nobody listens at fails after `connect_timeout`, and the caller goes on without NATS or says so.
# What happens: the first connection counts as a reconnection. With -1 `nats.connect` never returns and raises nothing; with 2 it raises
# NoServersError. What is wrong is told to `error_cb` alone.
# Why it matters: a collector has unlimited attempts, so that its replicas come back after any outage. Started before its NATS server it
# stands in `connect`, reads no prints and misses liquidations. Connect in a task of its own, or bound it by asyncio.wait_for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install nats-py==2.16.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import asyncio
import socket
import sys
from importlib.metadata import version

import nats


async def ended(address, attempts):
    """What became of a first connection within ten of its time-outs, and how often error_cb was called."""
    errors = []

    async def on_error(error):
        errors.append(type(error).__name__)

    options = {"connect_timeout": 1, "reconnect_time_wait": 0.1, "max_reconnect_attempts": attempts, "error_cb": on_error}
    connecting = asyncio.ensure_future(nats.connect(address, **options))
    done, _ = await asyncio.wait({connecting}, timeout=10)
    said = type(connecting.exception()).__name__ if done else "still connecting"
    connecting.cancel()
    return said, sorted(set(errors))


async def main():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        address = f"nats://127.0.0.1:{taken.getsockname()[1]}"
        few, _ = await ended(address, 2)
        unlimited, told = await ended(address, -1)
    print("nats-py", version("nats-py"))
    print(f"nobody listens; 2 attempts: {few}; unlimited: {unlimited} after 10 s, error_cb heard {told}")
    return few == "NoServersError" and unlimited == "still connecting" and bool(told)


sys.exit(0 if asyncio.run(main()) else 1)
PYTHON
