"""A whole live server at real size: `liqscape serve` as its users run it, against an exchange of this size.

The folder holds all accounts and a register of all known addresses when the server starts, as after a restart. The
exchange (exchange.py) is another process on a loopback port. Its time runs `--speed` times as fast as the clock, ours
does not: frames are stored, accounts read and funding paid so much more often than in reality, while marks, pushes and
plans come as often as they do. One page follows a coin. In the end nobody trades any more, and what the map stores then
is held against what everybody really holds.

    python benchmarks/real_size.py --only live --seconds 2160          # six hours of the exchange's time in 36 minutes
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from real_size.exchange import MINUTES_BEFORE
from real_size.live_folder import free_port, make_folder
from real_size.made import BENCHMARKS
from real_size.memory import peak_mb, resident_mb
from real_size.record import Row, Settings
from real_size.turns import folder_mb
from real_size.world import HOUR_MS, MINUTE_MS

WEIGHT_A_MINUTE = 1_200
"""Of the public API; so many times more are allowed as time runs faster."""
LAG, MAX = "liqscape_loop_lag_seconds", "liqscape_loop_longest_stall_seconds"
LOOK = "coin=BTC&level=3&price_low=60000&price_high=100000&every_ms=2000&encoding=deflate"
"""Of a page that shows a quarter of the price either way."""
LOOK_S = 0.5
SETTLE_S = 65.0
"""The longest stall is that of the last minute: what follows is without the start."""
PATIENCE_S = 240.0
LAST_S, LAST_MINUTES = 60.0, 3
"""After the last trade so long at most, and so many minutes of the exchange's time, until two more are stored: the
second holds all that was printed."""


class Seen:
    """What was looked at while it ran."""

    def __init__(self) -> None:
        self.status_s: list[float] = []
        self.resident: list[tuple[float, float]] = []
        self.disk: list[dict[str, float]] = []
        self.metrics: dict[str, float] = {}
        self.worst: dict[str, float] = {}
        self.stream_bytes = 0
        self.first_answer_s = self.live_s = 0.0
        self.unanswered = 0
        self.ran_s = self.cores = 0.0


def measure(settings: Settings) -> list[Row]:
    """Run it and say what was seen."""
    folder, port, exchange_port = settings.folder / "live", free_port(), free_port()
    start_ms = int(time.time() * 1_000) // HOUR_MS * HOUR_MS - 7 * HOUR_MS + HOUR_MS // 2
    make_folder(folder, settings, exchange_port, start_ms, MINUTES_BEFORE)
    begun_mb = folder_mb(folder)
    with (
        exchange_of(settings, exchange_port, start_ms) as exchange,
        served(settings, folder, port, exchange_port) as server,
    ):
        seen = asyncio.run(_watch(server, exchange, port, folder, settings))
    return [*_rows(seen, settings, begun_mb), *_held_against_truth(folder, settings, start_ms)]


@contextmanager
def exchange_of(settings: Settings, port: int, start_ms: int) -> Iterator[subprocess.Popen[bytes]]:
    """The exchange, ready to answer."""
    call = [sys.executable, "-m", "real_size.exchange", json.dumps(asdict(settings)), "--port", str(port)]
    call += ["--start-ms", str(start_ms), "--speed", str(settings.speed)]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            with suppress(BrokenPipeError):
                process.stdin.write(b"\n\n")
                process.stdin.close()
            process.wait(PATIENCE_S)


@contextmanager
def served(settings: Settings, folder: Path, port: int, exchange_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`liqscape serve` on the folder."""
    call = [sys.executable, "-m", "liqscape", "serve", "--data", str(folder), "--port", str(port)]
    call += [
        "--api-url",
        f"http://127.0.0.1:{exchange_port}",
        "--weight-limit",
        str(int(WEIGHT_A_MINUTE * settings.speed)),
    ]
    with folder.with_name("serve.log").open("wb") as log:
        process = subprocess.Popen(call, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


async def _watch(
    server: subprocess.Popen[bytes], exchange: subprocess.Popen[bytes], port: int, folder: Path, settings: Settings
) -> Seen:
    seen, url = Seen(), f"http://127.0.0.1:{port}"
    began = started = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=30.0)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        while not (await _get(client, f"{url}/api/v1/status"))[0]:
            _check(server, folder, began)
            await asyncio.sleep(0.05)
        seen.first_answer_s = time.monotonic() - began
        while b'"state":"live"' not in (await _get(client, f"{url}/api/v1/sources"))[1]:
            _check(server, folder, began)
            await asyncio.sleep(0.5)
        seen.live_s = time.monotonic() - began
        page = asyncio.create_task(_follow_page(client, url, seen))
        used_s, live_at = processor_s(server.pid), time.monotonic()
        await asyncio.sleep(SETTLE_S if settings.is_real else 1.0)
        began = time.monotonic()
        turn = 0
        while time.monotonic() - began < settings.seconds:
            asked = time.monotonic()
            is_answered, _ = await _get(client, f"{url}/api/v1/status")
            seen.status_s.append(time.monotonic() - asked)
            seen.unanswered += not is_answered
            if turn % 10 == 0:
                passed = time.monotonic() - began
                seen.resident.append((passed, resident_mb(server.pid)))
                seen.disk.append(_disk_mb(folder))
                _note_metrics(seen, (await _get(client, f"{url}/metrics"))[1].decode())
            turn += 1
            if server.poll() is not None:
                break
            await asyncio.sleep(LOOK_S)
        assert exchange.stdin is not None
        exchange.stdin.write(b"\n")
        exchange.stdin.flush()
        await _two_minutes_more(client, url, LAST_S + LAST_MINUTES * 60.0 / settings.speed if settings.is_real else 1.0)
        _note_metrics(seen, (await _get(client, f"{url}/metrics"))[1].decode())
        seen.ran_s = time.monotonic() - started
        seen.cores = (processor_s(server.pid) - used_s) / (time.monotonic() - live_at)
        seen.worst["peak"] = peak_mb(server.pid)
        page.cancel()
        await asyncio.gather(page, return_exceptions=True)
    return seen


