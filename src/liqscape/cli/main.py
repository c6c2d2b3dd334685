"""The `liqscape` command: its list of commands, and the one place where failures become a line and an exit code.

Commands are named by import path and loaded when they are run, so that `liqscape --help` starts fast: nothing
imported here may pull in numpy, numba, polars or litestar (tests/test_imports.py).

    0    done
    2    the user's input, option or file cannot be used: one line on stderr, nothing written
    1    a bug of ours: one line, and the traceback with LIQSCAPE_DEBUG=1; of `doctor`: something differs
    130  interrupted with Ctrl-C
    141  the reader of our output went away
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError, Parameter

from liqscape import __version__
from liqscape.errors import LiqscapeError

if TYPE_CHECKING:
    from cyclopts import ArgumentCollection

EXIT_OK = 0
EXIT_BUG = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141

DEBUG_VARIABLE = "LIQSCAPE_DEBUG"
CONFIG_VARIABLE = "LIQSCAPE_CONFIG"
CONFIG_OPTION = "--config"

MIN_WIDTH = 10
"""Columns; below that COLUMNS is taken for a mistake."""

MAX_LINE = 1_000
"""Characters of an error; two paths and a rule fit."""

SUMMARIES = {
    "map": "Draw the liquidation map of a coin in the terminal.",
    "solve": "Print the liquidation prices of saved account states.",
    "levels": "Write the level of every position of a recording to a table.",
    "bands": "Print the bands of a coin at one instant.",
    "book": "Print the resting orders of a coin through time: USD near the mid, or archived books.",
    "account": "Print the margin pools and levels of one address.",
    "agreement": "Print how far our liquidation prices are from those the exchange published.",
    "joint": "Print what is liquidated if BTC moves and the rest follow.",
    "stop": "Say where a stop stands among clusters, and how large a position may be at a dollar risk.",
    "cascade": "Simulate what happens if the price of a coin gets there.",
    "export": "Write levels, bands, positions, marks or clusters to a Parquet or CSV file.",
    "migrate": "Do what `liqscape history migrate` does: this is its former name.",
    "sql": "Ask a data folder, a recording or exported tables in SQL.",
    "serve": "Serve the live map of the exchange, or that of a recording or of stored history.",
    "replica": "Serve a read replica of a map that another process collects.",
    "doctor": "Check what a server answers, and this machine, against what the map expects.",
    "status": "Print how a running map stands: its age, coverage and sources.",
    "liquidations": "List the liquidations a live map has seen or an import of archives has found, newest first.",
    "import": "Import archives of the exchange, or a snapshot table of others, into stored history.",
    "study": "Study stored history: identity and age of clusters, why they change, sweeps, cascades.",
    "clusters": "List the clusters of a coin, longest held first, or tell the life of one.",
    "changes": "List why clusters of a coin changed, minute by minute, newest first, with the sum of each reason.",
    "sweeps": "List the sweeps of a coin's clusters, newest first, with those that are not over.",
    "cascades": (
        "List how cascades of a coin stand and stood, newest first, with the rule that decides and what came of them."
    ),
    "board": "Print all coins side by side: price, open interest, funding, and what is close to being liquidated.",
    "context": (
        "Print what stands beside the map of a coin by time: open interest, funding, longs and shorts, liquidations."
    ),
    "caveats": "Print what the map of a coin leaves open, in figures: each with its unit, number of cases and source.",
    "structure": (
        "Print swings, sessions, ranges and volume by price of a coin, and where its clusters stand against them."
    ),
    "triggers": (
        "Print stops and take-profits of a coin, of how much of the market they are known, and what stands beside them."
    ),
    "odds": (
        "Print how often price has gone as far as a level within 1 h, 4 h and 24 h, beside the record of such odds."
    ),
    "setups": (
        "List clusters of a coin with each piece of evidence for them, and what came of earlier ones with the same."
    ),
    "chain": (
        "Print the clusters in the order the mark would meet them, and what the way through one sets off: SIMULATED."
    ),
    "score": (
        "Score what the map said each hour against what happened within 1 h, 4 h and 24 h, and print the scorecard."
    ),
    "deleveraging": (
        "Simulate what is deleveraged if the mark reaches each cluster of a coin; or rank an account in the queues."
    ),
    "replay": "Make the frames of a raw log again and compare them with the stored ones.",
    "mcp": "Offer the map to an agent as tools of the Model Context Protocol.",
    "warm": "Compile everything that servers and simulations need, and keep it.",
    "demo": "Serve the map of the sandbox exchange, labelled SIMULATED.",
    "sandbox": "Run a local exchange that speaks the protocol of the real one.",
    "alerts list": "List the rules of a map with how often and when each fired last; with --fired what they said.",
    "alerts add": "Add a rule, or replace the one of its id; one that can never fire is refused with the reason.",
    "alerts remove": "Remove a rule; the rest of its file stays as it was.",
    "alerts try": "Hold a rule against stored history: when it would have fired, and what the mark did after it.",
    "alerts test": "Send a test message to a destination of alerts.toml at once, and say how that ended.",
    "history info": (
        "Print what a data folder holds: its span, parts, bytes by table, growth a day, schema versions, holes, damage."
    ),
    "history backup": "Copy a data folder to another folder or a bucket; a map may be writing it meanwhile.",
    "history restore": "Put a backup back as a data folder, which then may be served.",
    "history verify": (
        "Check a data folder: checksums, schemas, the order of frames, and sums of bands against accounts."
    ),
    "history prune": (
        "Remove old days of a data folder, or detail of them, once; what goes and how many bytes is said first."
    ),
    "history migrate": "Rewrite stored history of an older version in the format of today.",
    "config check": "Check liqscape.toml and the variables of the environment: every key and every value.",
    "config show": "Show every option of a command with its value and where that comes from; secrets are masked.",
    "completion": "Print the completion script for bash, zsh or fish.",
}
"""Every command with its line in `liqscape --help`: the first line of the command's own help.

