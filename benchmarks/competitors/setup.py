"""Install the programs liqscape is measured against, each in an environment of its own under benchmarks/.

    python benchmarks/competitors/setup.py

They are never dependencies of the product. Safe to run again; takes a minute the first time. What cannot be
installed is said on one line and left out of the results.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEATMAP_ENV = HERE.parent / ".env-hyperdata-terminal"
PRICE_ENV = HERE.parent / ".env-hyperliquid-math"
HEATMAP_PACKAGE = "hyperdata-terminal==1.0.0"
HEATMAP_NEEDS = ("rich==14.3.3", "aiohttp==3.13.2")
"""What the module of compute_heatmap_buckets imports; the rest of the package's needs is not part of the measure."""
PRICE_PACKAGE = "hyperliquid-math@0.3.1"
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
NEWER_PYTHONS = (
    "python3.12",
    "python3.13",
    "python3.14",
    *map(str, sorted(PYENV.glob("versions/3.1[2-4]*/bin/python"))),
)


def heatmap_python() -> Path:
    """The interpreter hyperdata-terminal is installed for."""
    return HEATMAP_ENV / "bin" / "python"


def install_heatmap() -> str | None:
    """hyperdata-terminal; it asks for Python 3.12, but its function runs on 3.11 too. Returns why not, or None."""
    if (HEATMAP_ENV / "installed").exists():
        return None
    interpreter = next((name for name in NEWER_PYTHONS if _answers(name)), sys.executable)
    pip = [str(heatmap_python()), "-m", "pip", "install", "-q"]
    return (
        _run([interpreter, "-m", "venv", str(HEATMAP_ENV)])
        or _run([*pip, *HEATMAP_NEEDS])
        or _run([*pip, "--no-deps", "--ignore-requires-python", HEATMAP_PACKAGE], done=HEATMAP_ENV / "installed")
    )


def install_price() -> str | None:
    """hyperliquid-math; it asks for Node 22, its function also runs on 20. Returns why not, or None."""
    if (PRICE_ENV / "installed").exists():
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    PRICE_ENV.mkdir(exist_ok=True)
    return _run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(PRICE_ENV), PRICE_PACKAGE],
        done=PRICE_ENV / "installed",
    )


def _answers(interpreter: str) -> bool:
    """Whether it is there and really starts: version managers leave names that do not."""
    if shutil.which(interpreter) is None:
        return False
    return subprocess.run([interpreter, "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0


def _run(command: list[str], done: Path | None = None) -> str | None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = [line.strip() for line in (ended.stderr or ended.stdout).splitlines() if "rror" in line]
        return lines[0] if lines else f"{command[0]} ended with {ended.returncode}"
    if done is not None:
        done.write_text("")
    return None


def main() -> int:
    for name, install in ((HEATMAP_PACKAGE, install_heatmap), (PRICE_PACKAGE, install_price)):
        print(f"{name} ...", flush=True)
        reason = install()
        print(f"{name}: {'ready' if reason is None else 'not available: ' + reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
