"""What readers do to the server: they stay silent by the thousand, ask for much at once, and use up descriptors."""

from __future__ import annotations

import resource
import socket
import threading
import time
import urllib.error
import urllib.request
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from chaos.kind import FaultKind
from chaos.process.stage import Fails, Fault, Stage, run_trial

SILENT, READERS = 1_000, 20
HONEST_S = 10.0
"""An honest question is answered within it, whatever others do."""


def silent(stage: Stage, chance: Random) -> Fault:
    """Connections that never send a request, and some that send half of one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, SILENT + 500)), hard))
    place, held = urlsplit(stage.running.url), []
    began_s, slowest_s = time.monotonic(), 0.0
    try:
        for number in range(SILENT):
            each = socket.socket()
            each.settimeout(2.0)
            held.append(each)
            try:
                each.connect((place.hostname, place.port))
                if number % 3 == 0:
                    each.send(b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0"[: chance.randrange(1, 40)])
            except OSError:
                continue  # refused is as good as closed: what counts is who asks honestly
        for _ in range(8):
            asked_s = time.monotonic()
            stage.running.ask("status", HONEST_S)
            slowest_s = max(slowest_s, time.monotonic() - asked_s)
            time.sleep(0.5)
    finally:
        for each in held:
            each.close()
    return Fault(began_s=began_s, ended_s=time.monotonic(), note=f"slowest honest answer {slowest_s:.2f} s")


def heavy(stage: Stage, chance: Random) -> Fault:
    """Windows of four million cells, one after the other, by many at once; 503 is an answer."""
    now_ms = stage.truth.moments[-1].time_ms
    window = f"start_ms={now_ms - 3_600_000 - chance.randrange(60_000)}&end_ms={now_ms}&width=2000&height=2000"
    url = f"{stage.running.url}/api/v1/coins/BTC/heatmap?{window}"
    end_s, counts = time.monotonic() + chance.uniform(6.0, 10.0), {"answered": 0, "put off": 0}

    def read(number: int) -> None:
        while time.monotonic() < end_s:
            try:
                with urllib.request.urlopen(
                    f"{url}&price_low={100 + number}&price_high=200000", timeout=30.0
                ) as answer:
                    answer.read()
                counts["answered"] += 1
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
                counts["put off"] += 1
                time.sleep(0.5)
            except OSError:
                counts["put off"] += 1

    began_s = time.monotonic()
    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    asked_s = time.monotonic()
    stage.running.ask("status", HONEST_S)
    status_s = time.monotonic() - asked_s
    for thread in threads:
        thread.join()
    times = [frame.at_s for frame in stage.running.frames if frame.at_s >= began_s]
    gap_s = max((after - before for before, after in pairwise(times)), default=0.0)
    note = f"{counts}, status {status_s:.2f} s, longest gap between frames {gap_s:.1f} s"
    return Fault(began_s=began_s, ended_s=time.monotonic(), note=note)


def descriptors_used_up(stage: Stage, chance: Random) -> Fault:
    """No further file or connection can be opened, and every connection to the exchange ends."""
    product = stage.running
    began_s = time.monotonic()
    product.limit(resource.RLIMIT_NOFILE, len(list(Path(f"/proc/{product.process.pid}/fd").iterdir())))
    try:
        stage.proxy.reset()
        time.sleep(chance.uniform(4.0, 10.0))
    finally:
        product.limit(resource.RLIMIT_NOFILE, None)
    return Fault(began_s=began_s, ended_s=time.monotonic())


def _kind(name: str, fails: Fails, *, expects_said: bool) -> FaultKind:
    return FaultKind(name=name, where="process", expects_said=expects_said, run=partial(run_trial, fails))


KINDS = (
    _kind("readers: 1,000 silent connections", silent, expects_said=False),
    _kind("readers: windows of four million cells by twenty at once", heavy, expects_said=False),
    _kind("program: descriptors used up", descriptors_used_up, expects_said=True),
)
