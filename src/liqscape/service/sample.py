"""The sample: a small simulated history that comes with the package, for a demo to show before it has made its own.

One zip file of the files that a demo stores (tools/make_sample.py), without the market behind them: it is looked at,
never continued. Its provenance says SIMULATED and sample, everywhere it is seen.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from liqscape.service.folders import LIQUIDATIONS

SAMPLE = Path(__file__).with_name("sample.zip")
LARGEST_BYTES = 400_000
"""Of the file in a wheel."""
NEEDED = ("manifest.json", "origin.json", "parts", "head", LIQUIDATIONS)
"""What a look at a folder reads."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Time of every file in it, so that the same files are the same bytes."""


def pack(folder: Path, out: Path) -> None:
    """Put what a look at a data folder needs into one file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files:
            name = path.relative_to(folder)
            if name.parts[0] in NEEDED:
                packed.writestr(ZipInfo(name.as_posix(), LONG_AGO), path.read_bytes(), ZIP_DEFLATED)


def unpack(folder: Path) -> Path:
    """The sample as a data folder, inside a folder that exists. Raises OSError where it cannot be written."""
    with ZipFile(SAMPLE) as packed:
        packed.extractall(folder)
    return folder