async def _two_minutes_more(client: aiohttp.ClientSession, url: str, patience_s: float) -> None:
    began, times = time.monotonic(), set()
    while len(times) < 3 and time.monotonic() - began < patience_s:
        is_answered, content = await _get(client, f"{url}/api/v1/status")
        if is_answered:
            times.add(json.loads(content)["last_ms"])
        await asyncio.sleep(LOOK_S)


async def _get(client: aiohttp.ClientSession, url: str) -> tuple[bool, bytes]:
    try:
        async with client.get(url) as answer:
            return answer.status == 200, await answer.read()
    except (aiohttp.ClientError, TimeoutError):
        return False, b""


async def _follow_page(client: aiohttp.ClientSession, url: str, seen: Seen) -> None:
    """A reader of the stream of one coin, as the page asks for it; made anew where it ends."""
    while True:
        with suppress(aiohttp.ClientError):
            async with client.ws_connect(f"{url}/api/v1/stream?{LOOK}", max_msg_size=0) as socket:
                async for message in socket:
                    seen.stream_bytes += len(message.data) if message.data else 0
        await asyncio.sleep(1.0)


def _note_metrics(seen: Seen, text: str) -> None:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            with suppress(ValueError):
                seen.metrics[name] = float(value)
                seen.worst[name] = max(seen.worst.get(name, 0.0), float(value))


def _disk_mb(folder: Path) -> dict[str, float]:
    """MB by kind: the raw log, whose bound is an option, the history, and all else."""
    raw, whole = folder_mb(folder / "raw"), folder_mb(folder)
    history = folder_mb(folder / "parts") + folder_mb(folder / "head")
    return {"history": history, "raw log": raw, "everything else": whole - raw - history}


def _check(server: subprocess.Popen[bytes], folder: Path, began: float) -> None:
    if server.poll() is not None or time.monotonic() - began > PATIENCE_S:
        raise SystemExit(f"the server does not come up: {folder.with_name('serve.log').read_text()[-2_000:]}")


