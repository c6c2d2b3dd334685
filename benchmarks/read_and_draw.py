"""The same market read and drawn: seconds until 95 % of what is held is on the map, ours against hyperdata-terminal.

    python benchmarks/read_and_draw.py [--json] [--accounts 1000] [--rounds 1]

A sandbox exchange with the public limits of the real one serves each of them anew, the same world at the same time of
its life: to ours as it is, to ours with batches of states refused (`--refuse batchClearinghouseStates`), and to the
competitor, which asks one account at a time either way and is handed the addresses. Ours is `liqscape serve` on an
empty folder, from the command on; "drawn" is a heatmap of the largest coin answered, or the competitor's picture
printed. What is held: USD of positions over twice the open interest. Most of it is waiting for the limits, so a busy
machine matters little; run alone, it writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from competitors import setup

HERE = Path(__file__).resolve().parent
SHARE = 0.95
PATIENCE_S = 600.0
LOOK_S = 0.1
BATCHES = "batchClearinghouseStates"


def main() -> int:
    """Measure and print."""
    chosen = _arguments()
    missing = setup.install_heatmap()
    _warm(chosen.accounts)
    taken: dict[str, list[float]] = {}
    notes: dict[str, str] = {}
    for _ in range(chosen.rounds):
        for name, refused in (("ours", ()), ("ours, batches refused", (BATCHES,))):
            with sandbox(chosen.accounts, refused) as url:
                whole, answering = ours(url)
                taken.setdefault(name, []).append(whole)
                notes[name] = f"{answering:.1f} s of it until it answers"
        if missing is None:
            with sandbox(chosen.accounts, ()) as url:
                answer = theirs(url)
            taken.setdefault("theirs", []).append(answer["seconds"])
            notes["theirs"] = f"{answer['scans']} scans, {answer['positions']:,} positions"
    figures: list[dict[str, Any]] = [
        {"name": f"{name}: read and drawn", "value": min(seconds), "unit": "s", "note": notes.get(name, "")}
        for name, seconds in taken.items()
    ]
    for name in ("ours", "ours, batches refused"):
        value = min(taken["theirs"]) / min(taken[name]) if "theirs" in taken else None
        figures.append({"name": f"theirs / {name}", "value": value, "unit": "times", "note": missing or ""})
    for figure in figures:
        shown = "not available" if figure["value"] is None else f"{figure['value']:.3g} {figure['unit']}"
        print(f"{figure['name']}: {shown}  {figure['note']}", flush=True)
    if chosen.json:
        text = f"{chosen.accounts:,} accounts, {SHARE:.0%} of the open interest, public limits, in turns."
        print(json.dumps({"title": "The same market read and drawn", "text": text, "figures": figures}))
    return 0


@contextmanager
def sandbox(accounts: int, refused: Sequence[str]) -> Iterator[str]:
    """The address of an exchange of its own, as `http://host:port`, with fresh limits."""
    words = ["sandbox", "--port", "0", "--accounts", str(accounts), "--days", "0.02"]
    with command(*words, *(word for kind in refused for word in ("--refuse", kind))) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"(http://[^/\s]+)/info", said)
        if found is None:
            raise SystemExit(f"the sandbox does not come up: {said.strip()}")
        yield found[1]


@contextmanager
def command(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A command of liqscape as its users start it, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "liqscape", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60.0)
        assert process.stdout is not None
        process.stdout.close()


def ours(url: str) -> tuple[float, float]:
    """Seconds from the command to the drawn map, and to its first answer."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        began = time.monotonic()
        with command(*f"serve --api-url {url} --data {folder} --port {port}".split()):
            api = f"http://127.0.0.1:{port}/api/v1"
            answering = None
            while True:
                status = asked(f"{api}/status")
                if status is not None and answering is None:
                    answering = time.monotonic() - began
                share = (status or {}).get("coverage", {}).get("share")
                if share is not None and share >= SHARE and asked(f"{api}/coins/BTC/heatmap?format=json") is not None:
                    return time.monotonic() - began, answering or 0.0
                if time.monotonic() - began > PATIENCE_S:
                    raise SystemExit(f"{share} of the open interest after {PATIENCE_S:.0f} s")
                time.sleep(LOOK_S)


def theirs(url: str) -> dict[str, Any]:
    """What the competitor says at its end: seconds since it began to read, its own start not counted."""
    listed = asked(f"{url}/leaderboard")
    meta, contexts = asked(f"{url}/info", {"type": "metaAndAssetCtxs"})
    assert len(meta["universe"]) == len(contexts)
    held = sum(2.0 * float(each["openInterest"]) * float(each["markPx"]) for each in contexts)
    with tempfile.TemporaryDirectory() as folder:
        addresses = Path(folder) / "addresses.json"
        addresses.write_text(json.dumps([row["ethAddress"] for row in listed["leaderboardRows"]]))
        script = HERE / "competitors" / "scan_and_draw.py"
        ended = subprocess.run(
            [str(setup.heatmap_python()), str(script), f"{url}/info", str(addresses), str(SHARE * held)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "HYPERDATA_DATA_DIR": folder},
        )
    answer: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    answer["share"] = answer["usd"] / held
    return answer


def asked(url: str, body: object = None) -> Any:
    """The answer as JSON; None while there is none."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30.0) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        if refused.code == 404:
            raise
        return None
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def _warm(accounts: int) -> None:
    """Kernels compiled and kept: nobody is measured while compiling."""
    with sandbox(accounts, ()) as url:
        ours(url)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
