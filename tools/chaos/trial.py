"""One simulated trial: right, then the fault, then right again; what was said, shown and stored meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.judge import Judge
from chaos.kind import FaultKind, Trial
from chaos.product import Stage, run_stage
from chaos.way import Way

WARM_UP_S, MAX_S = 90.0, 240.0
SETTLE_S = 12.0
"""Right for so long before the fault: connections stand, everybody is read."""
LOOK_S = 0.5
SAID_S = 30.0
"""A fault is waited to be said for so long after everything is right again."""
MEMORY = Path("/dev/shm")
"""Folders of trials lie in memory where that can be: what a disk does is not the question here."""

Play = Callable[[Stage], Coroutine[Any, Any, None]]
"""Makes the fault happen, from its beginning to its end."""


@dataclass
class _Watched:
    """What was found of one trial so far."""

    began_s: float = 0.0
    said_after_s: float | None = None
    before: dict[str, float] = field(default_factory=dict)
    stored: dict[int, Any] = field(default_factory=dict)


class _Watch:
    """Looks on while a trial is played."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.found = stage, _Watched()
        self.judge = Judge(stage.exchange, stage.opened.market)
        self._judged = -1
        stage.opened.market.live.listen(self._note)

    def begin(self) -> None:
        """The fault begins now."""
        self.found.began_s, self.found.before = self.stage.time.now_s, self._said()

    def look(self) -> None:
        """Note when something was said."""
        if self.found.said_after_s is None and self.is_said():
            self.found.said_after_s = self.stage.time.now_s - self.found.began_s

    def is_said(self) -> bool:
        """Any word or count that was not there before the fault."""
        return any(count > self.found.before.get(what, 0.0) for what, count in self._said().items())

    def why_not_right(self) -> str | None:
        """What is not right yet."""
        standing = self.stage.opened.market.live.standing
        return self.judge.why_not_right() if standing.is_live else f"the map is {standing.feed}"

    def _said(self) -> dict[str, float]:
        figures = self.stage.figures()
        said = {
            "not live": float(figures.state != "live"),
            "unusable records": figures.unusable_records,
            "partial states": figures.partial_states,
            "skipped rows": figures.skipped_rows,
            "in doubt": figures.ledger.unsure,
            "gaps": sum(row.gaps for row in figures.sources),
            "reconnects": sum(row.reconnects for row in figures.sources),
        }
        said |= {f"trouble {row.kind} {row.trouble}": 1.0 for row in figures.sources if row.trouble}
        said |= {f"requests {row.outcome}": row.count for row in figures.requests if row.outcome != "answered"}
        return said

    def shown(self) -> None:
        """Judge what is shown at this moment: an old frame is called live too."""
        now = self.stage.opened.market.live.now
        if now is not None and now.sequence == self._judged:
            self.judge.observe(now, is_live=self.stage.opened.market.live.standing.is_live)

    def _note(self, now: Any) -> None:
        self._judged = now.sequence
        self.judge.observe(now, is_live=self.stage.opened.market.live.standing.is_live)
        if now.is_stored:
            self.found.stored[now.frame.time_ms] = now.accounts


def simulate(
    seed: int,
    play: Play,
    *,
    expects_said: bool = True,
    max_s: float = MAX_S,
    prepare: Callable[[Stage], None] = lambda _: None,
    **exchange: Any,
) -> Trial:
    """Open the product on a made-up exchange, let `play` make its fault, and wait until everything is right."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None, prefix="chaos-") as name:
        stage = Stage(seed, Path(name) / "data", **exchange)
        prepare(stage)
        watches: list[_Watch] = []
        right_after_s: list[float | None] = [None]
        notes: list[str] = []

        async def whole() -> None:
            watch = _Watch(stage)
            watches.append(watch)
            if await _until_right(stage, watch, WARM_UP_S) is None:
                raise RuntimeError(f"not right before the fault: {watch.why_not_right()}")
            await stage.live(SETTLE_S)
            watch.begin()
            stage.look, stage.each_second = watch.look, watch.shown
            await play(stage)
            right_after_s[0] = await _until_right(stage, watch, max_s)
            if right_after_s[0] is None:
                notes.append(f"not right: {watch.why_not_right()}")
            end_s = stage.time.now_s + SAID_S
            while expects_said and watch.found.said_after_s is None and stage.time.now_s < end_s:
                await stage.live(LOOK_S)
                watch.look()

        run_stage(stage, whole)
        (watch,) = watches
        if watch.judge.why:
            notes.append(f"wrong: {watch.judge.why}")
        lost = _lost(stage.folder, watch.found.stored)
        return Trial(
            seed=seed,
            said_after_s=watch.found.said_after_s,
            right_after_s=right_after_s[0],
            wrong_live_frames=watch.judge.wrong,
            lost_frames=lost,
            frames=watch.judge.frames,
            note="; ".join(notes),
        )


async def _until_right(stage: Stage, watch: _Watch, max_s: float) -> float | None:
    """Seconds until everything was right; None where it was not within the bound."""
    began_s = stage.time.now_s
    while watch.why_not_right() is not None:
        if stage.time.now_s - began_s > max_s:
            return None
        await stage.live(LOOK_S)
        if watch.found.before:
            watch.look()
    return stage.time.now_s - began_s


def _lost(folder: Path, stored: dict[int, Any]) -> int:
    """Frames due for storing that the folder does not give back with the sizes they had."""
    from liqscape.store.history import HistoryReader

    reader, lost = HistoryReader(folder), 0
    kept = set(reader.frame_times(0, 10**15).tolist())
    for time_ms, accounts in stored.items():
        if time_ms not in kept or reader.accounts_at(time_ms).size.tobytes() != accounts.size.tobytes():
            lost += 1
    return lost


def simulated(
    name: str, play: Play, *, said: bool = True, why_wrong: str = "", max_s: float = MAX_S, **exchange: Any
) -> FaultKind:
    """A kind whose trials are simulated."""

    def run(seed: int) -> Trial:
        return simulate(seed, play, expects_said=said, max_s=max_s, **exchange)

    return FaultKind(name=name, where="simulated", expects_said=said, run=run, wrong_frames_why=why_wrong)


def through(way: Callable[[Any], Way], shortest_s: float = 8.0, max_s: float = 40.0) -> Play:
    """A fault that stands in the way for a drawn time, and for longer where nothing met it yet."""

    async def play(stage: Stage) -> None:
        fault = stage.network.way = way(stage.chance)
        end_s = stage.time.now_s + stage.chance.uniform(shortest_s, max_s)
        while stage.time.now_s < end_s or (not fault.count and stage.time.now_s < end_s + 120.0):
            await stage.live(LOOK_S)
            stage.look()
        stage.network.way = Way(stage.chance)

    return play
