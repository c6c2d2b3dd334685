"""From the command to the first answers on a folder that holds days of a live map, this build and another in turns.

    python benchmarks/start.py [--before /path/to/other/python] [--rounds 5] [--accounts 4000] [--days 2] [--slow 0]
        [--keep FOLDER] [--json]
    python benchmarks/start.py --first [--before /path/to/other/python] [--rounds 1] [--json]

A sandbox makes the days and then answers as the exchange; each start gets a copy of the folder. Measured from the
start of the process, in seconds and in seconds of processor time, which a busy machine does not stretch: the first
200 of /api/v1/status, the first frame of a coin, the first status that is live.

--before  the Python of an environment with another build installed; without it only this build is measured.
--slow    milliseconds by which every answer of the exchange is late.
--keep    folder to keep what the sandbox made, or to take it from.

--first   the first demo of a machine instead, of the default size, with nothing compiled (kernels and bytecode of its
          own): seconds from the command to the page, whatever it shows, and to the market, live. Minutes a start.

Run alone; it writes nothing beside a temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from timing import summary

from liqscape.feed.discovery import AddressBook
from liqscape.heatmap.frame import Provenance
from liqscape.model.addresses import AddressSource
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.runner import Runner
from liqscape.sandbox.server.app import serve_sandbox
from liqscape.sandbox.server.faults import FaultRule
from liqscape.sandbox.world import WorldSettings
from liqscape.service.collecting.folder import LIVE
from liqscape.service.collecting.opening import SIMULATED_NOTE
from liqscape.service.folders import CHECKPOINT, REGISTER, Origin, claim_folder, read_origin
from liqscape.service.living import LivingMarket
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.register import AddressRegister
from liqscape.units import DAY_MS, MINUTE_MS

PATIENCE_S, FIRST_PATIENCE_S = 180.0, 1_200.0
HEAD_MINUTES = 20
LOOK_S = 0.005


class LiveLike(SandboxMarket):
    """The same market, labelled as a live map of its server labels it."""

    name = ""

    @property
    def provenance(self) -> Provenance:
        return Provenance("sandbox", self.name, True, SIMULATED_NOTE)


def make_folder(folder: Path, port: int, accounts: int, days: float) -> SandboxMarket:
    """Days of history, a register and an origin, as a live map of the sandbox would have left them."""
    span_ms = int(days * DAY_MS) // MINUTE_MS * MINUTE_MS
    end_ms = int(time.time() * 1_000) // MINUTE_MS * MINUTE_MS
    market = LiveLike.new(WorldSettings(seed=11, accounts=accounts, coins=20, start_ms=end_ms - span_ms))
    market.name = f"127.0.0.1:{port}"
    claim_folder(folder, Origin(kind=LIVE, name=market.name, key=f"http://127.0.0.1:{port}"))
    with HistoryWriter(folder, market.provenance) as writer:
        living = LivingMarket(market, writer, folder)
        living.begin()
        living.preroll(end_ms - HEAD_MINUTES * MINUTE_MS, lambda _: None)
        for minute in range(HEAD_MINUTES):  # a live map stores minute by minute: the newest are files of their own
            living.advance(end_ms - (HEAD_MINUTES - 1 - minute) * MINUTE_MS)
    (folder / CHECKPOINT).rename(folder.with_name(CHECKPOINT))
    reader = HistoryReader(folder)
    book = AddressBook()
    book.add(reader.accounts_at(end_ms).addresses, AddressSource.TRADES, end_ms)
    register = AddressRegister(folder / REGISTER)
    while len(columns := book.take_changed()):
        register.save(columns)
    register.close()
    return market


@contextmanager
def served(market: SandboxMarket, port: int, slow_ms: int) -> Iterator[None]:
    """The exchange answers at the port until the block is left."""
    runner = Runner(market.world, market.state.records)
    ready, stop = threading.Event(), threading.Event()
    faults = (FaultRule(fault="delay", where="info", milliseconds=slow_ms),) if slow_ms else ()

    async def run() -> None:
        async with serve_sandbox(runner.state, runner.turnstile, port=port, is_limited=False, faults=faults) as (to, _):
            runner.listeners.append(to.observe)
            runner.start()
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    if not ready.wait(PATIENCE_S):
        raise SystemExit("the sandbox does not come up")
    try:
        yield
    finally:
        stop.set()
        runner.stop()
        thread.join(PATIENCE_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_start(python: str, made: Path, exchange: int, caches: Path) -> dict[str, float]:
    """Seconds from the start of the process, by what was first answered; beside them of processor time."""
    with tempfile.TemporaryDirectory() as scratch:
        data, port = Path(scratch) / "data", free_port()
        shutil.copytree(made, data)
        command = [python, "-m", "liqscape", "serve", "--data", str(data), "--port", str(port)]
        command += ["--api-url", f"http://127.0.0.1:{exchange}"]
        log = Path(scratch) / "log"
        with log.open("wb") as out:
            began = time.perf_counter()
            environment = {
                **os.environ,
                "PYTHONPYCACHEPREFIX": str(caches),
                "PYTHONDONTWRITEBYTECODE": "",
                "PYTHONPATH": str(_without_test_clients(Path(scratch))),
            }
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=scratch, env=environment)
            try:
                taken = {"status": _first(process, port, "/api/v1/status", began, log)}
                taken["status, processor"] = _processor_s(process.pid)
                taken["frame"] = _first(process, port, "/api/v1/coins/BTC/frame", began, log)
                taken["frame, processor"] = _processor_s(process.pid)
                taken["live"] = _first(process, port, "/api/v1/sources", began, log, b'"state":"live"')
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE_S)
    return taken


def first_demo(python: str) -> dict[str, float]:
    """Seconds from the command to the page and to the live market, where nothing is compiled yet."""
    with tempfile.TemporaryDirectory() as scratch:
        port, log = free_port(), Path(scratch) / "log"
        environment = {
            **os.environ,
            "NUMBA_CACHE_DIR": str(Path(scratch) / "kernels"),
            "PYTHONPYCACHEPREFIX": str(Path(scratch) / "bytecode"),
        }
        command = [python, "-m", "liqscape", "demo", "--data", str(Path(scratch) / "data"), "--port", str(port)]
        with log.open("wb") as out:
            began = time.perf_counter()
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=scratch, env=environment)
            try:
                return {
                    "first page": _first(process, port, "/", began, log, patience_s=FIRST_PATIENCE_S),
                    "live market": _first(
                        process,
                        port,
                        "/api/v1/status",
                        began,
                        log,
                        b'"is_live":true',
                        patience_s=FIRST_PATIENCE_S,
                    ),
                }
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE_S)


def _without_test_clients(scratch: Path) -> Path:
    """A folder for the path in which pydantic is not there: the web framework loads it wherever a test's client has
    brought it, and an installed liqscape has none."""
    folder = scratch / "path"
    folder.mkdir()
    (folder / "pydantic.py").write_text('raise ModuleNotFoundError("pydantic is hidden", name="pydantic")\n')
    return folder


def _first(
    process: subprocess.Popen[bytes],
    port: int,
    path: str,
    began: float,
    log: Path,
    holds: bytes = b"",
    *,
    patience_s: float = PATIENCE_S,
) -> float:
    while time.perf_counter() < began + patience_s:
        if process.poll() is not None:
            raise SystemExit(f"the server ended: {log.read_text()}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status == 200 and holds in content:
                return time.perf_counter() - began
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(LOOK_S)
    raise SystemExit(f"no answer of {path}: {log.read_text()}")


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before")
    parser.add_argument("--rounds", type=int, help="5, and 1 with --first")
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--days", type=float, default=2.0)
    parser.add_argument("--slow", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder to keep what the sandbox made, or to take it from")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--first", action="store_true", help="the first demo of a machine")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (1 if chosen.first else 5)
    builds = {"this build": sys.executable, **({"before": chosen.before} if chosen.before else {})}
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in builds}
    if chosen.first:
        for number in range(chosen.rounds):
            for name, python in builds.items():
                for what, seconds in first_demo(python).items():
                    taken[name].setdefault(what, []).append(seconds)
                if not chosen.json:
                    last = ", ".join(f"{what} {rows[-1]:.2f} s" for what, rows in taken[name].items())
                    print(f"round {number + 1}, {name}: {last}", flush=True)
    else:
        _starts(chosen, builds, taken)
    figures = [
        {"name": f"{what}, {name}", "value": round(summary(rows).median, 3), "unit": "s"}
        for name, rows_of in taken.items()
        for what, rows in rows_of.items()
    ]
    for row in figures:
        print(json.dumps(row) if chosen.json else f"{row['name']:24s} {row['value']:8.3f} {row['unit']}")


def _starts(chosen: argparse.Namespace, builds: dict[str, str], taken: dict[str, dict[str, list[float]]]) -> None:
    """Starts of every build in turns, on copies of one folder."""
    with tempfile.TemporaryDirectory() as scratch:
        made = (chosen.keep or Path(scratch)) / "made"
        if made.exists():
            port = int(read_origin(made).name.rpartition(":")[2])
            market = SandboxMarket.restore(made.with_name(CHECKPOINT).read_bytes())
        else:
            port = free_port()
            market = make_folder(made, port, chosen.accounts, chosen.days)
        with served(market, port, chosen.slow):
            for number in range(chosen.rounds + 1):  # the first round fills caches
                for name, python in builds.items():
                    for what, seconds in one_start(python, made, port, Path(scratch) / name).items():
                        if number:
                            taken[name].setdefault(what, []).append(seconds)
                    if not chosen.json:
                        last = ", ".join(f"{what} {rows[-1]:.2f} s" for what, rows in taken[name].items())
                        print(f"round {number}, {name}: {last or 'unmeasured'}", flush=True)


if __name__ == "__main__":
    main()
