"""What a first visit loads stays small, and the files in brotli are those of the build."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.resources import files
from posixpath import dirname, join, normpath

import pytest

from liqscape.web.routes.page import PageFile, read_page

MAX_FIRST_BYTES = 120_000
"""As brotli; gzip, which browsers take over plain HTTP from another machine, is about a sixth more."""
STATIC_IMPORT = re.compile(r'(?:^|[;}])\s*(?:import|export)(?:[^;"()]*?from)?"(\.{1,2}/[^"]+)"')
FIRST = ("index.html", "app.css", "heat_worker.js")
UNPACK = "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"


@pytest.fixture(scope="module")
def built() -> dict[str, PageFile]:
    assets = read_page()
    if not assets:
        pytest.skip("the page is not built (make page)")
    return assets


def loaded_at_once(assets: dict[str, PageFile], name: str = "app.js") -> set[str]:
    """The script and all that it imports before it runs."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        script = waiting.pop()
        if script in seen:
            continue
        seen.add(script)
        found = STATIC_IMPORT.findall(assets[script].body.decode())
        waiting += [normpath(join(dirname(script), each)) for each in found]
    return seen


def test_a_first_visit_loads_at_most_120_kb(built: dict[str, PageFile]) -> None:
    names = loaded_at_once(built) | set(FIRST)
    assert any(name.startswith("chunks/") for name in names), "no chunk found: the pattern of imports misses them"
    sizes = {name: min(len(each) for each in (built[name].body, *built[name].packed.values())) for name in names}
    assert sum(sizes.values()) <= MAX_FIRST_BYTES, sizes


def test_rarely_opened_panels_are_not_loaded_at_once(built: dict[str, PageFile]) -> None:
    chunks = {name for name in built if name.startswith("chunks/")}
    assert chunks - loaded_at_once(built)


def test_brotli_files_hold_what_was_built(built: dict[str, PageFile]) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node unpacks brotli, and is not here")
    names = [name for name in built if "br" in built[name].packed]
    assert {"app.js", "app.css", "heat_worker.js"} <= set(names)
    for name in names:
        done = subprocess.run([node, "-e", UNPACK], input=built[name].packed["br"], capture_output=True, check=True)
        assert done.stdout == built[name].body, name


def test_every_script_and_style_is_packed(built: dict[str, PageFile]) -> None:
    folder = files("liqscape.web") / "static"
    for name in built:
        if name.endswith((".js", ".css", ".html")):
            assert (folder / f"{name}.br").is_file(), name
