"""A process killed at any step of the disk loses no alert that was put, and forgets no end that was acknowledged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import outbox_killed
import pytest
from outbox_killed import SCRIPT

from liqscape.service.alerting.outbox import Outbox

MAX_STEPS = 60

KilledAt = Callable[[Path, int, bool], tuple[list[str], bool]]


@pytest.fixture(scope="module")
def killed_at() -> Iterator[KilledAt]:
    """Runs the script in a process that is killed at its nth step: what it acknowledged, and whether it was killed."""
    helper = subprocess.Popen(
        [sys.executable, "-W", "ignore::DeprecationWarning", outbox_killed.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert helper.stdin is not None
    assert helper.stdout is not None

    def ask(folder: Path, step: int, half: bool) -> tuple[list[str], bool]:
        assert helper.stdin is not None
        assert helper.stdout is not None
        print(folder, step, int(half), file=helper.stdin, flush=True)
        answer = helper.stdout.readline()
        assert answer, "the helper gave up"
        acknowledged, is_killed = json.loads(answer)
        return acknowledged, is_killed

    with helper:
        yield ask
        helper.stdin.close()
    assert helper.returncode == 0


@pytest.mark.parametrize("half", [False, True], ids=["before", "in the middle of a write"])
def test_killed_at_every_step_of_the_disk(tmp_path: Path, killed_at: KilledAt, half: bool) -> None:
    for step in range(1, MAX_STEPS):
        folder = tmp_path / f"outbox-{step}"
        acknowledged, is_killed = killed_at(folder, step, half)
        _check(folder, acknowledged)
        again, is_killed_again = killed_at(folder, MAX_STEPS, half)
        assert not is_killed_again
        assert len(again) == len(SCRIPT), "a killed outbox goes on"
        _check(folder, again)
        if not is_killed:
            assert step > 15, "the script has writes, flushes and a rewriting"
            return
    pytest.fail("the script has more steps than are tried")


def test_killed_at_every_step_while_it_recovers(tmp_path: Path, killed_at: KilledAt) -> None:
    """What a kill in a write left is cut off when it is opened, and that is interrupted as well."""
    for step in range(1, 8):
        folder = tmp_path / f"outbox-{step}"
        acknowledged, is_killed = killed_at(folder, 7, True)
        assert is_killed
        more, _ = killed_at(folder, step, True)
        _check(folder, [*acknowledged, *more])


def _check(folder: Path, acknowledged: list[str]) -> None:
    outbox = Outbox(folder, lambda: 2_000)
    try:
        rows = {(row.message.message_id, row.destination): row for row in outbox.deliveries()}
        assert len(rows) == len(outbox.deliveries()), "none is there twice"
        for line in acknowledged:
            verb, *words = line.split()
            if verb == "put":
                for message_id in words:
                    found = [row for key, row in rows.items() if key[0] == message_id]
                    assert found, f"{message_id} is lost"
                    assert all(row.outcome is not None or row.message.body for row in found)
            else:
                message_id, destination = words
                assert rows[message_id, destination].outcome is not None, f"{line} is forgotten"
        for (message_id, destination), row in rows.items():
            if row.outcome is not None:
                assert any(f"settle {message_id} {destination}" == name for name, _ in SCRIPT), "nobody settled it"
        waiting = sum(queue.waiting for queue in outbox.figures())
        assert waiting == sum(row.outcome is None for row in rows.values())
    finally:
        outbox.close()
