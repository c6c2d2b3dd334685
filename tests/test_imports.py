"""Imports point downwards only (docs/architecture.md, "Rings"), and the pure ring has no door to the outside."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "liqscape"

RINGS = (
    ("errors", "spelling"),
    ("units",),
    ("steps",),
    ("model",),
    ("risk",),
    ("ledger",),
    ("heatmap",),
    ("exchange",),
    ("cascade",),
    ("wire",),
    ("states",),
    ("feed",),
    ("sources", "store", "sandbox"),
    ("service",),
    ("web",),
    ("cli",),
)
"""Lowest first. Packages of one ring do not know each other."""

PURE = ("errors", "spelling", "units", "steps", "model", "risk", "ledger", "heatmap", "exchange", "cascade")

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


def package_of(module: str) -> str | None:
    """`liqscape.risk.margin` -> `risk`; None for other projects' modules and for `liqscape` itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == "liqscape" and len(parts) > 1 else None


def imported_modules(tree: ast.AST, package: str) -> list[tuple[str, int]]:
    """Every module named by an import statement, at any depth, with its line; `from liqscape import x` is x."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {package} line {node.lineno}: rings are named in full"
            module = node.module or ""
            if module == "liqscape":
                found += [(f"liqscape.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((module, node.lineno))
    return found


def ring_of(package: str) -> int:
    for place, ring in enumerate(RINGS):
        if package in ring:
            return place
    raise AssertionError(f"package {package!r} has no ring: add it to RINGS and to docs/architecture.md")


def source_files() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "static" not in path.parts)


def offences(path: Path, text: str) -> list[str]:
    """Imports of one file that do not point downwards."""
    here = path.relative_to(SOURCE)
    package = here.parts[0].removesuffix(".py")
    if package in ("__init__", "__main__"):
        return []
    bad = []
    for module, line in imported_modules(ast.parse(text), package):
        other = package_of(module)
        if other is None or other in (package, "__version__"):
            continue
        if ring_of(other) >= ring_of(package):
            bad.append(f"{here}:{line}: {package} -> {other} ({module})")
    return bad


def outside_calls(path: Path, text: str) -> list[str]:
    """What a file of the pure ring takes from the outside world."""
    here = path.relative_to(SOURCE)
    tree = ast.parse(text)
    bad = [
        f"{here}:{line}: imports {module}"
        for module, line in imported_modules(tree, here.parts[0])
        if module.split(".")[0] in OUTSIDE_WORLD
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS_OUTSIDE:
            bad.append(f"{here}:{node.lineno}: calls {node.func.id}()")
        if isinstance(node, ast.Attribute) and node.attr == "random":
            bad.append(f"{here}:{node.lineno}: uses .random")
    return bad


def test_every_import_points_downwards() -> None:
    bad = [edge for path in source_files() for edge in offences(path, path.read_text())]
    assert not bad, "\n".join(["imports that do not point downwards:", *bad])


def test_pure_ring_has_no_files_network_clock_chance_or_logging() -> None:
    bad = [
        edge
        for path in source_files()
        if path.relative_to(SOURCE).parts[0].removesuffix(".py") in PURE
        for edge in outside_calls(path, path.read_text())
    ]
    assert not bad, "\n".join(["the pure ring reaches outside:", *bad])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("risk/x.py", "from liqscape.heatmap.grid import band_edge"),
        ("sources/x.py", "from liqscape.store import history"),
        ("store/x.py", "def f():\n    from liqscape.sources import generated"),
        ("model/x.py", "from liqscape import service"),
        ("service/x.py", "import liqscape.web.app"),
    ],
)
def test_an_upward_or_sideways_import_is_found(name: str, text: str) -> None:
    assert len(offences(SOURCE / name, text)) == 1


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
