"""`liqscape config check`: every key and value of liqscape.toml and of the environment, before anything starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.cli.settings.file import SettingsFile

OTHER_VARIABLES = ("CACHE", "CONFIG", "DEBUG", "LOG", "LOG_FORMAT", "RECORDED", "TESTS", "TOKEN")
"""Variables, without LIQSCAPE_, that are of no option."""


def config_check(file: Path | None = None, *, json: bool = False) -> None:
    """Check liqscape.toml and the variables of the environment: every key and every value.

    A line for each that cannot be used, with the nearest name, and exit code 2; nothing is started or written. Whether
    a folder is there and an address answers is seen by the command itself.

    Parameters
    ----------
    file
        The file to check; by default the one that would be read.
    json
        Print one JSON document: the file, how many settings can be used, and a sentence for each that cannot.
    """
    from liqscape.cli.settings.file import find_file, parse_file

    read, problems = None, []
    try:
        path = find_file() if file is None else file
        read = None if path is None else parse_file(path)
    except SettingsError as error:
        problems.append(str(error))
    checked = list(_checks(read))
    problems += [each for each in checked if each is not None]
    count = checked.count(None)
    name = None if read is None else str(read.path)
    if json:
        from liqscape.cli.output import print_json

        print_json({"file": name, "usable": count, "problems": problems})
    for each in problems[:-1]:
        print(f"liqscape: {each}", file=sys.stderr)
    if problems:
        raise SettingsError(problems[-1])
    if not json:
        print(f"{name or 'no liqscape.toml'}: {count} settings in it and in the environment, each can be used")


def _checks(file: SettingsFile | None) -> Iterator[str | None]:
    """For each setting None, or a sentence why it cannot be used."""
    from liqscape.cli.main import SUMMARIES
    from liqscape.cli.settings.file import unknown_tables

    yield from [] if file is None else unknown_tables(file, list(SUMMARIES))
    yield from _log_checks(file)
    yield from _stray_variables(list(SUMMARIES))
    for command in SUMMARIES:
        yield from _command_checks(command, file)


def _log_checks(file: SettingsFile | None) -> Iterator[str | None]:
    from liqscape.cli.logs import read_log_settings
    from liqscape.cli.settings.file import LOG_VARIABLES

    for key, variable in LOG_VARIABLES.items():
        try:
            if os.environ.get(variable) or (file is not None and file.log_setting(key) is not None):
                read_log_settings(file, key)
                yield None
        except SettingsError as error:
            yield str(error)


def _stray_variables(commands: list[str]) -> Iterator[str]:
    """Variables with our prefix that are of no command and nothing else, such as LIQSCAPE_SERV_PORT."""
    from liqscape.cli.settings.sources import PREFIX, variable_of
    from liqscape.spelling import did_you_mean

    known = [f"{PREFIX}{each}" for each in OTHER_VARIABLES]
    of_commands = [variable_of(command, "") for command in commands]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(tuple(of_commands)):
            head = PREFIX + name.removeprefix(PREFIX).partition("_")[0]
            commands_and_others = [*known, *(each.rstrip("_") for each in of_commands)]
            hint = did_you_mean(head, commands_and_others, "variables are LIQSCAPE_, the command and the option")
            yield f"{name} is of no command; {hint}"


def _command_checks(command: str, file: SettingsFile | None) -> Iterator[str | None]:
    from liqscape.cli.main import command_app, one_line, place_of
    from liqscape.cli.settings.bounds import bounds_of
    from liqscape.cli.settings.sources import options_of, settings_in_environment, settings_in_file, variable_of

    try:
        is_in_file = file is not None and bool(file.table_of(command))
    except SettingsError:
        return  # unknown_tables says so
    if not is_in_file and not any(name.startswith(variable_of(command, "")) for name in os.environ):
        return
    from cyclopts import CycloptsError

    arguments = command_app(command).assemble_argument_collection()
    options = options_of(arguments)
    bounds = bounds_of(command, place_of(command))
    found = [*settings_in_environment(command, options, os.environ)]
    found += settings_in_file(command, options, file) if file is not None and is_in_file else []
    for each in found:
        if each.problem is not None:
            yield each.problem
            continue
        place = str(each.tokens[0].keyword)
        option = options_of(arguments.copy(reset_tokens=True))[each.option]
        option.tokens = list(each.tokens)
        try:
            value = option.convert_and_validate()
        except CycloptsError as error:
            said = one_line(str(error)).removeprefix(f"{type(error).__name__} ")
            yield said.replace(f"for {place} from {place}", f"for {place}")
            continue
        low, high = bounds.get(each.option, (None, None))
        is_outside = low is not None and not low <= value <= high
        of_file = "" if place == each.tokens[0].source else f"{each.tokens[0].source}: "
        yield f"{of_file}{place} = {value:g} is outside {low:g}..{high:g}" if is_outside else None
