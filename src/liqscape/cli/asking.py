"""Asking a running map over its API."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from liqscape.errors import RequestFailed

Answer = TypeVar("Answer")

PATIENCE_S = 10.0
LARGEST_ANSWER = 64 * 1024 * 1024
LARGEST_PROBLEM = 16 * 1024


def ask_map(url: str, path: str, token_file: Path | None, kind: type[Answer]) -> Answer:
    """One answer of the map at `url`. Raises RequestFailed where nothing, or something else, answers there."""
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    import msgspec

    from liqscape.cli.serving import read_token
    from liqscape.feed.url import check_url

    token = read_token(token_file)
    base = check_url("--url", url)
    address = base + path
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(Request(address, headers=headers), timeout=PATIENCE_S) as response:
            body = response.read(LARGEST_ANSWER)
    except HTTPError as error:
        with error:
            raise RequestFailed(_refusal(base, error.code, error.read(LARGEST_PROBLEM))) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        why = getattr(reason, "strerror", None) or reason
        raise RequestFailed(f"no map answers at {base}: {why}; `liqscape serve` starts one") from None
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise RequestFailed(f"{address} is no liqscape of this version: {error}") from None


def _refusal(base: str, code: int, body: bytes) -> str:
    """The server's own sentence where it gave one."""
    import msgspec

    if code == 401:
        return f"{base} asks for a token, or for another one; give it with --token-file or LIQSCAPE_TOKEN"
    try:
        problem = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return f"{base} is no map of liqscape: it answered HTTP {code}"
    return f"{base} answered HTTP {code}: {problem.get('detail', 'it does not say why')}"
