"""`liqscape sandbox` prints one ready line, serves, and stops at a signal; bad options are one line and exit code 2."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "liqscape", "sandbox"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    options = ["--port", "0", "--seed", "5", "--accounts", "40", "--coins", "3", "--days", "0.01", "--speed", "5"]
    process = subprocess.Popen(
        [*COMMAND, *options, "--data", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(
            r"liqscape: sandbox at (http://127\.0\.0\.1:\d+)/info ws://127\.0\.0\.1:\d+/ws http://\S+/leaderboard "
            r"\(SIMULATED, seed 5, speed 5; Ctrl-C stops\)\n",
            line,
        )
        assert found is not None, line
        meta = httpx.post(f"{found[1]}/info", json={"type": "meta"}, timeout=20).json()
        assert [row["name"] for row in meta["universe"]] == ["BTC", "ETH", "SOL"]
        process.send_signal(number)
        out, err = process.communicate()
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")
    assert (tmp_path / "sandbox.checkpoint").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "70000"], "--port 70000 is outside"),
        (["--speed", "fast"], "--speed fast is neither a number nor max"),
        (["--speed", "0"], "--speed 0 is outside"),
        (["--accounts", "3"], "accounts is 3, must be"),
        (["--coins", "99"], "coins is 99, must be 1 to 44"),
        (["--seed", "-1"], "seed is -1"),
        (["--days", "-1"], "--days -1 is outside"),
        (["--start", "yesterday"], "--start"),
        (["--refuse", "batches"], "--refuse batches is no request type"),
        (["--faults", "none.json"], "none.json: No such file"),
        (["--data", "/dev/null"], "--data /dev/null is no folder to write in"),
        (["--node-files", "/dev/null/files"], "--node-files /dev/null/files is no folder to write in"),
        (["--archive-files", "/dev/null"], "--archive-files /dev/null is no folder to write in"),
    ],
)
def test_bad_options_are_one_line(options: list[str], message: str, refused: Callable[..., str]) -> None:
    assert message in refused("sandbox", *options)


def test_a_taken_port_is_refused_before_any_history_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*COMMAND, "--port", str(port), "--days", "60", "--node-files", str(tmp_path / "node")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"liqscape: --port {port} is taken on 127.0.0.1; --port 0 picks a free one\n"
    assert not (tmp_path / "node").exists()


def test_a_bad_fault_names_its_entry(tmp_path: Path, refused: Callable[..., str]) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"fault": "drop", "where": "ws"}, {"fault": "drop", "where": "moon"}]))
    assert "fault 1: Invalid enum value 'moon'" in refused("sandbox", "--faults", file)
