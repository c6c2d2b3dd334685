"""Asking a running map over its API: what `liqscape status`, `liqscape liquidations` and the library have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from liqscape.errors import RequestFailed

if TYPE_CHECKING:
    from http.client import HTTPResponse

Answer = TypeVar("Answer")

API = "/api/v1"
PATIENCE_S = 10.0
MAX_ANSWER = 256 * 1024 * 1024
MAX_PROBLEM = 16 * 1024


def question_path(path: str, asked: Mapping[str, object]) -> str:
    """A question below the API with its parameters: what is None left out, times without `_ms`, true and false as the
    API writes them, a list as one parameter a value."""
    from urllib.parse import urlencode

    given = {
        name.removesuffix("_ms"): str(value).lower() if isinstance(value, bool) else value
        for name, value in asked.items()
        if value is not None
    }
    return f"{API}{path}?{urlencode(given, doseq=True)}" if given else f"{API}{path}"


def of_coin(coin: str, what: str) -> str:
    """Path of a question about a coin."""
    return f"/coins/{as_part(coin)}/{what}"


def as_part(name: str) -> str:
    """A name as one part of a path."""
    from urllib.parse import quote

    return quote(name, safe="")


@dataclass(frozen=True, repr=False)
class MapServer:
    """A served map. token: what it asks for, None where it asks for none; patience_s: of every read from it."""

    url: str
    token: str | None = None
    patience_s: float = PATIENCE_S

    def ask(self, path: str, kind: type[Answer]) -> Answer:
        """One answer. Raises RequestFailed where nothing, or something else, answers there."""
        return self._decoded(path, self.read(path), kind)

    def send(self, method: str, path: str, body: object, kind: type[Answer]) -> Answer:
        """The answer to a request that changes something, or whose question is a document. body: written as JSON."""
        import msgspec

        return self._decoded(path, self.read(path, method, None if body is None else msgspec.json.encode(body)), kind)

    def read(self, path: str, method: str = "GET", sent: bytes | None = None) -> bytes:
        """The bytes of one answer. Raises RequestFailed."""
        with self._opened(path, method, sent) as response:
            body = response.read(MAX_ANSWER + 1)
        if len(body) > MAX_ANSWER:
            raise RequestFailed(f"{self.url}{path} is longer than the {MAX_ANSWER} bytes that are read")
        return body

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of an answer as they come. Raises RequestFailed."""
        with self._opened(path) as response:
            yield from response

    def _decoded(self, path: str, body: bytes, kind: type[Answer]) -> Answer:
        import msgspec

        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            raise RequestFailed(f"{self.url}{path} is no liqscape of this version: {error}") from None

    @contextmanager
    def _opened(self, path: str, method: str = "GET", sent: bytes | None = None) -> Iterator[HTTPResponse]:
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import ProxyHandler, Request, build_opener

        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        if sent is not None:
            headers["Content-Type"] = "application/json"
        opener = build_opener(ProxyHandler({}))
        try:
            request = Request(self.url + path, data=sent, headers=headers, method=method)
            with opener.open(request, timeout=self.patience_s) as response:
                yield response
        except HTTPError as error:
            with error:
                raise _refusal(self.url, error.code, error.read(MAX_PROBLEM)) from None
        except HTTPException as error:
            raise RequestFailed(f"{self.url} broke off in its answer: {type(error).__name__}") from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            why = getattr(reason, "strerror", None) or reason
            raise RequestFailed(f"no map answers at {self.url}: {why}; `liqscape serve` starts one") from None


def _refusal(base: str, code: int, body: bytes) -> RequestFailed:
    """The server's own sentence where it gave one; in the context `status`, `detail`, and its problem's `kind`."""
    import msgspec

    if code == 401:
        text = f"{base} asks for a token, or for another one; give it with --token-file or LIQSCAPE_TOKEN"
        return RequestFailed(text, status=code)
    try:
        problem = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return RequestFailed(f"{base} is no map of liqscape: it answered HTTP {code}", status=code)
    detail = problem.get("detail", "it does not say why")
    text = f"{base} answered HTTP {code}: {detail}"
    return RequestFailed(text, status=code, detail=detail, kind=problem.get("type"))
