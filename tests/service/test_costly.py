"""Costly questions: bounded, each answered once, places given back whatever happens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.errors import Busy, QuestionError
from liqscape.service.costly import CostlyQuestions

DEADLINE_S = 30.0


class Gate:
    """A question that is answered when a test says so."""

    def __init__(self, answer: int = 0) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()
        self.times = 0
        self._answer = answer

    def __call__(self) -> int:
        self.times += 1
        self.begun.set()
        assert self.open.wait(DEADLINE_S)
        return self._answer


async def answer_of(questions: CostlyQuestions[int], key: object, cells: int, question: Callable[[], int]) -> int:
    async with questions.answer(key, cells, question) as answer:  # type: ignore[arg-type]
        return answer


async def begun(gate: Gate) -> None:
    while not gate.begun.is_set():
        await asyncio.sleep(0.001)


async def settled() -> None:
    """Until what was started or cancelled has taken its step."""
    for _ in range(5):
        await asyncio.sleep(0)


def play(scene: Callable[[CostlyQuestions[int]], Awaitable[None]], max_cells: int = 10, threads: int = 1) -> None:
    async def run(pool: ThreadPoolExecutor) -> None:
        questions: CostlyQuestions[int] = CostlyQuestions(pool, max_cells)
        await asyncio.wait_for(scene(questions), DEADLINE_S)
        assert (questions.count, questions.cells) == (0, 0)

    with ThreadPoolExecutor(threads) as pool:
        asyncio.run(run(pool))


def test_equal_questions_are_answered_once() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        gate = Gate(7)
        asking = [asyncio.create_task(answer_of(questions, "same", 10, gate)) for _ in range(5)]
        await begun(gate)
        assert (questions.count, questions.cells) == (1, 10)
        gate.open.set()
        assert await asyncio.gather(*asking) == [7] * 5
        assert gate.times == 1
        assert await answer_of(questions, "same", 10, gate) == 7
        assert gate.times == 2, "an answer that is sent is not kept"

    play(scene)


def test_one_that_leaves_does_not_end_it_for_the_others() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        gate = Gate(7)
        first, second = (asyncio.create_task(answer_of(questions, "same", 1, gate)) for _ in range(2))
        await begun(gate)
        first.cancel()
        await settled()
        assert first.cancelled()
        gate.open.set()
        assert await second == 7

    play(scene)


def test_what_does_not_fit_is_refused_at_once_and_fits_later() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        gate = Gate()
        asking = asyncio.create_task(answer_of(questions, "large", 7, gate))
        await begun(gate)
        with pytest.raises(Busy, match="1 costly questions are under way; try again in 2 s"):
            await answer_of(questions, "other", 4, gate)
        small = asyncio.create_task(answer_of(questions, "small", 3, lambda: 1))
        await settled()
        assert questions.cells == 10
        gate.open.set()
        assert await asyncio.gather(asking, small) == [0, 1]
        assert await answer_of(questions, "other", 4, lambda: 2) == 2

    play(scene)


def test_a_question_larger_than_the_bound_is_answered_alone() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        assert await answer_of(questions, "huge", 11, lambda: 3) == 3

    play(scene)


def test_a_place_is_kept_until_the_answer_is_sent() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        async with questions.answer("one", 10, lambda: 1):
            with pytest.raises(Busy):
                await answer_of(questions, "two", 1, lambda: 2)
        assert await answer_of(questions, "two", 1, lambda: 2) == 2

    play(scene)


def test_a_waiting_question_that_everybody_leaves_is_not_begun() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        running, waiting = Gate(), Gate()
        first = asyncio.create_task(answer_of(questions, "running", 1, running))
        await begun(running)
        others = [asyncio.create_task(answer_of(questions, "waiting", 9, waiting)) for _ in range(3)]
        await settled()
        assert questions.cells == 10
        for other in others:
            other.cancel()
        await settled()
        assert (questions.count, questions.cells) == (1, 1)
        running.open.set()
        await first
        assert await answer_of(questions, "next", 1, lambda: 4) == 4  # its turn has passed
        assert waiting.times == 0

    play(scene)


def test_a_failure_is_told_to_everybody_and_gives_the_place_back() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        def fail() -> int:
            raise QuestionError("no such window")

        asking = [answer_of(questions, "bad", 10, fail) for _ in range(3)]
        failures = await asyncio.gather(*asking, return_exceptions=True)
        assert [str(failure) for failure in failures] == ["no such window"] * 3
        assert await answer_of(questions, "bad", 10, lambda: 5) == 5

    play(scene)


def test_a_failure_after_everybody_has_left_is_nobodys() -> None:
    async def scene(questions: CostlyQuestions[int]) -> None:
        gate = Gate()

        def fail() -> int:
            gate()
            raise QuestionError("too late")

        said: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        asking = asyncio.create_task(answer_of(questions, "left", 1, fail))
        await begun(gate)
        asking.cancel()
        await settled()
        gate.open.set()
        assert await answer_of(questions, "next", 1, lambda: 6) == 6
        assert said == []

    play(scene)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(1, 12), st.sampled_from(["ask", "leave", "open"])), max_size=25
    )
)
@settings(max_examples=examples(60), deadline=None)
def test_the_bound_holds_and_every_place_comes_back(steps: list[tuple[str, int, str]]) -> None:
    """Asked, left and let on in any order: more than the bound only for one alone, and nothing is left over."""

    async def scene(questions: CostlyQuestions[int]) -> None:
        gates: dict[str, Gate] = {}
        asking: dict[str, list[asyncio.Task[int]]] = {}
        for key, cells, what in steps:
            tasks = asking.setdefault(key, [])
            if what == "ask":
                gate = gates.setdefault(key, Gate(ord(key)))
                tasks.append(asyncio.create_task(answer_of(questions, key, cells, gate)))
            elif what == "leave" and tasks:
                tasks.pop().cancel()
            elif what == "open" and key in gates:
                gates.pop(key).open.set()
            await settled()
            assert questions.count <= 1 or questions.cells <= 10
        for gate in gates.values():
            gate.open.set()
        for key, tasks in asking.items():
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert result == ord(key) or isinstance(result, Busy)

    play(scene)
