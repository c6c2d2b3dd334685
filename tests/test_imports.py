"""Imports point downwards only, in no circle (docs/architecture.md, "Rings"); the pure ring has no door to the outside.

grimp reads the imports; rings, circles and doors are judged here.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest
from grimp import ImportGraph, build_graph

SOURCE = Path(__file__).resolve().parent.parent / "src" / "liqscape"

RINGS = (
    ("errors", "spelling"),
    ("units",),
    ("steps", "sparse"),
    ("model",),
    ("risk",),
    ("ledger",),
    ("heatmap",),
    ("exchange",),
    ("cascade",),
    ("insight",),
    ("wire",),
    ("states",),
    ("feed",),
    ("sources", "store", "sandbox"),
    ("service",),
    ("web", "library", "mcp"),
    ("cli",),
)
"""Lowest first. Packages of one ring do not know each other."""

PURE = (
    "errors",
    "spelling",
    "units",
    "steps",
    "sparse",
    "model",
    "risk",
    "ledger",
    "heatmap",
    "exchange",
    "cascade",
    "insight",
)

OUTSIDE_WORLD = {
    "aiohttp",
    "asyncio",
    "datetime",
    "glob",
    "http",
    "httpx",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "polars",
    "random",
    "requests",
    "secrets",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
}
"""Files, network, clock, chance, settings, logging and threads."""

CALLS_OUTSIDE = {"open", "print", "input"}

HEAVY = ("numpy", "numba", "polars", "litestar", "uvicorn")


@cache
def liqscape_graph() -> ImportGraph:
    """Which module of the package imports which, by every import statement at any depth.

    Imports under TYPE_CHECKING and inside functions count: who names another module's type knows that module, and what
    is imported late is needed all the same.
    """
    return build_graph("liqscape", cache_dir=None)


def package_of(module: str) -> str | None:
    """`liqscape.risk.margin` -> `risk`; None for other projects' modules, for `liqscape` itself and its start."""
    parts = module.split(".")
    return parts[1] if parts[0] == "liqscape" and len(parts) > 1 and parts[1] != "__main__" else None


def ring_of(package: str) -> int:
    for place, ring in enumerate(RINGS):
        if package in ring:
            return place
    raise AssertionError(f"package {package!r} has no ring: add it to RINGS and to docs/architecture.md")


def imports_of(graph: ImportGraph) -> list[tuple[str, str]]:
    """(importer, imported) of every import, in order."""
    return sorted(
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )


def described(graph: ImportGraph, importer: str, imported: str) -> str:
    """One import with the lines it stands in."""
    details = graph.get_import_details(importer=importer, imported=imported)
    return f"{importer}:{', '.join(str(each['line_number']) for each in details)} imports {imported}"


def upward_imports(graph: ImportGraph) -> list[str]:
    """Imports that do not point to a lower ring, or stay in their package."""
    bad = []
    for importer, imported in imports_of(graph):
        package, other = package_of(importer), package_of(imported)
        if package is None or other is None or package == other:
            continue
        if ring_of(other) >= ring_of(package):
            bad.append(described(graph, importer, imported))
    return bad


def circles(graph: ImportGraph) -> list[str]:
    """For each package the first circle among its modules and packages, with the imports that make it.

    A package inside counts as one: what is in it may import its neighbours, or be imported by them, not both.
    """
    found = []
    for package in sorted(each for each in graph.modules if graph.find_children(each)):
        behind: dict[str, set[str]] = {}
        edges: dict[tuple[str, str], list[str]] = {}
        for importer, imported in imports_of(graph):
            ends = _child(package, importer), _child(package, imported)
            if None not in ends and ends[0] != ends[1]:
                behind.setdefault(ends[0], set()).add(ends[1])
                edges.setdefault(ends, []).append(described(graph, importer, imported))
        try:
            TopologicalSorter(behind).prepare()
        except CycleError as error:
            circle = error.args[1][::-1]  # it lists who is imported first
            found.append(f"{package}: {' -> '.join(circle)}")
            found += [f"    {line}" for ends in pairwise(circle) for line in edges[ends]]
    return found


def _child(package: str, module: str) -> str | None:
    """`liqscape.risk`, `liqscape.risk.joint.path` -> `joint`; None for what is not inside."""
    inside = module.removeprefix(f"{package}.")
    return None if inside == module else inside.split(".")[0]


def source_files() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "static" not in path.parts)


