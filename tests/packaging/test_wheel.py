"""The wheel holds the page, the type marker and the command; it is built without a network."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "src" / "liqscape" / "web" / "static" / "index.html"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, hook: ModuleType) -> zipfile.ZipFile:
    if not hook.is_fresh(PAGE, ROOT / "frontend"):
        pytest.skip("the page is not built or is older than its sources (make page)")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_wheel_holds_the_built_page(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    for name in ("index.html", "app.js", "app.css"):
        assert f"liqscape/web/static/{name}" in names or f"liqscape/web/static/assets/{name}" in names
    assert wheel.read("liqscape/web/static/index.html") == PAGE.read_bytes()


def test_wheel_holds_the_page_in_brotli(wheel: zipfile.ZipFile) -> None:
    static = {name for name in wheel.namelist() if name.startswith("liqscape/web/static/")}
    scripts = {name for name in static if name.endswith((".js", ".css", ".html"))}
    assert {f"{name}.br" for name in scripts} <= static


def test_wheel_is_marked_as_typed(wheel: zipfile.ZipFile) -> None:
    assert "liqscape/py.typed" in wheel.namelist()


def test_wheel_holds_every_module_and_no_tests(wheel: zipfile.ZipFile) -> None:
    source = ROOT / "src"
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    packed = {name for name in wheel.namelist() if name.endswith(".py")}
    assert packed == modules


def test_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    points = ConfigParser()
    points.read_string(wheel.read(name).decode())
    assert points["console_scripts"]["liqscape"] == "liqscape.cli.main:main"


def test_wheel_carries_its_licence(wheel: zipfile.ZipFile) -> None:
    assert {"LICENSE", "NOTICE"} <= {Path(name).name for name in wheel.namelist() if ".dist-info/licenses/" in name}


def test_page_is_stale_when_a_source_is_newer(hook: ModuleType, tmp_path: Path) -> None:
    page, sources = tmp_path / "index.html", tmp_path / "frontend"
    (sources / "src").mkdir(parents=True)
    (sources / "node_modules").mkdir()
    source, module = sources / "src" / "main.ts", sources / "node_modules" / "new.js"
    source.write_text("")
    module.write_text("")
    assert not hook.is_fresh(page, sources)
    page.write_text("")
    os.utime(source, (100, 100))
    os.utime(module, (300, 300))
    os.utime(page, (200, 200))
    assert hook.is_fresh(page, sources)
    os.utime(source, (201, 201))
    assert not hook.is_fresh(page, sources)


class _Screen:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, message: str) -> None:
        self.warnings.append(message)


def _hook_at(hook: ModuleType, root: Path) -> object:
    made = object.__new__(hook.PageHook)
    made._BuildHookInterface__root = str(root)
    made._BuildHookInterface__app = _Screen()
    return made


def test_without_node_and_page_the_error_says_what_to_install(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="install Node 20"):
        _hook_at(hook, tmp_path).initialize("standard", {})


def test_an_editable_install_needs_no_page(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _hook_at(hook, tmp_path).initialize("editable", {})
