"""What a server says of itself on stderr while it runs: a line an event, with UTC time, level and part."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.cli.settings.file import SettingsFile

LEVEL_VARIABLE = "LIQSCAPE_LOG"
FORMAT_VARIABLE = "LIQSCAPE_LOG_FORMAT"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
DEFAULT_LEVEL = "warning"
FORMATS = ("text", "json")
CHOICES = {"level": tuple(LEVELS), "format": FORMATS}
DEFAULTS = {"level": DEFAULT_LEVEL, "format": FORMATS[0]}
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


def read_log_settings(file: SettingsFile | None, key: str) -> str:
    """Level or format of the log: of the environment, else of [log] in liqscape.toml, else the default.

    Raises SettingsError for one there is not.
    """
    from liqscape.cli.settings.file import LOG_VARIABLES

    name = LOG_VARIABLES[key]
    value = os.environ.get(name)
    if not value:
        value = None if file is None else file.log_setting(key)
        name = "" if file is None else f"{file.path}: [log] {key}"
    if value is None:
        return DEFAULTS[key]
    if value.lower() not in CHOICES[key]:
        raise SettingsError(f"{name}={value} is none of {', '.join(CHOICES[key])}")
    return value.lower()


def log_to_stderr() -> None:
    """Send the log of `liqscape` to stderr, from the level that LIQSCAPE_LOG names (warning where it names none).

    Raises SettingsError for a level there is not.
    """
    from liqscape.cli.settings.file import find_file, parse_file

    path = find_file()
    file = None if path is None else parse_file(path)
    level = LEVELS[read_log_settings(file, "level")]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger("liqscape")
    root.handlers = [handler]
    root.setLevel(level)
    for other in OTHERS:
        logging.getLogger(other).handlers = [handler]
        logging.getLogger(other).setLevel(logging.ERROR)
