"""Known addresses are loaded while others are found: nothing is lost, nothing waits, and how far it is is said."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liqscape.errors import StoreError
from liqscape.feed.discovery import AddressBook, RegisterColumns
from liqscape.feed.discovery.columns import COLUMNS
from liqscape.model.addresses import AddressSource
from liqscape.service.answers.sources import KnownLoading
from liqscape.service.collecting.register_loader import RegisterLoader
from liqscape.service.collecting.register_writer import RegisterWriter
from liqscape.store.damage import list_damaged
from liqscape.store.register import AddressRegister

NOW_MS = 1_770_000_000_000
NAMES = tuple(f"0x{number:040x}" for number in range(1, 101))


class Steps(Executor):
    """Work waits until the test lets it be done, so that things happen in between."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def work() -> None:
            try:
                future.set_result(fn(*args, **named))
            except StoreError as error:
                future.set_exception(error)

        self.waiting.append(work)
        return future

    async def do_next(self) -> bool:
        """One piece, and what follows from it; False where none comes."""
        for _ in range(20):
            await asyncio.sleep(0)
        if not self.waiting:
            return False
        self.waiting.pop(0)()
        for _ in range(20):
            await asyncio.sleep(0)
        return True


def listed(book: AddressBook, names: tuple[str, ...], value: float, now_ms: int) -> None:
    figures = np.arange(len(names)) + value
    book.observe_listed(names, figures, figures, figures, now_ms)


def registered(path: Path, names: tuple[str, ...] = NAMES) -> RegisterColumns:
    """What a register holds that was closed well."""
    book, register = AddressBook(), AddressRegister(path)
    listed(book, names, 1_000.0, NOW_MS - 10_000)
    register.save(book.take_changed())
    register.close()
    return book.columns()


def find_some(book: AddressBook, number: int) -> None:
    """Somebody known and somebody new, each in a different way."""
    book.add([NAMES[9 * number % 100], f"0x{'f' * 38}{number:02x}"], AddressSource.NODE, NOW_MS)
    listed(book, NAMES[7 * number % 100 : 7 * number % 100 + 2], 5.0, NOW_MS)
    book.flag([NAMES[11 * number % 100]], NOW_MS, is_exempt=False, account_value=np.array([1e4]))


def by_name(columns: RegisterColumns) -> dict[str, list[float]]:
    rows = zip(*(getattr(columns, name).tolist() for name in COLUMNS), strict=True)
    return {name: list(row) for name, row in zip(columns.address, rows, strict=True)}


