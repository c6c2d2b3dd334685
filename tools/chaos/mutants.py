"""Guards of the product, each with how it is broken on purpose and who must notice.

A row names the text that stands exactly once in its file, what is put there instead, and who catches it: tests by
their pytest id, kinds of faults as `chaos: <name>`. `python tools/mutants.py` tries them all.
"""

from __future__ import annotations

from dataclasses import dataclass

CHAOS = "chaos: "


@dataclass(frozen=True)
class Mutant:
    """name: what the broken guard lets through. path: below the project's folder. caught_by: one is enough."""

    name: str
    path: str
    old: str
    new: str
    caught_by: tuple[str, ...]


MUTANTS = (
    Mutant(
        "marks may be silent for an hour",
        "src/liqscape/service/collecting/streams.py",
        "MARKS_NS = 10_000_000_000",
        "MARKS_NS = 3_600_000_000_000",
        (CHAOS + "socket: connected and silent",),
    ),
    Mutant(
        "a lost connection is no gap",
        "src/liqscape/sources/live/assembler.py",
        "return [self._gap(rows, from_ms, lost.reason)]",
        "return []",
        (CHAOS + "socket: connections refused", CHAOS + "socket: connections reset"),
    ),
    Mutant(
        "a message that cannot be read is no gap",
        "src/liqscape/sources/live/assembler.py",
        'return [*self._gathered_prints(), self._gap(None, self.clock.stamp_ms, "a message could not be read")]',
        "return []",
        (CHAOS + "socket: messages cut", CHAOS + "socket: fields missing"),
    ),
    Mutant(
        "any stamp moves the clock",
        "src/liqscape/sources/live/clock.py",
        "if received_ns - self._doubted_ns < BELIEVED_AFTER_NS:",
        "if False:",
        (CHAOS + "socket: prints stamped tomorrow", "tests/sources/live/test_clock.py"),
    ),
    Mutant(
        "a mark of zero is taken",
        "src/liqscape/sources/live/markets.py",
        "return np.where(column > 0.0, column, np.nan)",
        "return column",
        (CHAOS + "figures: a mark of zero, below, no number",),
    ),
    Mutant(
        "an answer of HTML is an answer",
        "src/liqscape/feed/info_client.py",
        "            check_answer(content, question.kind, question.url)",
        "            pass",
        ("tests/feed/test_info_client.py",),
    ),
    Mutant(
        "a state that does not add up is used",
        "src/liqscape/wire/info/read_state.py",
        "            found.is_cross_unknown = True\n    if not found.errors",
        "            pass\n    if not found.errors",
        ("tests/wire/test_one_broken_field.py", "tests/wire/test_readers_refuse.py"),
    ),
    Mutant(
        "what is opened after a gap is taken as seen from its beginning",
        "src/liqscape/ledger/holdings.py",
        "        missed_ms[is_meant] = np.maximum(missed_ms[is_meant], event.time_ms)\n",
        "",
        ("tests/ledger/test_doubt.py",),
    ),
    Mutant(
        "who is read in a gap stays sure for an hour",
        "src/liqscape/sources/live/assembler.py",
        "RENEWED_NS = 10_000_000_000",
        "RENEWED_NS = 3_600_000_000_000",
        (CHAOS + "socket: subscriptions refused", CHAOS + "socket: prints stop, marks go on"),
    ),
)
