"""A replica's folder: brought from what it holds to what the collector has; a reader beside it sees every frame.

The steps are those of the one who writes a history: new parts first, then the manifest that names them, then heads;
what is gone is removed last. Killed at any moment, the folder is one that can be read, and the rest is done after.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from liqscape.errors import FeedError, RequestFailed
from liqscape.service.executors import beside
from liqscape.service.replicas.changes import FileChanges
from liqscape.service.replicas.listing import MANIFEST_COPY, FileMark, FolderLister, Listing, mark_of
from liqscape.store.durable import TEMPORARY, clean_temporary, flush_folder, remove_folder, replace_file
from liqscape.store.history.head import HEAD_FOLDER
from liqscape.store.history.manifest import MANIFEST
from liqscape.store.history.parts import PARTS_FOLDER
from liqscape.store.studies.schema import FOLDER as STUDIES

REPLICA = "replica.json"
"""How far a folder has followed; says too that it is a replica's."""
IN_ONE_STEP = (PARTS_FOLDER, STUDIES)
"""Folders whose folders are there whole or not at all."""

Fetch = Callable[[str, FileMark], Awaitable[bytes]]
"""A file of the collector. Raises FeedError where nobody has it now."""


class ReachedChange(msgspec.Struct, frozen=True, kw_only=True):
    """The change up to which a folder has everything, and the place in the stream of the message after it."""

    name: str
    epoch: str = ""
    number: int = -1
    next_message: int = 0


