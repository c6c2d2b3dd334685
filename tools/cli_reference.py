"""Writes the reference part of docs/cli.md from the commands themselves; `--check` only compares.

python tools/cli_reference.py [--check]
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

from liqscape.cli.main import SUMMARIES, command_app

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
START = "<!-- made by tools/cli_reference.py: do not edit below -->\n"


def reference() -> str:
    """Every command with its help and a table of its options."""
    return "\n".join(_command(name) for name in SUMMARIES)


def expected(text: str) -> str:
    """The document with its reference part made anew."""
    head, found, _ = text.partition(START)
    if not found:
        raise SystemExit(f"{DOCUMENT} lacks the line {START.strip()!r}")
    return head + START + "\n" + reference()


def _command(name: str) -> str:
    app = command_app(name)
    lines = [f"## liqscape {name}", "", _prose(app.help), ""]
    arguments = [each for each in app.assemble_argument_collection(parse_docstring=True) if not each.children]
    if arguments:
        lines += ["| Option | Default | Meaning |", "| --- | --- | --- |"]
        lines += [_option(argument) for argument in arguments]
        lines.append("")
    return "\n".join(lines)


def _option(argument: Any) -> str:
    field = argument.field_info
    is_positional = field.kind is not inspect.Parameter.KEYWORD_ONLY
    shown = (
        argument.name.lstrip("-").upper()
        if is_positional
        else "`, `".join((argument.name, *(argument.parameter.negative or ())))
    )
    if field.kind is inspect.Parameter.VAR_POSITIONAL:
        shown += "..."
    default = field.default
    if field.required:
        value = "required"
    elif default is None or default is inspect.Parameter.empty or default is False or default == ():
        value = ""
    else:
        value = f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
    meaning = " ".join((argument.parameter.help or "").split()).replace("|", "\\|")
    return f"| `{shown}` | {value} | {meaning} |"


def _prose(help_text: str) -> str:
    paragraphs = inspect.cleandoc(help_text).split("\n\n")
    kept = [text for text in paragraphs if not text.startswith("Parameters\n")]
    return "\n\n".join(" ".join(text.split()) for text in kept)


def main() -> int:
    text = DOCUMENT.read_text()
    wanted = expected(text)
    if "--check" in sys.argv[1:]:
        return 0 if text == wanted else 1
    DOCUMENT.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
