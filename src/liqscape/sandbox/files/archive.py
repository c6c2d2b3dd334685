"""The exchange's archives as LZ4 frames: fills by block and books by the hour, contexts by the day.

A file is written under a name ending in `.part` and gets its own when its hour or day is over. Going on within an hour
already archived adds another frame to its file, which reads as one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.sandbox.answers.contexts import asset_contexts
from liqscape.sandbox.answers.l2_book import build_book
from liqscape.sandbox.files.lines import fill_block
from liqscape.sandbox.state import SandboxState
from liqscape.units import MINUTE_MS
from liqscape.wire.archive.asset_contexts import AssetContextRow, print_asset_contexts
from liqscape.wire.archive.frame import pack_frame
from liqscape.wire.archive.l2_book import ArchivedBook, RawBook
from liqscape.wire.archive.paths import archived_hourly_path, asset_contexts_path, l2_book_path
from liqscape.wire.encode import encode_record
from liqscape.wire.node.block_time import print_block_time
from liqscape.wire.node.fills import FILLS_BY_BLOCK

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

FRAME_BYTES = 1_000_000
"""Lines held back before they become a frame."""


class PackedFile:
    """Appends content to one archive file after another, frame by frame."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._name: str | None = None
        self._held: list[bytes] = []
        self._size = 0

    def write(self, name: str, content: bytes) -> None:
        """Adds content to the file of this name (relative); another name finishes the file before."""
        if self._name is not None and name != self._name:
            self.close()
        self._name = name
        self._held.append(content)
        self._size += len(content)
        if self._size >= FRAME_BYTES:
            self._flush()

    def is_new(self, name: str) -> bool:
        """Nothing is in the file of this name yet."""
        whole = self.folder / name
        return name != self._name and not whole.exists() and not _part(whole).exists()

    def close(self) -> None:
        """Finishes the present file: it gets its own name."""
        if self._name is None:
            return
        self._flush()
        whole = self.folder / self._name
        part = _part(whole)
        if whole.exists():
            with whole.open("ab") as file:
                file.write(part.read_bytes())
            part.unlink()
        else:
            part.rename(whole)
        self._name = None

    def _flush(self) -> None:
        if self._name is None or not self._held:
            return
        part = _part(self.folder / self._name)
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            file.write(pack_frame(b"".join(self._held)))
        self._held, self._size = [], 0


class ArchiveFiles:
    """All three archives. Books are taken every `book_period_ms`, contexts every minute."""

    def __init__(self, folder: Path, *, book_period_ms: int = 1_000) -> None:
        self.folder = folder
        self.book_period_ms = book_period_ms
        self.fills = PackedFile(folder)
        self.contexts = PackedFile(folder)
        self.books: dict[str, PackedFile] = {}

    def observe(self, sandbox: SandboxState, output: BlockOutput) -> None:
        """Writes one block, after `sandbox.observe` has seen it."""
        line = encode_record(fill_block(sandbox.exchange, output)) + b"\n"
        self.fills.write(archived_hourly_path(FILLS_BY_BLOCK, output.time_ms), line)
        if sandbox.records.has_passed(self.book_period_ms):
            self._write_books(sandbox, output.time_ms)
        if sandbox.records.has_passed(MINUTE_MS):
            self._write_contexts(sandbox, output.time_ms)

    def _write_books(self, sandbox: SandboxState, time_ms: int) -> None:
        time = print_block_time(time_ms)
        for market, coin in enumerate(sandbox.exchange.markets.coins):
            if sandbox.exchange.markets.rows[market].is_delisted:
                continue
            book = ArchivedBook(time, 1, RawBook("l2Book", build_book(sandbox.exchange, market)))
            file = self.books.setdefault(coin, PackedFile(self.folder))
            file.write(l2_book_path(coin, time_ms), encode_record(book) + b"\n")

    def _write_contexts(self, sandbox: SandboxState, time_ms: int) -> None:
        """A row a coin; the header only where the file begins."""
        name = asset_contexts_path(time_ms)
        is_new = self.contexts.is_new(name)
        time = print_block_time(time_ms - time_ms % MINUTE_MS)[:19] + "Z"
        chosen = [row for row, market in enumerate(sandbox.exchange.markets.rows) if not market.is_delisted]
        rows = [
            AssetContextRow(
                time=time,
                coin=sandbox.exchange.markets.coins[market],
                funding=context.funding,
                open_interest=context.openInterest,
                prev_day_px=context.prevDayPx,
                day_ntl_vlm=context.dayNtlVlm,
                premium=context.premium,
                oracle_px=context.oraclePx,
                mark_px=context.markPx,
                mid_px=context.midPx,
                impact_bid_px=context.impactPxs[0] if context.impactPxs else None,
                impact_ask_px=context.impactPxs[1] if context.impactPxs else None,
            )
            for market, context in zip(chosen, asset_contexts(sandbox, chosen), strict=True)
        ]
        self.contexts.write(name, print_asset_contexts(rows, has_header=is_new))

    def close(self) -> None:
        """Finishes every file under way."""
        for file in (self.fills, self.contexts, *self.books.values()):
            file.close()


def _part(whole: Path) -> Path:
    return whole.with_name(whole.name + ".part")
