"""Ask a running map over its API."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")


def ask_map(url: str, path: str, token_file: Path | None, kind: type[Answer]) -> Answer:
    """One answer of the map at `url`. Raises RequestFailed where nothing, or something else, answers there."""
    from liqscape.cli.serving import read_token
    from liqscape.feed.url import check_url
    from liqscape.service.asking import MapServer

    token = read_token(token_file)
    return MapServer(check_url("--url", url), token).ask(path, kind)
