"""Archives into history: what is refused, what is counted, what a kill may cost."""

from __future__ import annotations

from chaos.mutant import Mutant

COUNTS = "tests/service/importing/test_counts.py"
KILLED = f"{COUNTS}::test_counts_after_any_kill_are_those_of_an_import_that_was_left_alone"
UNREADABLE = "tests/sources/archive/test_unreadable.py"

MUTANTS = (
    Mutant(
        "an archive of another format is imported with one line",
        "src/liqscape/sources/archive/reading.py",
        "if lost >= MIN_UNREADABLE and lost > max_share * count:",
        "if lost >= MIN_UNREADABLE and lost > count:",
        (f"{UNREADABLE}::test_the_bound_is_a_share_of_lines_or_of_events",),
    ),
    Mutant(
        "minutes are given out before their hour is known to be readable",
        "src/liqscape/sources/archive/source.py",
        "            held.append(minute)\n        self._check(",
        "            held.append(minute)\n            yield from self._released(held)\n        self._check(",
        (f"{UNREADABLE}::test_a_file_of_which_too_much_cannot_be_read_ends_the_frames_before_its_hour",),
    ),
    Mutant(
        "a new import writes a folder before its first hour is read",
        "src/liqscape/service/importing/archives.py",
        "    begun = _Begun(source)\n    if origin is None:\n        origin = claim_folder(wish.data, _origin(wish))\n",
        "    if origin is None:\n        origin = claim_folder(wish.data, _origin(wish))\n    begun = _Begun(source)\n",
        (f"{COUNTS}::test_a_first_hour_that_cannot_be_used_leaves_no_folder",),
    ),
    Mutant(
        "an import that goes on counts from nothing",
        "src/liqscape/service/importing/log.py",
        "        self._start = self._step_at(from_ms)\n",
        "        self._start = NOTHING\n",
        (KILLED, f"{COUNTS}::test_a_later_end_adds_up_to_the_same"),
    ),
    Mutant(
        "damage of an hour that is read again is listed twice",
        "src/liqscape/service/importing/archives.py",
        "        since_ms=log.began_ms if is_resumed else None,\n",
        "        since_ms=None,\n",
        (KILLED,),
    ),
    Mutant(
        "half of a liquidation told again takes the place of the whole",
        "src/liqscape/store/liquidations/writer.py",
        "    return bool(theirs) and theirs < ours\n",
        "    return False\n",
        ("tests/store/liquidations/test_stored_liquidations.py",),
    ),
    Mutant(
        "an import that goes on does not look back for what was under way",
        "src/liqscape/service/importing/log.py",
        "return min(last_ms, self._held.kept_ms) - OVERLAP_MS",
        "return min(last_ms, self._held.kept_ms)",
        (f"{COUNTS}::test_a_liquidation_that_an_end_cuts_in_two_is_made_whole",),
    ),
)
