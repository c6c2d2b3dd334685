"""A thousand stream readers over three replicas of a collector that cuts a frame a second: all started here.

    python benchmarks/replica_rate.py [--accounts 2000] [--readers 1000]

A real NATS server, a collector of a made-up market, three replicas and their readers, each a process of its own on
loopback; figures are those of replica_readers.py, which ends the servers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from replica_processes import Farm  # noqa: E402

REPLICAS = 3


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--readers", type=int, default=1_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        farm = Farm(Path(name))
        try:
            farm.nats()
            collector = farm.collector("--accounts", str(asked.accounts))
            replicas = [farm.replica(f"replica-{row}") for row in range(REPLICAS)]
            servers = [f"{each.port}:{each.process.pid}" for each in (collector, *replicas)]
            program = str(Path(__file__).with_name("replica_readers.py"))
            reading = subprocess.Popen([sys.executable, program, *servers, "--readers", str(asked.readers)])
            due = time.monotonic()
            while reading.poll() is None and collector.process.poll() is None:
                try:
                    collector.make("frame")
                except (AssertionError, OSError):  # it was ended: the figures are there
                    break
                due += 1.0
                time.sleep(max(0.0, due - time.monotonic()))
            reading.wait()
        finally:
            farm.end()


if __name__ == "__main__":
    main()
