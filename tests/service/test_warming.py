"""Kernels are compiled beside by processes of their own; after that nothing is compiled where somebody waits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.service.warming import beside, kept
from liqscape.service.warming.beside import Warming, lanes_of, warming_beside
from liqscape.service.warming.jobs import FUNCTIONS, LANES, PARTS
from liqscape.service.warming.kept import kept_folder

LISTEN = """
import sys
from numba.core import event
class Listener(event.Listener):
    def on_start(self, event):
        print("compiled:", event.data["dispatcher"].py_func.__qualname__)
    def on_end(self, event):
        pass
event.register("numba:compile", Listener())
from liqscape.service.warming import jobs
for part in jobs.PARTS:
    jobs.WARMS[part]()
"""


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the process of each lane runs, by its first part, in place of the compiler."""
    programs: dict[str, str] = {}

    monkeypatch.setattr(beside, "_command", lambda lane, _niceness: [sys.executable, "-c", programs[lane[0]]])
    return programs


def test_progress_is_of_all_that_is_needed_and_never_goes_back(
    says: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "FUNCTIONS", {"one": 4, "two": 2, "other": 3})
    says.update(
        one="for n in (1, 3, 9): print('compiled', n, flush=True)\nprint('kept one', flush=True); print('kept two')",
        other="print('kept other')",  # nothing was missing
    )
    told: list[tuple[int, int]] = []
    warming = Warming((("one", "two"), ("other",)), tell=lambda there, needed: told.append((there, needed)))
    warming.wait()
    assert warming.counts == (9, 9)
    assert told == sorted(told)
    assert {needed for _, needed in told} == {9}
    assert [there for there, _ in told].count(9) == 1


def test_a_part_that_fails_is_named_with_what_it_said_last(says: dict[str, str]) -> None:
    says.update(
        one="print('compiled 1'); print('kept one')",
        other="print('first', flush=True); raise SystemExit('no room on this disk')",
    )
    warming = Warming((("one",), ("other",)))
    warming.wait(("one",))
    with pytest.raises(LiqscapeError, match="part other could not be compiled: no room on this disk"):
        warming.wait()


def test_a_part_is_there_before_the_next_of_its_lane(says: dict[str, str]) -> None:
    says.update(one="import sys; print('kept one', flush=True); sys.stdin.read(); import time; time.sleep(600)")
    warming = Warming((("one", "two"),))
    warming.wait(("one",))
    warming.stop()
    with pytest.raises(LiqscapeError, match="part two could not be compiled"):
        warming.wait(("two",))


def test_two_processes_share_the_parts_where_there_are_two_cores() -> None:
    assert lanes_of(PARTS, 2) == [("map", "simulations"), ("market",)]
    assert lanes_of(PARTS, 1) == [PARTS]
    assert lanes_of(("simulations",), 2) == [("simulations",)]


def test_what_is_kept_is_known_until_a_source_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "kernel_folder", lambda: tmp_path)
    assert kept.missing_parts(("map", "market")) == ("map", "market")
    kept.note_kept("map")
    assert kept.missing_parts(("map", "market")) == ("market",)
    monkeypatch.setattr(kept, "_made_from", lambda: "other sources")
    assert kept.missing_parts(("map", "market")) == ("map", "market")


