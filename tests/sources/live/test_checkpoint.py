"""What is known, as bytes and back."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from populations import TABLES, make_accounts, make_markets, make_snapshot
from trigger_history import MARKETS, TriggerWorld, said

from liqscape.errors import InputError
from liqscape.ledger.triggers import TriggerRegister, kept_triggers
from liqscape.model import Markets
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.sources.live.checkpoint import Checkpoint, read_checkpoint, write_checkpoint


def make_checkpoint(pools: int) -> Checkpoint:
    snapshot = make_snapshot(3, make_markets(12))
    return Checkpoint(snapshot, TABLES, make_accounts(3, snapshot, pools))


def test_every_column_comes_back_to_the_bit() -> None:
    checkpoint = make_checkpoint(200)
    accounts, snapshot, tables = checkpoint.accounts, checkpoint.snapshot, checkpoint.tables
    read = read_checkpoint(write_checkpoint(checkpoint))
    assert read.accounts.addresses == accounts.addresses
    for name in ("address_row", "offsets", *POOL_COLUMNS, *POSITION_COLUMNS):
        before, after = getattr(accounts, name), getattr(read.accounts, name)
        assert before.dtype == after.dtype
        assert before.tobytes() == after.tobytes()
    assert read.snapshot.markets == snapshot.markets
    assert read.snapshot.mark.tobytes() == snapshot.mark.tobytes()
    assert read.tables.tables == tables.tables
    assert np.array_equal(read.tables.rate, tables.rate)


def test_markets_of_other_dexs_keep_their_token_and_margin_mode() -> None:
    checkpoint = make_checkpoint(3)
    rows = list(checkpoint.snapshot.markets.rows)
    rows[1] = replace(rows[1], dex="abc", is_isolated_only=True, is_strict_isolated=True, collateral_token=360)
    snapshot = replace(checkpoint.snapshot, markets=Markets.build(rows))
    assert read_checkpoint(write_checkpoint(replace(checkpoint, snapshot=snapshot))).snapshot.markets.rows == tuple(
        rows
    )


def test_an_older_checkpoint_without_token_and_margin_mode_is_read() -> None:
    checkpoint = make_checkpoint(3)
    saved = msgspec.msgpack.decode(write_checkpoint(checkpoint))
    saved["markets"] = [row[:7] for row in saved["markets"]]
    assert read_checkpoint(msgspec.msgpack.encode(saved)).snapshot.markets == checkpoint.snapshot.markets


def test_trigger_orders_come_back_to_the_bit_and_older_checkpoints_have_none() -> None:
    world = TriggerWorld(4)
    moment = [world.minute(step) for step in range(40)][-1]
    assert moment.standing is not None
    checkpoint = Checkpoint(
        moment.frame.snapshot, moment.tables, moment.accounts, kept_triggers(moment.standing, moment.frame.time_ms)
    )
    read = read_checkpoint(write_checkpoint(checkpoint))
    assert read.triggers is not None
    register = TriggerRegister()
    register.set_markets(MARKETS, is_extended=True)
    register.keep(read.triggers)
    assert said(register.standing()) == said(moment.standing)
    assert read_checkpoint(write_checkpoint(make_checkpoint(3))).triggers is None


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_bytes_that_are_none_are_refused(cut: int) -> None:
    content = write_checkpoint(make_checkpoint(20))
    with pytest.raises(InputError, match="checkpoint"):
        read_checkpoint(content[:cut])
