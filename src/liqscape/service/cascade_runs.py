"""Simulations asked for over the API: few at a time, beside the event loop, with progress, stopped when nobody waits.

A run lives in a thread of its own; what it tells goes to the loop through a queue bounded by the run's own length
(a message for every ten simulated seconds, of an ensemble 500 at most). A run that nobody reads any more ends within
ten simulated seconds.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Annotated, TypeVar

import msgspec

from liqscape.cascade.results import PartialRows
from liqscape.errors import InputError, KernelsMissing, ModelError, QuestionError
from liqscape.service.answers.cascade_records import CascadeAnswer, CascadePreparing, CascadeProgress, EnsembleAnswer
from liqscape.service.cascade import CascadeQuestion, PreparedCascade, answer_cascade, prepare_cascade, reason_of
from liqscape.service.cascade_answer import progress_message
from liqscape.service.executors import MAX_SIMULATIONS, Executors, beside
from liqscape.service.market_inputs.from_view import PriceMemory, of_view
from liqscape.service.market_inputs.market_input import MarketInput
from liqscape.service.view import MapView

log = logging.getLogger("liqscape.cascade")

T = TypeVar("T")

MAX_RUNS = MAX_SIMULATIONS
MAX_MINUTES = 240.0
MAX_PATHS_ASKED = 50
MAX_POINTS = 600
MAX_ROWS = 2_000
"""What an answer of the API holds; the command line gives everything."""
MIN_SHARE = 0.002
"""Messages of an ensemble are so far apart."""
AGAIN_S = 1.0
"""A run that waits for the compiler looks so often."""


class CascadeDone(msgspec.Struct, frozen=True, tag="result", tag_field="type"):
    """Last line of the stream: the result. One of the two is there."""

    cascade: CascadeAnswer | None
    ensemble: EnsembleAnswer | None


class CascadeFailed(msgspec.Struct, frozen=True, tag="error", tag_field="type"):
    """Last line of the stream where the run could not go on."""

    detail: Annotated[str, msgspec.Meta(description="One sentence.")]


Message = CascadePreparing | CascadeProgress | CascadeDone | CascadeFailed


class _Left(Exception):
    """Nobody waits for the run any more."""


class CascadeRun:
    """One run under way."""

    def __init__(self, prepared: PreparedCascade) -> None:
        self._prepared = prepared
        self._loop = asyncio.get_running_loop()
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self._is_left = threading.Event()
        self._reported_share = -1.0

    def leave(self) -> None:
        """Let the run end at its next message."""
        self._is_left.set()

    async def lines(self) -> AsyncIterator[bytes]:
        """JSON lines until the result; the run is left when the reader goes."""
        try:
            while (message := await self._messages.get()) is not None:
                yield msgspec.json.encode(message) + b"\n"
        finally:
            self.leave()

    def simulate(self) -> None:
        """To be called in a thread."""
        last: Message | None = None
        try:
            self._tell(0.0, None)
            answer = self._answer()
            is_single = isinstance(answer, CascadeAnswer)
            last = CascadeDone(answer, None) if is_single else CascadeDone(None, answer)  # type: ignore[arg-type]
        except _Left:
            pass
        except (QuestionError, ModelError) as error:
            last = CascadeFailed(str(error))
        except Exception:
            log.exception("a simulation failed")
            last = CascadeFailed("the simulation failed; see the server's log")
        with suppress(RuntimeError):  # the loop may have ended meanwhile
            if last is not None:
                self._loop.call_soon_threadsafe(self._messages.put_nowait, last)
            self._loop.call_soon_threadsafe(self._messages.put_nowait, None)

    def _answer(self) -> CascadeAnswer | EnsembleAnswer:
        """The result. While the simulator is compiled beside the server it waits, and says how far that is."""
        while True:
            try:
                return answer_cascade(
                    self._prepared,
                    self._tell,
                    compiling=self._tell_compiling,
                    max_points=MAX_POINTS,
                    max_rows=MAX_ROWS,
                )
            except KernelsMissing as missing:
                self._tell_compiling(missing.compiled, missing.needed)
                if self._is_left.wait(AGAIN_S):
                    raise _Left from None

    def _tell(self, share: float, rows: PartialRows | None) -> None:
        if self._is_left.is_set():
            raise _Left
        if rows is None and share < 1.0 and share - self._reported_share < MIN_SHARE:
            return
        self._reported_share = share
        try:
            self._loop.call_soon_threadsafe(self._messages.put_nowait, progress_message(share, rows))
        except RuntimeError:
            raise _Left from None

    def _tell_compiling(self, compiled: int, functions: int) -> None:
        """Called by the compiler, which must not be stopped: others wait for the same functions."""
        with suppress(RuntimeError):
            message = CascadePreparing(compiled, functions)
            self._loop.call_soon_threadsafe(self._messages.put_nowait, message)


class CascadeRuns:
    """All runs of a server. Used by the event loop only."""

    def __init__(self, view: MapView, executors: Executors | None = None) -> None:
        self._view = view
        self._executor = None if executors is None else executors.simulations
        self._open = 0
        self._tasks: dict[asyncio.Task[None], CascadeRun] = {}
        self._memory = PriceMemory(view)
        self._kept: tuple[object, MarketInput] | None = None

    @property
    def count(self) -> int:
        """Runs under way or being prepared."""
        return self._open

    @property
    def is_full(self) -> bool:
        """No further run may begin now."""
        return self._open >= MAX_RUNS

    async def begin(self, question: CascadeQuestion, at_ms: int | None) -> CascadeRun:
        """Start a run; the caller has seen that there is room.

        Raises NotFound or QuestionError for what cannot be simulated, before anything runs.
        """
        self._open += 1
        try:
            prepared = await beside(self._executor, self._prepare, question, at_ms)
        except BaseException:
            self._open -= 1
            raise
        run = CascadeRun(prepared)
        task = asyncio.create_task(beside(self._executor, run.simulate))
        self._tasks[task] = run
        task.add_done_callback(self._end)
        return run

    async def ask(self, question: Callable[[MarketInput, Callable[[float], None]], T], at_ms: int | None) -> T:
        """The answer to a question that is simulated as a whole, without messages; the caller has seen that there is
        room. It ends soon after nobody waits for it. Raises what the question raises."""
        left = threading.Event()

        def tell(_: float) -> None:
            if left.is_set():
                raise _Left

        self._open += 1
        try:
            return await beside(self._executor, lambda: question(self._market(at_ms), tell))
        finally:
            left.set()
            self._open -= 1

    def close(self) -> None:
        """Let every run end soon."""
        for run in self._tasks.values():
            run.leave()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._open -= 1
        self._tasks.pop(task, None)

    def _prepare(self, question: CascadeQuestion, at_ms: int | None) -> PreparedCascade:
        try:
            return prepare_cascade(self._market(at_ms), question)
        except (InputError, ModelError) as error:
            raise reason_of(error) from None

    def _market(self, at_ms: int | None) -> MarketInput:
        """The market at a time; the one asked about last is kept, because questions come in series."""
        time_ms, books = self._view.moment(at_ms).frame.time_ms, self._view.books
        key = time_ms, None if books is None else books.state()
        kept = self._kept
        if kept is None or kept[0] != key:
            kept = self._kept = (key, of_view(self._view, at_ms, self._memory))
        return kept[1]
