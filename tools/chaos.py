"""Drives the product into faults of every kind and writes the table of docs/reliability.md.

python tools/chaos.py [--kind NAME ...] [--where simulated|process] [--trials N] [--seed S] [--out FILE.jsonl]
                      [--minutes M]

Bounded, on this machine only, drawn from seeds. A run that was stopped goes on with the same command: trials in the
file are passed over. Code 1 where a trial found what must not be, or not all could be run.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from chaos.kind import FaultKind
from chaos.kinds import all_kinds
from chaos.results import all_complaints, read_results, table
from chaos.run import run

MAX_SHOWN = 3
"""Complaints of a kind; the file of results has them all."""


def main(arguments: list[str] | None = None) -> int:
    """Run, print the table, say what is wrong."""
    kinds = all_kinds()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", action="append", help="only this kind, or kinds that begin so; may be repeated")
    parser.add_argument("--exactly", action="store_true", help="names of --kind are whole names")
    parser.add_argument("--where", choices=("simulated", "process"), help="only kinds of this sort")
    parser.add_argument("--trials", type=int, help="of each kind; by default 100 simulated ones, 10 with processes")
    parser.add_argument("--seed", type=int, default=0, help="what every trial is drawn from")
    parser.add_argument(
        "--out", type=Path, default=Path("chaos.jsonl"), help="file of results, also read (chaos.jsonl)"
    )
    parser.add_argument("--minutes", type=float, help="begin no trial after so long")
    parser.add_argument("--list", action="store_true", help="name the kinds and end")
    asked = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    if asked.kind:

        def is_meant(kind: FaultKind, name: str) -> bool:
            return kind.name == name if asked.exactly else kind.name.startswith(name)

        unknown = [name for name in asked.kind if not any(is_meant(kind, name) for kind in kinds)]
        if unknown:
            parser.error(f"no kind begins with {unknown[0]!r}; --list names them")
        kinds = tuple(kind for kind in kinds if any(is_meant(kind, name) for name in asked.kind))
    kinds = tuple(kind for kind in kinds if asked.where in (None, kind.where))
    if asked.list:
        print("\n".join(f"{kind.where:10} {kind.name}" for kind in kinds))
        return 0
    is_whole = run(kinds, asked.out, base=asked.seed, trials=asked.trials, minutes=asked.minutes)
    results = read_results(asked.out)
    print(table(kinds, results))
    wrong = [all_complaints([kind], results) for kind in kinds]
    for lines in wrong:
        print(*lines[:MAX_SHOWN], sep="\n", end="\n" if lines else "")
        if len(lines) > MAX_SHOWN:
            print(f"  and {len(lines) - MAX_SHOWN} more of this kind")
    if not is_whole:
        print(f"not finished: the same command goes on with {asked.out}")
    return 1 if any(wrong) or not is_whole else 0


if __name__ == "__main__":
    sys.exit(main())
