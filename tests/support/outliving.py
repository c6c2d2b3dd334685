"""A process with a helper that would outlive it: for tests/service/test_starter.py.

`python outliving.py WAY PIPE`: starts a helper in that way and waits. The helper says `here` into the named pipe, and
`outlived` if it is still there much later; the pipe ends when the helper does.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from liqscape.service.starter import end_with_starter
from liqscape.service.studying.executors import ProcessExecutor
from liqscape.service.warming import beside

MUCH_LATER_S = 120.0


@dataclass(frozen=True)
class Standing:
    """A piece of work that takes long."""

    data: Path
    name: str = "standing"
    start_ms: int = 0
    end_ms: int = 0


def stand(task: Standing) -> None:
    with task.data.open("w") as pipe:
        print("here", file=pipe, flush=True)
        time.sleep(MUCH_LATER_S)
        print("outlived", file=pipe)


def main(way: str, pipe: str) -> None:
    if way == "helper":
        end_with_starter()
        stand(Standing(Path(pipe)))
    elif way == "pool":
        list(ProcessExecutor(1).map(stand, [Standing(Path(pipe))]))
    else:
        beside._command = lambda lane, niceness: [sys.executable, __file__, "helper", pipe]  # noqa: ARG005
        beside.Warming((("map",),)).wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
