"""What a network and a server do to connections: real sockets, a real proxy, signals of the kernel."""

from __future__ import annotations

import time
from functools import partial
from random import Random

from chaos.kind import FaultKind
from chaos.process.stage import Fails, Fault, Stage, run_trial


def _for(seconds: float) -> tuple[float, float]:
    """Let a fault last; (began, ended)."""
    began_s = time.monotonic()
    time.sleep(seconds)
    return began_s, time.monotonic()


def exchange_frozen(stage: Stage, chance: Random) -> Fault:
    """SIGSTOP: the kernel keeps its connections, nobody answers."""
    stage.exchange.freeze()
    try:
        began_s, ended_s = _for(chance.uniform(11.0, 20.0))
    finally:
        stage.exchange.thaw()
    return Fault(began_s=began_s, ended_s=ended_s)


def exchange_killed(stage: Stage, chance: Random) -> Fault:
    """SIGKILL, and back at the same port a while later."""
    time.sleep(chance.uniform(0.0, 2.0))
    stage.exchange.kill()
    began_s, _ = _for(chance.uniform(1.0, 5.0))
    stage.exchange.revive()
    return Fault(began_s=began_s, ended_s=time.monotonic())


def black_hole(stage: Stage, chance: Random) -> Fault:
    stage.proxy.set("swallows")
    began_s, ended_s = _for(chance.uniform(11.0, 20.0))
    stage.proxy.set("sound")
    return Fault(began_s=began_s, ended_s=ended_s)


def reset(stage: Stage, chance: Random) -> Fault:
    """Connections cut in the middle of a message, three times, and refused for a while."""
    began_s = time.monotonic()
    for _ in range(3):
        stage.proxy.cut_within(chance.randrange(1, 3_000))
        time.sleep(chance.uniform(0.5, 1.5))
    stage.proxy.set("refuses")
    stage.proxy.reset()
    time.sleep(chance.uniform(1.0, 6.0))
    stage.proxy.set("sound")
    return Fault(began_s=began_s, ended_s=time.monotonic())


def throttled(stage: Stage, chance: Random) -> Fault:
    """Less comes through than is sent. Marks carry no time: what comes late, but comes, says nothing of it."""
    stage.proxy.set("throttled", rate=chance.uniform(200.0, 1_500.0))
    began_s, ended_s = _for(chance.uniform(12.0, 18.0))
    stage.proxy.set("sound")
    return Fault(began_s=began_s, ended_s=ended_s)


def late(stage: Stage, chance: Random) -> Fault:
    """Everything under way for half a second to four, both ways, each connection its own."""
    stage.proxy.set("late", late_s=chance.uniform(0.5, 2.0))
    began_s, ended_s = _for(chance.uniform(8.0, 14.0))
    stage.proxy.set("sound")
    return Fault(began_s=began_s, ended_s=ended_s)


def _kind(name: str, fails: Fails, *, expects_said: bool = True) -> FaultKind:
    return FaultKind(name=name, where="process", expects_said=expects_said, run=partial(run_trial, fails))


KINDS = (
    _kind("exchange: frozen, connected and silent", exchange_frozen),
    _kind("exchange: killed and served again", exchange_killed),
    _kind("network: a black hole", black_hole),
    _kind("network: reset in the middle of messages, then refused", reset),
    _kind("network: throttled below what is sent", throttled, expects_said=False),
    _kind("network: late both ways", late, expects_said=False),
)
