"""What the engine of alerts keeps beside the history: the memory of its rules, and the alerts that fired last.

alerts/state.json   written after an alert was handed on, never before: a kill in between hands it on again
alerts/fired.json   the newest MAX_FIRED alerts, for the page
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TypeVar

import msgspec

from liqscape.insight.alerts import Alert
from liqscape.insight.alerts.state import AlertState, RuleMemory
from liqscape.store.durable import replace_file

log = logging.getLogger("liqscape.alerts")

T = TypeVar("T")
FOLDER, STATE, FIRED = "alerts", "state.json", "fired.json"
MAX_FIRED = 500


class KeptAlerts:
    """Reads at the start, writes when told to. folder None: nothing is kept. Alerts may be asked for by any thread."""

    def __init__(self, data: Path | None) -> None:
        self._folder = None if data is None else data / FOLDER
        self._lock = Lock()
        self._fired: deque[Alert] = deque(self._read(FIRED, list[Alert], []), MAX_FIRED)
        self._trouble: str | None = None

    def memory(self) -> RuleMemory:
        """What rules remembered when the program ended."""
        return RuleMemory(self._read(STATE, AlertState, AlertState()))

    def fired(self) -> list[Alert]:
        """The alerts that fired last, the newest last."""
        with self._lock:
            return list(self._fired)

    def add(self, alerts: Sequence[Alert]) -> None:
        """Take in alerts that have been handed on. One that is there already is replaced."""
        ids = {alert.alert_id for alert in alerts}
        with self._lock:
            kept = [alert for alert in self._fired if alert.alert_id not in ids]
            self._fired = deque([*kept, *alerts], MAX_FIRED)
            content = list(self._fired)
        self._write(FIRED, content)

    def keep(self, memory: RuleMemory) -> None:
        """Keep what rules remember; durable when it returns, but for a disk that takes nothing."""
        self._write(STATE, memory.state())

    def _read(self, name: str, kind: type[T], otherwise: T) -> T:
        if self._folder is None:
            return otherwise
        try:
            return msgspec.json.decode((self._folder / name).read_bytes(), type=kind)
        except FileNotFoundError:
            return otherwise
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("%s cannot be read, rules begin anew: %s", self._folder / name, error)
            return otherwise

    def _write(self, name: str, content: object) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._folder / name, msgspec.json.encode(content))
            self._trouble = None
        except OSError as error:
            if self._trouble is None:
                log.warning("what rules remember is not kept: %s", error)
            self._trouble = str(error)
