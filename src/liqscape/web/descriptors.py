"""How many files and connections the process may have open, and a sentence in the log where that is not enough."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
from typing import Any

log = logging.getLogger("liqscape.web")

RESERVED = 256
"""Descriptors kept from readers: history files, the raw log, sockets to the exchange."""
OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

SAY_EVERY_S = 1.0
CLOSED_SOCKET = "Invalid file descriptor: -1"
"""How the selectors module says that a socket it is asked to watch has been closed."""


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open descriptors (RLIMIT_NOFILE) to the hard one; returns what holds then.

    Many systems start a process with 1,024 and allow far more. A system that refuses leaves it as it is.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError) as error:
            log.warning("the limit of %d open files stays; it cannot be raised to %d: %s", soft, hard, error)
            return soft
        log.info("limit of open files raised from %d to %d", soft, hard)
    return hard if hard != resource.RLIM_INFINITY else 2**31 - 1


def connection_places(wanted: int, descriptors: int) -> int:
    """Connections that fit beside the files of the process: at most `wanted`, and half of the limit at the least."""
    return min(wanted, max(descriptors - RESERVED, descriptors // 2))


class DescriptorWatch:
    """An exception handler of the event loop: failed accepts for want of descriptors become one log line a second.

    The loop tries each waiting connection at once, up to the length of its queue, and again after a second;
    connections wait in the system's queue meanwhile. A try that comes after the server has ended is nothing to say.
    """

    def __init__(self) -> None:
        self._said_s = -SAY_EVERY_S

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in OUT_OF_DESCRIPTORS:
            if loop.time() - self._said_s >= SAY_EVERY_S:
                self._said_s = loop.time()
                log.error("a connection has to wait: %s (limit of open files: %d)", error.strerror, _soft_limit())
            return
        if isinstance(error, ValueError) and str(error) == CLOSED_SOCKET:
            return
        loop.default_exception_handler(context)


def _soft_limit() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
