"""The first question to a server: is it there, and is it real?"""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
import msgspec

from liqscape.errors import RequestFailed
from liqscape.feed.reasons import reason_of
from liqscape.wire.info.exchange_status import ExchangeStatusRequest
from liqscape.wire.simulated import SIMULATED_HEADER, named_world

PROBE_SECONDS = 10.0
PROBE_REQUEST = ExchangeStatusRequest()


@dataclass(frozen=True)
class Probe:
    """is_simulated: the server calls itself a sandbox. world: which one it says it is, empty where it does not."""

    is_simulated: bool
    world: str = ""


async def probe(url: str, seconds: float = PROBE_SECONDS) -> Probe:
    """Ask for the exchange's status. Raises RequestFailed where nobody answers; any answer over HTTP will do."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{url}/info", json=msgspec.to_builtins(PROBE_REQUEST), allow_redirects=False) as response,
        ):
            said = response.headers.get(SIMULATED_HEADER)
            return Probe(is_simulated=False) if said is None else Probe(is_simulated=True, world=named_world(said))
    except TimeoutError:
        raise RequestFailed(f"{url} does not answer within {seconds:g} s", url=url) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise RequestFailed(f"{url} cannot be reached: {reason_of(error)}", url=url) from None
