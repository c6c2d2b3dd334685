"""Renews the risks of deleveraging of a served map, one coin at a time, at a low pace.

Whoever asks a list never waits for it: lists show what is kept (kept_risks.py). After each coin it rests for a multiple
of the time the walk took, so that it takes a small share of one core whatever the size of the map. Nobody waits, so
sides are walked one after the other: fewer copies of the market stand beside the map.
"""

from __future__ import annotations

import asyncio
import logging
import threading

import numpy as np

from liqscape.errors import KernelsMissing, LiqscapeError
from liqscape.service.deleveraging import DeleveragingQuestions
from liqscape.service.executors import Executors, beside
from liqscape.service.view import MapView

log = logging.getLogger("liqscape.web")

FIRST_REST_S = 60.0
"""A map that has just begun has other things to do, such as compiling."""
MIN_REST_S = 5.0
REST_FACTOR = 15.0
"""Rest for so many times the time a walk took: at most a sixteenth of a core."""


class _GoesDown(Exception):
    """The server goes down."""


class RiskRenewal:
    """To be run beside the server. Used by the event loop only, but for `_leave_if_asked`."""

    def __init__(self, view: MapView, questions: DeleveragingQuestions, executors: Executors) -> None:
        self._view = view
        self._questions = questions
        self._executor = executors.risks
        self._is_left = threading.Event()
        self._reasons: set[str] = set()

    async def run(self) -> None:
        """Renew until `close`, always the coin whose figures are oldest."""
        loop = asyncio.get_running_loop()
        rest_s = FIRST_REST_S
        while not self._is_left.is_set():
            await asyncio.sleep(rest_s)
            began = loop.time()
            await beside(self._executor, self.renew_one)
            rest_s = max(MIN_REST_S, REST_FACTOR * (loop.time() - began))

    def close(self) -> None:
        """Let the walk under way end at its next step."""
        self._is_left.set()

    def renew_one(self) -> str | None:
        """The coin that was worked out, None where all figures are of the newest frame. In a thread."""
        try:
            coin = self._oldest()
            if coin is not None:
                self._questions.of_coin(coin, on_step=self._leave_if_asked, in_turn=True)
            return coin
        except (_GoesDown, KernelsMissing):  # what is being compiled beside the server is there a little later
            return None
        except LiqscapeError as error:  # a map without a frame yet, or of accounts that cannot be simulated
            self._say(str(error))
            return None
        except Exception:
            log.exception("the risks of deleveraging could not be renewed")
            return None

    def _oldest(self) -> str | None:
        """The coin to do next: those never done first, largest open interest first, then those done longest ago."""
        frame = self._view.moment().reported
        snapshot = frame.snapshot
        usd = np.nan_to_num(frame.position_size.sum(axis=1) * snapshot.mark)
        held = [row for row in np.argsort(-usd, kind="stable").tolist() if usd[row] > 0.0]
        ages = {snapshot.markets.coins[row]: self._view.risks.kept_ms(snapshot.markets.coins[row]) for row in held}
        due = {coin: -1 if kept is None else kept for coin, kept in ages.items() if kept != frame.time_ms}
        return min(due, key=lambda coin: due[coin], default=None)

    def _leave_if_asked(self) -> None:
        if self._is_left.is_set():
            raise _GoesDown

    def _say(self, reason: str) -> None:
        """Once a reason: it comes again with every coin."""
        if reason not in self._reasons:
            self._reasons.add(reason)
            log.warning("risks of deleveraging: %s", reason)