def test_leaving_ends_what_still_runs(says: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    says.update(one="import sys; print('compiled 0', flush=True); sys.stdin.read(); import time; time.sleep(600)")
    monkeypatch.setattr(beside, "lanes_of", lambda _parts, _cores: [("one",)])
    with warming_beside() as warming:
        process = warming._processes["one",]
        assert process.poll() is None
    assert process.returncode is not None


def test_a_folder_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept_folder()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(SettingsError, match=r"cannot be kept in .* \(Read-only file system\)") as caught:
        kept_folder()
    assert str(folder) in str(caught.value)


ASK = """
import asyncio, tempfile, time
from contextlib import contextmanager
from pathlib import Path
from litestar.testing import TestClient
from liqscape.sandbox.answers.info import answer_info
from liqscape.service.demo_opening import DemoSettings, open_demo
from liqscape.service.collecting.kernels import small_events
from liqscape.service.hub import Hub
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.pipeline import Pipeline
from liqscape.web.app import create_app

@contextmanager
def silent(*_):
    yield lambda _: None

settings = DemoSettings(seed=9, days=0.05, accounts=150, coins=3, stops_percent=30)
with tempfile.TemporaryDirectory() as folder:
    with open_demo(settings, Path(folder), lambda: int(time.time() * 1_000), silent) as opened:
        opened.study._follower.advance()
        view = opened.view
        frame = view.moment().reported
        mark, at = float(frame.snapshot.mark[0]), frame.time_ms - 600_000
        coin = "/api/v1/coins/" + frame.snapshot.markets.coins[0]
        holder = "/api/v1/accounts/" + view.moment().accounts.addresses[0]
        stop = f"{coin}/stop?side=long&entry={mark}&stop={mark * 0.7}&risk=100"
        fall = f"/api/v1/cascade?coin={frame.snapshot.markets.coins[0]}&target_price={mark * 0.7}&minutes=2"
        paths = [f"{coin}/{name}" for name in (
            "frame", "frame?mode=joint", "frame?interval=true", f"frame?at={at}", "clusters", "clusters?mode=joint",
            f"clusters?at={at}", "positions?price_low=1&price_high=1000000", "heatmap?format=json",
            "heatmap?format=json&mode=joint", f"heatmap?format=json&start={at}", "scale", "candles", "context",
            "structure", "triggers", "setups", "book", "odds", "caveats", "asymmetry", "deleveraging",
            "chain?paths=10&links=2", "changes", "sweeps", "overshoot", "cascades",
        )]
        paths += [holder, f"{holder}/history?coin=BTC", f"{holder}/state", f"{holder}/deleveraging"]
        paths += ["/api/v1/" + name for name in ("status", "coins", "board", "agreement", "score")]
        paths += ["/api/v1/joint?btc_percent=-10"]
        paths += [stop, f"{stop}&simulate=true"]
        for mode in ("given", "book", "coupled"):
            paths += [f"{fall}&mode={mode}{more}" for more in ("", "&paths=3", "&stops=true")]
        app = create_app(view, Hub(view, executors=opened.executors), executors=opened.executors,
                         liquidations=LiquidationQuestions(view, opened.liquidations))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            for path in paths:
                answer = client.get(path)
                if answer.status_code not in (200, 404):
                    print(path, answer.status_code, answer.text)
        name, user = frame.snapshot.markets.coins[0], view.moment().accounts.addresses[0]
        for request in (
            {"type": "allMids"}, {"type": "metaAndAssetCtxs"}, {"type": "l2Book", "coin": name},
            {"type": "clearinghouseState", "user": user}, {"type": "frontendOpenOrders", "user": user},
        ):
            answer_info(request, opened.market.market.state)
        opened.market.advance(int(time.time() * 1_000) + 120_000)
        recorded = Pipeline(frame.provenance, with_bands=False)
        for event in small_events():
            recorded.feed(event)
"""


@pytest.mark.truth
def test_after_warming_a_fresh_process_compiles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    warming = Warming(LANES)
    warming.wait()
    for lane, compiled in warming._compiled.items():  # or what a page says of how far it is would be wrong
        assert compiled == pytest.approx(sum(FUNCTIONS[part] for part in lane), rel=0.05)
    warm = [sys.executable, "-m", "liqscape", "warm"]
    subprocess.run(warm, env=environment, check=True, capture_output=True, cwd=tmp_path)
    fresh = [sys.executable, "-c", LISTEN]
    done = subprocess.run(fresh, env=environment, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == ""
    asked = subprocess.run(
        [sys.executable, "-c", LISTEN.partition("from liqscape")[0] + ASK],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert asked.stdout == ""
