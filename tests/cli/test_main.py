"""The command line as a whole: one line for a failure, the right exit code, fast start, completion."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liqscape import __version__
from liqscape.cli import main as command_line
from liqscape.cli.main import GROUPS, SUMMARIES, command_app, main, one_line
from liqscape.errors import InputError, LiqscapeError, ModelError, NotFound, SettingsError, StoreError, WireError

PARSER = {"__main__", "attr", "attrs", "cyclopts", "docstring_parser", "rich", "typing_extensions", "_distutils_hack"}
"""What the command line is read and its help printed with. Everything else is loaded by the command that needs it."""


class _App:
    """Stands where the parsed command line would be, and fails as a command may fail."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *_arguments: object, **_options: object) -> None:
        raise self.error


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setattr(command_line, "build_app", lambda *_: _App(error))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "liqscape", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    "kind", [InputError, SettingsError, ModelError, NotFound, StoreError, WireError, LiqscapeError]
)
def test_a_liqscape_error_is_one_line_and_exit_code_2(
    kind: type[LiqscapeError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, kind("size decimals 7,\nmarket BTC allows 5"))
    assert main(["map", "BTC"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "liqscape: size decimals 7, market BTC allows 5\n"


def test_a_bug_is_one_line_and_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("LIQSCAPE_DEBUG", raising=False)
    fail_with(monkeypatch, ZeroDivisionError("division by zero"))
    assert main(["map", "BTC"]) == 1
    assert capsys.readouterr().err == (
        "liqscape: internal error, ZeroDivisionError: division by zero (LIQSCAPE_DEBUG=1 shows where)\n"
    )


def test_a_bug_shows_its_traceback_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIQSCAPE_DEBUG", "1")
    fail_with(monkeypatch, ZeroDivisionError("division by zero"))
    assert main(["map", "BTC"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_ctrl_c_is_exit_code_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail_with(monkeypatch, KeyboardInterrupt())
    assert main(["map", "BTC"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, PermissionError(13, "Permission denied", "secret.json"))
    assert main(["solve", "secret.json"]) == 2
    assert capsys.readouterr().err == "liqscape: secret.json: Permission denied\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["map", "BTC", "--nope"], "--nope"),
        (["map"], "--help shows the options"),
        (["bands"], "--coin"),
        (["map", "BTC", "--rows", "many"], "many"),
        (["mapp", "BTC"], "did you mean map?"),
        (["zzzz"], "commands: map, solve"),
        (["completion", "tcsh"], "bash"),
        (["export", "--what", "everything", "--out", "x.csv"], "clusters"),
    ],
)
def test_a_bad_option_is_one_helpful_line_and_exit_code_2(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("liqscape: ")
    assert err.count("\n") == 1
    assert expected in err


def test_version_is_the_packages_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in {**SUMMARIES, **GROUPS} if " " not in name)


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_the_summary_of_a_command_opens_its_own_help(name: str) -> None:
    own = command_app(name)
    assert own.help.splitlines()[0] == SUMMARIES[name]


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_every_option_has_help(name: str) -> None:
    arguments = command_app(name).assemble_argument_collection(parse_docstring=True)
    undocumented = [argument.name for argument in arguments if not argument.parameter.help]
    assert undocumented == []


@pytest.mark.parametrize("name", ["map", "solve", "levels", "bands", "account", "export"])
def test_every_answering_command_speaks_json(name: str) -> None:
    arguments = command_app(name).assemble_argument_collection()
    assert "--json" in [argument.name for argument in arguments]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(word in script for name in SUMMARIES for word in name.split())


def test_bash_accepts_the_completion_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "liqscape.bash"
    script.write_text(capsys.readouterr().out)
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("arguments", [["completion", "bash"], ["--help"]])
def test_a_reader_that_goes_away_is_not_an_error(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "liqscape", *arguments],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 141


def test_help_imports_no_command_and_nothing_but_the_parser() -> None:
    code = """
import sys
from liqscape.cli.main import main
assert main(["--help"]) == 0
print(*{name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names, file=sys.stderr)
print(*(name for name in sys.modules if name.startswith("liqscape.")), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    foreign, own = (set(line.split()) for line in done.stderr.splitlines())
    assert "liqscape" in foreign
    assert foreign <= {"liqscape", *PARSER}
    assert own == {"liqscape.cli", "liqscape.cli.main", "liqscape.errors"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_stdout_is_said() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "liqscape", "completion", "bash"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == "liqscape: the output cannot be written: No space left on device\n"
    assert done.returncode == 2


def test_a_closed_stdout_is_not_a_bug() -> None:
    command = f"{sys.executable} -m liqscape completion bash >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_stdin_and_stderr_are_no_bug(tmp_path: Path) -> None:
    command = f"{sys.executable} -m liqscape sql {tmp_path} <&- 2>&-"
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_terminal_without_unicode_gets_its_help() -> None:
    done = run("--help", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


@pytest.mark.parametrize("width", ["0", "00", "3"])
def test_an_impossible_width_is_not_obeyed(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The help printer asks for ever more memory at 0; so the variable is looked at, not the printer run.
    monkeypatch.setenv("COLUMNS", width)
    assert main(["--version"]) == 0
    assert "COLUMNS" not in os.environ


@pytest.mark.parametrize("width", ["40", "200", "wide", ""])
def test_a_possible_width_is_left_alone(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main(["--version"]) == 0
    assert os.environ["COLUMNS"] == width


def test_a_value_as_long_as_a_file_does_not_fill_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "x" * 100_000, "--recording", "nowhere"]) == 2
    assert len(capsys.readouterr().err) < 1_100
    assert one_line("a" * 600 + "b" * 600).endswith("b" * 500)


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    assert one_line("bad\x1b[31m row\n\t2 \u202e") == "bad [31m row 2"
