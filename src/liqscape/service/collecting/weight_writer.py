"""The request weight of the last minute on its way to a small file, so that the next process goes on counting.

The exchange counts by address of the internet and does not forget when a process is killed: one that began with an
empty count would be refused until that minute is over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from liqscape.errors import CorruptSegment
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.pause import pause
from liqscape.feed.window import MINUTE_S
from liqscape.service.executors import beside
from liqscape.store.checked_json import check_json, seal_json
from liqscape.store.durable import TEMPORARY

WEIGHT = "weight.json"
"""Beside the history."""
SAVE_SECONDS = 1.0
"""What a kill leaves unknown: weight used in so many seconds, which shows as a refusal."""

log = logging.getLogger("liqscape.live")


class UsedWeight(msgspec.Struct, frozen=True):
    """url: of the info server. uses: [ms since 1970 by our clock, weight], oldest first."""

    url: str
    uses: list[tuple[int, int]]


class WeightWriter:
    """Saves what `limiter` counts, every second in which it counts anything."""

    def __init__(
        self,
        folder: Path,
        url: str,
        limiter: WeightLimiter,
        now_ns: Callable[[], int],
        executor: Executor | None = None,
    ) -> None:
        self._path = folder / WEIGHT
        self._url = url
        self._limiter = limiter
        self._now_ns = now_ns
        self._executor = executor
        self._has_failed = False

    async def run(self, stop: asyncio.Event) -> None:
        """Save until `stop`, and once more."""
        while not stop.is_set():
            await pause(stop, SAVE_SECONDS)
            await self.save()

    async def save(self) -> None:
        """Once. A disk that does not take it costs a refusal after the next start, and is said by the history."""
        now_ms = self._now_ns() // 1_000_000
        uses = [(now_ms - round(ago_s * 1_000.0), weight) for ago_s, weight in self._limiter.uses()]
        if not uses:
            return  # what the file tells is older than a minute
        used = UsedWeight(self._url, uses)
        try:
            await beside(self._executor, _write, self._path, seal_json(msgspec.json.encode(used)))
        except OSError as error:
            if not self._has_failed:
                log.info("the used weight cannot be stored: %s", error)
            self._has_failed = True
            return
        self._has_failed = False


def stored_uses(folder: Path, url: str, now_ms: int) -> list[tuple[float, int]]:
    """(seconds ago, weight) of the last minute, as `WeightLimiter.resume` takes them.

    Nothing where the file is missing, damaged, of another server, or tells of a time to come: a clock was set back.
    """
    path = folder / WEIGHT
    try:
        content = path.read_bytes()
        is_whole = check_json(content, path)
        used = msgspec.json.decode(content, type=UsedWeight)
    except (OSError, CorruptSegment, msgspec.MsgspecError, UnicodeDecodeError):
        return []
    if not is_whole or used.url != url or any(at_ms > now_ms or weight < 0 for at_ms, weight in used.uses):
        return []
    uses = [((now_ms - at_ms) / 1_000.0, weight) for at_ms, weight in used.uses]
    return [(ago_s, weight) for ago_s, weight in uses if ago_s < MINUTE_S]


def _write(path: Path, content: bytes) -> None:
    """Replace the file in one step. Not flushed: after a power cut the minute is over before it is read."""
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    temporary.write_bytes(content)
    temporary.replace(path)
