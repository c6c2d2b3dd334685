"""Studies: parts that are whole or not there, states that go on, workers that die, bounds of what is kept."""

from __future__ import annotations

from chaos.mutant import Mutant

RUN = "tests/service/studying/test_run.py"
FOLLOW = "tests/service/studying/test_follow.py"
PARTS = "tests/store/studies/test_parts.py"

MUTANTS = (
    Mutant(
        "what an interrupted writing left stays",
        "src/liqscape/store/studies/writer.py",
        "            clean_temporary(self._folder)\n            self._parts",
        "            self._parts",
        (f"{PARTS}::test_a_writing_that_was_interrupted_is_not_there_and_the_former_one_is",),
    ),
    Mutant(
        "a damaged file of a part is read as it is",
        "src/liqscape/store/studies/part.py",
        "    if _digest(content) != digest:",
        "    if False:",
        (f"{PARTS}::test_a_damaged_part_is_set_aside_and_listed",),
    ),
    Mutant(
        "the first writing of a day counts",
        "src/liqscape/store/studies/writer.py",
        "for day, serial in reversed(list_parts(self._folder)):",
        "for day, serial in list_parts(self._folder):",
        (f"{PARTS}::test_a_writing_that_was_interrupted_is_not_there_and_the_former_one_is",),
    ),
    Mutant(
        "rows of a coin studied again stay beside the new ones",
        "src/liqscape/store/studies/writer.py",
        "parts.insert(0, _without(before.frames(), replaced))",
        "parts.insert(0, before.frames())",
        (f"{PARTS}::test_a_coin_studied_again_replaces_its_own_rows_alone",),
    ),
    Mutant(
        "parts of another history stay",
        "src/liqscape/store/studies/writer.py",
        "if part is None or part.history_id != self._history_id:",
        "if part is None:",
        (f"{PARTS}::test_parts_of_another_history_are_nothing_here",),
    ),
    Mutant(
        "a day goes on from a state that has another beginning",
        "src/liqscape/service/studying/plan.py",
        "is_tied = own is not None and (former is None or own.since_ms == former.since_ms)",
        "is_tied = own is not None",
        (f"{RUN}::test_an_earlier_beginning_studies_later_days_again",),
    ),
    Mutant(
        "a worker that dies ends the study",
        "src/liqscape/service/studying/executors.py",
        "                        if attempt == ATTEMPTS:",
        "                        if True:",
        (f"{RUN}::test_processes_give_the_same_bytes_and_one_that_is_killed_costs_only_its_piece",),
    ),
    Mutant(
        "a live study never keeps a part before it ends",
        "src/liqscape/service/studying/follow.py",
        "            if is_due and not self._keep(is_over=is_over):",
        "            if False and not self._keep(is_over=is_over):",
        (f"{FOLLOW}::test_rows_that_are_in_no_part_yet_are_asked_with_those_that_are",),
    ),
    Mutant(
        "a state forgets which spans stood",
        "src/liqscape/insight/study.py",
        "study._records, study._spans, study._trackers = records, held.spans, trackers",
        "study._records, study._trackers = records, trackers",
        ("tests/service/studying/test_coin_study.py::test_a_state_taken_up_elsewhere_goes_on_to_the_bit",),
    ),
    Mutant(
        "states of another version are gone on with",
        "src/liqscape/service/studying/run.py",
        "        refuse_unusable(writer, days)\n",
        "",
        (f"{RUN}::test_states_of_another_version_are_set_aside_and_studied_again",),
    ),
)
