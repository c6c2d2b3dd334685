"""Delivery through Apprise, in a child process a destination (apprise_child.py)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from liqscape.errors import SettingsError
from liqscape.service.alerting import apprise_child
from liqscape.service.alerting.attempt import SENT, Attempt, failed
from liqscape.service.alerting.destinations import Destination
from liqscape.store.outbox import OutboxMessage

PATIENCE_S = 45.0
"""Of one message: Apprise itself waits for 30 s."""
START_PATIENCE_S = 60.0
"""Until a child is ready: it loads a hundred plugins, 3 s on an idle core."""
KEPT_FROM_CHILD = ("LIQSCAPE_TOKEN",)


class AppriseSender:
    """Sends to one address of Apprise."""

    def __init__(self, destination: Destination, *, patience_s: float = PATIENCE_S) -> None:
        self._destination = destination
        self._patience_s = patience_s
        self._child: asyncio.subprocess.Process | None = None

    async def send(self, message: OutboxMessage) -> Attempt:
        """One message. Raises SettingsError where Apprise is not installed, or does not take the address."""
        try:
            if self._child is None:
                await self._start()
            # No header of a chat holds the key, so the text does.
            text = f"{message.text}\n[{message.message_id}]"
            answer = await self._ask({"title": message.title, "text": text}, self._patience_s)
        except TimeoutError:
            await self.close()
            return failed(f"no answer within {self._patience_s:g} s")
        except (OSError, EOFError, ValueError):
            await self.close()
            return failed("the process that sends ended")
        except BaseException:
            await self.close()
            raise
        return Attempt(is_delivered=True, reason=SENT) if answer["is_delivered"] else failed(str(answer["reason"]))

    async def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()

    async def _start(self) -> None:
        if find_spec("apprise") is None:
            raise SettingsError(f"destination {self._destination.name}: {apprise_child.NOT_INSTALLED}")
        address = self._destination.find_address()
        environment = {name: value for name, value in os.environ.items() if name not in KEPT_FROM_CHILD}
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", apprise_child.__name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is for us
        )
        asked = {"address": address.reveal(), "is_private_allowed": self._destination.is_private_allowed}
        answer = await self._ask(asked, START_PATIENCE_S)
        if not answer["is_ready"]:
            raise SettingsError(f"destination {self._destination.name}: {answer['reason']}")

    async def _ask(self, asked: dict[str, object], patience_s: float) -> Any:
        """Raises TimeoutError, OSError, EOFError, ValueError."""
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        async with asyncio.timeout(patience_s):
            await child.stdin.drain()
            line = await child.stdout.readline()
        if not line:
            raise EOFError
        return json.loads(line)
