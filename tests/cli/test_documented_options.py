"""Every option that a document, a help text or a message names is one that its command takes."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from cyclopts import CycloptsError, UnknownOptionError

from liqscape.cli.main import SUMMARIES, build_app, command_app
from liqscape.web.deprecations import FORMER_OPTIONS

ROOT = Path(__file__).resolve().parents[2]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
OTHER_PROGRAMS = {
    # of every command
    "--config",
    "--help",
    "--version",
    "--install-completion",
    # hl-node
    "--batch-by-block",
    "--disable-output-file-buffering",
    "--stream-with-block-info",
    "--write-fills",
    "--write-misc-events",
    "--write-order-statuses",
    # an order book server
    "--bbo-only",
    "--markets",
    # a benchmark, systemctl, docker
    "--by-task",
    "--shared",
    "--only",
    "--seconds",
    "--now",
    "--build",
    "--build-arg",
    "--detach",
    "--init",
    # the command line of an agent
    "--header",
    "--transport",
    # pip, and the page's own build
    "--no-deps",
    "--require-hashes",
    "--harness",
}


application = cache(build_app)
"""The application of a command; making one takes longer than asking it."""


@cache
def options(command: str) -> dict[str, bool]:
    """Every option of a command, with whether it is a flag."""
    arguments = command_app(command).assemble_argument_collection(parse_docstring=True)
    return {
        name: argument.hint is bool
        for argument in arguments
        for name in (argument.name, *(argument.parameter.negative or ()))
        if name.startswith("--")
    }


def documented() -> list[tuple[str, str]]:
    """(command, option) of every row of the tables of docs/cli.md."""
    found = []
    for section in (ROOT / "docs" / "cli.md").read_text().split("\n## liqscape ")[1:]:
        command = section.split("\n", 1)[0].strip()
        for row in re.findall(r"^\| (`--[^|]*) \|", section, re.MULTILINE):
            found += [(command, option) for option in OPTION.findall(row)]
    return found


SCRIPT = re.compile(r"python (?:benchmarks|tools)/[^`\n]*")
"""A command of the benchmarks or tools, which take options of their own."""


@cache
def texts() -> list[tuple[str, str]]:
    """(place, text) of every document and of every string of the package, docstrings among them."""
    documents = (ROOT / "README.md", *ROOT.glob("docs/*.md"))
    found = [(str(path.relative_to(ROOT)), SCRIPT.sub("", path.read_text())) for path in documents]
    for path in sorted((ROOT / "src" / "liqscape").rglob("*.py")):
        found += [
            (f"{path.relative_to(ROOT)}:{node.lineno}", node.value)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    return found


def refusal(command: str, option: str) -> str | None:
    """Why the command line does not know the option; None where it does, whatever else it lacks."""
    tokens = [*command.split(), option] if options(command).get(option) else [*command.split(), option, "1"]
    try:
        application(command).parse_args(tokens, print_error=False, exit_on_error=False)
    except UnknownOptionError as error:
        return str(error)
    except CycloptsError:
        return None
    return None


def test_every_option_of_the_tables_is_parsed() -> None:
    rows = documented()
    assert {command for command, _ in rows} >= {"serve", "demo", "sandbox", "cascade", "solve"}
    assert ("serve", "--no-raw-log") in rows
    assert ("sandbox", "--no-limits") in rows
    assert [(command, option, said) for command, option in rows if (said := refusal(command, option))] == []


def test_an_option_that_is_not_there_is_refused() -> None:
    assert "--no-such" in (refusal("serve", "--no-such") or "")


def test_every_option_that_a_text_names_belongs_to_a_command() -> None:
    known = OTHER_PROGRAMS.union(*(options(command) for command in SUMMARIES), *FORMER_OPTIONS.values())
    strays = [(place, option) for place, text in texts() for option in OPTION.findall(text) if option not in known]
    assert strays == []


def test_an_option_after_the_name_of_a_command_is_one_of_that_command() -> None:
    named = re.compile(rf"liqscape ({'|'.join(SUMMARIES)})\b((?:[ \\\n]+[^\s`|;&)]+)*)")
    strays = [
        (place, command, option)
        for place, text in texts()
        if not place.startswith("docs/cli.md")
        for command, rest in named.findall(text)
        for option in OPTION.findall(rest.split("liqscape ")[0])
        if option not in options(command) | dict.fromkeys(OTHER_PROGRAMS, False)
    ]
    assert strays == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_raw_log_can_be_left_out(is_kept: bool) -> None:
    tokens = ["serve", "--raw-log" if is_kept else "--no-raw-log"]
    _, bound, _ = build_app("serve").parse_args(tokens, print_error=False, exit_on_error=False)
    assert bound.arguments["raw_log"] is is_kept
