"""What a kind of fault is, and what one trial of it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

TRIALS = {"simulated": 100, "process": 10}
"""Of a whole table."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One fault, from before it began until the map was right again.

    seed               what it was drawn from: the same seed gives the same trial.
    said_after_s       from the beginning of the fault until the map said something of it; None: it never did.
    right_after_s      from the end of the fault until every account had its size and level again, nobody was in doubt
                       and the map was called live; None: not within the bound of the trial.
    wrong_live_frames  frames called live in which an account that was not in doubt had another size or level than at
                       the exchange, or a coin another mark.
    lost_frames        frames due for storing that could not be read from the folder afterwards.
    frames             frames judged.
    note               a sentence for whoever reads the file of results; empty where all is said by the figures.
    """

    seed: int
    said_after_s: float | None
    right_after_s: float | None
    wrong_live_frames: int
    lost_frames: int
    frames: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """A family of faults of which any number may be drawn.

    name          a phrase that says what goes wrong: `socket: messages twice`.
    where         simulated: in one process, in made-up time; process: with real processes, disks or kernels.
    expects_said  False where the fault does no harm and nothing need be said, or nobody could know of it.
    run           seed to what was found.
    wrong_frames_why  why frames may be wrong while called live; empty: none may be.
    """

    name: str
    where: Literal["simulated", "process"]
    expects_said: bool
    run: Callable[[int], Trial]
    wrong_frames_why: str = ""

    @property
    def trials(self) -> int:
        """Of a whole table."""
        return TRIALS[self.where]


def complaints(kind: FaultKind, trial: Trial) -> list[str]:
    """What a trial found that must not be, each as a sentence."""
    found = []
    if trial.right_after_s is None:
        found.append("the map was not right again")
    if trial.wrong_live_frames and not kind.wrong_frames_why:
        found.append(f"{trial.wrong_live_frames} of {trial.frames} frames were wrong while called live")
    if trial.lost_frames:
        found.append(f"{trial.lost_frames} stored frames were lost")
    if kind.expects_said and trial.said_after_s is None:
        found.append("nothing was said of it")
    return found
