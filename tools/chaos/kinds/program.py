"""What happens to the program itself: killed, stopped, frozen, under a wrong clock."""

from __future__ import annotations

import signal
import time
from functools import partial
from random import Random

from chaos.kind import FaultKind
from chaos.process.stage import Fails, Fault, Stage, run_trial

WAIT_S = 150.0


def _again(stage: Stage, killed_s: float, note: str = "") -> Fault:
    """Start it once more; the time to be right again begins with the command."""
    before = stage.running
    product = stage.begin()
    return Fault(began_s=killed_s, ended_s=product.started_s, said_s=before.ended_s, note=note, killed_s=killed_s)


def killed(stage: Stage, chance: Random) -> Fault:
    """SIGKILL at a drawn moment."""
    time.sleep(chance.uniform(0.5, 8.0))
    killed_s = time.monotonic()
    stage.running.kill()
    return _again(stage, killed_s)


def killed_in_compaction(stage: Stage, chance: Random) -> Fault:
    """SIGKILL while a part of the history is being written."""
    end_s, parts = time.monotonic() + WAIT_S, stage.data / "parts"
    while not any(parts.glob(".tmp-*")):
        if time.monotonic() > end_s:
            raise TimeoutError("no part was written")
        time.sleep(0.001)
    time.sleep(chance.uniform(0.0, 0.03))
    killed_s = time.monotonic()
    stage.running.kill()
    is_cut = any(parts.glob(".tmp-*"))
    return _again(stage, killed_s, "a part was left half-written" if is_cut else "the part was just named")


def stopped_in_writing(stage: Stage, chance: Random) -> Fault:
    """SIGTERM just after a frame went to the disk: everything is stored, and it ends with code 0."""
    product = stage.running
    count, end_s = len(_stored(stage)), time.monotonic() + WAIT_S
    while len(_stored(stage)) == count and time.monotonic() < end_s:
        time.sleep(0.002)
    time.sleep(chance.uniform(0.0, 0.1))
    began_s = time.monotonic()
    code = product.end()
    if code != 0:
        raise RuntimeError(f"it ended with code {code}: {product.log[-3:]}")
    fault = _again(stage, began_s)
    fault.killed_s = None
    return fault


def _stored(stage: Stage) -> list[float]:
    return [frame.at_s for frame in stage.running.frames if frame.is_stored]


def frozen(stage: Stage, chance: Random) -> Fault:
    """SIGSTOP, as a suspended machine or a stopped container; it cannot say anything meanwhile."""
    stage.running.signal(signal.SIGSTOP)
    began_s = time.monotonic()
    time.sleep(chance.uniform(5.0, 25.0))
    stage.running.signal(signal.SIGCONT)
    return Fault(began_s=began_s, ended_s=time.monotonic())


def wrong_clock(stage: Stage, chance: Random) -> Fault:
    """The machine's wall clock leaps by hours or days, and back."""
    began_s = time.monotonic()
    stage.wall_skew.write_text(str(chance.choice((-1, 1)) * chance.uniform(3_600.0, 10 * 86_400.0)))
    time.sleep(chance.uniform(6.0, 12.0))
    stage.wall_skew.write_text("0")
    return Fault(began_s=began_s, ended_s=time.monotonic())


def _kind(name: str, fails: Fails, *, expects_said: bool = True) -> FaultKind:
    return FaultKind(name=name, where="process", expects_said=expects_said, run=partial(run_trial, fails))


KINDS = (
    _kind("program: kill -9 at any moment", killed),
    _kind("program: kill -9 while a part is written", killed_in_compaction),
    _kind("program: SIGTERM while a frame is written", stopped_in_writing),
    _kind("program: frozen and resumed", frozen, expects_said=False),
    _kind("program: the machine's clock leaps and returns", wrong_clock),
)
