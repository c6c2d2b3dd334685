"""`serve` and `demo` as commands: bad options are one line, a good one is a served map that ends on a signal."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from liqscape.cli.main import main


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("liqscape: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--api-url", "http://127.0.0.1:9", "--data", "new"], "127.0.0.1:9 cannot be reached"),
        (["serve", "--network", "moon"], "--network moon is none of mainnet, testnet"),
        (["serve", "--api-url", "ftp://x"], "--api-url 'ftp://x' is not an address"),
        (["serve", "--ws-url", "http://x"], "--ws-url 'http://x' is not an address"),
        (["serve", "--dexs", "Main;x"], "is no name of a dex"),
        (["serve", "--state-streams", "16"], "--state-streams 16 is outside 0..15"),
        (["serve", "--books", "1001"], "--books 1001 is outside 0..1000"),
        (["serve", "--best-prices", "-1"], "--best-prices -1 is outside 0..1000"),
        (["serve", "--weight-limit", "10"], "--weight-limit 10 is outside 20..1e+06"),
        (["serve", "--keep-raw-gb", "0"], "--keep-raw-gb 0 is outside"),
        (["serve", "--accounts", "no such file"], "there is no such file"),
        (["serve", "--node-files", "no such folder"], "--node-files no such folder is not a folder"),
        (["serve", "--recording", "x", "--network", "testnet"], "options of the live map do not go with it"),
        (["serve", "--read-only"], "--read-only looks at the folder of --data"),
        (["serve", "--read-only", "--data", "x", "--network", "testnet"], "do not go with it"),
        (["serve", "--read-only", "--data", "no such folder"], "--data no such folder is not a folder"),
        (["serve", "--data", "x", "--host", "0.0.0.0"], "refused without a token"),
        (["serve", "--data", "x", "--port", "70000"], "--port 70000 is outside 0..65535"),
        (["serve", "--recording", "no such folder", "--port", "0"], "no such folder"),
        (["demo", "--seed", "-1"], "--seed -1 is outside"),
        (["demo", "--days", "0"], "--days 0 is outside"),
        (["demo", "--days", "nan"], "--days nan is outside"),
        (["demo", "--accounts", "9"], "--accounts 9 is outside"),
        (["demo", "--coins", "45"], "--coins 45 is outside 1..44"),
        (["demo", "--speed", "inf"], "--speed inf is outside"),
        (["demo", "--host", "example.org"], "is not an address of this machine"),
        (["demo", "--host", "0.0.0.0"], "refused without a token"),
        (["demo", "--token-file", "no such file"], "--token-file no such file cannot be read"),
        (["demo", "--port", "x"], "--port"),
    ],
)
def test_bad_option_is_one_line_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert said in refused(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_serve_without_a_network_names_what_can_be_had_without(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    error = refused(capsys, "serve", "--api-url", "http://127.0.0.1:9", "--data", str(tmp_path / "new"))
    assert "liqscape demo" in error
    assert "--recording" in error
    assert not (tmp_path / "new").exists()


def test_taken_port_is_found_before_any_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        error = refused(capsys, "demo", "--port", str(held.getsockname()[1]))
    assert "is taken" in error
    assert list(tmp_path.iterdir()) == []


def test_a_first_demo_serves_a_sample_then_a_simulated_map_and_its_exchange_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "liqscape", "demo", "--accounts", "40", "--coins", "4", "--days", "0.01"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--data", str(tmp_path / "demo")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    try:
        sample = process.stdout.readline()
        assert sample.startswith("liqscape: serving sample at http://127.0.0.1:")
        assert "SIMULATED" in sample
        line, exchange = sorted((process.stdout.readline() for _ in range(2)), reverse=True)
        assert line.startswith("liqscape: serving seed 7 at http://127.0.0.1:")
        info = next(word for word in exchange.split() if word.endswith("/info"))
        question = urllib.request.Request(info, b'{"type": "allMids"}', {"Content-Type": "application/json"})
        with urllib.request.urlopen(question) as response:
            assert len(json.load(response)) == 4
        assert "SIMULATED" in line
        url = next(word for word in line.split() if word.startswith("http://"))
        with urllib.request.urlopen(f"{url}/api/v1/status") as response:
            status = json.load(response)
        assert status["provenance"]["is_simulated"]
        assert status["is_live"]
        assert status["frame_count"] >= 15
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate()  # without a limit: one is met on a busy machine
        assert rest == ""
        assert errors.startswith("liqscape: compiling kernels")
        assert "\nliqscape: trading 0.01" in errors
        assert [" INFO liqscape.run: " in line for line in errors.splitlines()[-3:]] == [True] * 3  # start, stop twice
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
