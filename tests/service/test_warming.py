"""Kernels are compiled beside by processes of their own; after that nothing is compiled where somebody waits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.service.warming import beside, kept
from liqscape.service.warming.beside import Lane, Warming, lanes_of, warming_beside
from liqscape.service.warming.jobs import PARTS
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

    def process(lane: Lane, _niceness: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", programs[lane[0]]]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    monkeypatch.setattr(beside, "_process", process)
    return programs


def test_progress_is_the_sum_of_the_lanes(says: dict[str, str]) -> None:
    says.update(one="print(1, 5); print(4, 6); print('kept one')", other="print(2, 3); print('kept other')")
    told: list[tuple[int, int]] = []
    warming = Warming((("one",), ("other",)), tell=lambda compiled, needed: told.append((compiled, needed)))
    warming.wait()
    assert warming.counts == (6, 9)
    assert max(told) == (6, 9)


def test_a_part_that_fails_is_named_with_what_it_said_last(says: dict[str, str]) -> None:
    says.update(
        one="print(1, 2); print('kept one')",
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
    says.update(one="import sys; print(0, 1, flush=True); sys.stdin.read(); import time; time.sleep(600)")
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


@pytest.mark.truth
def test_after_warming_a_fresh_process_compiles_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    warm = [sys.executable, "-m", "liqscape", "warm"]
    subprocess.run(warm, env=environment, check=True, capture_output=True, cwd=tmp_path)
    fresh = [sys.executable, "-c", LISTEN]
    done = subprocess.run(fresh, env=environment, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == ""
