"""The set-up files: exact versions for everything, no address of any registry, scripts that bash accepts."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGE_EXTRAS = ("alerts", "mcp", "nats", "s3", "sql")
"""What an image has beside the package itself: `make lock` asks for the same."""
SCRIPTS = sorted([*(ROOT / "tools").glob("*.sh"), ROOT / ".ci" / "run"])


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.+!\-]+", line) for line in pinned), pinned
    return {normal(line.split("==")[0]): line.split("==")[1] for line in pinned}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed_by(name: str, seen: set[str]) -> set[str]:
    """A package and all it needs here, by the metadata of what is installed."""
    if normal(name) in seen:
        return seen
    seen.add(normal(name))
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        # Its marker alone: Ray brings packages of others into the search path once it is imported.
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed_by(requirement.name, seen)
    return seen


def test_every_package_that_runs_or_tests_liqscape_is_pinned_to_the_installed_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    seen: set[str] = set()
    for requirement in named:
        plain = re.match(r"[A-Za-z0-9_.\-]+", requirement)
        assert plain is not None
        needed_by(plain[0], seen)
    pinned = constraints()
    assert sorted(seen - set(pinned)) == []
    different = {
        name: (pinned[name], metadata.version(name)) for name in seen if pinned[name] != metadata.version(name)
    }
    assert different == {}


def locked() -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package of requirements.lock."""
    rows = re.split(r"\n(?=[A-Za-z])", (ROOT / "requirements.lock").read_text().strip())
    found = [(re.match(r"([A-Za-z0-9_.\-]+)==([^ ;]+)", row), row.count("--hash=sha256:")) for row in rows]
    return {normal(name[1]): (name[2], hashes) for name, hashes in found if name is not None}


def test_lock_holds_all_that_a_wheel_needs_with_hashes_and_the_versions_of_the_constraints() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed: set[str] = set()
    extras = [each for name in IMAGE_EXTRAS for each in project["optional-dependencies"][name]]
    for requirement in [*project["dependencies"], *extras]:
        plain = re.match(r"[A-Za-z0-9_.\-]+", requirement)
        assert plain is not None
        needed_by(plain[0], needed)
    rows, pinned = locked(), constraints()
    assert sorted(needed - set(rows)) == []
    assert {name for name, (_, hashes) in rows.items() if not hashes} == set()
    assert {name: version for name, (version, _) in rows.items() if pinned.get(name, version) != version} == {}


def test_the_lock_is_made_with_the_extras_of_an_image() -> None:
    text = (ROOT / "Makefile").read_text()
    assert re.findall(r"--extra (\w+)", text) == list(IMAGE_EXTRAS)


@pytest.mark.parametrize("name", ["constraints.txt", "requirements.lock"])
def test_no_list_of_packages_names_an_address(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.parametrize(
    ("licence", "is_permissive"),
    [
        ("Apache-2.0 AND MIT", True),
        ("BSD License", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("GNU General Public License v3 (GPLv3)", False),
        ("LGPL-3.0-only OR MIT", False),
        ("All rights reserved, liability LIMITED", False),
        ("UNKNOWN", False),
    ],
)
def test_licences_that_bind_or_are_unknown_are_told(licence: str, is_permissive: bool) -> None:
    spec = importlib.util.spec_from_file_location("licences", ROOT / "tools" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.is_permissive(licence) is is_permissive


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_executable_strict_and_parse(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("target", ["check", "docs", "test", "build", "truth"])
def test_ci_runs_every_target_that_can_fail(target: str) -> None:
    assert f"make --no-print-directory {target}\n" in (ROOT / ".ci" / "run").read_text()


def test_make_lists_the_documented_targets() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = {line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("make ")}
    assert {"demo", "test", "check", "build", "bench", "clean", "help"} <= listed


def test_an_old_python_is_refused_by_name(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.1" || exit 1\n')
    old.chmod(0o755)
    environment = {**os.environ, "PYTHON": str(old), "VENV": str(tmp_path / "venv")}
    done = subprocess.run(
        [ROOT / "tools" / "install_python.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Python 3.9.1 is too old" in done.stderr
    assert not (tmp_path / "venv").exists()


def find_browser(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", ROOT / "tools" / "find_chromium.sh", "--print"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def made_browser(folder: Path, name: str, *, answers: bool) -> Path:
    browser = folder / name
    browser.write_text(f"#!/bin/sh\nexit {0 if answers else 1}\n")
    browser.chmod(0o755)
    return browser


@pytest.mark.parametrize("answers", [True, False])
def test_only_a_browser_that_answers_is_found(answers: bool, tmp_path: Path) -> None:
    browser = made_browser(tmp_path, "chromium", answers=answers)
    done = find_browser(tmp_path)
    assert (done.returncode == 0) is answers
    assert done.stdout.strip() == (str(browser) if answers else "")
    assert done.stderr == ""


@pytest.mark.parametrize("answers", [True, False])
def test_the_browser_that_draws_no_windows_is_taken_where_it_answers(answers: bool, tmp_path: Path) -> None:
    whole = made_browser(tmp_path, "chromium", answers=True)
    shell = made_browser(tmp_path, "chromium-headless-shell", answers=answers)
    assert find_browser(tmp_path).stdout.strip() == str(shell if answers else whole)
