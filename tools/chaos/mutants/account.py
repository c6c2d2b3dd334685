"""One account through time, its state as received, and our prices against the published ones."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "the whole raw log is read for one state",
        "src/liqscape/store/raw_log/newest_first.py",
        "if self.bytes_read >= self._max_bytes:",
        "if False:",
        ("tests/store/raw_log/test_newest_first.py",),
    ),
    Mutant(
        "a state received later answers for an earlier time",
        "src/liqscape/service/raw_states.py",
        "if before_ms is not None and record.received_ns >= before_ms * 1_000_000:",
        "if False:",
        ("tests/service/test_raw_states.py::test_at_a_time_nothing_received_later_answers",),
    ),
    Mutant(
        "a printed price confirms itself",
        "src/liqscape/risk/agreement.py",
        "total[is_inferred] = others[is_inferred]",
        "total[is_inferred] = implied[is_inferred]",
        ("tests/risk/test_agreement.py::test_a_price_that_is_off_shows_and_never_confirms_itself",),
    ),
    Mutant(
        "damaged accounts look like nothing held",
        "src/liqscape/store/history/account_window.py",
        "            is_hole[own] = True\n",
        "",
        ("tests/store/history/test_account_window.py::test_damaged_accounts_are_a_hole_and_not_nothing_held",),
    ),
    Mutant(
        "a joint heatmap of any width is solved",
        "src/liqscape/service/view.py",
        "width = min(width, most_columns(held))",
        "width = max(width, min(held, 1))",
        ("tests/service/test_joint_heat.py::test_large_maps_have_fewer_columns_and_never_none",),
    ),
    Mutant(
        "all columns have the betas of the last one",
        "src/liqscape/service/coin_betas.py",
        "            held = self._kept.get((at_ms, markets))\n",
        "            held = next(iter(self._kept.values()), None)\n",
        ("tests/service/test_joint_heat.py::test_nothing_later_enters_a_column",),
    ),
    Mutant(
        "accounts are not solved again when they change between two columns",
        "src/liqscape/store/history/account_window.py",
        "if now != counts:",
        "if counts is None:",
        ("tests/store/history/test_account_window.py",),
    ),
)