class Mirror:
    """`take` changes in order, `advance` brings the folder up to them. One task at a time.

    accepts   which files are wanted here; others are left alone.
    executor  whose threads read and write the disk.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        accepts: Callable[[str], bool] = lambda _: True,
        executor: Executor | None = None,
    ) -> None:
        self._folder, self._name, self._accepts, self._executor = folder, name, accepts, executor
        self._lister = FolderLister(folder)
        self._contents: dict[FileMark, bytes] = {}
        self._wanted: Listing | None = None
        self._newest: ReachedChange | None = None
        self.reached = read_reached(folder, name)
        self.stored_ms: int | None = None
        """Time of the newest frame the collector has stored, as far as was told."""

    def prepare(self) -> None:
        """Make the folder and take away what a kill left. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for place in (self._folder, *(self._folder / each for each in (HEAD_FOLDER, *IN_ONE_STEP))):
            clean_temporary(place)
        if not (self._folder / REPLICA).exists():
            self._write_reached(self.reached)

    def take(self, changes: FileChanges, next_message: int) -> bool:
        """Note what the folder is to become; False where the change does not follow what is held.

        next_message  place in the stream of the message after this change.
        """
        before = self._newest or self.reached
        is_known = changes.is_whole or (before.epoch, before.number) == (changes.epoch, changes.number - 1)
        if not is_known or (self._wanted is None and not changes.is_whole and not self.is_begun):
            return False
        self._wanted = changes.apply({} if self._wanted is None else self._wanted)
        for each in changes.files:
            if each.content is not None:
                self._contents[each.mark] = each.content
        self._newest = ReachedChange(
            name=self._name, epoch=changes.epoch, number=changes.number, next_message=next_message
        )
        self.stored_ms = changes.stored_ms
        return True

    @property
    def is_begun(self) -> bool:
        """Whether what the folder is to hold is known."""
        return self._wanted is not None

    def begin(self) -> None:
        """Go on from what the folder holds: it has all of the change it reached. Raises OSError."""
        self._wanted = self._lister.look()

    def begin_anew(self) -> None:
        """Forget what was taken: the next change is a whole one."""
        self._wanted, self._newest = None, None
        self._contents.clear()

    @property
    def content_bytes(self) -> int:
        """Memory of contents that wait."""
        return sum(mark.size for mark in self._contents)

    async def needed(self) -> tuple[int, int]:
        """(files, bytes) that are to be fetched."""
        marks = [mark for mark in (await self._missing()).values() if mark not in self._contents]
        return len(marks), sum(mark.size for mark in marks)

    async def advance(self, fetch: Fetch, fetched: Callable[[int], object] = lambda _: None) -> None:
        """Bring the folder up to all that was taken.

        Raises FeedError where a file cannot be had now, after all that can be done without it, and OSError for the
        disk: the folder can be read all the same, and the next call goes on.
        fetched: told the bytes of each file that was written.
        """
        if self._newest is None:
            return
        reached, wanted = self._newest, dict(self._wanted or {})
        grouped: dict[str, dict[str, FileMark]] = {}
        for path, mark in (await self._missing()).items():
            grouped.setdefault(_unit(path), {})[path] = mark
        failed: FeedError | None = None
        for unit in sorted(grouped, key=_order):
            if failed is not None and not await beside(self._executor, self._may_go_ahead, unit, wanted):
                continue
            try:
                await self._bring(unit, grouped[unit], fetch, fetched)
            except FeedError as error:
                failed = error
        if failed is not None:
            raise failed
        await beside(self._executor, self._finish, wanted, reached)
        self.reached = reached
        if self._newest == reached:
            self._contents.clear()

    async def _missing(self) -> Listing:
        held = await beside(self._executor, self._lister.look)
        return {
            path: mark for path, mark in (self._wanted or {}).items() if held.get(path) != mark and self._accepts(path)
        }

    def _may_go_ahead(self, unit: str, wanted: Listing) -> bool:
        """Whether a file may come though one before it is missing: heads may, while markets are the same."""
        if not unit.startswith(f"{HEAD_FOLDER}/"):
            return not unit.startswith("manifest")
        new = self._contents.get(wanted.get(MANIFEST, FileMark(-1, 0)))
        try:
            held = (self._folder / MANIFEST).read_bytes()
        except OSError:
            return False
        return new is None or _definitions(new) == _definitions(held)

    async def _bring(
        self, unit: str, files: dict[str, FileMark], fetch: Fetch, fetched: Callable[[int], object]
    ) -> None:
        path = self._folder / unit
        is_made = unit not in files and not path.exists()
        place = path.with_name(f"{TEMPORARY}{path.name}") if is_made else path
        if is_made:
            await beside(self._executor, lambda: shutil.rmtree(place, ignore_errors=True))
        for name, mark in files.items():
            content = self._contents.get(mark)
            if content is None:
                content = await fetch(name, mark)
                if mark_of(content) != mark:
                    raise RequestFailed(f"{name}: what was fetched is not what the collector says it holds")
            target = path if unit in files else place / name.removeprefix(f"{unit}/")
            await beside(self._executor, _write, target, content)
            fetched(len(content))
        if is_made:
            await beside(self._executor, _put_in_place, place, path)

    def _finish(self, wanted: Listing, reached: ReachedChange) -> None:
        held = {path for path in self._lister.look() if self._accepts(path)}
        units = {_unit(path) for path in wanted}
        removed = set()
        for path in sorted(held - set(wanted)):
            unit = _unit(path)
            if unit == path or unit in units:
                (self._folder / path).unlink(missing_ok=True)
            elif unit not in removed:
                removed.add(unit)
                remove_folder(self._folder / unit)
        self._write_reached(reached)

    def _write_reached(self, reached: ReachedChange) -> None:
        replace_file(self._folder / REPLICA, msgspec.json.encode(reached))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)


def _put_in_place(made: Path, path: Path) -> None:
    made.rename(path)
    flush_folder(path.parent)


def _definitions(manifest: bytes) -> object:
    return msgspec.json.decode(manifest).get("definitions")


def read_reached(folder: Path, name: str) -> ReachedChange:
    """How far a folder has followed a map; nothing of it where it followed another one, or none."""
    try:
        read = msgspec.json.decode((folder / REPLICA).read_bytes(), type=ReachedChange)
    except (OSError, msgspec.MsgspecError):
        return ReachedChange(name=name)
    return read if read.name == name else ReachedChange(name=name)


def is_replica(folder: Path) -> bool:
    """Whether a folder is one that a replica fills."""
    return (folder / REPLICA).is_file()


def _unit(path: str) -> str:
    """What comes into the folder in one step: a file, or the folder of a part."""
    names = path.split("/")
    return "/".join(names[:2]) if names[0] in IN_ONE_STEP and len(names) > 2 else path


def _order(unit: str) -> tuple[int, str]:
    """The manifest after all that it may name, heads after the manifest that says of which markets they are."""
    if unit.startswith(f"{HEAD_FOLDER}/"):
        return 3, unit
    return {MANIFEST_COPY: 1, MANIFEST: 2}.get(unit, 0), unit
