"""Folders of stored history: what each was made of, so that it is used again only for the same thing.

`origin.json` beside the history says what it is of; it carries its checksum and has a copy, origin.copy.json. A folder
of something else is never written to.
"""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from pathlib import Path

import msgspec

from liqscape import __version__
from liqscape.errors import CorruptSegment, SettingsError
from liqscape.store.checked_json import check_json, copy_path, write_with_copy
from liqscape.store.damage import MADE_GOOD, DamagedFile, cause_of, set_aside

ORIGIN = "origin.json"
REGISTER = "register.sqlite"
"""Addresses a live map has found, beside its history."""
LIQUIDATIONS = "liquidations"
"""Folder of the liquidations that were seen or imported, beside the history."""
SCORES = "scores"
"""Folder of the scores of its days (store/scores), beside the history."""
CHECKPOINT = "sandbox.checkpoint"
"""How the sandbox market of a demo stands, beside its history."""
RAW = "raw"
"""Folder of the raw log of a live map, beside the history."""
ALERTS_FILE = "alerts.toml"
"""Rules and destinations of alerts, beside the history where no other file is named."""
HISTORY_FILES = ("manifest.json", "manifest.copy.json", "head", "parts")
"""One of these at least is where a history is."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a history was made of, by which version, and whether it was loaded to the end.

    Of a live map, key is the address of the info server, ws_url that of its WebSocket, world which sandbox it is; both
    empty where an earlier version wrote the file, or nothing is to be said.
    """

    kind: str
    name: str
    key: str
    version: str = __version__
    is_complete: bool = False
    ws_url: str = ""
    world: str = ""


def cache_folder() -> Path:
    """Where histories go that nobody named a folder for: the user's cache, as the system has it."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "liqscape"


def key_of_files(paths: list[Path]) -> str:
    """Hash of the names and contents of files, in order of name."""
    digest = blake2b(digest_size=12)
    for path in sorted(paths, key=lambda path: path.name):
        digest.update(f"{path.name}:{path.stat().st_size}:".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def read_origin(folder: Path) -> Origin | None:
    """What a folder was made of, from its file or the copy; None where neither says it."""
    for path in (folder / ORIGIN, copy_path(folder / ORIGIN)):
        try:
            return _parse_origin(path)
        except (OSError, CorruptSegment):
            continue
    return None


def mend_origin(folder: Path, known: Origin) -> Origin:
    """Set a damaged file of the origin, or its copy, aside and write what is known where they say something else.

    For who writes to the folder.
    """
    path = folder / ORIGIN
    said = []
    for each in (path, copy_path(path)):
        try:
            said.append(_parse_origin(each))
        except FileNotFoundError:
            continue
        except (OSError, CorruptSegment) as error:
            found = DamagedFile(
                file=each.name, cause=cause_of(error, each), loss=MADE_GOOD, remedy="what is kept of it may be removed"
            )
            set_aside(folder, found)
    if said != [known, known]:
        write_origin(folder, known)
    return known


def claim_folder(folder: Path, wanted: Origin) -> Origin:
    """Prepare a folder for a history and return its origin as it stands.

    A new or empty folder is claimed. Raises SettingsError where it holds anything else than a history of the
    same origin: nothing in it is touched then.
    """
    held = read_origin(folder)
    if held is not None:
        if (held.kind, held.key, held.version) == (wanted.kind, wanted.key, wanted.version):
            return mend_origin(folder, held)
        raise SettingsError(
            f"{folder} holds the history of {held.kind} {held.name} (liqscape {held.version}), "
            f"not of {wanted.kind} {wanted.name} as it is now; remove it or name another folder with --data"
        )
    if (folder / ORIGIN).exists():
        raise SettingsError(
            f"{folder / ORIGIN} is damaged and nothing else says what the history there was made of; "
            "put a backup of it back, remove the folder (it is made again), or name another one with --data"
        )
    # Rules may be written down before the map that watches them runs for the first time.
    if folder.exists() and (not folder.is_dir() or any(each.name != ALERTS_FILE for each in folder.iterdir())):
        raise SettingsError(f"{folder} is not empty and not a history of liqscape; name another folder with --data")
    folder.mkdir(parents=True, exist_ok=True)
    write_origin(folder, wanted)
    return wanted


def write_origin(folder: Path, origin: Origin) -> None:
    """Say what a folder is of; durable on return."""
    write_with_copy(folder / ORIGIN, msgspec.json.encode(origin))


def _parse_origin(path: Path) -> Origin:
    """Raises OSError, CorruptSegment."""
    content = path.read_bytes()
    check_json(content, path)
    try:
        return msgspec.json.decode(content, type=Origin)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error


def holds_history(folder: Path) -> bool:
    """Whether stored history is in a folder, whole or damaged."""
    return any((folder / name).exists() for name in HISTORY_FILES)
