"""What a server says of itself on stderr while it runs: a line an event, with UTC time, level and part, or as JSON."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from liqscape.cli.settings.masking import MASK
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.cli.settings.file import SettingsFile

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


class JsonLine(logging.Formatter):
    """A log formatter that makes each record one JSON object on one line.

    time, level, logger and message are in every one; traceback where there is one; a record may bring more fields in
    `extra={"fields": ...}`. Figures that are not numbers are null.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One object, without the line end."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line |= {str(name): value for name, value in fields.items() if name not in line}
        return json.dumps(_finite(line), ensure_ascii=False, default=str)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Discreet(logging.Filter):
    """A filter that masks secrets of this process wherever they got into a line. A second lock: none should."""

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without the secrets."""
        message = record.getMessage()
        for secret in self._secrets:
            if secret in message:
                message = message.replace(secret, MASK)
                record.msg, record.args = message, None
        return True


_secrets: set[str] = set()


def hide(secret: str | None) -> None:
    """Never show this text in the log of this process."""
    if secret:
        _secrets.add(secret)


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
    """Send the log of `liqscape` to stderr, from the level and in the form that the settings name.

    Raises SettingsError for a level or a form there is not.
    """
    from liqscape.cli.settings.file import find_file, parse_file

    path = find_file()
    file = None if path is None else parse_file(path)
    level = LEVELS[read_log_settings(file, "level")]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if read_log_settings(file, "format") == "json" else OneLine())
    handler.addFilter(Discreet(_secrets))
    root = logging.getLogger("liqscape")
    root.handlers = [handler]
    root.setLevel(level)
    for other in OTHERS:
        logging.getLogger(other).handlers = [handler]
        logging.getLogger(other).setLevel(logging.ERROR)


def log_error(message: str) -> bool:
    """Log an error that ends the process, where the log of this process is JSON; else False."""
    root = logging.getLogger("liqscape")
    if not any(isinstance(each.formatter, JsonLine) for each in root.handlers):
        return False
    logging.getLogger("liqscape.run").error("%s", message, extra={"fields": {"event": "failed"}})
    return True