def test_what_is_found_while_loading_is_saved_as_if_all_had_been_loaded_before(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    stored = registered(path)
    reference = AddressBook()
    reference.restore(stored)
    reported: list[KnownLoading | None] = []

    async def run() -> None:
        register, book, steps = AddressRegister(path, rows_a_read=17), AddressBook(), Steps()
        loader = RegisterLoader(book, register, steps)
        writer = RegisterWriter(book, register, loader)
        loading = asyncio.create_task(loader.run(asyncio.Event()))
        number = 0
        while await steps.do_next():
            reported.append(loader.answer())
            find_some(book, number)
            find_some(reference, number)
            number += 1
            if not loader.is_loaded:
                assert not await writer.save(), "rows that were not read would be overwritten"
                assert by_name(AddressRegister(path).load()) == by_name(stored)
        await loading
        while await writer.save():
            continue
        assert by_name(book.columns()) == by_name(reference.columns())
        register.close()

    asyncio.run(run())
    assert by_name(AddressRegister(path).load()) == by_name(reference.columns())
    assert [each and (each.loaded, each.total) for each in reported[1:]] == [
        *((17 * number, 100) for number in range(6)),
        None,
    ]


def test_a_process_that_ends_while_loading_leaves_the_register_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    stored = registered(path)
    for steps_done in range(1, 7):

        async def run(steps_done: int) -> None:
            register, book, steps = AddressRegister(path, rows_a_read=30), AddressBook(), Steps()
            loader, stop = RegisterLoader(book, register, steps), asyncio.Event()
            writer = RegisterWriter(book, register, loader)
            loading = asyncio.create_task(loader.run(stop))
            others = [asyncio.create_task(each) for each in (loader.note_stored(NAMES, NOW_MS), writer.run(stop))]
            for number in range(steps_done):
                await steps.do_next()
                find_some(book, number)
            stop.set()
            await steps.do_next()
            await asyncio.wait_for(asyncio.gather(loading, *others), 30)
            register.close()

        asyncio.run(run(steps_done))
        left = by_name(AddressRegister(path).load())
        assert left.keys() >= by_name(stored).keys()
        if steps_done < 6:
            assert left == by_name(stored)
        else:
            assert len(left) == 106, "loaded to the end: what was found is kept too"


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_register_loader import NAMES, find_some
from liqscape.feed.discovery import AddressBook
from liqscape.service.collecting.register_writer import RegisterWriter
from liqscape.service.collecting.register_loader import RegisterLoader
from liqscape.store.register import AddressRegister

async def run():
    register, book = AddressRegister(Path(sys.argv[1]), rows_a_read=10), AddressBook()
    loader = RegisterLoader(book, register)
    keeper = RegisterWriter(book, register, loader)
    loading, seen, number = asyncio.create_task(loader.run(asyncio.Event())), 0, 0
    while True:
        await asyncio.sleep(0)
        if loader.loaded_count > seen:
            seen = loader.loaded_count
            find_some(book, number)
            number += 1
            print("loaded", seen, flush=True)
            sys.stdin.readline()
        if await keeper.save():
            print("saved", number, flush=True)
            sys.stdin.readline()

asyncio.run(run())
"""


def test_a_kill_while_loading_costs_nothing_that_was_stored_and_afterwards_nothing_that_was_saved(
    tmp_path: Path,
) -> None:
    path = tmp_path / "register.sqlite"
    stored = by_name(registered(path))
    command = [sys.executable, "-c", KILLED, str(path), str(Path(__file__).parent)]
    pipe = subprocess.PIPE
    for wanted in ("loaded 30", "saved 10"):
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            while process.stdout.readline().strip() != wanted:
                process.stdin.write("\n")
                process.stdin.flush()
            process.kill()
        left = by_name(AddressRegister(path).load())
        if wanted == "loaded 30":
            assert left == stored
    expected = AddressBook()
    listed(expected, NAMES, 1_000.0, NOW_MS - 10_000)
    for number in range(10):
        find_some(expected, number)
    assert left == by_name(expected.columns())


def test_rows_before_the_damage_are_loaded_and_saving_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    names = tuple(f"0x{number:040x}" for number in range(3_000))
    registered(path, names)
    content = bytearray(path.read_bytes())
    page = len(content) // 2 // 4_096 * 4_096
    content[page : page + 4_096] = b"\xff" * 4_096
    path.write_bytes(content)

    async def run() -> None:
        register, book = AddressRegister(path, rows_a_read=500), AddressBook()
        assert not register.is_new, "opening reads nobody"
        loader = RegisterLoader(book, register)
        writer = RegisterWriter(book, register, loader)
        await loader.run(asyncio.Event())
        assert loader.is_loaded
        assert 500 < loader.loaded_count < 3_000
        await loader.note_stored(names, NOW_MS)
        while await writer.save():
            continue
        register.close()

    asyncio.run(run())
    assert set(AddressRegister(path).load().address) == set(names)
    assert [row.kept_as for row in list_damaged(tmp_path) if row.file == path.name] == ["register.sqlite.damaged-1"]


class Unreadable(AddressRegister):
    """A disk that does not give out what it holds for a while."""

    failures = 3

    def read(self, after: bytes | None = None) -> tuple[RegisterColumns, bytes | None]:
        if after is not None and self.failures:
            self.failures -= 1
            raise StoreError("disk: input/output error")
        return super().read(after)


def test_a_disk_that_cannot_be_read_for_a_while_loses_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "register.sqlite"
    stored = registered(path)
    book, register = AddressBook(), Unreadable(path, rows_a_read=30)
    with caplog.at_level(logging.WARNING):
        asyncio.run(RegisterLoader(book, register, retry_s=0.0).run(asyncio.Event()))
    assert by_name(book.columns()) == by_name(stored)
    assert caplog.text.count("known addresses cannot be read") == 1
    register.close()


def test_an_account_of_the_history_that_the_register_lacks_is_known_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "register.sqlite"
    registered(path, NAMES[:20])
    book, register = AddressBook(), AddressRegister(path)
    loader = RegisterLoader(book, register)

    async def run() -> None:
        noting = asyncio.create_task(loader.note_stored(NAMES[:30], 7_000))
        await asyncio.gather(loader.run(asyncio.Event()), noting)

    with caplog.at_level(logging.WARNING, "liqscape.live"):
        asyncio.run(run())
    assert set(book.addresses) == set(NAMES[:30])
    assert "10 of 30 stored accounts were not in the register" in caplog.text
    assert set(book.take_changed().address) == set(NAMES[20:30]), "they are saved with the next batch"
    assert not list_damaged(tmp_path)
    register.close()


@pytest.mark.parametrize("how", ["no bytes", "no rows"])
def test_an_emptied_register_is_set_aside_and_filled_from_the_history(tmp_path: Path, how: str) -> None:
    path = tmp_path / "register.sqlite"
    registered(path, () if how == "no rows" else NAMES)
    if how == "no bytes":
        path.write_bytes(b"")

    async def run() -> None:
        book, register = AddressBook(), AddressRegister(path)
        loader = RegisterLoader(book, register)
        writer = RegisterWriter(book, register, loader)
        book.add(["0x" + "e" * 40], AddressSource.GIVEN, NOW_MS)
        await loader.run(asyncio.Event())
        assert await writer.save()
        await loader.note_stored(NAMES, NOW_MS)
        while await writer.save():
            continue
        register.close()

    asyncio.run(run())
    (row,) = [row for row in list_damaged(tmp_path) if row.file == path.name]
    assert row.cause == "it is empty, the history lists 100 accounts"
    assert set(AddressRegister(path).load().address) == {*NAMES, "0x" + "e" * 40}


def test_a_first_start_has_nothing_to_say(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    register = AddressRegister(tmp_path / "register.sqlite")
    loader = RegisterLoader(AddressBook(), register)

    async def run() -> None:
        await loader.run(asyncio.Event())
        await loader.note_stored((), NOW_MS)

    with caplog.at_level(logging.INFO, "liqscape"):
        asyncio.run(run())
    register.close()
    assert loader.answer() is None
    assert not caplog.records
    assert not list_damaged(tmp_path)
