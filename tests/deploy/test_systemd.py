"""The systemd unit, read by systemd itself where that is installed; its commands are run, its settings are options."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from liqscape.cli.main import SUMMARIES, command_app, named_command
from liqscape.cli.settings.sources import options_of, settings_in_environment

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy" / "liqscape.service"
MAX_EXPOSURE = 2.0
"""Of 10, as systemd reckons what a service could do beside its work."""
ANALYZE = shutil.which("systemd-analyze")


def values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_reads_it_and_finds_nothing_to_say(tmp_path: Path) -> None:
    command = tmp_path / "liqscape"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/usr/local/bin/liqscape", str(command)))
    done = subprocess.run([str(ANALYZE), "verify", "--man=no", copy], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_finds_little_that_it_could_do_beside_its_work() -> None:
    done = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", "--no-pager", UNIT], capture_output=True, text=True, check=False
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd does not judge files")
    level = re.search(r"exposure level for liqscape.service: ([\d.]+)", done.stdout)
    assert level is not None
    assert float(level[1]) <= MAX_EXPOSURE


def test_its_commands_are_ours() -> None:
    for text in (*values("ExecStart"), *values("ExecStartPre")):
        program, *words = text.split()
        assert Path(program).name == "liqscape"
        assert named_command(words) in SUMMARIES


def test_its_variables_are_options_and_its_folders_are_its_own() -> None:
    environment = dict(line.split("=", 1) for line in values("Environment"))
    options = options_of(command_app("serve").assemble_argument_collection())
    found = list(settings_in_environment("serve", options, environment))
    assert [(each.option, each.problem) for each in found] == [("data", None), ("token-file", None)]
    assert environment["LIQSCAPE_SERVE_DATA"] == f"/var/lib/{values('StateDirectory')[0]}"
    assert environment["NUMBA_CACHE_DIR"].startswith(f"/var/cache/{values('CacheDirectory')[0]}/")
    assert environment["LIQSCAPE_SERVE_TOKEN_FILE"] == f"%d/{values('LoadCredential')[0].partition(':')[0]}"


def test_the_check_before_its_start_passes_in_its_environment(tmp_path: Path) -> None:
    environment = dict(line.split("=", 1) for line in values("Environment"))
    inside = {name: value.replace("%d", str(tmp_path)) for name, value in environment.items()}
    words = values("ExecStartPre")[0].split()[1:]
    own = {**os.environ, **inside, "LIQSCAPE_CONFIG": os.devnull}
    done = subprocess.run(
        [sys.executable, "-m", "liqscape", *words], env=own, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
