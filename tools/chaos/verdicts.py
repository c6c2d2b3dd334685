"""The file of verdicts on mutants: a line each, durable before the next is tried, and the table made of them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from chaos.mutant import Mutant
from chaos.results import append_row, read_rows

HEADER = "| Broken guard | In | Caught by |\n| --- | --- | --- |"
SURVIVED = "nobody noticed"


@dataclass(frozen=True)
class Verdict:
    """caught_by: all of the row's catchers that failed. wrong: why the row says nothing, where it says nothing."""

    caught_by: tuple[str, ...] = ()
    wrong: str = ""

    @property
    def complaint(self) -> str:
        """What must not be; nothing where the mutant was caught."""
        return self.wrong or ("" if self.caught_by else SURVIVED)


Verdicts = Mapping[str, Verdict]
"""By the mutant's name."""


def read_verdicts(path: Path, mutants: Sequence[Mutant]) -> dict[str, Verdict]:
    """Verdicts on rows as they stand now: a row that was changed since is to be tried again."""
    rows = {mutant.name: _sum(mutant) for mutant in mutants}
    found: dict[str, Verdict] = {}
    for line in read_rows(path):
        try:
            name, verdict = line["name"], Verdict(tuple(line["verdict"]["caught_by"]), line["verdict"]["wrong"])
            if rows.get(name) == line["row"]:
                found[name] = verdict
        except (KeyError, TypeError):
            continue
    return found


def append_verdict(path: Path, mutant: Mutant, verdict: Verdict) -> None:
    """Durable when it returns."""
    append_row(path, {"name": mutant.name, "row": _sum(mutant), "verdict": asdict(verdict)})


def table(mutants: Sequence[Mutant], verdicts: Verdicts) -> str:
    """The table as Markdown, a row for each mutant, tried or not."""
    lines = [HEADER]
    for mutant in mutants:
        verdict = verdicts.get(mutant.name)
        if verdict is None:
            what = "**not tried**"
        elif verdict.complaint:
            what = f"**{verdict.complaint}**"
        else:
            what = ", ".join(f"`{catcher}`" for catcher in verdict.caught_by)
        lines.append(f"| {mutant.name} | `{mutant.path.removeprefix('src/liqscape/')}` | {what} |")
    return "\n".join(lines)


def _sum(mutant: Mutant) -> int:
    """Tells one row from another."""
    return zlib.crc32(repr(mutant).encode())
