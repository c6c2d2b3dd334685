"""A follower beside a real NATS server, this test being the collector: a full disk stops files and nothing else."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from liqscape.errors import RequestFailed
from liqscape.service.replicas import follower as following
from liqscape.service.replicas import mirror as mirrors
from liqscape.service.replicas.changes import FileChange, FileChanges, encode_changes
from liqscape.service.replicas.chunks import Kind, split
from liqscape.service.replicas.connection import Link, connected
from liqscape.service.replicas.follower import CollectorFollower
from liqscape.service.replicas.frames import Beat, StandingRow
from liqscape.service.replicas.listing import FileMark, mark_of
from liqscape.service.replicas.mirror import Mirror
from liqscape.service.replicas.questions import FileAnswer, FileQuestion
from liqscape.service.replicas.settings import NatsSettings
from liqscape.service.replicas.stream import open_stream
from liqscape.store.durable import replace_file

SECONDS = 30.0
LARGE = bytes(range(256)) * 4_000
FILES = {
    "manifest.json": b'{"definitions": []}',
    "parts/one/files.json": b"[]",
    "parts/one/pools.parquet": LARGE,
    "parts/one/positions.parquet": LARGE[::-1],
}


class FullDisk:
    """`replace_file` of a disk that takes nothing while `is_full`."""

    def __init__(self) -> None:
        self.is_full = True

    def replace(self, path: Path, content: bytes) -> None:
        if self.is_full and path.name != mirrors.REPLICA:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        replace_file(path, content)


class OutOfOrder:
    """A place for sealed files that does not answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, path: str, mark: FileMark) -> bytes | None:
        self.asked.append(path)
        raise RequestFailed(f"s3://bucket/{path}: {mark.size} bytes are not to be had")


async def announce(link: Link, settings: NatsSettings) -> None:
    """A list of all files, small ones with it, as a collector sends it; the others are answered."""
    await open_stream(link, settings)

    async def answer(message: object) -> None:
        question = msgspec.msgpack.decode(message.data, type=FileQuestion)  # type: ignore[attr-defined]
        content = FILES[question.path]
        piece = content[question.offset :][: question.limit]
        await message.respond(msgspec.msgpack.encode(FileAnswer(len(content), piece)))  # type: ignore[attr-defined]

    await link.client.subscribe(settings.ask_subject, cb=answer)
    files = [
        FileChange(path, *mark_of(content), content if len(content) < 1_000 else None)
        for path, content in FILES.items()
    ]
    changes = FileChanges(epoch="one", number=0, made_ms=1, stored_ms=1, is_whole=True, files=files)
    for piece in split(Kind.FILES, 1, encode_changes(changes)):
        await link.client.jetstream().publish(settings.whole_subject, piece)


async def beat(link: Link, settings: NatsSettings, sequence: int) -> None:
    standing = StandingRow(is_live=True, feed="live", is_time_held=False)
    said = Beat(session="one", sequence=sequence, frame_ms=sequence, stored_ms=1, sent_ms=1, standing=standing)
    for piece in split(Kind.BEAT, sequence, msgspec.msgpack.encode(said)):
        await link.client.publish(settings.frames_subject, piece)


async def until(changed: asyncio.Event, claim: Callable[[], object]) -> None:
    """The follower says when it has tried."""
    async with asyncio.timeout(SECONDS):
        while not claim():
            changed.clear()
            await changed.wait()


def test_a_full_disk_stops_files_and_not_what_is_live_and_is_gone_on_from(
    settings: NatsSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk()
    monkeypatch.setattr(mirrors, "replace_file", disk.replace)
    monkeypatch.setattr(following, "FETCH_AGAIN_SECONDS", 0.01)
    copy = tmp_path / "copy"

    async def follow() -> CollectorFollower:
        changed, stop = asyncio.Event(), asyncio.Event()
        mirror = Mirror(copy, settings.name)
        mirror.prepare()
        follower = CollectorFollower(settings, mirror, changed=changed.set)
        async with connected(settings, "test") as link:
            await announce(link, settings)
            running = asyncio.create_task(follower.run(stop))
            try:
                await until(changed, lambda: follower.trouble is not None)
                assert os.strerror(errno.ENOSPC) in (follower.trouble or "")
                tries = 0

                def count() -> bool:
                    nonlocal tries
                    tries += 1
                    return tries > 3

                await until(changed, count)
                await beat(link, settings, 7)
                await until(changed, lambda: follower.newest_ms == 7)
                assert follower.is_heard
                assert not follower.is_synced.is_set()
                disk.is_full = False
                async with asyncio.timeout(SECONDS):
                    await follower.is_synced.wait()
            finally:
                stop.set()
                await running
        return follower

    follower = asyncio.run(follow())
    assert follower.trouble is None
    assert follower.session_count == 1, "a new session asks for a keyframe each time"
    assert {path: (copy / path).read_bytes() for path in FILES} == FILES


def test_a_place_out_of_order_is_asked_once_and_the_collector_instead(settings: NatsSettings, tmp_path: Path) -> None:
    copy, place = tmp_path / "copy", OutOfOrder()

    async def follow() -> None:
        stop = asyncio.Event()
        mirror = Mirror(copy, settings.name)
        mirror.prepare()
        follower = CollectorFollower(settings, mirror, source=place)
        async with connected(settings, "test") as link:
            await announce(link, settings)
            running = asyncio.create_task(follower.run(stop))
            try:
                async with asyncio.timeout(SECONDS):
                    await follower.is_synced.wait()
            finally:
                stop.set()
                await running

    asyncio.run(follow())
    assert len(place.asked) == 1
    assert {path: (copy / path).read_bytes() for path in FILES} == FILES
