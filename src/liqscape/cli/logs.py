"""What a server says of itself on stderr while it runs: a line an event, with UTC time, level and part."""

from __future__ import annotations

import logging
import os
import sys
import time

from liqscape.errors import SettingsError

LEVEL_VARIABLE = "LIQSCAPE_LOG"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
DEFAULT_LEVEL = "warning"
OTHERS = ("uvicorn.error", "asyncio")
"""Loggers of what runs the server: what they have to say, failures only, is said in the same lines."""
LINE = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"


class OneLine(logging.Formatter):
    """A log formatter that puts each record on one line: line breaks and control characters become blanks."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(LINE, "%Y-%m-%dT%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without its traceback."""
        return "".join(letter if letter.isprintable() else " " for letter in super().formatMessage(record))


def log_to_stderr() -> None:
    """Send the log of `liqscape` to stderr, from the level that LIQSCAPE_LOG names (warning where it names none).

    Raises SettingsError for a level there is not.
    """
    name = os.environ.get(LEVEL_VARIABLE) or DEFAULT_LEVEL
    level = LEVELS.get(name.lower())
    if level is None:
        raise SettingsError(f"{LEVEL_VARIABLE}={name} is none of {', '.join(LEVELS)}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger("liqscape")
    root.handlers = [handler]
    root.setLevel(level)
    for other in OTHERS:
        logging.getLogger(other).handlers = [handler]
        logging.getLogger(other).setLevel(logging.ERROR)
