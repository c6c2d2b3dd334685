"""What another process asks of the one that writes a history: to remove and thin, or to rewrite older parts.

    asked.json       the wish; the writer looks for it each time it tidies, once a minute in a live map
    asked.done.json  its answer, which carries the wish's id

Whoever asked takes a wish back that was not answered in time. One that is left by a kill of both is carried out by the
next writer: doing it twice does nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from liqscape.errors import CorruptSegment
from liqscape.store.checked_json import check_json, seal_json
from liqscape.store.durable import flush_folder, replace_file
from liqscape.store.history.retention import KeepRules

Kind = TypeVar("Kind", bound=msgspec.Struct)

ASKED, DONE = "asked.json", "asked.done.json"


class AskedCare(msgspec.Struct, frozen=True, kw_only=True):
    """A wish. rules: to prune to; None: rewrite parts of older versions."""

    ask_id: str
    rules: KeepRules | None


class DoneCare(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. left: parts that stay as they are, each with the reason."""

    ask_id: str
    left: dict[str, str]


def ask(folder: Path, wish: AskedCare) -> None:
    """Put a wish down; durable."""
    replace_file(folder / ASKED, seal_json(msgspec.json.encode(wish)))


def take_back(folder: Path) -> None:
    """Remove a wish that nobody answered."""
    (folder / ASKED).unlink(missing_ok=True)
    flush_folder(folder)


def read_wish(folder: Path) -> AskedCare | None:
    """What is asked now; None where nothing is, or it cannot be read."""
    return _read(folder / ASKED, AskedCare)


def answer(folder: Path, done: DoneCare) -> None:
    """Say that it is done, and forget the wish; durable."""
    replace_file(folder / DONE, seal_json(msgspec.json.encode(done)))
    take_back(folder)


def read_answer(folder: Path, ask_id: str) -> DoneCare | None:
    """The answer to a wish; None before there is one."""
    done = _read(folder / DONE, DoneCare)
    return done if done is not None and done.ask_id == ask_id else None


def _read(path: Path, kind: type[Kind]) -> Kind | None:
    try:
        content = path.read_bytes()
        return msgspec.json.decode(content, type=kind) if check_json(content, path) else None
    except (OSError, CorruptSegment, msgspec.DecodeError, UnicodeDecodeError):
        return None
