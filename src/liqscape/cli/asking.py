"""Asking a running map over its API."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from liqscape.errors import RequestFailed

Answer = TypeVar("Answer")

PATIENCE_S = 10.0
LARGEST_ANSWER = 64 * 1024 * 1024


def ask_map(url: str, path: str, token_file: Path | None, kind: type[Answer]) -> Answer:
    """One answer of the map at `url`. Raises RequestFailed where nothing, or something else, answers there."""
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    import msgspec

    from liqscape.cli.serving import read_token
    from liqscape.feed.info_client import check_url

    token = read_token(token_file)
    address = check_url("--url", url) + path
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(Request(address, headers=headers), timeout=PATIENCE_S) as response:
            body = response.read(LARGEST_ANSWER)
    except HTTPError as error:
        error.close()
        hint = "; give its token with --token-file or LIQSCAPE_TOKEN" if error.code == 401 else ""
        raise RequestFailed(f"{address} answered HTTP {error.code}{hint}") from None
    except OSError as error:
        raise RequestFailed(f"nothing answers at {address}: {getattr(error, 'reason', error)}") from None
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise RequestFailed(f"{address} is no liqscape of this version: {error}") from None
