"""A helper ends with the process that started it, also where that was killed (service/starter.py)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import outliving
import pytest

from liqscape.cli.demo_sample import SamplePlace


@pytest.mark.parametrize("way", ["pool", "compiling"])
def test_a_helper_does_not_outlive_a_starter_that_was_killed(tmp_path: Path, way: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    starter = subprocess.Popen([sys.executable, outliving.__file__, way, str(pipe)])
    with pipe.open() as said:
        assert said.readline() == "here\n"
        starter.kill()
        assert said.read() == ""
    starter.wait()


def test_compiling_and_serving_the_sample_end_with_their_stdin(tmp_path: Path) -> None:
    place = msgspec.json.encode(SamplePlace(host="127.0.0.1", port=0, folder=str(tmp_path))).decode()
    for command in (["liqscape.service.warming.jobs", "0", "map"], ["liqscape.cli.demo_sample", place]):
        done = subprocess.run(
            [sys.executable, "-m", *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == -signal.SIGTERM, done.stderr