def imported_modules(tree: ast.AST) -> list[tuple[str, int]]:
    """Every module named by an import statement, at any depth, with its line: also other projects'."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.lineno))
    return found


def outside_calls(path: Path, text: str) -> list[str]:
    """What a file of the pure ring takes from the outside world."""
    here = path.relative_to(SOURCE)
    tree = ast.parse(text)
    bad = [
        f"{here}:{line}: imports {module}"
        for module, line in imported_modules(tree)
        if module.split(".")[0] in OUTSIDE_WORLD
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS_OUTSIDE:
            bad.append(f"{here}:{node.lineno}: calls {node.func.id}()")
        if isinstance(node, ast.Attribute) and node.attr == "random":
            bad.append(f"{here}:{node.lineno}: uses .random")
    return bad


def test_every_import_points_downwards() -> None:
    bad = upward_imports(liqscape_graph())
    assert not bad, "\n".join(["imports that do not point downwards:", *bad])


def test_no_modules_import_each_other_in_a_circle() -> None:
    bad = circles(liqscape_graph())
    assert not bad, "\n".join(["circles of modules or packages:", *bad])


def test_the_rings_name_exactly_the_packages_there_are() -> None:
    there = {package_of(module) for module in liqscape_graph().modules} - {None}
    assert there == {package for ring in RINGS for package in ring}
    assert there >= set(PURE)


def test_pure_ring_has_no_files_network_clock_chance_or_logging() -> None:
    bad = [
        edge
        for path in source_files()
        if path.relative_to(SOURCE).parts[0].removesuffix(".py") in PURE
        for edge in outside_calls(path, path.read_text())
    ]
    assert not bad, "\n".join(["the pure ring reaches outside:", *bad])


def graph_of(folder: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ImportGraph:
    """The imports of a package made up of these files; its name is the first folder's."""
    name = next(iter(files)).split("/")[0]
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for parent in file.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder)
    return build_graph(name, cache_dir=None)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("risk.margin", "heatmap.grid"),
        ("sources.node", "store.history"),
        ("model.markets", "service"),
        ("service.view", "web.app"),
    ],
)
def test_an_upward_or_sideways_import_is_found(importer: str, imported: str) -> None:
    graph = ImportGraph()
    graph.add_import(importer=f"liqscape.{importer}", imported=f"liqscape.{imported}", line_number=7, line_contents="")
    assert upward_imports(graph) == [f"liqscape.{importer}:7 imports liqscape.{imported}"]
    graph = ImportGraph()
    graph.add_import(importer=f"liqscape.{imported}", imported=f"liqscape.{importer}", line_number=7, line_contents="")
    assert (upward_imports(graph) == []) == (importer != "sources.node")


@pytest.mark.parametrize(
    "back",
    [
        "from {0}.a import x",
        "from {0} import a",
        "import {0}.a",
        "from .a import x",
        "def f():\n    from {0}.a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {0}.a import x",
    ],
)
def test_a_circle_of_two_modules_is_found(
    back: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    name = f"circle_{request.node.callspec.indices['back']}"
    one_way = {f"{name}/a.py": f"from {name}.b import y", f"{name}/b.py": ""}
    assert circles(graph_of(tmp_path / "one", one_way, monkeypatch)) == []
    both = {**one_way, f"{name}/b.py": back.format(name)}
    found = circles(graph_of(tmp_path / "both", both, monkeypatch))
    assert found[0] in (f"{name}: a -> b -> a", f"{name}: b -> a -> b")
    assert sorted(line.strip().split(":")[0] for line in found[1:]) == [f"{name}.a", f"{name}.b"]


def test_a_circle_of_packages_is_found_though_none_of_their_modules_is_on_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "two_packages/low/a.py": "from two_packages.high.c import z",
        "two_packages/low/b.py": "",
        "two_packages/high/c.py": "from two_packages.low.b import y",
    }
    found = circles(graph_of(tmp_path, files, monkeypatch))
    assert found[0] in ("two_packages: low -> high -> low", "two_packages: high -> low -> high")


def table_writes(text: str) -> list[int]:
    """Lines that give an exchange other tables, or reach for its private parts."""
    lines = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and _is_exchange(node.value):
            is_replaced = node.attr == "state" and not isinstance(node.ctx, ast.Load)
            if is_replaced or (node.attr.startswith("_") and not node.attr.startswith("__")):
                lines.append(node.lineno)
    return lines


def _is_exchange(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lstrip("_") == "exchange"


def test_nobody_but_the_exchange_replaces_its_tables_or_knows_its_rows() -> None:
    texts = {path.relative_to(SOURCE): path.read_text() for path in source_files()}
    touching = {path: text for path, text in texts.items() if "exchange.state" in text or "exchange._" in text}
    bad = [f"{path}:{line}" for path, text in touching.items() for line in table_writes(text)]
    assert not bad, "\n".join(["an exchange is changed from outside (adopt, set_profiles, clear_logs):", *bad])


@pytest.mark.parametrize("text", ["exchange.state = x", "self._exchange.state = x", "run.exchange._row[a] = 1"])
def test_a_change_of_an_exchange_from_outside_is_found(text: str) -> None:
    assert table_writes(text) == [1]
    assert table_writes("exchange.state.market[0] = 1") == []


@pytest.mark.parametrize(
    "text",
    ["import time", "from pathlib import Path", "def f():\n    import os.path", "open('x')", "np.random.default_rng()"],
)
def test_a_door_to_the_outside_is_found(text: str) -> None:
    assert outside_calls(SOURCE / "risk" / "x.py", text)


@pytest.mark.parametrize(
    "module", ["liqscape", "liqscape.cli.main", "liqscape.cli.output", "liqscape.service.asked_time"]
)
def test_starting_the_command_line_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_loading_the_maths_does_not_load_the_compiler() -> None:
    code = "import sys, liqscape.risk.liquidation, liqscape.heatmap.build; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_stored_map_is_served_without_waiting_for_what_only_talks_and_compiles() -> None:
    """The start of `serve` on a folder is mostly imports: client, compiler and tables come when they are needed."""
    served = "liqscape.web.app, liqscape.web.server, liqscape.service.collecting.opening, liqscape.service.stored_look"
    code = f"import sys, {served}; print(*sorted({{'aiohttp', 'numba', 'polars', 'scipy'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
