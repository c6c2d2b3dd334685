"""What a map that is shown already waits for, told by whoever makes it and asked by its status."""

from __future__ import annotations

from collections.abc import Callable

from liqscape.service.answers.status import PreparingAnswer


class WaitedFor:
    """`tell` says how far things are, from any thread; `answer` is the word of the status until `end`.

    ask_stored_ms  time of the newest stored frame, None where there is none. now_ms: our wall clock.
    """

    def __init__(self, ask_stored_ms: Callable[[], int | None], now_ms: Callable[[], int]) -> None:
        self._ask_stored_ms, self._now_ms = ask_stored_ms, now_ms
        self._said: tuple[str, int, int] | None = None

    def tell(self, text: str, done: int, total: int) -> None:
        """So much of it is there; a total of 0 is not known."""
        self._said = text, done, total

    def end(self) -> None:
        """The map is what it is to be."""
        self._said = None

    def answer(self) -> PreparingAnswer | None:
        """What is waited for, and how old what is shown meanwhile is; None where nothing is."""
        said, stored_ms = self._said, self._ask_stored_ms()
        if said is None:
            return None
        text, done, total = said
        age_ms = None if stored_ms is None else max(0, self._now_ms() - stored_ms)
        return PreparingAnswer(text=text, done=done, total=total, is_sample=False, age_ms=age_ms)
