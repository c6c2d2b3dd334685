"""Sweeps: what counts as a mark, what is told of a hole, and how few cases make no figure."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "a minute that was not watched throughout passes for a whole path",
        "src/liqscape/insight/mark_path.py",
        "return market_index in self._watched and since_ms == self.frame_ms",
        "return market_index in self._watched",
        ("tests/insight/test_mark_path.py::test_a_path_is_whole_where_it_was_watched_throughout",),
    ),
    Mutant(
        "a sweep over a hole does not say so",
        "src/liqscape/insight/sweeps/tracker.py",
        "sweep.is_gap = sweep.is_gap or not has_path",
        "sweep.is_gap = sweep.is_gap",
        ("tests/insight/sweeps/test_tracker.py::test_a_hole_in_the_history_marks_what_was_under_way",),
    ),
    Mutant(
        "a position that is gone without a cause counts as still there",
        "src/liqscape/insight/sweeps/members.py",
        "self.gone[:, Gone.UNREPORTED] += self.remaining - left",
        "pass",
        ("tests/insight/sweeps/test_stories.py::test_parts_sum_to_the_size_at_entry_in_lots",),
    ),
    Mutant(
        "quantiles of sweeps are printed of any number of cases",
        "src/liqscape/insight/sweeps/overshoot.py",
        "is_enough = len(given) >= MIN_CASES",
        "is_enough = True",
        ("tests/insight/sweeps/test_overshoot.py::test_below_20_sweeps_the_cases_are_listed_and_no_quantile_is_given",),
    ),
    Mutant(
        "a state of sweeps that cannot be read ends in a stack trace",
        "src/liqscape/insight/sweeps/tracker.py",
        "except msgspec.MsgspecError as error:",
        "except ZeroDivisionError as error:",
        ("tests/insight/sweeps/test_tracker.py::test_bytes_that_are_no_state_are_refused_in_a_sentence",),
    ),
    Mutant(
        "overshoot is told of a crossing that nobody saw",
        "src/liqscape/insight/sweeps/sweep.py",
        "if entry.is_beyond:",
        "if False:",
        ("tests/insight/sweeps/test_tracker.py::test_no_overshoot_is_told_where_the_cluster_appeared_behind_the_mark",),
    ),
    Mutant(
        "sweeps: a stop beyond the level closed what was liquidated there",
        "src/liqscape/insight/sweeps/own_stops.py",
        "is_before = side * waiting.price[rows] > side * level[owner]",
        "is_before = np.ones(len(rows), np.bool_)",
        ("tests/insight/sweeps/test_tracker.py", "tests/insight/sweeps/test_stories.py"),
    ),
    Mutant(
        "sweeps: stops of accounts that were never read are known",
        "src/liqscape/insight/sweeps/own_stops.py",
        "        member[~is_read] = -1\n",
        "",
        ("tests/insight/sweeps/test_tracker.py", "tests/insight/sweeps/test_stories.py"),
    ),
    Mutant(
        "sweeps: a stop closes before the mark has reached it",
        "src/liqscape/insight/sweeps/own_stops.py",
        "(self.reached_ms != NOT_REACHED) & (self.reached_ms <= last_ms)",
        "(self.lots > 0)",
        ("tests/insight/sweeps/test_tracker.py", "tests/insight/sweeps/test_stories.py"),
    ),
    Mutant(
        "sweeps: what a stop closed is counted again with the next trade",
        "src/liqscape/insight/sweeps/own_stops.py",
        "            self.lots[row] -= part\n",
        "",
        ("tests/insight/sweeps/test_stories.py",),
    ),
)
