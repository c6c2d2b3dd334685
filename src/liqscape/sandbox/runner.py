"""Runs a world block after block in a thread of its own: recorded, written, passed to listeners."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from liqscape.errors import InputError, SettingsError
from liqscape.exchange.output import BlockOutput
from liqscape.sandbox.files.archive import ArchiveFiles
from liqscape.sandbox.files.node import NodeFiles
from liqscape.sandbox.records import Records
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.sandbox.state import SandboxState
from liqscape.sandbox.world import World, WorldSettings

CHECKPOINT = "sandbox.checkpoint"
CHECKPOINT_SECONDS = 60.0
MAX_PAUSE = 0.05
"""Seconds slept at a time, so that stopping is quick."""

CATCH_UP_ROUNDS = 4
"""After as many, what is left is less than a block unless blocks take longer than they stand for."""

Listener = Callable[[BlockOutput], None]


class SavedSandbox(msgspec.Struct, frozen=True):
    """A checkpoint of world and records."""

    world: bytes
    records: bytes


def state_of(world: World, records: Records | None = None) -> SandboxState:
    """What answers are made from."""
    kept = records if records is not None else Records(world.exchange.markets)
    kept.cancelled.look_at(world.exchange)
    kept.triggers.look_at(world.exchange)
    kept.masters = {sub: master for master, subs in world.families.items() for sub in subs}
    return SandboxState(
        exchange=world.exchange,
        records=kept,
        vaults=world.vaults,
        names=world.names,
        sub_accounts=world.sub_accounts,
        facts=world.facts,
        start_ms=world.settings.start_ms,
        name=f"seed {world.settings.seed}, {world.settings.accounts} accounts, {world.settings.coins} coins",
    )


class Runner:
    """`turnstile` guards world and state; `listeners` are called after every block inside it.

    speed     world milliseconds for each millisecond of the clock; None runs as fast as it can.
    folder    where checkpoints go, None keeps none.
    """

    def __init__(
        self,
        world: World,
        records: Records | None = None,
        *,
        speed: float | None = 1.0,
        folder: Path | None = None,
        node_files: Path | None = None,
        archive_files: Path | None = None,
        has_order_files: bool = False,
    ) -> None:
        self.world = world
        self.state = state_of(world, records)
        self.speed = speed
        self.turnstile = Turnstile()
        self.listeners: list[Listener] = []
        self._folder = folder
        self._node = None if node_files is None else NodeFiles(node_files, has_orders=has_order_files)
        self._archive = None if archive_files is None else ArchiveFiles(archive_files)
        self._clock: Callable[[], int] | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.failure: BaseException | None = None

    @classmethod
    def open(
        cls, settings: WorldSettings, history_ms: int, *, clock: Callable[[], int] | None = None, **options: object
    ) -> Runner:
        """A world with its history made, or the one left in the folder. Raises SettingsError if that is another.

        clock  milliseconds by which the time that making history took is made up for; None leaves the world where its
               history ends.
        """
        folder = options.get("folder")
        if isinstance(folder, Path) and (folder / CHECKPOINT).exists():
            world, records = _restore(folder / CHECKPOINT)
            wanted, held = settings, world.settings
            if (held.seed, held.accounts, held.coins) != (wanted.seed, wanted.accounts, wanted.coins):
                raise SettingsError(
                    f"{folder} holds a sandbox of seed {held.seed}, {held.accounts} accounts, {held.coins} coins"
                )
            return cls(world, records, **options)  # type: ignore[arg-type]
        runner = cls(World.new(settings), **options)  # type: ignore[arg-type]
        for output in runner.world.preroll(settings.start_ms + history_ms):
            runner.observe(output)
        if clock is not None:
            runner._clock = clock
            runner._catch_up(clock)
        return runner

    def _catch_up(self, clock: Callable[[], int]) -> None:
        """Make the blocks of the time that has passed meanwhile; each round leaves less to the next."""
        for output in self.world.preroll(clock()):
            self.observe(output)
        for _ in range(CATCH_UP_ROUNDS):
            for output in self.world.advance(clock()):
                self.observe(output)

    def observe(self, output: BlockOutput) -> None:
        """Record one block, write it and pass it to the listeners; inside the turnstile."""
        self.state.observe(output)
        if self._node is not None:
            self._node.observe(self.world.exchange, output, self.state.records.masters, self.state.records.triggers)
        if self._archive is not None:
            self._archive.observe(self.state, output)
        for listener in self.listeners:
            listener(output)

    def start(self) -> None:
        """Begin to live, in a thread."""
        self._thread = threading.Thread(target=self._live, name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the present block, finish files, leave a checkpoint."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for files in (self._node, self._archive):
            if files is not None:
                files.close()
        self.save()

    def save(self) -> None:
        """Leave a checkpoint in the folder, replaced in one step."""
        if self._folder is None:
            return
        with self.turnstile.reading():
            content = msgspec.msgpack.encode(SavedSandbox(self.world.checkpoint(), self.state.records.checkpoint()))
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{CHECKPOINT}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / CHECKPOINT)

    def _live(self) -> None:
        try:
            self._run()
        except BaseException as failure:  # noqa: BLE001 - told to whoever waits for the sandbox
            self.failure = failure
            self._stop.set()

    def _run(self) -> None:
        began = saved = time.monotonic()
        origin_ms = self.world.time_ms if self._clock is None else max(self.world.time_ms, self._clock())
        block_ms = self.world.settings.block_ms
        while not self._stop.is_set():
            now = time.monotonic()
            if self.speed is not None:
                due_ms = origin_ms + (now - began) * 1_000.0 * self.speed
                wait = (self.world.time_ms + block_ms - due_ms) / self.speed / 1_000.0
                if wait > 0.0:
                    self._stop.wait(min(wait, MAX_PAUSE))
                    continue
            with self.turnstile:
                for output in self.world.advance(self.world.time_ms + block_ms):
                    self.observe(output)
            if now - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = now

    @property
    def is_stopped(self) -> bool:
        """Nothing more happens."""
        return self._stop.is_set()


def _restore(path: Path) -> tuple[World, Records]:
    try:
        saved = msgspec.msgpack.decode(path.read_bytes(), type=SavedSandbox)
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError(f"{path}: no checkpoint of a sandbox: {error}") from None
    world = World.restore(saved.world)
    records = Records(world.exchange.markets)
    records.restore(saved.records)
    return world, records
