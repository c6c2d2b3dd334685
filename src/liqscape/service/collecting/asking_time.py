"""Ask the server for its time where no message carries it, and check that it still answers.

In a market without prints the exchange's time would stand still, and no minute would be stored. After an outage the
map would be called stale until some account is due to be asked about again, which may take minutes. One question that
weighs 2 answers both (`exchangeStatus`); its answer is a record like every other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from liqscape.errors import FeedError
from liqscape.feed.info_client import InfoClient
from liqscape.feed.pause import pause
from liqscape.service.answers.sources import SourceRow
from liqscape.service.collecting.listing import FIRST, Say, ask
from liqscape.sources.live.clock import VenueClock
from liqscape.wire.info.exchange_status import ExchangeStatusRequest

log = logging.getLogger("liqscape.live")

LOOK_SECONDS = 1.0
SILENT_SECONDS = 4.0
"""Time goes on by our own clock for ten seconds after the exchange has told it: two questions fit in."""
UNANSWERED_SECONDS = 3.0
"""A question that waits for its answer for so long may have met a server that is gone."""
DEADLINE_SECONDS = 5.0
"""A question is given up after so long, waiting for weight included: the next one may meet a server that is back."""


async def ask_time(
    stop: asyncio.Event, client: InfoClient, say: Say, silent_s: Callable[[], float], answered: Callable[[], None]
) -> None:
    """Until `stop`: ask whenever no time was reported, or nothing answered, for a while.

    silent_s  seconds since the exchange told a new time.
    answered  hears of each answer.
    """
    while not stop.is_set():
        if silent_s() >= SILENT_SECONDS or client.unanswered_s >= UNANSWERED_SECONDS:
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    await ask(client, ExchangeStatusRequest(), say, FIRST)
            except (FeedError, TimeoutError) as error:
                log.info("the time cannot be asked: %s", error or "no answer in time")
            else:
                answered()
        await pause(stop, LOOK_SECONDS)


def time_row(clock: VenueClock, now_ns: int) -> SourceRow:
    """The time frames are stamped with. Stale: as_of_ms stands still, or only one message has reported it."""
    silent_s = clock.silent_s(now_ns)
    is_reported, is_held = silent_s < float("inf"), clock.is_held(now_ns)
    trouble = None
    if is_held:
        trouble = (
            f"no time told for {silent_s:.0f} s" if is_reported and silent_s >= SILENT_SECONDS else "not agreed on"
        )
    return SourceRow(
        kind="time",
        address="exchange",
        state="stale" if is_held else "connected",
        last_message_ms=(now_ns - int(silent_s * 1e9)) // 1_000_000 if is_reported else None,
        lag_ms=clock.lag_ms,
        messages=clock.stamp_count,
        trouble=trouble,
    )


def never_silent() -> float:
    """A check that never reports silence, for a server that does not have to report the time."""
    return 0.0