def processor_s(pid: int) -> float:
    """Seconds of a core a process has used; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rows(seen: Seen, settings: Settings, begun_mb: float) -> list[Row]:
    hours = settings.seconds * settings.speed / 3_600.0
    status = np.array(seen.status_s)
    memory = np.array([mb for _, mb in seen.resident])
    third = max(1, len(memory) // 3)
    first, last = seen.disk[0], seen.disk[-1]
    return [
        Row(
            what="live: hours of the exchange's time",
            value=hours,
            unit="h",
            note=f"{settings.seconds:.0f} s at {settings.speed:g} times",
        ),
        Row(what="live: start to the first answer", value=seen.first_answer_s, unit="s", wanted=5.0),
        Row(what="live: start to live", value=seen.live_s, unit="s"),
        Row(what="live: memory, highest", value=seen.worst.get("peak", 0.0), unit="MB", wanted=4_096.0),
        Row(what="live: memory, median of the first third", value=float(np.median(memory[:third])), unit="MB"),
        Row(what="live: memory, median of the last third", value=float(np.median(memory[-third:])), unit="MB"),
        Row(what="live: status answered, median", value=float(np.median(status)) * 1e3, unit="ms"),
        Row(what="live: status answered, 99 %", value=float(np.quantile(status, 0.99)) * 1e3, unit="ms"),
        Row(what="live: status answered, longest", value=float(status.max()) * 1e3, unit="ms"),
        *_lag_rows(seen),
        *(
            Row(
                what=f"live: disk, {kind}",
                value=(last[kind] - first[kind]) / max(hours, 1e-9),
                unit="MB an hour of its time",
            )
            for kind in first
        ),
        Row(what="live: disk before the start", value=begun_mb, unit="MB"),
        Row(what="live: processor", value=seen.cores, unit="cores", wanted=1.0),
        Row(
            what="live: the stream of one page",
            value=seen.stream_bytes / 2**20 / seen.ran_s * 86_400.0,
            unit="MB a day by our clock",
            wanted=500.0,
        ),
        Row(what="live: questions not answered", value=float(seen.unanswered), unit="", wanted=0.0),
    ]


def _lag_rows(seen: Seen) -> list[Row]:
    """What the server says of its own loop; nothing of a build that does not."""
    if MAX not in seen.worst:
        return []
    beats = seen.metrics[f"{LAG}_count"]
    late = beats - seen.metrics[f'{LAG}_bucket{{le="0.05"}}']
    return [
        Row(
            what="live: longest stall of the loop, after the start",
            value=seen.worst[MAX] * 1e3,
            unit="ms",
            wanted=50.0,
        ),
        Row(what="live: looks at the loop that were over 50 ms late", value=100.0 * late / max(1.0, beats), unit="%"),
    ]


def _held_against_truth(folder: Path, settings: Settings, start_ms: int) -> list[Row]:
    """Stored minutes that are missing, and sizes that differ from the truth when nobody trades any more."""
    from liqscape.store.history import HistoryReader

    truth: dict[str, Any] = dict(np.load(settings.folder / "truth.npz"))
    reader = HistoryReader(folder)
    assert reader.last_ms is not None
    last = reader.last_ms
    # While nobody trades the exchange's time is told now and then only.
    times = reader.frame_times(start_ms + MINUTES_BEFORE * MINUTE_MS + 1, int(truth["frozen_ms"])) // MINUTE_MS
    missing = int(times[-1] - times[0] + 1 - len(np.unique(times))) if len(times) else 0
    held = reader.accounts_at(last)
    row_of = {address: row for row, address in enumerate(truth["addresses"].tolist())}
    rows = np.array([row_of.get(address, -1) for address in held.addresses])
    key = rows[held.address_row[held.pool_of_position()]] * 1_000 + held.market_index
    true_key = truth["holder"].astype(np.int64) * 1_000 + truth["market_index"]
    ours, true = (
        dict(zip(k.tolist(), s.tolist(), strict=True)) for k, s in ((key, held.size), (true_key, truth["size"]))
    )
    # Who left without a print is known to have left when he is read, and no sooner; who came so, when he trades.
    known = set(rows.tolist()) & set(truth["holder"].tolist())
    concerned = [each for each in set(ours) | set(true) if each // 1_000 in known]
    wrong = sum(abs(ours.get(each, 0.0) - true.get(each, 0.0)) > 1e-6 for each in concerned)
    return [
        Row(
            what="live: minutes between the first and the last stored",
            value=float(len(np.unique(times)) - 1),
            unit="min",
        ),
        Row(what="live: minutes missing among them", value=float(missing), unit="min", wanted=0.0),
        Row(what="live: positions of accounts both know", value=float(len(concerned)), unit=""),
        Row(what="live: of them with another size than the truth", value=float(wrong), unit=""),
        Row(what="live: questions the exchange answered", value=float(truth["requests"]), unit=""),
        Row(
            what="live: what it sent",
            value=float(truth["sent_bytes"]) / 1e6 / float(truth["served_s"]) / settings.speed * 3_600.0,
            unit="MB an hour of its time",
        ),
        Row(
            what="live: the exchange itself late by at most",
            value=float(truth["late_ms"]) / 1e3 / settings.speed,
            unit="s",
        ),
    ]
