"""The folder a live map of this size leaves: some minutes of history, its origin, a register of all known addresses."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np

from liqscape.feed.discovery import AddressBook
from liqscape.heatmap.frame import Provenance
from liqscape.model.addresses import AddressSource
from liqscape.service.collecting.folder import LIVE
from liqscape.service.collecting.opening import SIMULATED_NOTE
from liqscape.service.folders import REGISTER, Origin, claim_folder
from liqscape.service.pipeline import Pipeline
from liqscape.store.history import HistoryWriter
from liqscape.store.register import AddressRegister
from real_size.record import Settings
from real_size.world import World, run


def make_folder(folder: Path, settings: Settings, exchange_port: int, start_ms: int, minutes: int) -> None:
    """As `liqscape serve` would go on with it."""
    name = f"127.0.0.1:{exchange_port}"
    claim_folder(folder, Origin(kind=LIVE, name=name, key=f"http://{name}"))
    provenance = Provenance("sandbox", name, True, SIMULATED_NOTE)
    world = World(settings.seed, settings.accounts, settings.positions, settings.markets, start_ms)
    with HistoryWriter(folder, provenance) as writer:
        for moment in run(world, Pipeline(provenance), minutes):
            writer.append(moment)
    make_register(folder / REGISTER, moment.accounts.addresses, settings, start_ms)


def make_register(path: Path, held: tuple[str, ...], settings: Settings, time_ms: int) -> None:
    """All who hold something, and as many more as are known."""
    more = max(0, settings.known - len(held))
    text = np.random.default_rng([settings.seed, 2]).bytes(20 * more).hex()
    others = tuple("0x" + text[row * 40 : row * 40 + 40] for row in range(more))
    book = AddressBook()
    book.add(held, AddressSource.TRADES, time_ms)
    book.add(others, AddressSource.LEADERBOARD, time_ms)
    register = AddressRegister(path)
    while (columns := book.take_changed()).address:
        register.save(columns)
    register.close()


def free_port() -> int:
    """One nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
