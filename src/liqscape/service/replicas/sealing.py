"""The collector's files on their way to the place where replicas take them from, also while it is out of order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import LiqscapeError
from liqscape.service.executors import beside
from liqscape.service.replicas.listing import Listing

if TYPE_CHECKING:
    from liqscape.service.replicas.sealed import SealedFiles

log = logging.getLogger("liqscape.live")

SEAL_AGAIN_SECONDS = 30.0
"""For so long a place that was out of order is not tried again: replicas wait for each try to hear of files."""


class Sealer:
    """`seal` what changed, before replicas hear of it; what could not be put there waits, and replicas ask for it.

    seconds  a clock that only moves on.
    """

    def __init__(
        self,
        sealed: SealedFiles,
        data: Path,
        executor: Executor | None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sealed, self._data, self._executor, self._seconds = sealed, data, executor, seconds
        self._waiting: Listing = {}
        self._again_at = float("-inf")
        self.trouble: str | None = None
        """What is wrong with the place, in one line."""

    async def seal(self, changed: Listing, removed: list[str]) -> None:
        """Never raises for the place: the files are announced all the same."""
        self._waiting = {path: mark for path, mark in self._waiting.items() if path not in removed} | changed
        if self._seconds() < self._again_at:
            return
        try:
            await beside(self._executor, self._sealed.keep, self._data, self._waiting)
        except (LiqscapeError, OSError) as error:
            self._again_at = self._seconds() + SEAL_AGAIN_SECONDS
            if str(error) != self.trouble:
                log.warning("--sealed-to: %s; replicas take files from this collector meanwhile", error)
            self.trouble = str(error)
            return
        if self.trouble is not None:
            log.info("--sealed-to takes files again")
        self._waiting, self.trouble = {}, None
