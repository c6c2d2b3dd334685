"""An exchange, a proxy and a product that stand from trial to trial; what one trial finds."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from chaos.kind import Trial
from chaos.process.exchange import ExchangeProcess, WorldOptions
from chaos.process.judge import NOW_S, Truth, judge
from chaos.process.product import Product
from chaos.process.proxy import Proxy
from chaos.process.witness import Frame
from liqscape.store.history import HistoryReader

RIGHT_S = 90.0
"""A trial that is not right again after so long is a finding."""
LOOK_S = 0.1
STORED_S = 20.0
IN_HAND_S = 2.0
"""A frame handed out this long before a kill may be in hand still; later ones are due."""

WORLD = WorldOptions()


@dataclass(kw_only=True)
class Fault:
    """When it was there, by the machine's monotonic clock. said_s: where the kind itself knows when it was said."""

    began_s: float
    ended_s: float
    said_s: float | None = None
    note: str = ""
    killed_s: float | None = None
    damaged: Callable[[int], bool] = lambda _: False
    """Times of frames in files that were damaged: they may be gone."""


class Stage:
    """One world. `product` runs, or is begun again by `begin`."""

    def __init__(self, world: WorldOptions) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        self.exchange = ExchangeProcess(world, self.folder / "world")
        self.proxy = Proxy(lambda: self.exchange.port)
        self.data = self.folder / "data"
        self.wall_skew, self.fsync = self.folder / "wall_skew", self.folder / "fsync"
        """Seconds by which the product's wall clock is wrong, and that every fsync takes."""
        self.environment: Mapping[str, str] = {
            "CHAOS_WALL_SKEW": str(self.wall_skew),
            "CHAOS_FSYNC": str(self.fsync),
        }
        self.options: tuple[str, ...] = ()
        self.product: Product | None = None
        self.lives: list[Product] = []
        """Products of this trial, oldest first."""

    def begin(self, data: Path | None = None) -> Product:
        """Start the product in its folder, or in another one."""
        self.data = data or self.data
        self.product = Product(self.proxy.url, self.data, self.options, self.environment)
        self.lives.append(self.product)
        return self.product

    @property
    def running(self) -> Product:
        """The product."""
        assert self.product is not None
        return self.product

    @property
    def truth(self) -> Truth:
        """As far as it is known."""
        exchange = self.exchange
        return Truth(list(exchange.moments), exchange.origin, dict(exchange.paid_ms))

    def ready(self) -> Product:
        """A product that is right, before anything goes wrong. Raises TimeoutError where it does not become so."""
        if self.product is None or not self.product.is_running:
            self.begin()
        self.lives = [self.running]
        if self.right_after(time.monotonic()) is None:
            why = self.why_not()
            self.running.kill()
            raise TimeoutError(f"the map was not right within {RIGHT_S:g} s before the fault: {why}")
        return self.running

    def right_after(self, since_s: float) -> float | None:
        """When a frame after that time was live and whole; None: not within RIGHT_S."""
        place = 0
        while time.monotonic() < since_s + RIGHT_S:
            frames = self.running.frames
            for frame in frames[place:]:
                if frame.at_s >= since_s and frame.is_live and self.truth.is_whole(frame):
                    return frame.at_s
            place = len(frames)
            time.sleep(LOOK_S)
        return None

    def why_not(self) -> str:
        """What keeps the newest frame from being right."""
        frames = self.running.frames
        if not frames:
            return "no frame; " + "; ".join(line for _, line in self.running.log[-3:])
        truth, frame = self.truth, frames[-1]
        word = "live" if frame.is_live else "not live"
        missing = len(truth.moments[-1].accounts.keys() - frame.accounts.keys()) if truth.moments else 0
        doubted = f"{len(frame.doubt)} accounts and coins {frame.coins_in_doubt} in doubt"
        return f"{word}, {doubted}, {missing} missing, {truth.faults(frame, NOW_S, is_whole=True)[:2]}"

    def said_after(self, fault: Fault) -> float | None:
        """When the product first said something after the fault began: not live, somebody in doubt, a line, its end."""
        if fault.said_s is not None:
            return fault.said_s
        found = []
        for product in self.lives:
            found += [each.at_s for each in product.stands if not each.is_live]
            found += [at_s for at_s, _ in product.log]
            found += [
                frame.at_s for frame in product.frames if not frame.is_live or frame.doubt or frame.coins_in_doubt
            ]
            found += [] if product.ended_s is None else [product.ended_s]
        return min((at_s for at_s in found if at_s >= fault.began_s), default=None)

    def lost_frames(self, since_s: float, fault: Fault) -> tuple[int, int]:
        """(lost, due): frames due for storing since then, of every life, that cannot be read from the folder."""
        missing: set[tuple[Path, int]] = {
            (product.data, frame.time_ms)
            for product in self.lives
            if product.data.exists()
            for frame in product.frames
            if frame.is_stored and frame.at_s > since_s and _is_due(frame, fault)
        }
        count, end_s = len(missing), time.monotonic() + STORED_S
        while missing and time.monotonic() < end_s:
            readers = {data: HistoryReader(data) for data, _ in missing}
            found = {key: readers[key[0]].frame_at(key[1], with_bands=False) for key in missing}
            missing = {key for key, frame in found.items() if frame is None or frame.time_ms != key[1]}
            if missing:
                time.sleep(0.5)
        return len(missing), count

    def renew(self) -> None:
        """A folder of its own for what comes next, where nothing can be done with the one of before."""
        if self.running.is_running:
            self.running.kill()
        self.data = self.folder / f"data-{time.monotonic_ns()}"

    def end(self) -> None:
        """Stop everything."""
        if self.product is not None and self.product.is_running:
            self.product.kill()
        self.proxy.end()
        self.exchange.end()
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def stage_of(world: WorldOptions) -> Stage:
    """The one stage of a world, until this process ends."""
    made = Stage(world)
    atexit.register(made.end)
    return made


