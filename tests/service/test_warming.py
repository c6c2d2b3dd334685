"""Kernels are compiled beside by processes of their own; after that nothing is compiled where somebody waits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.service.warming import beside
from liqscape.service.warming.beside import Warming, kept_folder, warming_beside

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
jobs.warm_map()
jobs.warm_market()
"""


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the process of each part runs, in place of the compiler."""
    programs: dict[str, str] = {}

    def process(part: str, _niceness: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", programs[part]]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    monkeypatch.setattr(beside, "_process", process)
    return programs


def test_progress_is_the_sum_of_the_parts(says: dict[str, str]) -> None:
    says.update(one="print(1, 5); print(4, 6)", other="print(2, 3)")
    told: list[tuple[int, int]] = []
    warming = Warming(("one", "other"), tell=lambda compiled, needed: told.append((compiled, needed)))
    warming.wait()
    assert warming.counts == (6, 9)
    assert max(told) == (6, 9)


def test_a_part_that_fails_is_named_with_what_it_said_last(says: dict[str, str]) -> None:
    says.update(one="print(1, 2)", other="print('first'); raise SystemExit('no room on this disk')")
    with warming_beside(("one", "other")) as warming:
        warming.wait(("one",))
        with pytest.raises(LiqscapeError, match="part other could not be compiled: no room on this disk"):
            warming.wait()


def test_leaving_ends_what_still_runs(says: dict[str, str]) -> None:
    says.update(one="import sys; print(0, 1, flush=True); sys.stdin.read(); import time; time.sleep(600)")
    with warming_beside(("one",)) as warming:
        process = warming._processes["one"]
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
