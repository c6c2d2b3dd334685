"""Commands over a data folder: nothing goes unsaid, nothing wrong passes for sound."""

from __future__ import annotations

from chaos.mutant import Mutant

COMMANDS = "tests/cli/test_history.py"
CHECK = "tests/service/care/test_verification.py"

MUTANTS = (
    Mutant(
        "old files that go are not said before",
        "src/liqscape/service/care/pruning.py",
        "    pieces += _files_before(folder, held, rules, first_day)\n",
        "",
        (f"{COMMANDS}::test_pruning_says_what_goes_and_removes_it_when_told",),
    ),
    Mutant(
        "a dry run with --yes removes",
        "src/liqscape/cli/history_prune.py",
        "if plan.pieces and not dry_run and (yes or confirm(",
        "if plan.pieces and (yes or confirm(",
        (f"{COMMANDS}::test_pruning_says_what_goes_and_removes_it_when_told",),
    ),
    Mutant(
        "frames that the manifest does not name pass for sound",
        "src/liqscape/service/care/verification.py",
        "if not len(times) or (len(times), int(times[0]), int(times[-1])) != spans:",
        "if not len(times):",
        (f"{CHECK}::test_frames_that_are_not_those_of_the_manifest_are_named",),
    ),
    Mutant(
        "a part whose folder is gone is no problem",
        "src/liqscape/service/care/verification.py",
        "            if self._is_named(entry):\n",
        "            if not self._is_named(entry):\n",
        (f"{CHECK}::test_heads_missing_parts_and_what_was_set_aside_are_named",),
    ),
)
