"""The outbox's journal: whole lines after a cut anywhere, damage kept and said, one writer, a disk that is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from made_alerts import made_message

from liqscape.errors import StoreError
from liqscape.store.damage import list_damaged
from liqscape.store.outbox import DeliveryEnd, Journal, OutboxLine
from liqscape.store.outbox.journal import JOURNAL


def lines_of(folder: Path) -> list[OutboxLine]:
    """What the journal of a folder holds."""
    journal = Journal(folder)
    journal.close()
    return journal.lines


def an_end(message_id: str) -> DeliveryEnd:
    """A delivery's end."""
    return DeliveryEnd(message_id=message_id, destination="phone", outcome="delivered", at_ms=5, attempts=1)


def test_lines_come_back_as_they_were(tmp_path: Path) -> None:
    lines: list[OutboxLine] = [made_message("a"), made_message("ü\n\x00\u2028"), an_end("a")]
    journal = Journal(tmp_path / "outbox")
    journal.append(lines[:2])
    journal.append(lines[2:])
    journal.close()
    assert lines_of(tmp_path / "outbox") == lines
    assert (tmp_path / "outbox" / JOURNAL).stat().st_mode & 0o077 == 0, "for nobody else"


@pytest.mark.property
@settings(max_examples=examples(300, 25), deadline=None)
@given(cut=st.floats(0, 1), zeros=st.integers(0, 40))
def test_a_cut_anywhere_costs_the_torn_line_only(
    tmp_path_factory: pytest.TempPathFactory, cut: float, zeros: int
) -> None:
    """Cut at any byte, as a kill leaves it, or with zeros in place of the rest, as a power cut may."""
    folder = tmp_path_factory.mktemp("cut")
    lines: list[OutboxLine] = [made_message("a"), made_message("b"), an_end("a"), made_message("c")]
    ends = [0]
    journal = Journal(folder)
    for line in lines:
        journal.append([line])
        ends.append(journal.size)
    journal.close()
    path = folder / JOURNAL
    at = int(cut * ends[-1])
    path.write_bytes(path.read_bytes()[:at] + b"\0" * zeros)
    whole = sum(end <= at for end in ends) - 1
    journal = Journal(folder)
    assert journal.lines == lines[:whole]
    journal.append([made_message("d")])
    journal.close()
    assert lines_of(folder) == [*lines[:whole], made_message("d")]
    assert list_damaged(folder.parent) == ()


@pytest.mark.property
@settings(max_examples=examples(100, 20), deadline=None)
@given(where=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_its_line_and_is_kept_and_said(
    tmp_path_factory: pytest.TempPathFactory, where: float, bit: int
) -> None:
    data = tmp_path_factory.mktemp("flipped")
    folder = data / "outbox"
    journal = Journal(folder)
    journal.append([made_message("a")])
    first = journal.size
    journal.append([made_message("b")])
    journal.close()
    content = bytearray((folder / JOURNAL).read_bytes())
    content[int(where * first)] ^= 1 << bit
    (folder / JOURNAL).write_bytes(content)
    kept = lines_of(folder)
    assert kept in ([made_message("b")], []), "the second, unless the flip joined the lines"
    if kept:
        (found,) = list_damaged(data)
        assert (folder / f"{JOURNAL}.damaged-1").read_bytes() == content
        assert found.file == f"outbox/{JOURNAL}"
        assert lines_of(folder) == kept
        assert len(list_damaged(data)) == 1


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.append([made_message("a")])
    real = os.write

    def half(descriptor: int, content: bytes) -> int:
        if len(content) < 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, content[: len(content) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space"):
            journal.append([made_message("b")])
        patch.setattr(os, "ftruncate", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "bad")))
        with pytest.raises(OSError, match="No space"):
            journal.append([made_message("b")])
        with pytest.raises(OSError, match="bad"):
            journal.append([made_message("c")])
    journal.append([made_message("c")])
    journal.close()
    assert lines_of(tmp_path) == [made_message("a"), made_message("c")]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(StoreError, match="is in use: another program delivers"):
        Journal(tmp_path)
    journal.close()
    assert lines_of(tmp_path) == []


def test_a_removed_journal_takes_nothing_until_it_is_written_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "outbox")
    journal.append([made_message("a")])
    (tmp_path / "outbox" / JOURNAL).unlink()
    with pytest.raises(OSError, match="No such file"):
        journal.append([made_message("b")])
    journal.rewrite([made_message("a"), made_message("b")])
    journal.append([made_message("c")])
    journal.close()
    assert lines_of(tmp_path / "outbox") == [made_message("a"), made_message("b"), made_message("c")]


def test_a_rewriting_that_fails_late_goes_on_in_the_file_that_has_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rename was made and the flush of the folder failed: what is added goes into the new file."""
    journal = Journal(tmp_path)
    journal.append([made_message("a"), made_message("b")])
    calls = [0]
    real = os.fsync

    def second_fails(descriptor: int) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise OSError(errno.EIO, "bad")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", second_fails)
        with pytest.raises(OSError, match="bad"):
            journal.rewrite([made_message("b")])
    journal.append([made_message("c")])
    journal.close()
    assert lines_of(tmp_path) == [made_message("b"), made_message("c")]