def end_stage() -> None:
    """End the stage of all trials now, if there is one: the next trial makes another."""
    if stage_of.cache_info().currsize:
        stage = stage_of(WORLD)
        atexit.unregister(stage.end)
        stage_of.cache_clear()
        stage.end()


Fails = Callable[[Stage, Random], Fault]


def run_trial(fails: Fails, seed: int) -> Trial:
    """Ready, fault, right again, judged."""
    stage = stage_of(WORLD)
    try:
        stage.ready()
        before_s = time.monotonic()
        fault = fails(stage, Random(seed))
    except Exception:
        stage.renew()  # what comes next is not to stumble over it
        raise
    right_s = stage.right_after(fault.ended_s)
    note = fault.note if right_s is not None else f"{fault.note} {stage.why_not()}".strip()
    seen = [each for product in stage.lives for each in product.seen if each.at_s >= before_s]
    verdict = judge(seen, stage.truth)
    lost, due = stage.lost_frames(before_s, fault)
    said_s = stage.said_after(fault)
    if right_s is None:
        stage.renew()
    return Trial(
        seed=seed,
        said_after_s=None if said_s is None else round(said_s - fault.began_s, 2),
        right_after_s=None if right_s is None else round(right_s - fault.ended_s, 2),
        wrong_live_frames=verdict.wrong,
        lost_frames=lost,
        frames=verdict.frames,
        note="; ".join(each for each in (note, *verdict.examples, f"{due} stored") if each),
    )


def _is_due(frame: Frame, fault: Fault) -> bool:
    """Whether it must be there: not in hand at a kill, not in a file that was damaged."""
    is_in_hand = fault.killed_s is not None and fault.killed_s - IN_HAND_S < frame.at_s <= fault.killed_s
    return not is_in_hand and not fault.damaged(frame.time_ms)
