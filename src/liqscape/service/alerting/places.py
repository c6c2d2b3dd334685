"""Where the rules and destinations of a map are."""

from __future__ import annotations

from pathlib import Path

ALERTS_FILE = "alerts.toml"


def alerts_file(data: Path) -> Path:
    """The file of a data folder, where no other is named."""
    return data / ALERTS_FILE
