"""A process of its own that sends through Apprise to one destination: `python -m` this, asked in lines of JSON.

Why a process: a plugin that hangs can be ended, its memory (some 60 MB) is given back when nothing is to be sent, and
`socket.connect` is watched for every plugin and library in it, so that the address really connected to is judged by the
same rules as a webhook's (target_guard.py), after redirects and look-ups, whatever the plugin does.

    -> {"address": ..., "is_private_allowed": false}        first line
    <- {"is_ready": true} | {"is_ready": false, "reason": ...}
    -> {"title": ..., "text": ...}                            each message
    <- {"is_delivered": true} | {"is_delivered": false, "reason": ...}

Neither an address nor a word of Apprise or a library leaves it, for these hold addresses: reasons are our own. It ends
when its stdin does.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from typing import Any

from liqscape.service.alerting.attempt import refused_status
from liqscape.service.alerting.target_guard import RefusedTarget, check_target
from liqscape.spelling import nearest

SERVICE_TIMEOUT_S = 30.0
WATCHED = ("socket.connect", "socket.sendto", "socket.sendmsg")
NOT_INSTALLED = "Apprise is not installed: pip install 'liqscape[alerts]'"

_STATUS = re.compile(r"error=([1-5]\d\d)\b")
_CONNECTION = re.compile("connection error", re.IGNORECASE)


class _Guard:
    """Judges every address a socket of this process is connected to."""

    def __init__(self, *, is_private_allowed: bool) -> None:
        self.refusal: str | None = None
        self._is_private_allowed = is_private_allowed
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in WATCHED or arguments[1] is None:
            return
        address = arguments[1]
        try:
            check_target(
                address[0] if isinstance(address, tuple) else address, is_private_allowed=self._is_private_allowed
            )
        except RefusedTarget as error:
            self.refusal = str(error)
            raise


class _Overheard(logging.Handler):
    """What Apprise logs, read for a status and not kept."""

    def __init__(self) -> None:
        super().__init__()
        self.status: int | None = None
        self.is_connection = False

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        found = _STATUS.search(text)
        if found:
            self.status = int(found[1])
        self.is_connection |= _CONNECTION.search(text) is not None


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):  # a plugin may print what it likes
        os.dup2(nowhere, descriptor)

    def answer(**said: object) -> None:
        print(json.dumps(said), file=answers, flush=True)

    first = json.loads(sys.stdin.readline() or "null")
    if first is None:
        return
    try:
        import apprise
        from apprise.common import NotifyFormat, OverflowMode
        from apprise.manager_plugins import NotificationManager
    except ImportError:
        answer(is_ready=False, reason=NOT_INSTALLED)
        return
    heard = _Overheard()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [heard], False
    # Redirects are off, and nothing is kept on disk.
    asset = apprise.AppriseAsset(
        http_redirects=False, storage_mode="memory", service_timeout=SERVICE_TIMEOUT_S, app_id="liqscape"
    )
    service = apprise.Apprise.instantiate(first["address"], asset=asset)
    if service is None:
        known = list(NotificationManager().schemas())  # type: ignore[no-untyped-call]
        schema = first["address"].partition("://")[0]
        near = None if schema.lower() in known else nearest(schema, known)
        hint = "" if near is None else f"; did you mean {near}://?"
        answer(is_ready=False, reason=f"its address is not one that Apprise knows, or a part of it lacks{hint}")
        return
    service.redirects = False  # whatever the address asks for
    if "overflow=" not in first["address"]:
        service.overflow_mode = OverflowMode.TRUNCATE
    guard = _Guard(is_private_allowed=first["is_private_allowed"])
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    answer(is_ready=True)
    for line in sys.stdin:
        message = json.loads(line)
        heard.status, heard.is_connection, guard.refusal = None, False, None
        try:
            is_delivered = bool(
                sender.notify(title=message["title"], body=message["text"], body_format=NotifyFormat.TEXT)
            )
        except Exception:  # noqa: BLE001 - of any plugin; its words may hold the address
            is_delivered = False
        answer(is_delivered=is_delivered, reason=None if is_delivered else _reason(guard, heard))


def _reason(guard: _Guard, heard: _Overheard) -> str:
    if guard.refusal is not None:
        return guard.refusal
    if heard.status is not None:
        return str(refused_status(heard.status).reason)
    return "it cannot be connected to" if heard.is_connection else "Apprise could not deliver it"


if __name__ == "__main__":
    main()
