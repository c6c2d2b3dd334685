"""Rows of the comparison: what they are called, in what unit, and what is wanted of them. Rows are added here.

A row whose file in rows/ is not there is left out; a job without a line here is shown by its own name, in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

START = "7c38c534"
"""`wanted` is against this build: the one at the start of the work on speed."""
SCALE = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9, "MB": 2.0**-20, "": 1.0}
POSITIONS = 700_000
PRINTS = 2_000


@dataclass(frozen=True)
class Row:
    """A job and its line.

    title   in words.
    unit    what the figure is shown in; jobs give seconds or bytes.
    wanted  largest ratio to the build START; None: none is set.
    per     the figure is of so many things, and shown for one.
    """

    title: str
    unit: str = "s"
    wanted: float | None = None
    per: float = 1.0

    def shown(self, figure: float) -> float:
        """The figure as it stands in the table."""
        return figure * SCALE[self.unit] / self.per


@dataclass(frozen=True)
class Share:
    """One job over another of the same build, in turns: a bound that needs no build before.

    at_most  largest of this build; None: none is set.
    """

    title: str
    job: str
    over: str
    at_most: float | None = None


ROWS: dict[str, Row] = {
    # rows/solve.py
    "solve and bands": Row("solve and bands at new marks, a position of 700,000 in 250 coins", "ns", 0.5, POSITIONS),
    "solve and bands from nothing": Row("the same of accounts nothing is kept of", "ns", 0.5, POSITIONS),
    "solve": Row("of it: solve", "ns", per=POSITIONS),
    "bands": Row("of it: bands", "ns", per=POSITIONS),
    "stream": Row("a copy of the bytes that job touches", "ns", per=POSITIONS),
    # rows/solve_two.py
    "two threads": Row("solve and bands on two threads, by the clock", "ns", per=POSITIONS),
    "one thread": Row("the same on one, by the clock", "ns", per=POSITIONS),
    "stream by the clock": Row("a copy of the bytes that job touches, one thread, by the clock", "ns", per=POSITIONS),
    # rows/joint.py
    "joint": Row("first joint liquidation as BTC falls, a position", "ns", 0.4, POSITIONS),
    "joint up": Row("the same as it rises", "ns", 0.4, POSITIONS),
    # rows/cascade.py
    "cascade given": Row("one hour cascade of 30,000 accounts, mode given", "s", 0.33),
    "cascade book": Row("the same, mode book", "s", 0.3),
    "cascade coupled": Row("the same, mode coupled", "s", 0.2),
    "ensemble": Row("ensemble of 8 runs of ten minutes on two threads, by the clock", "s"),
    "ensemble one run": Row("one run of that ensemble, by the clock", "s"),
    # rows/frame.py
    "frame one coin": Row("mark batch to pushed frame, 200 prints before, one coin watched", "ms", 0.4),
    "frame four coins": Row("the same, four coins watched", "ms", 0.4),
    "frame 99 %": Row("the same, four coins watched, 99 % within", "ms"),
    # rows/prints.py
    "prints of 1": Row("print decoded and applied, messages of 1", "us", 0.4, PRINTS),
    "decoded of 1": Row("of it: decoded", "us", per=PRINTS),
    "applied of 1": Row("applied alone, batches of 1", "us", 0.4, PRINTS),
    "prints of 20": Row("print decoded and applied, messages of 20", "us", 0.4, PRINTS),
    "decoded of 20": Row("of it: decoded", "us", per=PRINTS),
    "applied of 20": Row("applied alone, batches of 20", "us", 0.4, PRINTS),
    # rows/window.py
    "window 7 days": Row("heatmap window of 7 days as 800 x 400, opened for it", "ms", 0.3),
    "window 90 days": Row("the same of 90 days, from coarse detail", "ms"),
    "window 7 days again": Row("the same of 7 days, asked again", "ms", 0.3),
    "window 90 days again": Row("the same of 90 days, asked again", "ms"),
    "window 7 days answer": Row("answer of the API of 7 days, opened for it", "ms", 0.3),
    # rows/memory.py
    "memory growing": Row("memory of a live map of 700,000 positions, what grows with them", "MB", 0.5),
    "memory fixed": Row("the same, what does not", "MB"),
    # rows/start.py; the first start of a machine runs alone (`benchmarks/start.py --first`)
    "demo second start": Row("second start of a demo, by the clock: command to page", "s", 0.5),
    "demo second start, processor": Row("the same, of the processor", "s", 0.5),
    "demo second start, frame": Row("the same by the clock: command to first frame", "s", 0.5),
    "look at stored": Row("`serve --read-only`, by the clock: command to page", "s"),
    "imports": Row("a process that loads what serves a map, of the processor", "s"),
}
SHARES = (
    Share("solve and bands over a copy of the bytes it touches", "solve and bands", "stream", 3.4),
    Share("the same on two threads, by the clock", "two threads", "stream by the clock", 2.0),
    Share("ensemble of 8 on two threads over one run", "ensemble", "ensemble one run", 3.0),
    Share("frame, four coins watched: 99 % over the median", "frame 99 %", "frame four coins", 1.5),
    Share("heatmap of 90 days over 7 days", "window 90 days", "window 7 days", 2.0),
)
