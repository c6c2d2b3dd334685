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


def say_out_of_descriptors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handler of what goes wrong in the loop itself: an accept without a descriptor becomes one sentence.

    The loop tries to accept again after a second; connections wait in the system's queue meanwhile.
    """
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in OUT_OF_DESCRIPTORS:
        log.error("a connection has to wait: %s (limit of open files: %d)", error.strerror, _soft_limit())
        return
    loop.default_exception_handler(context)


def _soft_limit() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
