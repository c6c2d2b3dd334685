"""Whether a data folder is what was written: checksums, schemas, and sums that must agree. Nothing is written or set
aside; a map may be writing the folder meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from liqscape.errors import CorruptSegment, SchemaMismatch, StoreError
from liqscape.service.care.sums import compare_sums
from liqscape.service.folders import LIQUIDATIONS, ORIGIN, RAW, REGISTER, SCORES
from liqscape.store.checked_json import check_json, copy_path
from liqscape.store.damage import cause_of, list_damaged
from liqscape.store.history.head import HEAD_FOLDER, list_heads, read_head
from liqscape.store.history.head_run import read_heads
from liqscape.store.history.manifest import MANIFEST, Manifest, PartEntry, parse_manifest
from liqscape.store.history.parts import PARTS_FOLDER, PartReader
from liqscape.store.history.recover import find_manifest, manifest_of
from liqscape.store.history.schema import BANDS, FRAMES, TABLES, WHERE_GIVEN
from liqscape.store.history.step_files import UNSOUND, is_sound
from liqscape.store.history.step_format import STEPS_NAME
from liqscape.units import DAY_MS

Reported = Callable[[int], object]


class FolderProblem(msgspec.Struct, frozen=True):
    """A file that is not what it should be, and why."""

    file: str
    reason: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at and what is wrong. sample_count: frames whose sums were compared."""

    part_count: int
    file_count: int
    byte_count: int
    sample_count: int
    problems: list[FolderProblem]


