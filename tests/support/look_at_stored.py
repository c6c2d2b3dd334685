"""Asks every question of a read-only look, in a process of its own: python look_at_stored.py FOLDER VAULT."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from liqscape.service.folders import LIQUIDATIONS
from liqscape.service.kinds import stored_vaults
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.stored_look import StoredLook


def main(folder: Path, vault: str) -> None:
    look = StoredLook(folder)
    asyncio.run(look.look())
    view = look.view
    coin = view.coins().coins[0].coin
    view.status()
    view.frame(coin)
    view.heatmap(coin, width=8, height=8)
    view.candles(coin)
    view.kinds()
    look.sources()
    LiquidationQuestions(view, folder / LIQUIDATIONS).ask(coin=coin)
    assert view.books is not None
    assert vault in stored_vaults(folder)()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
