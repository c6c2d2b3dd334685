"""From a path or an address to a map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from liqscape.errors import InputError
from liqscape.library.map import Map
from liqscape.service.folders import holds_history

RECORDING_FILE = "positions.parquet"


def open_map(
    path_or_url: str | PathLike[str], *, token: str | None = None, data: str | PathLike[str] | None = None
) -> Map:
    """Open a recording, a data folder or a running map, all asked alike.

    path_or_url  folder of a recorded market (with positions.parquet), data folder of a live map, an import or a demo,
                 or the address of a served map, such as http://127.0.0.1:8417.
    token        of a served map that asks for one; the variable LIQSCAPE_TOKEN by default.
    data         folder a recording is loaded into, once; one in the user's cache by default.

    A folder is only read, and asked anew with every question: a live map may write to it meanwhile.
    Raises InputError for a folder that is none of these, RequestFailed where no map answers.
    """
    text = fspath(path_or_url)
    if "://" in text:
        from liqscape.library.remote import RemoteAnswers

        return Map(RemoteAnswers(text, token))
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", file=str(folder))
    if (folder / RECORDING_FILE).is_file():
        return _open_recording(folder, None if data is None else Path(fspath(data)))
    if not holds_history(folder):
        raise InputError(
            f"{folder} holds neither a recording ({RECORDING_FILE}) nor stored history (manifest.json)",
            file=str(folder),
        )
    return _open_history(folder)


def _open_recording(folder: Path, data: Path | None) -> Map:
    from liqscape.library.local import LocalAnswers
    from liqscape.service.opening import open_recording

    return Map(LocalAnswers(open_recording(folder, None, data, _unreported), folder, None))


def _open_history(folder: Path) -> Map:
    from liqscape.library.local import LocalAnswers
    from liqscape.service.folders import LIQUIDATIONS
    from liqscape.service.opening import open_stored

    return Map(LocalAnswers(open_stored(folder, None), folder, folder / LIQUIDATIONS))


@contextmanager
def _unreported(_text: str, _start: int, _end: int) -> Iterator[Callable[[int], None]]:
    """A progress callback that reports nothing."""
    yield lambda _: None
