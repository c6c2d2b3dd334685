"""What a server says of its own run, whatever the level of the log: a line at its start, two at its end.

Start: version, folder, budget and the settings that are not left at their defaults, with where each is from; nothing
secret is in it. What a start waits for is said meanwhile (`liqscape.service.collecting.waiting`).
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from liqscape import __version__

log = logging.getLogger("liqscape.run")

_began: list[float] = []
"""Monotonic seconds at which the server of this process began; empty where none runs."""


@dataclass(frozen=True)
class Plan:
    """What a server is about to be; budget is what it may use, by name, None for what has no bound."""

    command: str
    folder: Path | None = None
    budget: Mapping[str, float | int | None] = field(default_factory=dict)


_plans: list[Plan] = []


def plan(command: str, folder: Path | None, **budget: float | int | None) -> None:
    """Note what is about to be served, once the options are known to be good; said when there is a map to serve."""
    _plans[:] = [Plan(command, folder, budget)]


def say_start() -> None:
    """Say what is served, as planned: a start that fails is one sentence and no more."""
    from liqscape.cli.logs import log_to_stderr
    from liqscape.cli.settings.masking import masked
    from liqscape.cli.settings.sources import used_settings

    log_to_stderr()
    log.setLevel(logging.INFO)
    _began[:] = [time.monotonic()]
    settings = used_settings()
    planned = _plans.pop() if _plans else Plan("server")
    command, folder, budget = planned.command, planned.folder, planned.budget
    where = "of the user's cache" if folder is None else masked("data", str(folder.absolute()))
    allowed = ", ".join(f"{name} {'no bound' if value is None else value}" for name, value in budget.items())
    chosen = ", ".join(f"{each.option}={each.text} ({each.source})" for each in settings)
    log.info(
        f"start: liqscape {__version__} {command}, process {os.getpid()}; folder {where}; "
        f"budget: {allowed or 'none needed'}; settings: {chosen or 'all at their defaults'}",
        extra={
            "fields": {
                "event": "start",
                "version": __version__,
                "python": platform.python_version(),
                "command": command,
                "process": os.getpid(),
                "folder": None if folder is None else where,
                "budget": dict(budget),
                "settings": {each.option: {"value": each.text, "source": each.source} for each in settings},
            }
        },
    )


def say_stopping() -> None:
    """Say that the end was asked for, and what it waits for."""
    log.info(
        "stop: asked to; the streams end, what is in hand is stored",
        extra={"fields": {"event": "stopping"}},
    )


def say_stopped(code: int) -> None:
    """Say that all is closed and stored. Nothing where no server was started."""
    if not _began:
        return
    seconds = time.monotonic() - _began.pop()
    log.info(
        "stopped: code %d after %.1f s",
        code,
        seconds,
        extra={"fields": {"event": "stopped", "code": code, "seconds": round(seconds, 3)}},
    )