class FolderCheck:
    """One pass over a folder. samples: frames whose sums are compared, spread over all parts."""

    def __init__(self, folder: Path, samples: int, reported: Reported) -> None:
        self._folder, self._samples, self._reported = folder, samples, reported
        self._files = self._bytes = self._sampled = 0
        self._problems: dict[str, str] = {}

    def run(self) -> Verification:
        """Raises StoreError where the folder holds no history."""
        manifest = manifest_of(self._folder)
        self._check_manifests()
        last_ms = -1
        for number, entry in enumerate(manifest.parts):
            if entry.first_ms <= last_ms:
                self._say(f"{PARTS_FOLDER}/{entry.name}", "its frames overlap those of the part before")
            last_ms = entry.last_ms
            self._check_part(entry, manifest)
            self._reported(number + 1)
        self._check_heads()
        for check in (self._liquidations, self._scores, self._studies, self._books, self._register, self._raw):
            check()
        for each in list_damaged(self._folder):
            self._say(each.kept_as or each.file, f"was set aside: {each.cause}; {each.loss}")
        self._check_sums(manifest)
        return Verification(
            part_count=len(manifest.parts),
            file_count=self._files,
            byte_count=self._bytes,
            sample_count=self._sampled,
            problems=[FolderProblem(file, self._problems[file]) for file in sorted(self._problems)],
        )

    def _say(self, file: str, reason: str) -> None:
        self._problems.setdefault(file, reason)

    def _count(self, path: Path) -> None:
        try:
            self._files, self._bytes = self._files + 1, self._bytes + path.stat().st_size
        except FileNotFoundError:
            return

    def _fail(self, path: Path, error: Exception) -> None:
        self._say(path.relative_to(self._folder).as_posix(), cause_of(error, path))

    def _check_manifests(self) -> None:
        for path in (self._folder / MANIFEST, copy_path(self._folder / MANIFEST)):
            try:
                self._count(path)
                parse_manifest(path.read_bytes(), path)
            except (OSError, StoreError) as error:
                self._fail(path, error)
        for path in (self._folder / ORIGIN, copy_path(self._folder / ORIGIN)):
            if path.exists():
                self._count(path)
                try:
                    check_json(path.read_bytes(), path)
                except (OSError, CorruptSegment) as error:
                    self._fail(path, error)

    def _check_part(self, entry: PartEntry, manifest: Manifest) -> None:
        place = f"{PARTS_FOLDER}/{entry.name}"
        try:
            part = PartReader(self._folder, entry, manifest.definition_at(entry.first_ms).markets)
            for name in part.names:
                try:
                    self._count(part.checked_path(name))
                except (CorruptSegment, SchemaMismatch) as error:
                    self._say(f"{place}/{name}", cause_of(error, self._folder / place / name))
            for name, damage in part.damaged.items():
                self._say(f"{place}/{name}", cause_of(damage, self._folder / place / name))
            if not any(file.startswith(f"{place}/") for file in self._problems):
                self._check_rows(part)
            self._check_steps(part)
        except (CorruptSegment, SchemaMismatch) as error:
            self._say(place, cause_of(error, self._folder / place))
        except FileNotFoundError:
            if self._is_named(entry):
                self._say(place, "the folder of the part is missing")

    def _check_rows(self, part: PartReader) -> None:
        """Columns of every table, and frames as the manifest has them."""
        entry, place = part.entry, f"{PARTS_FOLDER}/{part.entry.name}"
        times = part.read(FRAMES, ["time_ms"])["time_ms"]
        spans = (entry.frame_count, entry.first_ms, entry.last_ms)
        if not len(times) or (len(times), int(times[0]), int(times[-1])) != spans:
            self._say(f"{place}/{FRAMES}.parquet", "its frames are not those the manifest names")
        elif (np.diff(times) <= 0).any() or times[0] // DAY_MS != times[-1] // DAY_MS:
            self._say(f"{place}/{FRAMES}.parquet", "its frames do not follow one another within one UTC day")
        for table in () if part.is_former else (*TABLES, BANDS):
            if table not in WHERE_GIVEN or part.has(f"{table}.parquet"):
                try:
                    part.read_between(table, None, entry.first_ms, entry.first_ms)
                except SchemaMismatch as error:
                    self._say(f"{place}/{table}.parquet", cause_of(error, self._folder / place))

    def _check_steps(self, part: PartReader) -> None:
        path = self._folder / PARTS_FOLDER / part.entry.name / STEPS_NAME
        if not path.exists():  # of a part that was written before there were any
            return
        self._count(path)
        try:
            if not is_sound(self._folder, part.entry, part.markets.coins):
                self._say(path.relative_to(self._folder).as_posix(), UNSOUND)
        except OSError as error:
            self._fail(path, error)

    def _is_named(self, entry: PartEntry) -> bool:
        now = find_manifest(self._folder).manifest
        return now is not None and entry in now.parts

    def _check_heads(self) -> None:
        """A head that cannot be read, and those that miss the one they follow."""
        manifest = find_manifest(self._folder).manifest
        sealed_ms = -1 if manifest is None else manifest.sealed_ms
        names = list_heads(self._folder, sealed_ms)
        for name in names:
            path = self._folder / HEAD_FOLDER / name
            try:
                self._count(path)
                read_head(self._folder, name, with_copy=False)
            except FileNotFoundError:
                continue
            except StoreError as error:
                self._fail(path, error)
        try:
            for each in read_heads(self._folder, names, {}, is_light=True).damaged:
                self._say(each.file, f"{each.cause}; {each.loss}")
        except FileNotFoundError:  # became parts meanwhile
            return

    def _liquidations(self) -> None:
        from liqscape.store.liquidations.schema import day_path, list_days, read_day

        top = self._folder / LIQUIDATIONS
        self._each((day_path(top, day), partial(read_day, top, day)) for day in list_days(top))

    def _scores(self) -> None:
        from liqscape.store.scores.schema import read_table

        top = self._folder / SCORES
        paths = sorted(top.glob("*/*.parquet"))
        self._each((path, partial(read_table, top, path.parent.name, path.stem)) for path in paths)

    def _studies(self) -> None:
        from liqscape.store.studies.part import PART, list_parts, part_path, read_checked, read_part
        from liqscape.store.studies.schema import FOLDER

        top = self._folder / FOLDER
        for day, serial in list_parts(top):
            head = part_path(top, day, serial) / PART
            try:
                part = read_part(top, day, serial)
            except FileNotFoundError:
                continue
            except StoreError as error:
                self._fail(head, error)
                continue
            digests = {} if part is None else part.digests
            self._each(
                (head.with_name(name), partial(read_checked, head.with_name(name), digests[name])) for name in digests
            )

    def _books(self) -> None:
        from liqscape.store.books.reader import read_rows
        from liqscape.store.books.schema import FOLDER

        paths = sorted((self._folder / FOLDER).glob("*/*.parquet"))
        self._each((path, partial(read_rows, path)) for path in paths)

    def _register(self) -> None:
        path = self._folder / REGISTER
        if not path.exists():
            return
        self._count(path)
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            said = str(error)
        if said != "ok":
            self._say(REGISTER, " ".join(said.split()))

    def _raw(self) -> None:
        """Blocks of the raw log; the last one of a log that is being written may not be there in full yet."""
        from liqscape.store.raw_log.reader import RawLogReader
        from liqscape.store.raw_log.segments import list_segments

        top = self._folder / RAW
        segments = list_segments(top)
        for path in segments:
            self._count(path)
        reader = RawLogReader(top)
        for _ in reader.records():
            pass
        for each in reader.damage:
            path = top / each.file
            is_open = bool(segments) and path.name == segments[-1].name
            if not (is_open and path.exists() and each.offset + each.bytes_lost >= path.stat().st_size):
                self._say(f"{RAW}/{each.file}", f"{each.bytes_lost} bytes from byte {each.offset} on: {each.reason}")

    def _each(self, files: Iterable[tuple[Path, Callable[[], object]]]) -> None:
        for path, read in files:
            self._count(path)
            try:
                read()
            except FileNotFoundError:  # too old meanwhile
                continue
            except (StoreError, OSError) as error:
                self._fail(path, error)

    def _check_sums(self, manifest: Manifest) -> None:
        """Frames of as many parts as are asked for, spread over all; several a part where there are fewer."""
        sound = [part for part in manifest.parts if not self._has_problem(part)]
        count = min(self._samples, len(sound))
        if not count:
            return
        turns = -(-self._samples // count)
        for at in np.unique(np.linspace(0, len(sound) - 1, count).round().astype(np.int64)).tolist():
            for turn in range(turns):
                if self._sampled < self._samples and not self._has_problem(sound[at]):
                    found = compare_sums(self._folder, sound[at], manifest, (turn + 1) / (turns + 1))
                    self._sampled += found is not None
                    if found:
                        self._say(f"{PARTS_FOLDER}/{sound[at].name}", found)

    def _has_problem(self, part: PartEntry) -> bool:
        place = f"{PARTS_FOLDER}/{part.name}"
        return any(file == place or file.startswith(f"{place}/") for file in self._problems)


def verify_folder(folder: Path, samples: int, reported: Reported) -> Verification:
    """Check a data folder; `reported` is told the parts that were looked at. Raises StoreError where it holds no
    history."""
    return FolderCheck(folder, samples, reported).run()
