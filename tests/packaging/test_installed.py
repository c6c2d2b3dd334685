"""Wheel and sdist as `make build` makes them: the wheel runs where nothing else of us is, the sdist makes the same."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from read_only_tree import SITE_PACKAGES, interpreter, run_in_read_only_tree, why_not

from liqscape import __version__

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "src" / "liqscape" / "web" / "static" / "index.html"


@dataclass(frozen=True)
class BuiltFiles:
    """What `make build` leaves in dist/."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that everybody may go into, which tmp_path is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def built(folder: Path) -> BuiltFiles:
    if not PAGE.exists():
        pytest.skip("the page is not built (make page)")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder / "dist")]
    done = subprocess.run(
        [*command, "--target", "wheel", "--target", "sdist"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,), (sdist,) = (list((folder / "dist").glob(each)) for each in ("*.whl", "*.tar.gz"))
    return BuiltFiles(wheel, sdist)


@pytest.fixture(scope="module")
def installed(folder: Path, built: BuiltFiles) -> Path:
    """An environment of its own with the wheel in it; what it needs is lent from the one of the tests."""
    python = interpreter() or sys.executable
    place = folder / "environment"
    subprocess.run([python, "-m", "venv", "--without-pip", str(place)], check=True)
    ours = place / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python")]
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "install", *options, str(built.wheel)], check=True)
    (ours / "lent.pth").write_text(f"{SITE_PACKAGES}\n")
    return place


def test_both_are_named_by_the_version(built: BuiltFiles) -> None:
    assert built.wheel.name == f"liqscape-{__version__}-py3-none-any.whl"
    assert built.sdist.name == f"liqscape-{__version__}.tar.gz"


def test_sdist_holds_what_its_wheel_is_made_of_and_no_leavings(built: BuiltFiles) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "hatch_build.py", "requirements.lock", "Dockerfile", "compose.yaml", "README.md"} <= names
    assert {"src/liqscape/web/static/index.html", "deploy/liqscape.service", "docs/stability.md"} <= names
    assert [each for each in names if "__pycache__" in each or each.endswith((".nbi", ".nbc", ".env"))] == []


def test_the_wheel_of_the_sdist_is_the_wheel(built: BuiltFiles, folder: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "again")]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (again,) = (folder / "again").iterdir()
    with zipfile.ZipFile(built.wheel) as first, zipfile.ZipFile(again) as second:
        assert first.namelist() == second.namelist()
        different = [name for name in first.namelist() if first.read(name) != second.read(name)]
    assert different == []


def test_the_command_of_the_wheel_runs_from_its_own_files(installed: Path, folder: Path) -> None:
    command = installed / "bin" / "liqscape"
    done = subprocess.run([command, "--version"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == __version__
    where = [installed / "bin" / "python", "-c", "import liqscape; print(liqscape.__file__)"]
    done = subprocess.run(where, cwd=folder, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_settings_are_checked_by_nobody_in_a_tree_that_cannot_be_written(installed: Path, folder: Path) -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    image = ROOT / "deploy" / "liqscape.toml"
    command = [str(installed / "bin" / "python"), "-m", "liqscape", "--config", str(image), "config", "check"]
    done = run_in_read_only_tree(command, installed, {"PYTHONDONTWRITEBYTECODE": "1"}, home=folder)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == f"{image}: 4 settings in it and in the environment, each can be used\n"


def test_the_server_of_the_wheel_lives_serves_its_page_and_stops(installed: Path, folder: Path) -> None:
    from small_market import small_market
    from stored_moments import moments_of

    from liqscape.store.history import HistoryWriter

    market, history = small_market(count=2), folder / "history"
    with HistoryWriter(history, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    environment = {**os.environ, "LIQSCAPE_SERVE_PORT": "0", "NUMBA_CACHE_DIR": str(folder / "kernels")}
    command = [installed / "bin" / "liqscape", "serve", "--read-only", "--data", history]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        assert urlopen(f"{address[0]}/healthz").read() == b"ok\n"
        assert urlopen(f"{address[0]}/readyz").read() == b"ready\n"
        assert urlopen(address[0]).read() == PAGE.read_bytes()
        assert f'"version":"{__version__}"'.encode() in urlopen(f"{address[0]}/api/v1/status").read()
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert server.returncode == 0