Command NAME is the function `NAME` of `liqscape.cli.NAME`; a command of a group has a blank in its name, which is `_`
there: `config check` is `liqscape.cli.config_check:config_check`.
"""

GROUPS = {
    "alerts": "Rules for alerts, what they fired, and the destinations they are sent to.",
    "history": "Look after a data folder: what it holds, backups, checks, removal, older versions.",
    "config": "Check and show the settings in liqscape.toml and the environment.",
}
"""Every group of commands with its line in `liqscape --help`."""

WITHOUT_SETTINGS = {"completion", "config"}
"""Commands that work where a setting is wrong: one of them says what is."""

OTHER_PLACES = {"map": "map:draw_map", "import": "import_history:import_history"}
"""Where the command's name is a word of Python's."""


def build_app(running: str | None = None) -> App:
    """The command line. `running` names the command whose own, longer help is wanted."""
    app = App(
        name="liqscape",
        version=__version__,
        help="The exact, self-hosted liquidation map of the Hyperliquid perpetuals exchange.",
        help_format="plaintext",
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
        config=(_fill_settings,),
    )
    groups = {name: App(name=name, help=help_) for name, help_ in GROUPS.items()}
    for group in groups.values():
        app.command(group)
    for name, summary in SUMMARIES.items():
        group_name, _, own_name = name.rpartition(" ")
        (groups[group_name] if group_name else app).command(
            place_of(name),
            name=own_name,
            help=None if name == running else summary,
        )
    app.register_install_completion_command(help="Install completion for the present shell.")
    return app


def command_app(name: str) -> App:
    """The part of the command line that is one command or group, with its own, longer help."""
    app = build_app(name)
    for word in name.split():
        app = app[word]
    return app


def place_of(name: str) -> str:
    """Where the function of a command is, `module:function`."""
    function = name.replace(" ", "_")
    return f"liqscape.cli.{OTHER_PLACES.get(name, f'{function}:{function}')}"


def named_command(tokens: Sequence[str]) -> str | None:
    """The command or group that a command line begins with; None where it begins with none."""
    for count in (2, 1):
        name = " ".join(tokens[:count])
        if name in SUMMARIES or name in GROUPS:
            return name
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (the process's own by default) and return the exit code."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    _forget_impossible_width()
    _accept_any_streams()
    tokens = _name_settings_file(tokens)
    code = _run(tokens)
    lines = sys.modules.get("liqscape.cli.run_lines")
    if lines is not None:  # of a server
        lines.say_stopped(code)
    return code


def _run(tokens: list[str]) -> int:
    name = named_command(tokens)
    if (unknown := _unknown_command(tokens, name)) is not None:
        return _refuse(unknown)
    tokens, renamed = _in_todays_spelling(tokens)
    app = build_app(name)
    try:
        app(
            tokens,
            print_error=False,
            exit_on_error=False,
            result_action="return_value",
        )
        sys.stdout.flush()
        for sentence in renamed:
            print(f"liqscape: {sentence}", file=sys.stderr)
    except CycloptsError as error:
        return _refuse(f"{one_line(str(error))} (liqscape {_command_of(tokens)}--help shows the options)")
    except LiqscapeError as error:
        return _refuse(one_line(f"{error}{_set_elsewhere(str(error))}"))
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE_CLOSED
    except OSError as error:
        if error.filename is None:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            return _refuse(f"the output cannot be written: {error.strerror}") if full else _report_bug(error)
        return _refuse(one_line(f"{error.filename}: {error.strerror or error}"))
    except KeyboardInterrupt:
        print("liqscape: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # rich meets it first and asks to leave with code 1
            return EXIT_PIPE_CLOSED
        return stop.code if isinstance(stop.code, int) else EXIT_OK if stop.code is None else EXIT_BAD_INPUT
    except Exception as error:  # noqa: BLE001 - the last resort: a short line instead of a wall of text
        return _report_bug(error)
    return EXIT_OK


def one_line(message: str) -> str:
    """A message without line breaks and control characters, which a file or an option may carry.

    What is longer than MAX_LINE loses its middle: a value may be as long as a file.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    if len(line) <= MAX_LINE:
        return line
    return f"{line[: MAX_LINE // 2]} ... {line[-MAX_LINE // 2 :]}"


