"""Fetches everybody's trigger orders at one block: of an order book server over HTTP, or of an own node as a file."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import msgspec

from liqscape.errors import RequestFailed
from liqscape.feed.reasons import reason_of
from liqscape.wire.node.file_snapshot import everybodys_orders

TOTAL_S, CONNECT_S = 120.0, 5.0
MAX_BYTES = 1 << 28
"""Of an answer: it is read at once, and takes three times as much. 500,000 orders are 175 MB."""
MAX_REFUSAL = 200


class AnswerTooLong(RequestFailed):
    """There is an answer, longer than it may be."""


async def fetch_untriggered(url: str, coin: str | None = None, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Body of `GET /untriggeredOrders` of an order book server, of all coins or of one.

    Raises AnswerTooLong, or RequestFailed, naming its address.
    """
    params = None if coin is None else {"coin": coin}
    return await _send("GET", f"{url}/untriggeredOrders", max_bytes, params=params)


async def ask_file_snapshot(info_url: str, path: Path) -> None:
    """Have a node write its orders to a file that it and this program can reach. Raises RequestFailed."""
    body = msgspec.json.encode(everybodys_orders(str(path)))
    await _send("POST", f"{info_url}/info", MAX_BYTES, body=body)


async def _send(
    method: str, url: str, max_bytes: int, *, body: bytes | None = None, params: dict[str, str] | None = None
) -> bytes:
    timeout = aiohttp.ClientTimeout(total=TOTAL_S, connect=CONNECT_S)
    headers = {"Content-Type": "application/json"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.request(method, url, params=params, data=body, allow_redirects=False) as response,
        ):
            parts, size = [], 0
            async for part in response.content.iter_chunked(1 << 20):
                size += len(part)
                if size > max_bytes:
                    raise AnswerTooLong(f"{url}: more than {max_bytes} bytes", url=url, status=response.status)
                parts.append(part)
            content = b"".join(parts)
            if response.status != 200:
                shown = content[:MAX_REFUSAL].decode("utf-8", "replace")
                raise RequestFailed(f"{url}: HTTP {response.status}: {shown}", url=url, status=response.status)
            return content
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        why = "timed out" if isinstance(error, TimeoutError) else reason_of(error)
        raise RequestFailed(f"{url}: no answer: {why}", url=url, status=0) from None
