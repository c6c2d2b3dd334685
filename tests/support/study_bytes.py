"""What a study left on disk, for comparing two of them."""

from __future__ import annotations

from pathlib import Path

from liqscape.store.studies import FOLDER


def bytes_of(data: Path) -> dict[str, bytes]:
    """Every file of every part, without how often a day was written."""
    parts = [path for path in sorted((data / FOLDER).iterdir()) if path.is_dir()]
    return {f"{part.name[:10]}/{file.name}": file.read_bytes() for part in parts for file in sorted(part.iterdir())}
