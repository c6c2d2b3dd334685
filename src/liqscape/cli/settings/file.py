"""liqscape.toml: where it is looked for, and what is refused before a value of it is used."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from liqscape.errors import SettingsError
from liqscape.spelling import did_you_mean, shown

FILE_NAME = "liqscape.toml"
FILE_VARIABLE = "LIQSCAPE_CONFIG"
SYSTEM_FOLDER = Path("/etc/liqscape")
MAX_BYTES = 1_000_000
LOG_TABLE = "log"
LOG_VARIABLES = {"level": "LIQSCAPE_LOG", "format": "LIQSCAPE_LOG_FORMAT"}
"""Keys of [log], which is of no command, and the variables that come before them."""


@dataclass(frozen=True)
class SettingsFile:
    """What one file says."""

    path: Path
    tables: Mapping[str, object]

    def table_of(self, command: str) -> Mapping[str, object]:
        """Options of a command by their names in the file; empty where it has no table.

        Raises SettingsError where something else than a table has that name.
        """
        found: object = self.tables
        for word in command.split():
            assert isinstance(found, Mapping)
            found = found.get(word, {})
            if not isinstance(found, Mapping):
                raise SettingsError(f"{self.path}: {word} is a value, but [{command.replace(' ', '.')}] is a table")
        assert isinstance(found, Mapping)
        return found

    def log_setting(self, key: str) -> str | None:
        """One value of [log]; None where it is not there. Raises SettingsError for what is no text."""
        value = self.table_of(LOG_TABLE).get(key)
        if value is not None and not isinstance(value, str):
            raise SettingsError(f"{self.path}: [{LOG_TABLE}] {key} = {value!r} is not text")
        return value


def find_file() -> Path | None:
    """The one file that is read: that of LIQSCAPE_CONFIG, else the first of the present folder, the user's and /etc.

    Raises SettingsError where LIQSCAPE_CONFIG names none, or the file of the present folder is somebody else's: whoever
    runs a command in a folder that all may write to is not to run it with another's options.
    """
    named = os.environ.get(FILE_VARIABLE)
    if named:
        if not Path(named).exists():
            raise SettingsError(f"{FILE_VARIABLE}={named} is not there")
        return Path(named)
    here = Path(FILE_NAME)
    if here.is_file():
        if here.stat().st_uid not in (0, os.geteuid()):
            raise SettingsError(f"{here.absolute()} belongs to another user: name it by {FILE_VARIABLE} to use it")
        return here
    homes = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    for folder in (Path(homes).expanduser() / "liqscape", SYSTEM_FOLDER):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def read_file(path: Path, commands: Sequence[str]) -> SettingsFile:
    """Read a file whose tables are of the commands. Raises SettingsError for one that cannot be used."""
    file = parse_file(path)
    for problem in unknown_tables(file, commands):
        raise SettingsError(problem)
    return file


def parse_file(path: Path) -> SettingsFile:
    """Read a file without a look at what its tables are.

    Raises SettingsError, in one sentence with place and line, for a file that cannot be read, that everybody may write
    or that is no TOML.
    """
    try:
        mode = path.stat()
        if stat.S_ISREG(mode.st_mode) and mode.st_mode & stat.S_IWOTH:
            raise SettingsError(f"{path} may be written by everybody: chmod o-w {path}")
        if mode.st_size > MAX_BYTES:
            raise SettingsError(f"{path} has {mode.st_size} bytes, at most {MAX_BYTES}")
        tables = tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    return SettingsFile(path, tables)


def unknown_tables(file: SettingsFile, commands: Sequence[str]) -> list[str]:
    """A sentence for every table of no command, for values outside of tables, and for unknown keys of [log]."""
    problems = []
    firsts = list(dict.fromkeys([*(name.split()[0] for name in commands), LOG_TABLE]))
    for name, value in file.tables.items():
        if name not in firsts:
            hint = "options stand in the table of their command, such as [serve]"
            problems.append(
                f"[{name}] is no command; {did_you_mean(name, firsts, hint)}"
                if isinstance(value, Mapping)
                else f"{shown(name)} stands in no table; {hint}"
            )
            continue
        if not isinstance(value, Mapping):
            problems.append(f"{name} is a value, but [{name}] is a table")
            continue
        known = _keys_below(name, commands)
        for key in value:
            if known and key not in known:
                hint = did_you_mean(key, known, f"known are {', '.join(known)}")
                said = f"[{name}] {key} is unknown" if name == LOG_TABLE else f"[{name}.{key}] is no command"
                problems.append(f"{said}; {hint}")
    return [f"{file.path}: {each}" for each in problems]


def _keys_below(name: str, commands: Sequence[str]) -> list[str]:
    """What may stand in a table that is not a command's: the commands of a group, the keys of [log]."""
    if name == LOG_TABLE:
        return list(LOG_VARIABLES)
    return [] if name in commands else [each.split()[1] for each in commands if each.startswith(f"{name} ")]
