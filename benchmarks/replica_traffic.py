"""What a live map of 100,000 accounts sends to its replicas a second, and what a frame costs on either side.

    python benchmarks/replica_traffic.py [--accounts 100000] [--changed 300] [--every 3]

Frames follow one another `every` seconds; between two of them marks of all coins move and `changed` accounts are new.
The minute is the head file the history keeps of the last stored frame, sent as it is. No server takes part: bytes are
those handed to NATS.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from population import make_population

from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.service.pipeline import DueMoment, Pipeline
from liqscape.service.replicas.chunks import Kind, split
from liqscape.service.replicas.frames import FrameDecoder, FrameEncoder
from liqscape.service.standing import MADE_HERE
from liqscape.store.history import HistoryWriter
from liqscape.store.history.head import HEAD_FOLDER

FRAMES = 41
SOURCE = Provenance("generated", "benchmark", True)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--changed", type=int, default=300)
    parser.add_argument("--every", type=int, default=3)
    asked = parser.parse_args()
    made = make_population(accounts=asked.accounts)
    pipeline, encoder, decoder = Pipeline(SOURCE), FrameEncoder("benchmark"), FrameDecoder()
    rng = np.random.default_rng(1)
    accounts, mark = made.accounts, made.snapshot.mark
    sizes, spent, solved, heads = [], [], [], []
    with tempfile.TemporaryDirectory() as folder, HistoryWriter(Path(folder), SOURCE) as writer:
        for sequence in range(1, FRAMES + 1):
            mark = mark * np.exp(rng.normal(0.0, 1e-4, len(mark)))
            raw = accounts.raw_usd.copy()
            raw[rng.choice(len(raw), asked.changed, replace=False)] += 1.0
            accounts = replace(accounts, raw_usd=raw)
            time_ms = made.snapshot.time_ms + sequence * asked.every * 1_000
            snapshot = replace(made.snapshot, mark=mark, oracle=mark, time_ms=time_ms)
            due = DueMoment(
                accounts=accounts,
                markets=snapshot.markets,
                snapshot=snapshot,
                tables=made.tables,
                funding=None,
                is_stored=sequence % (60 // asked.every) == 1,
            )
            moment: Moment = replace(pipeline.build(due), sequence=sequence)
            begin = time.process_time()
            messages = split(Kind.FRAME, sequence, encoder.encode(moment, MADE_HERE, 0, is_keyframe=False))
            spent.append(time.process_time() - begin)
            sizes.append(sum(map(len, messages)))
            content = encoder_content(messages)
            begin = time.process_time()
            assert decoder.decode(content) is not None
            solved.append(time.process_time() - begin)
            if moment.is_stored:
                writer.append(moment)
                newest = max((Path(folder) / HEAD_FOLDER).iterdir())
                heads.append(sum(map(len, split(Kind.FILES, sequence, newest.read_bytes()))))
    say = sys.stdout.write
    say(f"{asked.accounts} accounts, {accounts.position_count} positions, {len(mark)} coins, {asked.changed} changed\n")
    say(f"keyframe {sizes[0] / 1e6:.1f} MB, encoded in {spent[0] * 1e3:.0f} ms, followed in {solved[0] * 1e3:.0f} ms\n")
    say(f"frame {middle(sizes[1:]) / 1e3:.1f} kB, encoded in {middle(spent[1:]) * 1e3:.1f} ms of processor time, ")
    say(f"followed (applied and solved) in {middle(solved[1:]) * 1e3:.1f} ms\n")
    say(f"minutes {', '.join(f'{size / 1e6:.2f}' for size in heads)} MB, the first two with everybody\n")
    a_second = middle(sizes[1:]) / asked.every + heads[-1] / 60.0
    say(f"together {a_second / 1e3:.1f} kB a second and replica\n")


def encoder_content(messages: list[bytes]) -> bytes:
    """What a replica unpacks."""
    from liqscape.service.replicas.chunks import Joiner

    joiner = Joiner()
    found = [joiner.take(message) for message in messages][-1]
    assert found is not None
    return found.content


def middle(values: list[float] | list[int]) -> float:
    """Median."""
    return float(np.median(values))


if __name__ == "__main__":
    main()
