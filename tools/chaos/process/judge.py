"""Frames of the product against the truth of the exchange when they were handed out.

A frame called live is wrong where, of an account that is not in doubt, the sizes or a level, or where the mark of a
coin, were not those of the exchange at any moment from AGE_S before it was handed out to AHEAD_S after; and where its
own time is further from that moment, unless the map says that time is held. AGE_S is how long silence may last before
it is said, and what a message may be late. A level may differ by LEVEL of the mark: fees and funding of the last
seconds. Payments are not printed: the levels of whoever was paid, or has paid, are judged again PAID_S later. A dex in
which an account has no position yet may be unread: that is coverage, and only who is whole again must have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chaos.process.exchange import Moment, Positions
from chaos.process.witness import Frame, Seen, Stood

AGE_S, AHEAD_S = 12.0, 2.0
NOW_S = 3.0
"""Who is right again has what was true this long ago at most."""
LEVEL = 0.005
PAID_S = 120.0


@dataclass
class Truth:
    """Moments of the exchange, oldest first. origin: the machine's monotonic seconds and the exchange's ms then.

    paid_ms: when money last came to an account or left it.
    """

    moments: Sequence[Moment]
    origin: tuple[float, int]
    paid_ms: Mapping[str, int] = field(default_factory=dict)

    def time_ms(self, at_s: float) -> int:
        """The exchange's time at a moment of the machine's clock."""
        return self.origin[1] + round((at_s - self.origin[0]) * 1_000)

    def around(self, time_ms: int, age_s: float) -> list[Moment]:
        """The moments a frame handed out then may show; the last one before the span is in force at its beginning."""
        first, last = time_ms - age_s * 1_000, time_ms + AHEAD_S * 1_000
        found: list[Moment] = []
        for moment in reversed(self.moments):
            if moment.time_ms > last:
                continue
            found.append(moment)
            if moment.time_ms < first:
                break
        return found

    def faults(self, frame: Frame, age_s: float = AGE_S, *, is_whole: bool = False) -> list[str]:
        """What is wrong in a frame, a few words each; nothing where the truth of its time is not known.

        is_whole  a dex in which nothing is known of an account is wrong too, not only unread.
        """
        now_ms = self.time_ms(frame.at_s)
        moments = self.around(now_ms, age_s)
        if not moments:
            return []
        found = [
            f"mark of {coin} {mark:g}"
            for coin, mark in frame.marks.items()
            if coin not in frame.coins_in_doubt
            and all(abs(moment.marks.get(coin, mark) / mark - 1.0) > 1e-9 for moment in moments)
        ]
        doubted, unsure = set(frame.doubt), set(frame.coins_in_doubt)
        for address, held in frame.accounts.items():
            if address not in doubted and not unsure & held.keys():
                why = self._account(address, held, moments, is_whole)
                found += [] if why is None else [f"{address[:8]} {why}"]
        return found

    def time_fault(self, frame: Frame) -> list[str]:
        """Whether its own time is another than that at which it was handed out, and nothing says so."""
        behind_s = (self.time_ms(frame.at_s) - frame.time_ms) / 1_000
        return [] if frame.is_time_held or -AHEAD_S <= behind_s <= AGE_S else [f"time {behind_s:.0f} s behind"]

    def is_whole(self, frame: Frame) -> bool:
        """Everybody is there with size and level, nobody else, nobody is in doubt."""
        if frame.doubt or frame.coins_in_doubt or self.faults(frame, NOW_S, is_whole=True):
            return False
        moments = self.around(self.time_ms(frame.at_s), NOW_S)
        always = set.intersection(*(set(moment.accounts) for moment in moments)) if moments else set()
        return bool(moments) and always <= frame.accounts.keys()

    def _account(self, address: str, held: Positions, moments: list[Moment], is_whole: bool) -> str | None:
        dexs = {_dex(coin) for coin in held}
        agreeing = [
            truth
            for truth in (moment.accounts.get(address, {}) for moment in moments)
            if _same(held, {coin: each for coin, each in truth.items() if is_whole or _dex(coin) in dexs})
        ]
        if not agreeing:
            return "sizes"
        paid_ms = self.paid_ms.get(address)
        if paid_ms is not None and paid_ms > moments[0].time_ms - PAID_S * 1_000:
            return None
        for coin, (_, level) in held.items():
            true = [levels[coin][1] for levels in agreeing]
            if level is not None and not any(_near(level, each, moments[-1].marks[coin]) for each in true):
                return f"level of {coin} {level:g}, true {true[0]}"
        return None


def _dex(coin: str) -> str:
    """The dex of a coin; "" is the first."""
    return coin.partition(":")[0] if ":" in coin else ""


def _same(held: Positions, truth: Positions) -> bool:
    return held.keys() == truth.keys() and all(
        abs(size - truth[coin][0]) <= 1e-9 * max(1.0, abs(size)) for coin, (size, _) in held.items()
    )


def _near(level: float, true: float | None, mark: float) -> bool:
    return true is not None and abs(level - true) <= LEVEL * mark


@dataclass
class Verdict:
    """Frames of a span. wrong: called live and wrong; examples of what was."""

    frames: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)


def judge(seen: Sequence[Seen], truth: Truth) -> Verdict:
    """Every frame of the span, each told live by the word it was handed out with."""
    verdict = Verdict()
    for frame in seen:
        if isinstance(frame, Stood):
            continue
        verdict.frames += 1
        faults = [*truth.faults(frame), *truth.time_fault(frame)] if frame.is_live else []
        if faults:
            verdict.wrong += 1
            verdict.examples += faults[: max(0, 3 - len(verdict.examples))]
    return verdict
