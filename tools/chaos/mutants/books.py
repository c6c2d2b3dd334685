"""Resting orders: what is not loaded is not shown, and what was lost stands no more."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "a book that was lost is shown for as long as it would have stood",
        "src/liqscape/heatmap/resting.py",
        "is_held = (known == last) & (time_ms[known] >= starts_ms - hold_ms)",
        "is_held = time_ms[known] >= starts_ms - hold_ms",
        ("tests/heatmap/test_resting.py::test_a_row_that_is_not_known_ends_what_was_known_before",),
    ),
    Mutant(
        "an archived book stands until there is another",
        "src/liqscape/service/book_columns.py",
        "starts_ms, ends_ms, day.every_ms)",
        "starts_ms, ends_ms, 10**15)",
        ("tests/service/test_book_questions.py::test_cells_of_an_archive_are_those_of_plain_loops",),
    ),
    Mutant(
        "a damaged day of books is passed over in silence",
        "src/liqscape/service/book_questions.py",
        "damaged.append(str(day))",
        "pass",
        ("tests/service/test_book_questions.py::test_a_damaged_day_is_not_loaded_and_said",),
    ),
    Mutant(
        "a ring whose inner end is not known counts as if nothing were nearer",
        "src/liqscape/heatmap/resting.py",
        "np.maximum(np.diff(usd, axis=1, prepend=0.0), 0.0)",
        "np.maximum(np.diff(np.nan_to_num(usd), axis=1, prepend=0.0), 0.0)",
        ("tests/heatmap/test_resting.py::test_a_ring_is_the_difference_of_two_distances_by_its_height",),
    ),
)
