"""Run every benchmark and write RESULTS.md and RESULTS.json beside this file.

    python benchmarks/run.py [--seed N] [--only PART ...] [--out FOLDER]

One thread everywhere, this process bound to one core. All parts together take under BUDGET_S on a quiet machine: what
would take minutes by itself runs shorter here than alone (options beside it below), or is run alone (README.md).
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests" / "support")]  # the exact twin is the one of the tests

from timing import one_thread  # noqa: E402

one_thread()

from decode_job import decode  # noqa: E402
from exchange_job import engine  # noqa: E402
from figures import Section  # noqa: E402
from joint import joint  # noqa: E402
from ledger_job import ledger  # noqa: E402
from machine import describe  # noqa: E402
from market_job import against_twin, by_batch, make_job, sizes, whole_market  # noqa: E402
from outside import cold_start, from_script  # noqa: E402
from population import make_population  # noqa: E402
from report import as_markdown  # noqa: E402
from versus import against_heatmap, against_price  # noqa: E402

BUDGET_S = 600.0
SHORT_STUDY = ("--minutes", "480", "--rounds", "1", "--large-minutes", "24")


def main() -> int:
    """Measure, print, write."""
    arguments = _arguments()
    everything = time.perf_counter()
    about = {**describe(), "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")}
    about["command"] = " ".join(["python benchmarks/run.py", *sys.argv[1:]])
    started = time.perf_counter()
    job = make_job(make_population(arguments.seed))
    print(f"population and first compile: {time.perf_counter() - started:.1f} s", flush=True)
    parts: dict[str, Callable[[], Section]] = {
        "engine": lambda: engine(arguments.seed),
        "joint": lambda: joint(job, arguments.seed),
        "market": lambda: whole_market(job),
        "sizes": lambda: sizes(arguments.seed),
        "batch": lambda: by_batch(job, arguments.seed),
        "twin": lambda: against_twin(arguments.seed),
        "heatmap": lambda: against_heatmap(job),
        "price": lambda: against_price(job),
        "decode": lambda: decode(arguments.seed),
        "ledger": lambda: ledger(arguments.seed),
        "live": lambda: from_script("live_path.py", "Live path"),
        "state": lambda: from_script("state_snapshot.py", "State snapshot of a node"),
        "triggers": lambda: from_script("triggers.py", "Snapshot of trigger orders"),
        "cascade": lambda: from_script("cascade.py", "Cascade"),
        "deleveraging": lambda: from_script("deleveraging.py", "Deleveraging"),
        "preroll": lambda: from_script("preroll.py", "Sandbox pre-roll", "--days", "1"),
        "history": lambda: from_script("history_window.py", "Heatmap window from disk"),
        "fan-out": lambda: from_script("fan_out.py", "Fan-out of the stream", "--seconds", "10"),
        "readers": lambda: from_script("heavy_readers.py", "Heavy readers", "--seconds", "10"),
        "alerts": lambda: from_script("alerts.py", "Alerts"),
        "study": lambda: from_script("study.py", "Study of history", *SHORT_STUDY),
        "stop": lambda: from_script("stop.py", "Advice on a stop"),
        "doors": lambda: from_script("compat.py", "Other doors"),
        "page": lambda: from_script("page_draw.py", "Page"),
        "cli": lambda: from_script("commands.py", "Commands on a recording"),
        "start": cold_start,
    }
    sections = []
    for name, part in parts.items():
        if arguments.only and name not in arguments.only:
            continue
        started, used = time.perf_counter(), processor_seconds()
        section = part()
        sections.append(section)
        took, used = time.perf_counter() - started, processor_seconds() - used
        print(f"\n{section.title} ({name}: {took:.1f} s, {used:.1f} of a processor)", flush=True)
        for figure in section.figures:
            target = "" if figure.target is None else f"  [{figure.wanted} {figure.target:g}]"
            value = "-" if figure.value is None else f"{figure.value:.4g}"
            print(f"  {figure.name}: {value} {figure.unit}{target}  {figure.verdict}  {figure.note}", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "RESULTS.md").write_text(as_markdown(about, sections))
    rows = [{"title": s.title, "text": s.text, "figures": [f.as_json() for f in s.figures]} for s in sections]
    (arguments.out / "RESULTS.json").write_text(json.dumps({"about": about, "sections": rows}, indent=1) + "\n")
    missed = [figure.name for section in sections for figure in section.figures if figure.verdict == "MISS"]
    took = time.perf_counter() - everything
    late = f"  more than the {BUDGET_S:.0f} s they are to take" if took > BUDGET_S else ""
    print(f"\n{took:.0f} s in all, {processor_seconds():.0f} of a processor{late}")
    print(f"written to {arguments.out}/RESULTS.md; {len(missed)} targets missed: {', '.join(missed) or 'none'}")
    return 0


def processor_seconds() -> float:
    """Of this process and of those it started that have ended."""
    return sum(os.times()[:4])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=[], metavar="PART", help="market sizes batch twin heatmap ...")
    parser.add_argument("--out", type=Path, default=HERE)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
