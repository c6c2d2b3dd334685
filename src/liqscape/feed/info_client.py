"""POST /info and GET /leaderboard of the exchange or of a sandbox, with bounds on time, size and patience.

A request is tried again after HTTP 429, 5xx and broken connections, ATTEMPTS times in all, with the server's own
`Retry-After` where it gives one. What is returned is bytes; `wire` reads them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
import msgspec

from liqscape.errors import RateLimited, RequestFailed, SettingsError

ATTEMPTS = 5
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
"""The weight budget of the exchange is a minute; half of it is as long as a person waits (HL.DOC.LIMITS)."""
CONNECT_S, TOTAL_S = 5.0, 60.0
LARGEST_ANSWER = 128 * 1024 * 1024
"""Bytes; the exchange's leaderboard, its largest answer, has 35 MB."""
MOST_AT_ONCE = 4
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
LONGEST_SHOWN = 200


def check_url(option: str, url: str) -> str:
    """The address without its last slash. Raises SettingsError unless it is http or https with a host."""
    parts = urlsplit(url)
    try:
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port or parts.query or parts.fragment:
        raise SettingsError(f"{option} {url!r} is not an address such as http://127.0.0.1:3001")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"{option} holds a user name or password; none is needed")
    return url.rstrip("/").removesuffix("/info")


class InfoClient:
    """One server, used as an asynchronous context manager."""

    def __init__(self, url: str, *, total_s: float = TOTAL_S, first_wait_s: float = FIRST_WAIT_S) -> None:
        self.url = url
        self._timeout = aiohttp.ClientTimeout(total=total_s, connect=min(CONNECT_S, total_s))
        self._first_wait_s = first_wait_s
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout, headers={"Content-Type": "application/json"})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def ask(self, request: Mapping[str, object]) -> bytes:
        """Answer to one info request. Raises RequestFailed or RateLimited naming the address."""
        return await self._fetch("POST", "/info", msgspec.json.encode(request))

    async def ask_all(self, requests: Sequence[Mapping[str, object]]) -> list[bytes]:
        """Answers in the order of the requests, MOST_AT_ONCE under way at a time."""
        tasks = [asyncio.create_task(self.ask(request)) for request in requests]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def leaderboard(self) -> bytes | None:
        """GET /leaderboard; None where the server has none (404)."""
        try:
            return await self._fetch("GET", "/leaderboard", None)
        except RequestFailed as error:
            if error.context.get("status") in (404, 405):
                return None
            raise

    async def _fetch(self, method: str, path: str, body: bytes | None) -> bytes:
        wait_s, cause = self._first_wait_s, ""
        for attempt in range(ATTEMPTS):
            try:
                status, content, asked_s = await self._once(method, path, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, aiohttp.InvalidURL):
                    raise RequestFailed(f"{self.url}{path}: not an address", url=self.url) from None
                status, asked_s = 0, None
                cause = _reason(error)
            else:
                if status == 200:
                    return content
                cause = f"HTTP {status}: {_shown(content)}"
                if status not in TRY_AGAIN:
                    break
            wait = wait_s if asked_s is None else asked_s
            if wait > LONGEST_WAIT_S:
                raise RateLimited(
                    f"{self.url}{path}: asked to wait {wait:g} s, at most {LONGEST_WAIT_S:g} s are waited"
                )
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(wait)
                wait_s *= 2.0
        kind = RateLimited if status == 429 else RequestFailed
        tried = f" after {attempt + 1} attempts" if attempt else ""
        raise kind(f"{self.url}{path}: no answer{tried}: {cause}", url=self.url, status=status)

    async def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes, float | None]:
        assert self._session is not None
        async with (
            self._places,
            self._session.request(method, self.url + path, data=body, allow_redirects=False) as response,
        ):
            content = await _read(response, self.url + path)
            return response.status, content, _retry_after(response.headers.get("Retry-After"))


async def _read(response: aiohttp.ClientResponse, name: str) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_chunked(1 << 16):
        size += len(part)
        if size > LARGEST_ANSWER:
            raise RequestFailed(f"{name}: an answer of more than {LARGEST_ANSWER} bytes is not read", status=0)
        parts.append(part)
    return b"".join(parts)


def _retry_after(text: str | None) -> float | None:
    """Seconds; None where the header is absent or a date."""
    try:
        seconds = None if text is None else float(text)
    except ValueError:
        return None
    return seconds if seconds is not None and 0.0 <= seconds < float("inf") else None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return str(error) or type(error).__name__


def _shown(content: bytes) -> str:
    text = " ".join(content[: 4 * LONGEST_SHOWN].decode("utf-8", "replace").split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
