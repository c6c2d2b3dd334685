"""The heads since the last part as one run: in order, each taken from itself or from the copy in the one after it.

A head holds what changed since the one before. Where one cannot be read and the one after it holds its copy, nothing is
lost. Where there is no copy (the last head, two damaged ones in a row, files of older versions) the run ends with the
last sound head before it: what follows cannot be read without it and is lost too, up to the next part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from liqscape.errors import CorruptSegment, SchemaMismatch
from liqscape.store.damage import MADE_GOOD, DamagedFile, cause_of, set_aside
from liqscape.store.history.head import HEAD_FOLDER, Head, head_span, read_copy, read_head, write_head

LOST = "its minutes are a hole"
FOLLOWS_LOST = "what changed before it cannot be read"


@dataclass(frozen=True)
class HeadFiles:
    """heads: the run, in order of time. damaged: files that could not be read, or not without a lost one."""

    heads: tuple[Head, ...]
    damaged: tuple[DamagedFile, ...]

    @property
    def made_good(self) -> list[Head]:
        """Heads taken from the copy in the one after them."""
        names = {Path(found.file).name for found in self.damaged if found.loss == MADE_GOOD}
        return [head for head in self.heads if head.name in names]


def read_heads(folder: Path, names: list[str], known: Mapping[str, Head], *, is_light: bool = False) -> HeadFiles:
    """Heads of these names; `known` ones are not read again. is_light: of each only what a reader keeps.

    Raises FileNotFoundError where one is gone while its folder lists others: compacted meanwhile.
    """
    run: list[Head] = []
    damaged: dict[str, DamagedFile] = {}
    causes: dict[str, str] = {}
    is_broken = False
    for name in names:
        head = known.get(name)
        if head is None:
            try:
                head = read_head(folder, name, is_light=is_light)
            except (CorruptSegment, SchemaMismatch) as error:
                causes[name] = cause_of(error, folder / HEAD_FOLDER / name)
                continue
        if head.is_keyframe:
            is_broken = False  # it needs nothing of what was lost before it
        if not is_broken:
            missed = _missed(folder, head, run, causes, is_light=is_light)
            is_broken = missed is None
            for each in missed or ():
                run.append(each)
                damaged[each.name] = _found(each.name, causes.pop(each.name, "the file is missing"), MADE_GOOD)
        if is_broken:
            before = "" if head.before is None else f", {head.before.name} before it is missing or damaged"
            causes[name] = f"{FOLLOWS_LOST}{before}"
        else:
            run.append(head)
    damaged |= {name: _found(name, cause, LOST) for name, cause in causes.items()}
    return HeadFiles(tuple(run), tuple(damaged[name] for name in sorted(damaged)))


def mend_heads(folder: Path, names: list[str]) -> list[Head]:
    """Set damaged heads of these names aside and write those again that a copy makes good; the runs as they stand
    then, light.

    For the writer of the folder. Killed at any step, the next call finds the same and does the rest.
    """
    found = read_heads(folder, names, {}, is_light=True)
    for each in found.damaged:
        set_aside(folder, each)
    for head in found.made_good:
        copied = read_copy(folder, read_head(folder, head.copy_in))
        write_head(folder, copied.batch, copied.before, copied.standing)
    return [replace(head, copy_in="") for head in found.heads]


def _missed(
    folder: Path, head: Head, run: list[Head], causes: Mapping[str, str], *, is_light: bool
) -> list[Head] | None:
    """Heads between the run and this one, from copies; None where the run cannot go on to this one."""
    last = run[-1].name if run else None
    if head.before is None:
        if head.is_keyframe:
            return []
        if last is None:
            return None
        is_gap = any(last < name < head.name for name in causes)
        return None if is_gap else []
    if head.before.name == last:
        return []
    try:
        copy = read_copy(folder, head, is_light=is_light)
    except CorruptSegment:
        return None
    follows = None if copy.before is None else copy.before.name
    if follows is None and copy.is_keyframe:
        return [copy]
    return None if follows != last or last is None else [copy]


def _found(name: str, cause: str, loss: str) -> DamagedFile:
    span = head_span(name)
    assert span is not None
    is_hole = loss != MADE_GOOD
    remedy = "what is kept of it may be removed" if is_hole else "the one after it holds the same; it may be removed"
    return DamagedFile(
        file=f"{HEAD_FOLDER}/{name}",
        cause=cause,
        loss=loss,
        remedy=remedy,
        first_ms=span[0],
        last_ms=span[1],
        is_hole=is_hole,
    )
