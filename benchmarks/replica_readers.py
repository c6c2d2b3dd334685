"""A thousand stream readers over three replicas: processor time of each, and how much later they have a frame.

Later than one reader at the collector has it.

    python benchmarks/replica_readers.py COLLECTOR_PORT:PID REPLICA_PORT:PID REPLICA_PORT:PID ... [--readers 1000]

Collector and replicas run already (docs/scale.md has the commands), and are ended: with them their readers, which are
processes of benchmarks/fan_out.py, one a server. All clocks are this machine's.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

SECONDS = 30.0
SETTLE_S = 10.0
COINS = 10
Seen = list[tuple[int, float]]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collector")
    parser.add_argument("replicas", nargs="+")
    parser.add_argument("--readers", type=int, default=1_000)
    asked = parser.parse_args()
    servers = [tuple(map(int, each.split(":"))) for each in asked.replicas]
    collector, collector_pid = map(int, asked.collector.split(":"))
    paths = _paths(collector)
    share = asked.readers // len(servers)
    readers = [_reading(collector, 1, paths[:1])]
    readers += [
        _reading(port, share + (row < asked.readers % len(servers)), paths) for row, (port, _) in enumerate(servers)
    ]
    time.sleep(SETTLE_S)
    before, began = [_spent(pid) for _, pid in servers], time.monotonic()
    time.sleep(SECONDS)
    passed = time.monotonic() - began
    after = [_spent(pid) for _, pid in servers]
    for pid in (collector_pid, *(pid for _, pid in servers)):
        os.kill(pid, signal.SIGTERM)
    found: list[Seen] = [json.loads(each.communicate()[0]) for each in readers]
    first = dict(found[0])
    for (port, _), begin, end, seen in zip(servers, before, after, found[1:], strict=True):
        late = sorted(1e3 * (at - first[sequence]) for sequence, at in seen if sequence in first and at >= began)
        p50, p99 = statistics.median(late), late[round(0.99 * (len(late) - 1))]
        print(f"replica {port}: {100.0 * (end - begin) / passed:.1f} % of a core, {len(late)} messages, later than at")
        print(f"    the collector by {p50:.0f} ms (median), {p99:.0f} ms (99th percentile)")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _reading(port: int, readers: int, paths: list[str]) -> subprocess.Popen[str]:
    argv = [sys.executable, str(Path(__file__).with_name("fan_out.py")), "--read", str(port), str(readers), *paths]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def _paths(port: int) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/coins") as answer:
        coins = [row for row in json.load(answer)["coins"] if row["mark"]][:COINS]
    return [
        f"/api/v1/stream?coin={row['coin']}&level=0&price_low={row['mark'] / 1.125:.8g}"
        f"&price_high={row['mark'] * 1.125:.8g}&encoding=deflate"
        for row in coins
    ]


def _spent(pid: int) -> float:
    """Seconds of processor time, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
