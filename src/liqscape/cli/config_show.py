"""`liqscape config show`: what a command is run with, and where each value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from cyclopts.argument import Argument

UNSET = "default"


def config_show(command: str = "serve", subcommand: str | None = None, *, json: bool = False) -> None:
    """Show every option of a command with its value and where that comes from; secrets are masked.

    Parameters
    ----------
    command
        The command, such as serve, or a group of commands.
    subcommand
        The command of the group.
    json
        Print one JSON document.
    """
    from liqscape.cli.main import SUMMARIES, command_app
    from liqscape.cli.settings.sources import filled, find_settings, options_of, variable_of
    from liqscape.spelling import did_you_mean, shown

    name = command if subcommand is None else f"{command} {subcommand}"
    if name not in SUMMARIES:
        raise SettingsError(f"unknown command {shown(name)}; {did_you_mean(name, SUMMARIES, 'try serve')}")
    file = find_settings(list(SUMMARIES))
    options = options_of(command_app(name).assemble_argument_collection())
    used = {each.option: each for each in filled(name, options, file)}
    rows = [
        {
            "option": option,
            "value": used[option].text if option in used else _default(argument),
            "source": used[option].source if option in used else UNSET,
            "variable": variable_of(name, option),
        }
        for option, argument in options.items()
    ]
    path = None if file is None else str(file.path)
    if json:
        from liqscape.cli.output import print_json

        print_json({"command": name, "file": path, "settings": rows})
        return
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, open_console, print_table

    console = open_console()
    console.print(f"liqscape {name}; file: {path or 'none'}", markup=False)
    table = Table("option", "value", "from", "variable", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["option"], UNKNOWN if row["value"] is None else row["value"], row["source"], row["variable"])
    print_table(console, table)


def _default(argument: Argument) -> str | None:
    """The default as it is written in a file; None where the option is left out."""
    value = argument.field_info.default
    if argument.field_info.required or value is None or value == ():
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
