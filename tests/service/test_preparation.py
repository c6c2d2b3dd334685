"""Kernels are compiled beside a server: questions are refused meanwhile, and what the map does waits."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from liqscape.errors import Busy, KernelsMissing, LiqscapeError
from liqscape.risk.kernels.asked_first import before_compiling
from liqscape.service.executors import PREFIX, is_of_questions
from liqscape.service.waited_for import WaitedFor
from liqscape.service.warming import preparation
from liqscape.service.warming.beside import Lane, Tell, Warming
from liqscape.service.warming.preparation import COMPILING, Preparation


class PlannedWarming:
    """Parts are there when the test says so."""

    def __init__(self, lanes: list[Lane], *, niceness: int, tell: Tell) -> None:
        self.niceness, self.tell = niceness, tell
        self.parts = {part: threading.Event() for lane in lanes for part in lane}
        self.fault: LiqscapeError | None = None
        PLANNED.append(self)

    def wait(self, parts: tuple[str, ...] | None = None) -> None:
        for part in tuple(self.parts) if parts is None else parts:
            self.parts[part].wait()
        if self.fault is not None:
            raise self.fault

    def stop(self) -> None:
        for each in self.parts.values():
            each.set()


PLANNED: list[PlannedWarming] = []


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing is kept."""
    PLANNED.clear()
    monkeypatch.setattr(preparation, "FIRST_READER_SECONDS", 0.0)
    monkeypatch.setattr(preparation, "_missing", lambda: ("map", "market", "simulations"))
    monkeypatch.setattr(preparation, "Warming", PlannedWarming)


def asked_in(thread: str) -> None:
    """A kernel that is not kept is wanted in a pool of that name. Raises what refuses."""
    with ThreadPoolExecutor(1, f"{PREFIX}{thread}") as pool:
        pool.submit(before_compiling, "solve_roots").result()


async def planned() -> PlannedWarming:
    while not PLANNED:
        await asyncio.sleep(0)
    return PLANNED[0]


@pytest.mark.usefixtures("cold")
def test_a_map_begins_with_its_share_and_questions_are_refused_until_all_is_there() -> None:
    told: list[tuple[str, int, int]] = []

    async def run() -> None:
        waits, begun = Preparation(lambda *word: told.append(word)), asyncio.Event()
        with waits.refusing():
            running = asyncio.create_task(waits.run(asyncio.Event(), begun.set))
            warming = await planned()
            warming.tell(3, 9)
            assert not begun.is_set()
            with pytest.raises(KernelsMissing, match="3 of 9; ask again"):
                asked_in("questions")
            warming.parts["map"].set()
            warming.parts["market"].set()
            await begun.wait()
            warming.tell(5, 9)  # the simulator's share, which the map does not wait for
            with pytest.raises(KernelsMissing, match="5 of 9"):
                asked_in("run")  # a thread that a simulation started
            asked_in("frames")  # the map's own work compiles what nobody foresaw
            warming.parts["simulations"].set()
            await running
            asked_in("questions")

    asyncio.run(run())
    assert told == [(COMPILING, 0, 0), (COMPILING, 3, 9)]


@pytest.mark.usefixtures("cold")
def test_a_server_that_stops_does_not_wait_for_the_compiler() -> None:
    async def run() -> None:
        stop, begun = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(Preparation(lambda *_: None).run(stop, begun.set))
        warming = await planned()
        stop.set()
        await running
        assert begun.is_set()
        assert all(part.is_set() for part in warming.parts.values())  # its processes were ended

    asyncio.run(run())


@pytest.mark.usefixtures("cold")
def test_where_the_compiler_fails_beside_each_kernel_is_compiled_when_it_is_needed() -> None:
    async def run() -> None:
        begun = asyncio.Event()
        waits = Preparation(lambda *_: None)
        with waits.refusing():
            running = asyncio.create_task(waits.run(asyncio.Event(), begun.set))
            warming = await planned()
            warming.fault = LiqscapeError("kernels of the part map could not be compiled: no room on this disk")
            warming.stop()
            await running
            assert begun.is_set()
            asked_in("questions")

    asyncio.run(run())


def test_what_is_compiled_already_is_waited_for_and_not_begun_again() -> None:
    async def run() -> None:
        begun = asyncio.Event()
        warming = PlannedWarming([("map",), ("simulations",)], niceness=0, tell=lambda *_: None)
        waits = Preparation(lambda *_: None, warming=cast("Warming", warming))
        with waits.refusing():
            running = asyncio.create_task(waits.run(asyncio.Event(), begun.set))
            await begun.wait()
            warming.tell(3, 9)
            with pytest.raises(KernelsMissing, match="3 of 9"):
                asked_in("simulations")
            for part in warming.parts.values():
                part.set()
            await running
            asked_in("simulations")
        assert len(PLANNED) == 1

    PLANNED.clear()
    asyncio.run(run())


def test_a_process_in_which_kernels_run_as_python_prepares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    begun: list[bool] = []
    waits = Preparation(lambda *_: None)
    assert not waits.is_needed
    asyncio.run(waits.run(asyncio.Event(), lambda: begun.append(True)))
    assert begun == [True]


def test_a_question_is_whatever_the_map_does_not_do_unasked() -> None:
    assert is_of_questions(f"{PREFIX}questions_0")
    assert is_of_questions(f"{PREFIX}walk_1")
    assert not is_of_questions(f"{PREFIX}market_1")
    assert not is_of_questions(threading.main_thread().name)
    assert issubclass(KernelsMissing, Busy)


def test_what_is_waited_for_is_told_with_the_age_of_what_is_shown() -> None:
    stored_ms: list[int | None] = [1_000]
    waited = WaitedFor(lambda: stored_ms[0], lambda: 61_000)
    assert waited.answer() is None
    waited.tell("trading", 3, 9)
    answer = waited.answer()
    assert answer is not None
    assert (answer.text, answer.done, answer.total, answer.is_sample, answer.age_ms) == ("trading", 3, 9, False, 60_000)
    stored_ms[0] = None
    unknown = waited.answer()
    assert unknown is not None
    assert unknown.age_ms is None
    waited.end()
    assert waited.answer() is None
