"""Make the sample that the first `liqscape demo` of a machine shows while its kernels are compiled.

python tools/make_sample.py [--out FILE]

A small sandbox market is traded for some hours that ended long ago, stored as the demo stores its own, and put into one
file that wheels hold. The same version makes the same tables. Nothing in it was recorded.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from liqscape.heatmap.frame import Provenance
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.folders import Origin, claim_folder
from liqscape.service.living import LivingMarket
from liqscape.service.sample import SAMPLE, pack
from liqscape.store.history import HistoryWriter
from liqscape.units import HOUR_MS

HOURS = 4
END_MS = 1_767_268_800_000
"""2026-01-01 12:00 UTC."""
WORLD = WorldSettings(seed=7, accounts=240, coins=6, start_ms=END_MS - HOURS * HOUR_MS, stops_percent=40)
NAME = "sample"


class SampleMarket(SandboxMarket):
    """The same market, labelled as what it is for."""

    @property
    def provenance(self) -> Provenance:
        made_up = super().provenance
        return replace(made_up, name=NAME, note=f"a sample that comes with the package, not live: {made_up.note}")


def main() -> None:
    """Make it, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=SAMPLE)
    out: Path = parser.parse_args().out
    make(out)
    print(f"{out}: {out.stat().st_size:,} bytes")


def make(out: Path, world: WorldSettings = WORLD, end_ms: int = END_MS) -> None:
    """Trade, store, pack."""
    market = SampleMarket.new(world)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / NAME
        claim_folder(folder, Origin(kind="demo", name=NAME, key=NAME))
        with HistoryWriter(folder, market.provenance) as writer:
            living = LivingMarket(market, writer, folder)
            living.begin()
            living.preroll(end_ms, lambda _: None)
        pack(folder, out)


if __name__ == "__main__":
    main()
