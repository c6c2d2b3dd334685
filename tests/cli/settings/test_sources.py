"""Where an option comes from: the command line, else the environment, else liqscape.toml, else its default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liqscape.cli import main as command_line
from liqscape.cli.main import SUMMARIES, build_app, command_app, main
from liqscape.cli.settings.file import FILE_VARIABLE
from liqscape.cli.settings.sources import options_of, used_settings, variable_of
from liqscape.errors import SettingsError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "liqscape.toml"
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    return path


def bound(*tokens: str) -> dict[str, Any]:
    """What the function of a command line is called with; its defaults are left out."""
    _, arguments, _ = build_app(tokens[0]).parse_args(list(tokens), print_error=False, exit_on_error=False)
    return dict(arguments.arguments)


def test_the_command_line_comes_before_the_environment_before_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("[serve]\nport = 1\n")
    assert bound("serve") == {"port": 1}
    monkeypatch.setenv("LIQSCAPE_SERVE_PORT", "2")
    assert bound("serve") == {"port": 2}
    assert bound("serve", "--port", "3") == {"port": 3}
    monkeypatch.setenv("LIQSCAPE_SERVE_PORT", "")
    assert bound("serve") == {"port": 1}


def test_a_list_of_the_command_line_takes_the_place_of_that_of_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('[serve]\nallow-host = ["a.example.org", "b.example.org"]\n')
    assert bound("serve") == {"allow_host": ("a.example.org", "b.example.org")}
    assert bound("serve", "--allow-host", "c.example.org") == {"allow_host": ("c.example.org",)}
    monkeypatch.setenv("LIQSCAPE_SERVE_ALLOW_HOST", "d.example.org e.example.org")
    assert bound("serve") == {"allow_host": ("d.example.org", "e.example.org")}


def test_dashes_and_underscores_booleans_and_paths_at_home_are_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/srv/somebody")
    file.write_text('[serve]\nraw_log = false\nread-only = true\ndata = "~/map"\nallow-frame = []\n')
    found = {"raw_log": False, "read_only": True, "data": Path("/srv/somebody/map"), "allow_frame": ()}
    assert bound("serve") == found
    assert bound("serve", "--raw-log")["raw_log"] is True


def test_a_table_is_of_its_own_command_alone(file: Path) -> None:
    file.write_text("[serve]\nport = 1\n[demo]\ncoins = 3\n")
    assert bound("demo") == {"coins": 3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[serve]\nprot = 1\n", "[serve] prot is no option of serve; did you mean port?"),
        ("[serve]\nno-raw-log = true\n", "[serve] no-raw-log is no option of serve; say raw-log = false"),
        ("[serve]\nport = 8.5\n", "[serve] port = 8.5 is no whole number"),
        ("[serve]\nport = [1, 2]\n", "[serve] port takes one value, not a list of 2"),
        ("[serve.port]\na = 1\n", "[serve] port is an option, and its value no table"),
        ("[serv]\nport = 1\n", "[serv] is no command; did you mean serve?"),
        ("port = 1\n", "'port' stands in no table"),
        ("serve = 1\n", "serve is a value, but [serve] is a table"),
        ("[config.chekc]\n", "[config.chekc] is no command; did you mean check?"),
        ("[log]\nlevl = 'x'\n", "[log] levl is unknown; did you mean level?"),
        ("[serve\n", "is not TOML: "),
    ],
)
def test_a_key_that_cannot_be_used_is_one_sentence_with_the_nearest_name(
    text: str, said: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    assert main(["serve", "--data", "never-opened"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"liqscape: {file}")
    assert said in err


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("LIQSCAPE_SERVE_PROT", "LIQSCAPE_SERVE_PROT is of no option of serve; did you mean LIQSCAPE_SERVE_PORT?"),
        ("LIQSCAPE_SERVE_NO_TURNS", "is of no option of serve; say LIQSCAPE_SERVE_TURNS=false"),
    ],
)
def test_a_variable_of_no_option_is_one_sentence_with_the_nearest_name(
    variable: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(SettingsError, match=said.replace("?", r"\?")):
        bound("serve")


def test_a_mistake_in_the_settings_stops_no_help_and_no_check(file: Path) -> None:
    file.write_text("[serv]\n")
    assert main(["--help"]) == 0
    assert main(["serve", "--help"]) == 0
    assert main(["completion", "bash"]) == 0


def test_what_is_used_is_known_with_its_source_and_without_secrets(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[serve]\napi-url = "https://me:hidden@example.org/info?signature=hidden"\n')
    monkeypatch.setenv("LIQSCAPE_SERVE_RAW_LOG", "false")
    bound("serve", "--no-turns", "--port", "3")
    found = {each.option: (each.text, each.source) for each in used_settings()}
    assert found == {
        "api-url": ("https://***@example.org/info?***", str(file)),
        "raw-log": ("false", "LIQSCAPE_SERVE_RAW_LOG"),
        "turns": ("false", "command line"),
        "port": ("3", "command line"),
    }


def test_a_file_is_named_before_the_command(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = file.with_name("other.toml")
    other.write_text("[demo]\ncoins = 99\n")
    for words in (["--config", str(other)], [f"--config={other}"]):
        assert main([*words, "demo"]) == 2
        assert capsys.readouterr().err == f"liqscape: --coins 99 is outside 1..44 (--coins is set by {other})\n"
    assert command_line.CONFIG_VARIABLE == FILE_VARIABLE


def test_no_two_commands_have_a_variable_in_common() -> None:
    of_commands = [variable_of(name, "") for name in SUMMARIES]
    assert [(a, b) for a in of_commands for b in of_commands if a != b and b.startswith(a)] == []


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_every_option_of_every_command_is_one_value_or_a_list(name: str) -> None:
    for option, argument in options_of(command_app(name).assemble_argument_collection()).items():
        assert not argument.children, option
        assert argument.name == f"--{option}"


def test_numbers_have_bounds_by_the_names_of_options() -> None:
    from liqscape.cli import demo, serve

    for module in (demo, serve):
        options = options_of(command_app(module.__name__.rpartition(".")[2]).assemble_argument_collection())
        assert set(module.BOUNDS) <= set(options)


def test_a_command_line_names_its_command_or_group() -> None:
    assert command_line.named_command(["config", "check", "x"]) == "config check"
    assert command_line.named_command(["config"]) == "config"
    assert command_line.named_command(["map", "BTC"]) == "map"
    assert command_line.named_command(["nothing"]) is None
