"""kill -9 at any moment of putting and delivering: every alert that was put arrives, at every destination."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import outbox_deliverer
import pytest
from amounts import examples
from hook_server import open_hook_server

KILLS = examples(40, 8)


@pytest.mark.property
def test_killed_while_it_delivers(tmp_path: Path) -> None:
    rng = random.Random(20261130)
    file = tmp_path / "alerts.toml"
    failures = [500 if rng.random() < 0.3 else 204 for _ in range(20 * KILLS)]
    with open_hook_server() as good, open_hook_server(statuses=failures) as failing:
        file.write_text(
            "\n".join(
                f'[destinations.{name}]\nwebhook = "{server.url}"\nsecret_env = "DESK_SECRET"\nallow_private = true'
                for name, server in (("good", good), ("failing", failing))
            )
        )
        helper = subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", outbox_deliverer.__file__, str(tmp_path), str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "DESK_SECRET": "SECRET of the desk"},
        )
        assert helper.stdin is not None
        assert helper.stdout is not None
        put: list[int] = []
        with helper:
            for life in range(KILLS):
                print(life * 10, rng.randrange(1, 8), int(rng.expovariate(1 / 8_000)), file=helper.stdin, flush=True)
                acknowledged = [int(word) for word in helper.stdout.readline().split()]
                assert acknowledged, "the helper gave up"
                put += acknowledged
            print(0, 0, 0, file=helper.stdin, flush=True)
            assert helper.stdout.readline() == "\n"
            helper.stdin.close()
        assert helper.returncode == 0
        for server in (good, failing):
            bodies: dict[str, set[bytes]] = {}
            while server.received.qsize():
                hook = server.received.get()
                bodies.setdefault(hook.headers["webhook-id"], set()).add(hook.body)
            assert set(bodies) == {f"alert-{number}" for number in put}
            assert all(len(each) == 1 for each in bodies.values()), "twice, but the same"
