"""POST /info and GET /leaderboard of the exchange or of a sandbox, with bounds on weight, time, size and patience.

A request is tried again after HTTP 429, 5xx and broken connections, `max_attempts` times in all, after a drawn wait or
the server's own `Retry-After`. Each attempt waits for its weight first (feed.limiter) and weighs what its answer may
weigh at most until it is there. What is returned is bytes that are JSON and no report of an error; `wire` reads them.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from liqscape.errors import RateLimited, RequestFailed
from liqscape.feed.answer_check import check_answer, count_items
from liqscape.feed.backoff import FIRST_WAIT_S, MAX_WAIT_S, Backoff
from liqscape.feed.latency import LatencyHistogram
from liqscape.feed.limiter import Taken, WeightLimiter
from liqscape.feed.reasons import reason_of
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.info.sizes import MAX_LISTING_BYTES

ATTEMPTS = 5
CONNECT_S, TOTAL_S = 5.0, 60.0
SILENT_S = 15.0
"""Without a byte for so long a question is given up, whatever time it has left: a server that is gone leaves every
place taken, and the next question would wait for the bound of a large answer on a slow line."""
MAX_REFUSAL_BYTES = 64_000
"""Read of an answer that is none; a line of it is shown."""
MAX_AT_ONCE = 4
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
MAX_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class InfoFigures:
    """attempts: requests sent, retries included. answered, refused (429), failed: how they ended; HTTP 200 with a body
    that is no answer failed.

    received_bytes: of answers. Latencies in milliseconds of answered attempts, None before the first.
    """

    attempts: int
    answered: int
    refused: int
    failed: int
    received_bytes: int
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None


class InfoClient:
    """One server, used as an asynchronous context manager.

    limiter   budget of weight; None: a server without limits, such as an own node.
    chance    draws the waits between attempts.
    total_s   bound of one attempt; silent_s of its longest silence; max_attempts of each request.
    clock     seconds that do not fall.
    """

    def __init__(
        self,
        url: str,
        *,
        limiter: WeightLimiter | None = None,
        total_s: float = TOTAL_S,
        silent_s: float = SILENT_S,
        first_wait_s: float = FIRST_WAIT_S,
        max_at_once: int = MAX_AT_ONCE,
        max_attempts: int = ATTEMPTS,
        chance: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self.limiter = limiter
        self._timeout = aiohttp.ClientTimeout(total=total_s, connect=min(CONNECT_S, total_s), sock_read=silent_s)
        self._first_wait_s = first_wait_s
        self._max_attempts = max_attempts
        self._chance = chance or random.Random()
        self._places = asyncio.Semaphore(max_at_once)
        self._clock = clock
        self._unanswered_since_s: float | None = None
        self._session: aiohttp.ClientSession | None = None
        self._latency = LatencyHistogram()
        self._attempts = self._answered = self._refused = self._failed = self._received_bytes = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout, headers={"Content-Type": "application/json"})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()
        await asyncio.sleep(0.0)  # sockets are closed in the next turn of the loop, which may be its last

    async def ask(self, request: InfoRequest[Any], *, priority: int = 0, deadline_s: float | None = None) -> bytes:
        """Answer to one info request.

        priority    lower is asked first while weight is short.
        deadline_s  seconds for all of it: waiting for weight, every attempt and the waits between them.
        Raises RequestFailed or RateLimited naming the address; RequestFailed also for HTTP 200 with no JSON or with a
        report of an error in it.
        """
        question = _Question(
            method="POST",
            url=f"{self.url}/info",
            body=msgspec.json.encode(request),
            request=type(request),
            priority=priority,
        )
        if self._unanswered_since_s is None:
            self._unanswered_since_s = self._clock()
        try:
            async with asyncio.timeout(deadline_s):
                return await self._fetch(question)
        except TimeoutError:
            self._failed += 1
            raise RequestFailed(f"{question.name}: no answer within {deadline_s:g} s", url=self.url) from None

    async def ask_all(self, requests: Sequence[InfoRequest[Any]]) -> list[bytes]:
        """Answers in the order of the requests."""
        tasks = [asyncio.create_task(self.ask(request)) for request in requests]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def leaderboard(self, url: str | None = None) -> bytes | None:
        """GET its address, by default /leaderboard of this server; None where there is none (404). Weighs nothing."""
        try:
            return await self._fetch(
                _Question(method="GET", url=url or f"{self.url}/leaderboard", body=None, request=None, priority=0)
            )
        except RequestFailed as error:
            if error.context.get("status") in (404, 405):
                return None
            raise

    @property
    def unanswered_s(self) -> float:
        """Seconds since the oldest question asked after the newest answer; 0 where there is none."""
        return 0.0 if self._unanswered_since_s is None else self._clock() - self._unanswered_since_s

    def figures(self) -> InfoFigures:
        """Request counts since the start."""
        quantile = self._latency.quantile_ms
        return InfoFigures(
            attempts=self._attempts,
            answered=self._answered,
            refused=self._refused,
            failed=self._failed,
            received_bytes=self._received_bytes,
            p50_ms=quantile(0.5),
            p90_ms=quantile(0.9),
            p99_ms=quantile(0.99),
        )

    async def _fetch(self, question: _Question) -> bytes:
        backoff, cause = Backoff(self._chance, first_s=self._first_wait_s), ""
        for attempt in range(self._max_attempts):
            taken = await self._take(question)
            weight = 0 if question.request is None else question.request.weight
            try:
                status, content, asked_s, latency_s = await self._once(question)
                if status == 200 and question.request is not None:
                    weight += question.request.further_weight(count_items(content, question.request))
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, aiohttp.InvalidURL):
                    raise RequestFailed(f"{question.url}: not an address", url=question.url) from None
                status, asked_s = 0, None
                cause = _reason(error)
            else:
                if status == 200:
                    self._check(content, question)
                    self._note_answer(len(content), latency_s, question)
                    return content
                cause = f"HTTP {status}: {_shown(content)}"
            finally:
                if taken is not None:
                    taken.settle(weight)
            self._note_failure(status, asked_s)
            if status not in TRY_AGAIN and status != 0:
                break
            wait_s = backoff.wait_s() if asked_s is None else asked_s
            if wait_s > MAX_WAIT_S:
                raise RateLimited(f"{question.url}: asked to wait {wait_s:g} s, at most {MAX_WAIT_S:g} s are waited")
            if attempt + 1 < self._max_attempts:
                await asyncio.sleep(wait_s)
        kind = RateLimited if status == 429 else RequestFailed
        tried = f" after {attempt + 1} attempts" if attempt else ""
        raise kind(f"{question.url}: no answer{tried}: {cause}", url=self.url, status=status)

    async def _take(self, question: _Question) -> Taken | None:
        if self.limiter is None or question.request is None:
            return None
        return await self.limiter.take(question.request.max_weight(), question.priority)

    async def _once(self, question: _Question) -> tuple[int, bytes, float | None, float]:
        """(status, body, seconds it asks us to wait, seconds it took)."""
        assert self._session is not None
        async with self._places:
            self._attempts += 1
            began_s = self._clock()
            async with self._session.request(
                question.method, question.url, data=question.body, allow_redirects=False
            ) as response:
                content = await self._read(response, question)
            retry_after_s = _retry_after(response.headers.get("Retry-After"))
            return response.status, content, retry_after_s, self._clock() - began_s

    async def _read(self, response: aiohttp.ClientResponse, question: _Question) -> bytes:
        """The body, piece by piece; no more of one that is too large, or says that it is going to be."""
        bound, reported = question.max_bytes, response.content_length or 0
        if response.status != 200:
            bound, reported = MAX_REFUSAL_BYTES, 0
        parts, size = [], 0
        if reported <= bound:
            async for part in response.content.iter_chunked(1 << 16):
                size += len(part)
                if size > bound:
                    break
                parts.append(part)
        if max(size, reported) > bound and response.status == 200:
            self._failed += 1
            shown = f"{reported} bytes" if reported > bound else f"more than {bound} bytes"
            raise RequestFailed(
                f"{question.name}: an answer of {shown}, at most {bound} are read", url=self.url, status=200
            )
        return b"".join(parts)

    def _check(self, content: bytes, question: _Question) -> None:
        try:
            check_answer(content, question.request, question.url)
        except RequestFailed:
            self._failed += 1
            raise

    def _note_answer(self, size: int, latency_s: float, question: _Question) -> None:
        self._answered += 1
        if question.request is not None:
            self._unanswered_since_s = None
        self._received_bytes += size
        self._latency.observe(latency_s)
        if self.limiter is not None and question.request is not None:
            self.limiter.answered(latency_s)

    def _note_failure(self, status: int, asked_s: float | None) -> None:
        if status == 429:
            self._refused += 1
        else:
            self._failed += 1
        if self.limiter is None:
            return
        if status == 429:
            self.limiter.refused(asked_s)
        elif status in TRY_AGAIN or status == 0:
            self.limiter.strained()


@dataclass(frozen=True, kw_only=True)
class _Question:
    """request: type of an info request; None: a listing, which weighs nothing."""

    method: str
    url: str
    body: bytes | None
    request: type[InfoRequest[Any]] | None
    priority: int

    @property
    def name(self) -> str:
        """For messages."""
        return self.url if self.request is None else f"{self.url} {self.request.kind()}"

    @property
    def max_bytes(self) -> int:
        """Of an answer that is read."""
        return MAX_LISTING_BYTES if self.request is None else self.request.max_bytes


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
    return reason_of(error)


def _shown(content: bytes) -> str:
    text = " ".join(content[: 4 * MAX_SHOWN].decode("utf-8", "replace").split())
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
