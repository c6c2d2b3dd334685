"""The log on stderr: one line an event, UTC, level, part; the level from LIQSCAPE_LOG."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from liqscape.cli.logs import LEVEL_VARIABLE, OTHERS, log_to_stderr
from liqscape.errors import SettingsError


@pytest.fixture(autouse=True)
def _log_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(LEVEL_VARIABLE, raising=False)
    loggers = [logging.getLogger(name) for name in ("liqscape", *OTHERS)]
    before = [(each.handlers, each.level) for each in loggers]
    yield
    for each, (handlers, level) in zip(loggers, before, strict=True):
        each.handlers = handlers
        each.setLevel(level)


def test_a_line_has_utc_time_level_and_part_and_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    logging.getLogger("liqscape.live").warning("feed is %s", "STALE\nforged line")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING liqscape\.live: feed is STALE forged line"
    assert re.fullmatch(pattern, lines[0])


def test_details_come_only_where_they_are_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_to_stderr()
    logging.getLogger("liqscape.live").info("a detail")
    assert capsys.readouterr().err == ""
    monkeypatch.setenv(LEVEL_VARIABLE, "INFO")
    log_to_stderr()
    logging.getLogger("liqscape.live").info("a detail")
    assert "INFO liqscape.live: a detail" in capsys.readouterr().err


def test_failures_of_what_runs_the_server_are_lines_of_the_same_kind(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("asyncio").error("a task failed")
    assert capsys.readouterr().err.endswith("Z ERROR asyncio: a task failed\n")


def test_a_level_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEVEL_VARIABLE, "loud")
    with pytest.raises(SettingsError, match="LIQSCAPE_LOG=loud is none of debug, info, warning, error"):
        log_to_stderr()
