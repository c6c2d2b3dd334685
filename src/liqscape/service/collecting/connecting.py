"""The way to the server: asked until it answers as the exchange this map is of, with longer waits each time.

Nothing of an answer is used before all of it has been looked at: a server that comes back as another one, or tells
rubbish, changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from liqscape.errors import FeedError, LiqscapeError, RateLimited, SettingsError, WireError
from liqscape.feed.backoff import Backoff
from liqscape.feed.info_client import ATTEMPTS, InfoClient
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.pause import pause
from liqscape.feed.probe import PROBE_REQUEST, Probe, probe
from liqscape.feed.records import Record, RecordKind
from liqscape.model.markets import Markets
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.listing import FIRST, read_listing
from liqscape.service.collecting.settings import FIRST_DEX, LiveSettings
from liqscape.service.collecting.waiting import WaitingSources
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.perp_dexs import PerpDexsAnswer, PerpDexsRequest

T = TypeVar("T")

log = logging.getLogger("liqscape.live")

LIMIT_SECONDS = 90.0
"""The exchange counts weight by the minute."""
LOOK_AGAIN_SECONDS = 5.0
FIRST_WAIT_S, MAX_WAIT_S = 1.0, 30.0
"""Between two questions to a server that does not answer; within half a minute after it is back the map follows."""
MIN_SAME_SHARE = 0.5
"""The exchange lists a coin for good, with its size decimals (delisted ones too): of its own dex more than this share
of the coins that were stored must be told again. Less is another exchange."""


@dataclass(frozen=True)
class Found:
    """The first answers of a server: who it says it is, and its listing as records that nobody has taken yet."""

    probe: Probe
    records: tuple[Record, ...]


async def ask_server(
    settings: LiveSettings, limiter: WeightLimiter, now_ns: Callable[[], int], attempts: int = ATTEMPTS
) -> Found:
    """Who it is and what it lists; each question is tried so often.

    Raises FeedError where it does not answer, WireError or SettingsError where the answer will not do.
    """
    found = await probe(settings.network.info_url)
    limiter.charge(PROBE_REQUEST.weight)
    records: list[Record] = []

    def hear(kind: RecordKind, subject: str, content: bytes) -> None:
        records.append(Record(kind, subject, content, now_ns()))

    async with InfoClient(settings.network.info_url, limiter=limiter, max_attempts=attempts) as client:
        await check_dexs(client, settings.dexs)
        await read_listing(client, settings.dexs, hear)
    return Found(found, tuple(records))


def why_refused(found: Found, start: Start, held: Markets, world: str, url: str) -> str | None:
    """What speaks against going on with this server, in one sentence; None: nothing does.

    start  as which the stored map began. held: its markets. world: the sandbox it is of, empty where that is unknown.
    """
    if found.probe.is_simulated != start.is_simulated:
        kinds = ("an exchange", "a sandbox") if start.is_simulated else ("a sandbox", "an exchange")
        return f"{url} is {kinds[0]} now, and this map is of {kinds[1]}: name another folder with --data"
    if world and found.probe.world and world != found.probe.world:
        reported = f"{url} is the sandbox of {found.probe.world} now"
        return f"{reported}, and this map is of that of {world}: name another folder with --data"
    trial = LiveCore(start)
    fault = None
    for record in found.records:
        fault = trial.feed(record).fault or fault
    listed = trial.assembler.markets.markets
    if not listed.rows:
        return f"{url} tells no market that can be read: {fault}"
    decimals = {market.coin: market.size_decimals for market in listed.rows}
    own = [market for market in held.rows if not market.dex]
    same = sum(decimals.get(market.coin) == market.size_decimals for market in own)
    if own and same <= MIN_SAME_SHARE * len(own):
        return (
            f"{url} lists {same} of the {len(own)} coins that are stored with their size decimals, at least half "
            "must be: another exchange? Its answers are not used; name another folder with --data"
        )
    return None


class Connecting:
    """`run` asks until the server may be followed; `waiting` says meanwhile why not yet."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[Found]],
        refuses: Callable[[Found], Awaitable[str | None]],
        waiting: WaitingSources,
        chance: random.Random | None = None,
    ) -> None:
        self._ask = ask
        self._refuses = refuses
        self._waiting = waiting
        self._backoff = Backoff(chance or random.Random(), first_s=FIRST_WAIT_S, max_s=MAX_WAIT_S)

    async def run(self, stop: asyncio.Event) -> Found | None:
        """Ask until the server has answered; None where it is time to stop."""
        while not stop.is_set():
            trouble, found = await self._try(stop)
            if found is not None or stop.is_set():
                return found
            self._waiting.failed(str(trouble))
            await pause(stop, FIRST_WAIT_S + self._backoff.wait_s())
        return None

    async def _try(self, stop: asyncio.Event) -> tuple[str | None, Found | None]:
        """One try: (why it failed, what was found); ends early with `stop`."""
        asking = asyncio.ensure_future(self._ask())
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((asking, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                return None, None
            found = asking.result()
            trouble = await self._refuses(found)
        except LiqscapeError as error:
            return str(error), None
        finally:
            for task in (asking, stopped):
                task.cancel()
            await asyncio.gather(asking, stopped, return_exceptions=True)
        return trouble, found if trouble is None else None


async def wait_out_limit(ask: Callable[[], Awaitable[T]], url: str, seconds: float = LIMIT_SECONDS) -> T:
    """Ask until the server does not refuse for weight: a process that just ended may have used up the minute.

    Raises RateLimited where it still refuses after `seconds`.
    """
    end_s = asyncio.get_running_loop().time() + seconds
    is_said = False
    while True:
        try:
            return await ask()
        except RateLimited:
            if asyncio.get_running_loop().time() >= end_s:
                raise
        if not is_said:
            log.warning("the request limit of %s is used up; it is waited for, at most %g s", url, seconds)
            is_said = True
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def check_dexs(client: InfoClient, dexs: tuple[str, ...] | None) -> None:
    """Raises SettingsError for a name that is no dex there. If the server lists no dexs every name passes."""
    if dexs is None or len(dexs) == 1:
        return
    try:
        rows = parse_answer(await client.ask(PerpDexsRequest(), priority=FIRST), PerpDexsAnswer, "perpDexs")
    except RateLimited:
        raise
    except (FeedError, WireError):
        return
    known = [row.name for row in rows if row is not None]
    for dex in dexs[1:]:
        if dex not in known:
            listed = ", ".join((FIRST_DEX, *known))
            raise SettingsError(f"--dexs: there is no dex {dex} at {client.url}; it has {listed}")
