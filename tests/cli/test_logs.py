"""The log on stderr: one line an event, UTC, level, part; level and form from the environment or liqscape.toml."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from liqscape.cli.logs import OTHERS, hide, log_error, log_to_stderr
from liqscape.cli.run_lines import plan, say_start, say_stopped, say_stopping
from liqscape.cli.settings.file import FILE_VARIABLE, LOG_VARIABLES
from liqscape.errors import SettingsError

LEVEL_VARIABLE, FORMAT_VARIABLE = "LIQSCAPE_LOG", "LIQSCAPE_LOG_FORMAT"


@pytest.fixture(autouse=True)
def _log_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (LEVEL_VARIABLE, FORMAT_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    loggers = [logging.getLogger(name) for name in ("liqscape", "liqscape.run", *OTHERS)]
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


def test_a_line_of_json_has_the_same_and_is_one_line_whatever_is_in_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FORMAT_VARIABLE, "JSON")
    log_to_stderr()
    log = logging.getLogger("liqscape.live")
    log.warning("feed is %s", 'STALE\n"forged": é', extra={"fields": {"age": float("nan"), "level": "no"}})
    try:
        raise ZeroDivisionError("division by zero")
    except ZeroDivisionError:
        log.exception("failed")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    said = {"level": "WARNING", "logger": "liqscape.live", "message": 'feed is STALE\n"forged": é', "age": None}
    assert first == said
    assert second["traceback"].startswith("Traceback")


def test_level_and_form_may_stand_in_the_file_and_the_environment_comes_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "liqscape.toml"
    path.write_text('[log]\nlevel = "info"\nformat = "json"\n')
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    log_to_stderr()
    logging.getLogger("liqscape.live").info("a detail")
    assert json.loads(capsys.readouterr().err)["message"] == "a detail"
    monkeypatch.setenv(LEVEL_VARIABLE, "error")
    monkeypatch.setenv(FORMAT_VARIABLE, "text")
    log_to_stderr()
    logging.getLogger("liqscape.live").warning("no detail")
    logging.getLogger("liqscape.live").error("a failure")
    assert capsys.readouterr().err.endswith("Z ERROR liqscape.live: a failure\n")
    assert {"level": LEVEL_VARIABLE, "format": FORMAT_VARIABLE} == LOG_VARIABLES


def test_a_form_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORMAT_VARIABLE, "yaml")
    with pytest.raises(SettingsError, match="LIQSCAPE_LOG_FORMAT=yaml is none of text, json"):
        log_to_stderr()


def test_a_token_that_got_into_a_line_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    hide("correct-horse-battery-staple")
    log_to_stderr()
    logging.getLogger("liqscape.live").warning("asked with %s", {"token": "correct-horse-battery-staple"})
    assert capsys.readouterr().err.endswith("asked with {'token': '***'}\n")


def test_start_and_stop_are_said_at_every_level(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(LEVEL_VARIABLE, "error")
    plan("serve", tmp_path, request_weight_a_minute=1_200, history_gb=None)
    say_start()
    say_stopping()
    say_stopped(0)
    say_stopped(0)
    start, stopping, stopped = capsys.readouterr().err.splitlines()
    assert f"folder {tmp_path}; budget: request_weight_a_minute 1200, history_gb no bound; settings: " in start
    assert "INFO liqscape.run: stop: asked to" in stopping
    assert re.search(r"stopped: code 0 after \d+\.\d s$", stopped)


def test_an_error_is_a_line_of_the_log_where_that_is_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_to_stderr()
    assert not log_error("--port 80 is taken")
    monkeypatch.setenv(FORMAT_VARIABLE, "json")
    log_to_stderr()
    assert log_error("--port 80 is taken")
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["event"], line["message"]) == ("ERROR", "failed", "--port 80 is taken")
