"""Kernels that are missing are compiled beside a server, in processes of their own, while it answers what needs none.

Until they are there a question that needs one is refused (`KernelsMissing`, over HTTP a 503 that says when to come
again) before anything is compiled for it: compiling holds a lock that every kernel is loaded under, so that one
question would keep all others waiting for a minute. What the map itself does begins when its share is there.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from liqscape.errors import KernelsMissing, LiqscapeError
from liqscape.feed.pause import pause
from liqscape.risk.kernels.asked_first import asked_before_compiling
from liqscape.service.executors import beside, is_of_questions
from liqscape.service.warming.beside import LOW_PRIORITY, Warming, lanes_of
from liqscape.service.warming.jobs import PARTS, PARTS_OF_MAPS

log = logging.getLogger("liqscape.live")

FIRST_READER_SECONDS = 0.3
"""Whoever waits for the server to come up is answered before the compiler is loaded."""
COMPILING = "compiling kernels, once for this machine and version"

Tell = Callable[[str, int, int], None]


class Preparation:
    """`run` compiles what is missing; `refusing` has questions refused meanwhile.

    tell     what the map waits for, how much of it is there and of how much; from any thread, and not once it begins.
    warming  that is under way already, with what the map needs done; somebody else ends it.
    """

    def __init__(self, tell: Tell, executor: Executor | None = None, warming: Warming | None = None) -> None:
        self._tell, self._executor, self._warming = tell, executor, warming
        self._is_over = not self.is_needed
        self._counts = (0, 0)
        self._telling = threading.Lock()
        self._is_begun = False

    @property
    def is_needed(self) -> bool:
        """Whether this process compiles at all: where kernels run as Python it does not."""
        return not os.environ.get("NUMBA_DISABLE_JIT")

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse to compile for a question as long as the block runs and not everything is there."""
        with asked_before_compiling(self._refuse):
            yield

    async def run(self, stop: asyncio.Event, begin: Callable[[], None]) -> None:
        """Compile what is missing, unless `stop` is set meanwhile; `begin` is called once a map can live."""

        def begin_live() -> None:
            with self._telling:  # who is telling has told: nothing comes after what `begin` makes of it
                self._is_begun = True
            begin()

        try:
            if self._warming is not None:
                begin_live()
                await self._finish(self._warming, stop)
            elif self.is_needed:
                await pause(stop, FIRST_READER_SECONDS)
                missing = await beside(self._executor, _missing)
                if missing and not stop.is_set():
                    await self._compile(missing, stop, begin_live)
        except LiqscapeError as error:
            # As if nobody prepared anything: each kernel is compiled where it is needed first.
            log.warning("%s; each kernel is compiled when it is needed", error)
        finally:
            self._is_over = True
            begin_live()

    async def _finish(self, warming: Warming, stop: asyncio.Event) -> None:
        """Until the rest is there: questions about it are refused, and the map waits for nothing."""
        warming.tell = self._count
        stopped = asyncio.create_task(stop.wait())
        waiting = asyncio.ensure_future(asyncio.to_thread(warming.wait))
        await asyncio.wait((waiting, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if stop.is_set():
            await asyncio.to_thread(warming.stop)
            await asyncio.gather(waiting, return_exceptions=True)
        else:
            waiting.result()

    async def _compile(self, missing: tuple[str, ...], stop: asyncio.Event, begin: Callable[[], None]) -> None:
        log.warning("kernels are compiled, once for this machine and version; what needs them is answered after that")
        self._report(0, 0)
        warming = Warming(lanes_of(missing, os.cpu_count() or 1), niceness=LOW_PRIORITY, tell=self._report)
        stopped = asyncio.create_task(stop.wait())
        try:
            for parts in (PARTS_OF_MAPS, PARTS):
                wanted = tuple(part for part in parts if part in missing)
                waiting = asyncio.ensure_future(asyncio.to_thread(warming.wait, wanted))
                await asyncio.wait((waiting, stopped), return_when=asyncio.FIRST_COMPLETED)
                if stop.is_set():
                    await asyncio.to_thread(warming.stop)
                    await asyncio.gather(waiting, return_exceptions=True)
                    return
                waiting.result()
                begin()
        finally:
            stopped.cancel()
            await asyncio.to_thread(warming.stop)
        log.warning("kernels are compiled: everything is answered now")

    def _count(self, compiled: int, needed: int) -> None:
        self._counts = compiled, needed

    def _report(self, compiled: int, needed: int) -> None:
        self._count(compiled, needed)
        with self._telling:
            if not self._is_begun:
                self._tell(COMPILING, compiled, needed)

    def _refuse(self, _kernel: str) -> None:
        if not self._is_over and is_of_questions(threading.current_thread().name):
            raise KernelsMissing(*self._counts)


def _missing() -> tuple[str, ...]:
    """Parts to be compiled. Raises SettingsError where none could be kept."""
    from liqscape.service.warming.kept import kept_folder, missing_parts

    missing = missing_parts(PARTS)
    if missing:
        kept_folder()
    return missing
