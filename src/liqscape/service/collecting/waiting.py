"""The status of a map whose server has not answered yet: stored data is shown, with its age, as reconnecting."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from liqscape.feed.limiter import WeightLimiter
from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.sources import SourceRow
from liqscape.service.collecting.settings import Network

log = logging.getLogger("liqscape.live")

LONG_SECONDS = 2.0
"""A step of the start that takes longer is said: nobody should have to guess what a server is busy with."""


class WaitingSources:
    """`rows` are the sources meanwhile; `failed` notes each try that came to nothing, and says what is new about it.

    stored  the last stored frame, which is shown.
    """

    def __init__(self, network: Network, stored: MarketFrame, now_ns: Callable[[], int]) -> None:
        self.stored = stored
        self._network = network
        self._now_ns = now_ns
        self._since_ms = now_ns() // 1_000_000
        self._tries = 0
        self.trouble: str | None = None

    def failed(self, trouble: str) -> None:
        """The server did not answer, or not as it should."""
        self._tries += 1
        if trouble != self.trouble:
            age_s = self._now_ns() / 1e9 - self.stored.time_ms / 1e3
            log.warning("%s; what is stored is shown, %.0f s old, and it is asked again", trouble, age_s)
        self.trouble = trouble

    def rows(self) -> list[SourceRow]:
        """The socket is not even tried; marks are those of the stored frame."""
        network, since_ms = self._network, self._since_ms
        return [
            SourceRow(kind="socket", address=network.socket_url, state="reconnecting", since_ms=since_ms),
            SourceRow(
                kind="info", address=network.info_url, state="reconnecting", since_ms=since_ms, trouble=self.trouble
            ),
            SourceRow(
                kind="marks", address="stored", state="stale", since_ms=since_ms, last_message_ms=self.stored.time_ms
            ),
        ]


def answer_of(url: str, limiter: WeightLimiter) -> str:
    """What is waited for, and why it may take up to a minute."""
    figures = limiter.figures()
    reason = f", {figures.used} of {figures.limit_now} request weight a minute used before the start"
    return f"an answer of {url}{reason if figures.used else ''}"


@contextmanager
def said_if_long(what: str, seconds: float = LONG_SECONDS) -> Iterator[None]:
    """Log once that `what` is waited for, if the block takes longer than `seconds`."""
    timer = threading.Timer(seconds, log.warning, ("start: waiting for %s", what))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
