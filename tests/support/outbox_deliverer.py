"""A process that puts alerts and delivers them, and is killed (SIGKILL): for tests/service/alerting/test_delivery_kill.

Arguments: folder, file of destinations. Reads lines "first count delay_us" and forks for each: the child puts `count`
alerts one after the other from number `first`, acknowledging each, while its thread delivers; it is killed so long
after the last one. The answer is the numbers that were acknowledged. With count 0 the child delivers what waits, and
ends.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from made_alerts import made_alerts

from liqscape.service.alerting.delivery import OUTBOX, Deliverer, Waits
from liqscape.service.alerting.outbox import Outbox


def live(folder: Path, file: Path, first: int, count: int, out: int) -> None:
    """One life."""
    outbox = Outbox(folder / OUTBOX, lambda: 1_000)
    deliverer = Deliverer(outbox, file, lambda: 1_000, waits=Waits(0.005, 0.02))
    deliverer.start()
    for number in range(first, first + count):
        outbox.put(made_alerts(f"alert-{number}", to=("good", "failing")))
        os.write(out, f"{number}\n".encode())
    while count or any(queue.waiting for queue in outbox.figures()):
        time.sleep(0.001)
    deliverer.close()
    outbox.close()


def run_once(folder: Path, file: Path, first: int, count: int, delay_us: int) -> list[int]:
    """One life and its end; what it acknowledged."""
    back, out = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(back)
            live(folder, file, first, count, out)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(out)
    heard = b""
    while heard.count(b"\n") < count and (piece := os.read(back, 4096)):
        heard += piece
    if count:
        until = time.perf_counter() + delay_us / 1e6
        while time.perf_counter() < until:
            pass
        os.kill(child, signal.SIGKILL)
    os.close(back)
    _, status = os.waitpid(child, 0)
    if status != (signal.SIGKILL if count else 0):
        sys.exit("the child ended otherwise")
    return [int(line) for line in heard.split()]


def main() -> None:
    """Serve until the input ends."""
    folder, file = Path(sys.argv[1]), Path(sys.argv[2])
    for line in sys.stdin:
        first, count, delay_us = map(int, line.split())
        print(*run_once(folder, file, first, count, delay_us), flush=True)


if __name__ == "__main__":
    main()
