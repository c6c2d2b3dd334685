"""Fills the options a command line leaves open from the environment and from liqscape.toml."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cyclopts import Token

from liqscape.cli.settings.file import SettingsFile, find_file, read_file
from liqscape.cli.settings.masking import masked
from liqscape.errors import SettingsError
from liqscape.spelling import did_you_mean

if TYPE_CHECKING:
    from cyclopts import ArgumentCollection
    from cyclopts.argument import Argument

PREFIX = "LIQSCAPE_"
COMMAND_LINE = "command line"
LIST_THEM = "`liqscape config show COMMAND` lists them"


@dataclass(frozen=True)
class FoundSetting:
    """One key of the file or one variable: the option it is of and its words, or why it cannot be used."""

    option: str
    tokens: tuple[Token, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class UsedSetting:
    """One option that is not left at its default."""

    option: str
    values: tuple[str, ...]
    source: str
    """The command line, the name of a variable, or the path of the file."""

    @property
    def text(self) -> str:
        """Its value as it may be shown."""
        return " ".join(masked(self.option, each) for each in self.values)


_used: list[UsedSetting] = []
"""Of the command that runs in this process."""


def used_settings() -> tuple[UsedSetting, ...]:
    """Options of the running command that are not left at their defaults."""
    return tuple(_used)


def fill(command: str, arguments: ArgumentCollection, commands: Sequence[str]) -> None:
    """Fill options of a command that the command line does not give, and remember all that are given.

    commands are all there are. Raises SettingsError for a variable or a key of no option, with the nearest name, and
    for a file that cannot be used.
    """
    _used[:] = filled(command, options_of(arguments), find_settings(commands))


def find_settings(commands: Sequence[str]) -> SettingsFile | None:
    """The file that is read by every command. Raises SettingsError where it cannot be used."""
    path = find_file()
    return None if path is None else read_file(path, commands)


def filled(command: str, options: Mapping[str, Argument], file: SettingsFile | None) -> list[UsedSetting]:
    """Fill options of a command, and say which are given, by what."""
    for found in (
        *settings_in_environment(command, options, os.environ),
        *(() if file is None else settings_in_file(command, options, file)),
    ):
        if found.problem is not None:
            raise SettingsError(found.problem)
        option = options[found.option]
        if all(each.source == found.tokens[0].source for each in option.tokens):
            for token in found.tokens:
                option.append(token)
    return [_used_setting(name, each.tokens) for name, each in options.items() if each.tokens]


def options_of(arguments: Iterable[Argument]) -> dict[str, Argument]:
    """Options by name, `allow-host`. What is asked by its place, such as a coin, is a question and no setting, and a
    record of options is none itself."""
    return {
        each.name.removeprefix("--"): each
        for each in arguments
        if each.field_info.kind is inspect.Parameter.KEYWORD_ONLY and not each.children
    }


def variable_of(command: str, option: str) -> str:
    """The variable of an option: LIQSCAPE_SERVE_ALLOW_HOST."""
    return f"{PREFIX}{_capitals(command)}_{_capitals(option)}"


def settings_in_environment(
    command: str, options: Mapping[str, Argument], environment: Mapping[str, str]
) -> Iterator[FoundSetting]:
    """Every variable of a command; one that is empty says nothing."""
    variables = {variable_of(command, name): name for name in options}
    for variable, value in sorted(environment.items()):
        if not variable.startswith(variable_of(command, "")) or not value:
            continue
        if variable not in variables:
            negatives = {
                variable_of(command, each): f"{name}=false"
                for name, option in variables.items()
                for each in _negatives(options[option])
            }
            hint = negatives.get(variable)
            said = did_you_mean(variable, variables, LIST_THEM) if hint is None else f"say {hint}"
            yield FoundSetting(variable, problem=f"{variable} is of no option of {command}; {said}")
            continue
        option = options[variables[variable]]
        words = option.env_var_split(value)
        tokens = (_token(option, variable, variable, word, index) for index, word in enumerate(words))
        yield FoundSetting(variables[variable], tuple(tokens))


def settings_in_file(command: str, options: Mapping[str, Argument], file: SettingsFile) -> Iterator[FoundSetting]:
    """Every key of a command's table."""
    for key, value in file.table_of(command).items():
        name, place = key.replace("_", "-"), f"[{command.replace(' ', '.')}] {key}"
        option = options.get(name)
        if option is None:
            negatives = {each: of for of, given in options.items() for each in _negatives(given)}
            said = f"say {negatives[name]} = false" if name in negatives else did_you_mean(name, options, LIST_THEM)
            problem: str | None = f"{place} is no option of {command}; {said}"
        else:
            problem = _unfit(place, option, value)
        if option is None or problem is not None:
            yield FoundSetting(name, problem=f"{file.path}: {problem}")
            continue
        words = value if isinstance(value, list) else [value]
        tokens = [_token(option, place, str(file.path), _written(word), index) for index, word in enumerate(words)]
        # An empty list is a value, not none given.
        yield FoundSetting(name, tuple(tokens) or (Token(keyword=place, source=str(file.path), implicit_value=()),))


def _unfit(place: str, option: Argument, value: object) -> str | None:
    """Why a value of the file is not of the option's kind, where its text would pass for one."""
    kinds = get_args(option.hint) or (option.hint,)
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict | list) for each in value)):
        return f"{place} is an option, and its value no table"
    if isinstance(value, list) and not option.token_count()[1]:
        return f"{place} takes one value, not a list of {len(value)}"
    if isinstance(value, float) and int in kinds and float not in kinds:
        return f"{place} = {value} is no whole number"
    return None


def _token(option: Argument, place: str, source: str, value: str, index: int) -> Token:
    """A word as on the command line; a path that begins with ~ as the shell would give it."""
    kinds = get_args(option.hint) or (option.hint,)
    at_home = value.startswith("~/") and Path in kinds
    return Token(keyword=place, source=source, value=str(Path(value).expanduser()) if at_home else value, index=index)


def _written(word: object) -> str:
    """A value of the file as a word of the command line."""
    return str(word).lower() if isinstance(word, bool) else str(word)


def _negatives(option: Argument) -> list[str]:
    """How the command line says that an option is off: `no-raw-log`."""
    return [each.removeprefix("--") for each in option.negatives] if option.hint is bool else []


def _used_setting(name: str, tokens: Sequence[Any]) -> UsedSetting:
    source = COMMAND_LINE if tokens[0].source == "cli" else tokens[0].source
    return UsedSetting(name, tuple(_text_of(each) for each in tokens), source)


def _text_of(token: Token) -> str:
    implicit = token.implicit_value
    return str(implicit).lower() if isinstance(implicit, bool) else token.value


def _capitals(name: str) -> str:
    return name.upper().replace("-", "_").replace(" ", "_")
