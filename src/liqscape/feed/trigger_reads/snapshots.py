"""Fetches everybody's trigger orders at one block: of an order book server over HTTP, or of an own node as a file."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import msgspec

from liqscape.errors import RequestFailed
from liqscape.feed.reasons import reason_of

TOTAL_S, CONNECT_S = 120.0, 5.0
MAX_BYTES = 1 << 30
"""500,000 orders are 175 MB."""
MAX_REFUSAL = 200


async def fetch_untriggered(url: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Body of `GET /untriggeredOrders` of an order book server. Raises RequestFailed naming its address."""
    return await _send("GET", f"{url}/untriggeredOrders", None, max_bytes)


async def ask_file_snapshot(info_url: str, path: Path) -> None:
    """Have a node write its orders to a file that it and this program can reach. Raises RequestFailed."""
    request = {"type": "l4Snapshots", "includeUsers": True, "includeTriggerOrders": True}
    body = {"type": "fileSnapshot", "request": request, "outPath": str(path), "includeHeightInOutput": True}
    await _send("POST", f"{info_url}/info", msgspec.json.encode(body), MAX_BYTES)


async def _send(method: str, url: str, body: bytes | None, max_bytes: int) -> bytes:
    timeout = aiohttp.ClientTimeout(total=TOTAL_S, connect=CONNECT_S)
    headers = {"Content-Type": "application/json"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.request(method, url, data=body, allow_redirects=False) as response,
        ):
            parts, size = [], 0
            async for part in response.content.iter_chunked(1 << 20):
                size += len(part)
                if size > max_bytes:
                    raise RequestFailed(f"{url}: more than {max_bytes} bytes", url=url, status=response.status)
                parts.append(part)
            content = b"".join(parts)
            if response.status != 200:
                shown = content[:MAX_REFUSAL].decode("utf-8", "replace")
                raise RequestFailed(f"{url}: HTTP {response.status}: {shown}", url=url, status=response.status)
            return content
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        why = "timed out" if isinstance(error, TimeoutError) else reason_of(error)
        raise RequestFailed(f"{url}: no answer: {why}", url=url, status=0) from None
