"""Show the fields of a docstring as a list: `name  what it is` a line each, as this package writes them."""

from __future__ import annotations

import re
from typing import Any

import griffe

FIELD = re.compile(r"^([A-Za-z_][\w.]*(?:, [A-Za-z_]\w*)*(?: \([^)]*\))?) {2,}(\S.*)$")
CONTINUED = re.compile(r"^ {3,}(\S.*)$")


class FieldLists(griffe.Extension):
    """Rewrites docstrings as they are loaded; only what is shown changes."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """One object of the code that is documented."""
        if obj.docstring is not None:
            obj.docstring.value = with_lists(obj.docstring.value)


def with_lists(text: str) -> str:
    """The same text in Markdown, columns of names and meanings being lists."""
    lines: list[str] = []
    is_field = False
    for line in text.splitlines():
        found = FIELD.match(line)
        if found:
            if not is_field and lines and lines[-1]:
                lines.append("")
            lines.append(f"- `{found[1]}`: {found[2]}")
            is_field = True
            continue
        more = CONTINUED.match(line)
        if is_field and more:
            lines[-1] += f" {more[1]}"
            continue
        if is_field and line:
            lines.append("")
        lines.append(line)
        is_field = False
    return "\n".join(lines)
