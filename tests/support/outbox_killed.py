"""A process that works on an outbox and is killed (SIGKILL) at a step of the disk: for tests/store/outbox/test_kill.py.

Reads lines "folder step half" and forks for each: the child goes through SCRIPT, and just before its nth write, flush,
rename, link or cut it kills itself, with half=1 after half of the bytes of a write. Each line of the script is
acknowledged through a pipe once it returned; the answer is one line of JSON: [acknowledged, was killed].
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from made_alerts import made_alerts

from liqscape.service.alerting import outbox as outbox_module
from liqscape.service.alerting.outbox import Outbox

BOTH = ("phone", "desk")
SCRIPT: list[tuple[str, Callable[[Outbox], None]]] = [
    ("put a b", lambda outbox: outbox.put(made_alerts("a", "b", to=BOTH))),
    ("settle a phone", lambda outbox: outbox.settle("phone", "a", "delivered")),
    ("put c", lambda outbox: outbox.put(made_alerts("c", to=("desk",)))),
    ("settle b desk", lambda outbox: outbox.settle("desk", "b", "given_up", "too old")),
    ("settle a desk", lambda outbox: outbox.settle("desk", "a", "delivered")),
    ("put d a", lambda outbox: outbox.put(made_alerts("d", "a", to=BOTH))),
]
STEPS = ("write", "fsync", "replace", "ftruncate", "link")


def killed_at(folder: Path, step: int, *, half: bool) -> tuple[list[str], bool]:
    """What was acknowledged, and whether the child was killed: False once the script has fewer steps."""
    back, out = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(back)
            acknowledge = os.write
            _arm(step, half)
            outbox_module.REWRITE_BYTES = 700  # so that the journal is rewritten in between
            outbox = Outbox(folder, lambda: 1_000)
            for name, work in SCRIPT:
                if not name.startswith("settle") or _waits(outbox, *name.split()[1:]):
                    work(outbox)
                acknowledge(out, f"{name}\n".encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(out)
    heard = b""
    while piece := os.read(back, 4096):
        heard += piece
    os.close(back)
    _, status = os.waitpid(child, 0)
    is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not is_killed and status != 0:
        sys.exit("the child failed")
    return heard.decode().splitlines(), is_killed


def _waits(outbox: Outbox, message_id: str, destination: str) -> bool:
    """A script that goes on after a kill does not settle twice."""
    return any(
        row.message.message_id == message_id and row.destination == destination and row.outcome is None
        for row in outbox.deliveries()
    )


def _arm(step: int, half: bool) -> None:
    left = [step]

    def failing(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                if half and name == "write":
                    descriptor, content = arguments
                    real(descriptor, bytes(content)[: len(content) // 2])  # type: ignore[call-overload, arg-type]
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return call

    for name in STEPS:
        setattr(os, name, failing(name, getattr(os, name)))


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        folder, step, half = line.split()
        print(json.dumps(killed_at(Path(folder), int(step), half=half == "1")), flush=True)


if __name__ == "__main__":
    main()
