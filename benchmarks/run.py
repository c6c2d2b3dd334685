"""Run every benchmark and write RESULTS.md and RESULTS.json beside this file.

    python benchmarks/run.py [--seed N] [--only PART ...] [--out FOLDER]

One thread everywhere, this process bound to one core. All parts together take under BUDGET_S on a quiet machine: what
would take minutes by itself runs shorter here than alone (SHORTER), or is run alone (README.md). What each part took
stands at the end, on the clock and of a processor: the second is what a busy machine stretches least.
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
SHORTER = {
    "live_path.py": ("--hours", "8"),
    "preroll.py": ("--days", "0.5"),
    "fan_out.py": ("--seconds", "10"),
    "heavy_readers.py": ("--seconds", "6"),
    "study.py": ("--minutes", "480", "--rounds", "1", "--workers", "1", "--large-minutes", "16"),
    "commands.py": ("--rounds", "1"),
}
"""Options of scripts that take minutes by themselves: less of a day, and one round where figures are processor time."""


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
        "live": lambda: _script("live_path.py", "Live path"),
        "state": lambda: _script("state_snapshot.py", "State snapshot of a node"),
        "triggers": lambda: _script("triggers.py", "Snapshot of trigger orders"),
        "cascade": lambda: _script("cascade.py", "Cascade"),
        "deleveraging": lambda: _script("deleveraging.py", "Deleveraging"),
        "preroll": lambda: _script("preroll.py", "Sandbox pre-roll"),
        "history": lambda: _script("history_window.py", "Heatmap window from disk"),
        "fan-out": lambda: _script("fan_out.py", "Fan-out of the stream"),
        "readers": lambda: _script("heavy_readers.py", "Heavy readers"),
        "alerts": lambda: _script("alerts.py", "Alerts"),
        "study": lambda: _script("study.py", "Study of history"),
        "stop": lambda: _script("stop.py", "Advice on a stop"),
        "doors": lambda: _script("compat.py", "Other doors"),
        "page": lambda: _script("page_draw.py", "Page"),
        "cli": lambda: _script("commands.py", "Commands on a recording"),
        "start": cold_start,
    }
    sections, taken = [], Section("What it took", "All together includes the population and what is compiled first.")
    for name, part in parts.items():
        if arguments.only and name not in arguments.only:
            continue
        started, used = time.perf_counter(), processor_seconds()
        section = part()
        sections.append(section)
        took, used = time.perf_counter() - started, processor_seconds() - used
        taken.add(section.title, used, "s of a processor", note=f"{took:.0f} s on the clock")
        print(f"\n{section.title} ({name}: {took:.1f} s, {used:.1f} of a processor)", flush=True)
        for figure in section.figures:
            target = "" if figure.target is None else f"  [{figure.wanted} {figure.target:g}]"
            value = "-" if figure.value is None else f"{figure.value:.4g}"
            print(f"  {figure.name}: {value} {figure.unit}{target}  {figure.verdict}  {figure.note}", flush=True)
    took, used = time.perf_counter() - everything, processor_seconds()
    taken.add("all together", used, "s of a processor", note=f"{took:.0f} s on the clock")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "RESULTS.md").write_text(as_markdown(about, [*sections, taken]))
    rows = [{"title": s.title, "text": s.text, "figures": [f.as_json() for f in s.figures]} for s in [*sections, taken]]
    (arguments.out / "RESULTS.json").write_text(json.dumps({"about": about, "sections": rows}, indent=1) + "\n")
    missed = [figure.name for section in sections for figure in section.figures if figure.verdict == "MISS"]
    print(f"\n{'part':<62}{'processor':>10}{'clock':>8}")
    for figure in taken.figures:
        print(f"{figure.name:<62}{figure.value:>8.1f} s  {figure.note.removesuffix(' on the clock'):>6}")
    if took > BUDGET_S:
        print(f"more than the {BUDGET_S:.0f} s it is to take on a machine that does nothing else")
    print(f"written to {arguments.out}/RESULTS.md; {len(missed)} targets missed: {', '.join(missed) or 'none'}")
    return 0


def _script(name: str, title: str) -> Section:
    return from_script(name, title, *SHORTER.get(name, ()))


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
