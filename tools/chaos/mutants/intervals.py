"""Intervals of bands: what is certain stays certain, what is missing is counted once, unknown stays unknown."""

from __future__ import annotations

from chaos.mutant import Mutant

BANDS = "tests/insight/intervals/test_bands.py"
OF_BANDS = "src/liqscape/insight/intervals/bands.py"

MUTANTS = (
    Mutant(
        "open interest that is not known counts as held",
        OF_BANDS,
        "        if np.isnan(self._gap) or is_like_nobody:",
        "        if is_like_nobody:",
        (f"{BANDS}::test_unknown_open_interest_leaves_high_unknown_and_unknown_mark_all",),
    ),
    Mutant(
        "joint levels are left out of an interval",
        OF_BANDS,
        "            drawn.append(self._draw(self._joint, stay, unread, rules, ~is_shown))",
        "            drawn.append(self._draw(self._level, stay, unread, rules, ~is_shown))",
        (f"{BANDS}::test_the_interval_holds_what_stands_there_at_solo_and_at_joint_levels",),
    ),
    Mutant(
        "an old reading is as sure as a fresh one",
        OF_BANDS,
        "* self._age)",
        "* 0.0 * self._age)",
        (f"{BANDS}::test_what_was_read_long_ago_may_be_gone_and_may_be_elsewhere",),
    ),
)
