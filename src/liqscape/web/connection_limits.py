"""How much a connection of the web server may take, and how long each wait for its reader lasts."""

from __future__ import annotations

from dataclasses import dataclass

import uvicorn


@dataclass(frozen=True, kw_only=True)
class ConnectionLimits:
    """What a connection may take before it ends. Honest readers meet none of these."""

    head_seconds: float = 20.0
    """From connecting to the end of the first request's head; for later ones, from their first byte."""
    body_seconds: float = 20.0
    """From the end of a head to the end of its body."""
    idle_seconds: float = 60.0
    """From an answer to the first byte of the next request; browsers ask again over a new connection."""
    write_seconds: float = 20.0
    """In which a reader takes the waiting piece of its answer (at most 256 kB: 13 kB a second)."""
    ping_seconds: float = 30.0
    """Between two questions to a reader of the stream whether it is there."""
    head_bytes: int = 32_768
    """Request line and headers; a browser sends 1 to 2 kB."""
    message_bytes: int = 1_000
    """A message of a reader of the stream; it names a coin and what is looked at, some 150 bytes."""
    requests_ahead: int = 16
    """Requests of a connection under way, the one being answered included; browsers and proxies send one."""
    stream_bytes: int = 16_384
    """What a reader of the stream sends in STREAM_SECONDS; a page that zooms all the time says four times a second what
    it looks at, 7,000 bytes."""
    connections: int = 4_000
    """At a time: the stream's 1,000 readers, and as many again thrice."""


class LimitedConfig(uvicorn.Config):
    """Uvicorn's settings with the limits that its two protocols keep."""

    limits: ConnectionLimits
