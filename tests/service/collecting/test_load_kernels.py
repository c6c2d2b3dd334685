"""What a live map of the public API runs on its event loop is loaded before: nothing of it is compiled or read then."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from liqscape.service.collecting.kernels import load_kernels
load_kernels()
from liqscape.heatmap import changed_kernels, coin_kernels, held_kernels, kernels, plan_kernels
from liqscape.ledger.kernels import (
    address_table, by_market, funding, gathering, keys, observing, prints, recent, settling, standing,
)
from liqscape.risk.kernels import levels
from liqscape.service.answers import json_kernels
from liqscape.wire.columns import print_kernels
for each in (
    prints.apply_trades, observing.observe, observing.replay, observing.compare, observing.count_touched,
    gathering.gather, gathering.copy_changed, gathering.forget_changed, gathering.doubt_holders, funding.pay_due,
    settling.settle_markets, levels.solve_roots, levels.solve_some_roots, kernels.lay_out,
    kernels.find_cells, kernels.sum_cells,
    by_market.sort_holders, by_market.find_touched, by_market.merge_holders, coin_kernels.take_holders,
    changed_kernels.find_changed, json_kernels.write_whole, json_kernels.write_words, json_kernels.find_long,
    json_kernels.write_decimals,
    standing.room_for, standing.replace_pools, standing.merge_times, standing.time_at, standing.spread_roots,
    plan_kernels.plan_positions, held_kernels.sum_sizes, keys.put_all_keys, recent.free_legs, recent.move_legs,
    address_table.find_rows, address_table.put_rows, address_table.fill_slots,
    address_table.read_names, print_kernels.read_prints, print_kernels.move_addresses, print_kernels.place_coins,
):
    if not each.signatures:
        print(each.py_func.__name__)
"""


def test_every_kernel_of_the_loop_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout == "", "not loaded"
