"""The made-up snapshot of the benchmark is one that is read whole."""

from __future__ import annotations

import triggers


def test_every_order_of_the_made_up_snapshot_is_kept() -> None:
    figures = triggers.register_of(triggers.made_snapshot(2_000)).figures()
    assert (figures.orders, figures.whole_markets, figures.repeated) == (2_000, triggers.COINS, 0)