def _name_settings_file(tokens: list[str]) -> list[str]:
    """`liqscape --config FILE COMMAND` is `LIQSCAPE_CONFIG=FILE liqscape COMMAND`."""
    option, sign, file = tokens[0].partition("=") if tokens else ("", "", "")
    if option != CONFIG_OPTION or (not sign and len(tokens) == 1):
        return tokens
    os.environ[CONFIG_VARIABLE] = file if sign else tokens[1]
    return tokens[1:] if sign else tokens[2:]


def _set_elsewhere(message: str) -> str:
    """Where an option that an error names was set, if not on the command line."""
    sources = sys.modules.get("liqscape.cli.settings.sources")
    if sources is None:
        return ""
    said = [
        f" (--{each.option} is set by {each.source})"
        for each in sources.used_settings()
        if each.source != sources.COMMAND_LINE and message.startswith(f"--{each.option} ")
    ]
    return "".join(said)


def _fill_settings(_app: App, words: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Options that the command line leaves open are those of the environment and of liqscape.toml."""
    command = " ".join(words)
    if command not in SUMMARIES or command.split()[0] in WITHOUT_SETTINGS:
        return
    from liqscape.cli.settings.sources import fill

    fill(command, arguments, list(SUMMARIES))


def _in_todays_spelling(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Former spellings of a command's options are taken; a sentence for each of them."""
    if not tokens or tokens[0] not in SUMMARIES:
        return tokens, []
    from liqscape.web.deprecations import rename_options

    return rename_options(tokens[0], tokens)


def _forget_impossible_width() -> None:
    """COLUMNS=0, as some containers set it, makes the help printer ask for ever more memory."""
    width = os.environ.get("COLUMNS", "")
    if width.isdecimal() and int(width[:6]) < MIN_WIDTH:
        del os.environ["COLUMNS"]


def _accept_any_streams() -> None:
    """A closed stdin says nothing, a closed output takes and drops everything; no other file takes their place.

    A stdout that is not UTF-8 shows `?` for bars and dashes it lacks.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - the process's own, until it ends
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower().replace("-", "") != "utf8":
        sys.stdout.reconfigure(errors="replace")


def _unknown_command(tokens: list[str], name: str | None) -> str | None:
    """What is said where the command line names no command, or a group and none of its commands."""
    rest = tokens[1:] if name in GROUPS else tokens
    if not rest or rest[0].startswith("-") or (name is not None and name not in GROUPS):
        return None
    from liqscape.spelling import did_you_mean, shown

    of = f"{name} " if name is not None else ""
    known = [each.removeprefix(of) for each in SUMMARIES if each.startswith(of) and (of or " " not in each)]
    known += () if of else GROUPS
    hint = did_you_mean(rest[0], known, f"commands: {', '.join(known)}")
    return f"unknown command {shown(one_line(of + rest[0]))}; {hint}"


def _command_of(tokens: list[str]) -> str:
    name = named_command(tokens)
    return "" if name is None else f"{name} "


def _refuse(message: str) -> int:
    if os.environ.get(DEBUG_VARIABLE) == "1":
        _print_traceback()
    if not _log_error(message):
        print(f"liqscape: {message}", file=sys.stderr)
    return EXIT_BAD_INPUT


def _report_bug(error: Exception) -> int:
    if os.environ.get(DEBUG_VARIABLE) == "1":
        _print_traceback()
    shown = one_line(f"{type(error).__name__}: {error}")
    message = f"internal error, {shown} ({DEBUG_VARIABLE}=1 shows where)"
    if not _log_error(message):
        print(f"liqscape: {message}", file=sys.stderr)
    return EXIT_BUG


def _log_error(message: str) -> bool:
    """Say an error in the log where that is JSON: who reads it reads every line so. False where it is not."""
    logs = sys.modules.get("liqscape.cli.logs")
    return logs is not None and bool(logs.log_error(message))


def _print_traceback() -> None:
    import traceback

    traceback.print_exc()
