"""Why a connection failed, in the system's own few words."""

from __future__ import annotations

import os

import aiohttp


def reason_of(error: BaseException) -> str:
    """`Connection refused`, `Name or service not known`; what the library says where the system said nothing."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, OSError) and cause.errno is not None:
        return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or str(cause)
    return str(error) or type(error).__name__
