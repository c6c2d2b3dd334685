"""The sample that comes with the package: small, simulated and said to be so, whole, and shown while a demo is made."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from browsing import ROOT

from liqscape.cli.demo_sample import shown_sample
from liqscape.cli.serving import Listening, reported_progress
from liqscape.service.demo_opening import DemoSettings, demo_folder, stored_demo
from liqscape.service.opening import open_stored
from liqscape.service.sample import LARGEST_BYTES, NEEDED, SAMPLE, pack, unpack
from liqscape.web.server import choose_port

LOOKS = 600
"""Of up to a tenth of a second."""


def test_the_sample_is_small_and_holds_no_market_to_go_on_with(tmp_path: Path) -> None:
    assert SAMPLE.stat().st_size <= LARGEST_BYTES
    unpack(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= set(NEEDED)


def test_the_sample_says_simulated_and_sample_wherever_it_is_asked(tmp_path: Path) -> None:
    view = open_stored(unpack(tmp_path), None)
    status = view.status()
    assert (status.provenance.is_simulated, status.provenance.name, status.is_live) == (True, "sample", False)
    assert "no price, account or liquidation in it is real" in status.provenance.note
    assert "BTC" in view.coin_names()
    assert view.frame("BTC").provenance.is_simulated


def test_its_maker_makes_a_folder_that_can_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import make_sample

    from liqscape.sandbox.world import WorldSettings

    start_ms = make_sample.END_MS - 180_000
    world = WorldSettings(seed=3, accounts=20, coins=2, start_ms=start_ms, stops_percent=40)
    make_sample.make(tmp_path / "small.zip", world, make_sample.END_MS)
    monkeypatch.setattr("liqscape.service.sample.SAMPLE", tmp_path / "small.zip")
    folder = tmp_path / "folder"
    folder.mkdir()
    status = open_stored(unpack(folder), None).status()
    assert (status.provenance.name, status.last_ms, status.frame_count) == ("sample", make_sample.END_MS, 4)


def test_packed_twice_a_folder_is_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    unpack(folder)
    (folder / "sandbox.checkpoint").write_bytes(b"not taken along")
    for name in ("one", "other"):
        pack(folder, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_demo_is_made_once_its_market_was_kept(tmp_path: Path) -> None:
    settings = DemoSettings(seed=1, days=0.01, accounts=10, coins=1)
    assert demo_folder(settings, tmp_path) == tmp_path
    assert stored_demo(settings, tmp_path, 0) is None


def test_the_sample_is_served_without_a_compiler_and_tells_how_far_things_are() -> None:
    port = choose_port("127.0.0.1", 0)
    with shown_sample(Listening(host="127.0.0.1", port=port)) as sample:
        with reported_progress(sample.tell, "trading", 0, 200) as progress:
            progress(100)
        status = _first_status(port)
        sample.end()
        assert choose_port("127.0.0.1", port) == port
    assert status["preparing"] == {
        "text": "trading",
        "done": 50,
        "total": 100,
        "is_sample": True,
        "age_ms": None,
    }
    assert status["provenance"]["is_simulated"] is True


WALK = """
import sys
from pathlib import Path
from liqscape.service.deleveraging import DeleveragingQuestions
from liqscape.service.opening import open_stored
from liqscape.service.sample import unpack
print(DeleveragingQuestions(open_stored(unpack(Path(sys.argv[1])), None)).of_coin("DOGE").coin)
"""


def test_the_simulator_of_the_sample_runs_as_python(tmp_path: Path) -> None:
    """In which a logarithm of 0 is an error, and a market without a price is at 0."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "ignore", "-c", WALK, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr[-2_000:]) == ("DOGE\n", "")


def _first_status(port: int) -> dict[str, object] | dict[str, dict[str, object]]:
    import time

    for _ in range(LOOKS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60.0)
        try:
            connection.request("GET", "/api/v1/status")
            return json.loads(connection.getresponse().read())
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(f"no answer, {sys.executable}")
