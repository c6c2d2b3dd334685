"""A register of all known addresses: what it costs the start and the memory of a live map.

`liqscape serve` is started on two folders, each with the register of all known addresses and with one of nobody:

- restart: some minutes of history of everybody, as after any restart;
- fresh: no history, as where only the register was kept.

Seconds count from the start of the process. Everybody is loaded when the map's own count of addresses says so. Beside
it, in a process of its own: the MB a register takes that is loaded into the book of addresses, and look-ups.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from real_size.exchange import MINUTES_BEFORE
from real_size.live import exchange_of, processor_s, served
from real_size.live_folder import free_port, make_folder, make_register
from real_size.made import BENCHMARKS
from real_size.memory import peak_mb, resident_mb
from real_size.record import Row, Settings
from real_size.world import HOUR_MS

LOOK_S = 0.02
PATIENCE_S = 240.0
LIVE_S = 100.0
"""Waited for the feed to be live and for everybody to be loaded."""
LOOKED_UP = 300_000
QUIET_S = 25.0
"""After everybody is loaded and the feed is live, before memory is read: near coverage was estimated once by then."""


@dataclass(kw_only=True)
class Start:
    """What one start took; None where it did not come about."""

    answer_s: float
    answer_processor_s: float
    frame_s: float
    live_s: float | None
    loaded_s: float | None
    resident_mb: float
    peak_mb: float


def measure(settings: Settings) -> list[Row]:
    """Start the server with and without known addresses, and load them alone."""
    port, rows, settings = free_port(), [], replace(settings, speed=1.0)
    start_ms = int(time.time() * 1_000) // HOUR_MS * HOUR_MS - 7 * HOUR_MS + HOUR_MS // 2
    made = settings.folder / "made"
    make_folder(made, settings, port, start_ms, MINUTES_BEFORE)
    known = made / "register.sqlite"
    rows += _alone(settings, known)
    with exchange_of(settings, port, start_ms):
        for what in ("restart", "fresh"):
            taken = {}
            for count in (settings.known, 0):
                folder = settings.folder / f"{what}-{count}"
                _copy(made, folder, what, settings, count)
                taken[count] = _start(settings, folder, port, count)
                shutil.rmtree(folder)
            rows += _rows(what, taken[settings.known], taken[0], settings)
    return rows


def _copy(made: Path, folder: Path, what: str, settings: Settings, count: int) -> None:
    """The folder to start on: with history or without, with known addresses or without."""
    gone = ("register.sqlite",) if what == "restart" else ("register.sqlite", "head", "parts", "manifest*")
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns(*gone))
    if count:
        shutil.copy(made / "register.sqlite", folder)
    else:
        make_register(folder / "register.sqlite", (), replace(settings, known=1), 0)


def _start(settings: Settings, folder: Path, exchange_port: int, count: int) -> Start:
    port, began = free_port(), time.monotonic()
    live_s = loaded_s = None
    with served(settings, folder, port, exchange_port) as server:
        answer_s = _first(server, port, "/api/v1/status", began, folder)
        used_s = processor_s(server.pid)
        frame_s = _first(server, port, "/api/v1/coins/BTC/frame", began, folder)
        while time.monotonic() - began < LIVE_S and (live_s is None or loaded_s is None):
            answer = json.loads(_asked(port, "/api/v1/sources") or b"{}")
            now_s = time.monotonic() - began
            if live_s is None and answer.get("state") == "live":
                live_s = now_s
            found = sum(row["addresses"] for row in answer.get("register", ()))
            if loaded_s is None and found >= count and answer.get("loading") is None:
                loaded_s = now_s
            time.sleep(LOOK_S)
        time.sleep(QUIET_S if settings.is_real else 0.2)
        return Start(
            answer_s=answer_s,
            answer_processor_s=used_s,
            frame_s=frame_s,
            live_s=live_s,
            loaded_s=loaded_s,
            resident_mb=resident_mb(server.pid),
            peak_mb=peak_mb(server.pid),
        )


def _first(server: subprocess.Popen[bytes], port: int, path: str, began: float, folder: Path) -> float:
    """Seconds until it is answered."""
    while _asked(port, path) is None:
        if server.poll() is not None or time.monotonic() - began > PATIENCE_S:
            raise SystemExit(f"no answer of {path}: {folder.with_name('serve.log').read_text()[-2_000:]}")
        time.sleep(LOOK_S)
    return time.monotonic() - began


def _asked(port: int, path: str) -> bytes | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        return content if answer.status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()


def _rows(what: str, known: Start, nobody: Start, settings: Settings) -> Iterator[Row]:
    name = f"register: {what}"
    yield Row(what=f"{name}, start to the first answer", value=known.answer_s, unit="s")
    yield Row(what=f"{name}, start to the first answer with nobody known", value=nobody.answer_s, unit="s")
    yield Row(
        what=f"{name}, processor until then",
        value=known.answer_processor_s,
        unit="s",
        wanted=1.2 * nobody.answer_processor_s + 0.3,
    )
    yield Row(what=f"{name}, processor until then with nobody known", value=nobody.answer_processor_s, unit="s")
    yield Row(what=f"{name}, start to the first frame", value=known.frame_s, unit="s")
    yield Row(what=f"{name}, start to the first frame with nobody known", value=nobody.frame_s, unit="s")
    if what == "restart":
        yield Row(what=f"{name}, start to live", value=known.live_s, unit="s")
        yield Row(what=f"{name}, start to live with nobody known", value=nobody.live_s, unit="s")
    yield Row(what=f"{name}, start to everybody loaded", value=known.loaded_s, unit="s")
    more = known.resident_mb - nobody.resident_mb
    wanted = 100.0 * max(settings.known, 1) / 1e6 if settings.is_real else None
    yield Row(what=f"{name}, memory more than with nobody known", value=more, unit="MB", wanted=wanted)
    yield Row(what=f"{name}, memory, highest", value=known.peak_mb, unit="MB")
    yield Row(what=f"{name}, memory, highest with nobody known", value=nobody.peak_mb, unit="MB")


def _alone(settings: Settings, path: Path) -> list[Row]:
    call = [sys.executable, "-m", "real_size.register", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    done = subprocess.run(call, check=True, cwd=settings.folder, env=environment, stdout=subprocess.PIPE)
    figures = json.loads(done.stdout)
    wanted = 100.0 * settings.known / 1e6 if settings.is_real else None
    return [
        Row(
            what="register: loaded alone, memory",
            value=figures["mb"],
            unit="MB",
            wanted=wanted,
            note=f"{figures['count']:,.0f} addresses",
        ),
        Row(what="register: loaded alone, seconds", value=figures["load_s"], unit="s"),
        Row(what="register: one by one, a look-up", value=figures["one_us"], unit="us"),
        Row(what="register: 300,000 at once, a look-up", value=figures["many_us"], unit="us"),
    ]


def _load_alone(path: Path) -> dict[str, float]:
    """In a process of its own: everything is imported and compiled before memory is looked at."""
    from liqscape.feed.discovery import AddressBook
    from liqscape.model.addresses import AddressSource
    from liqscape.store.register import AddressRegister

    warm = AddressBook()
    warm.add(["0x" + "a" * 40], AddressSource.TRADES, 1_000)
    before, began = resident_mb(), time.monotonic()
    register, book = AddressRegister(path), AddressBook()
    if hasattr(register, "read"):
        book.reserve(len(register))
        columns, after = register.read()
        book.restore(columns)
        while after is not None:
            columns, after = register.read(after)
            book.restore(columns)
        del columns
    else:  # a build before it reads everything at once
        book.restore(register.load())
    load_s, mb = time.monotonic() - began, resident_mb() - before
    names = [book.addresses[row] for row in np.random.default_rng(3).integers(0, len(book), LOOKED_UP).tolist()]
    began = time.monotonic()
    for name in names[:10_000]:
        book.row(name)
    one_us = (time.monotonic() - began) * 100.0
    began = time.monotonic()
    book.rows(names)
    many_us = (time.monotonic() - began) / LOOKED_UP * 1e6
    return {"mb": mb, "load_s": load_s, "one_us": one_us, "many_us": many_us, "count": len(book)}


if __name__ == "__main__":
    print(json.dumps(_load_alone(Path(sys.argv[1]))))
