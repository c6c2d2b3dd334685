"""What is kept of a recording for the next question: only what it says now, whole, and the user's own."""

from __future__ import annotations

from chaos.mutant import Mutant

KEPT = "src/liqscape/service/kept_snapshots.py"
FOUND = "src/liqscape/service/recorded_moment.py"
TESTS = "tests/service/test_recorded_moment.py"

MUTANTS = (
    Mutant(
        "what is kept is named by the recording's folder alone",
        KEPT,
        "{recording.resolve().name}:{key_of_files(files)}:{code_key()}",
        "{recording.resolve()}:{len(files)}:{code_key()}",
        (f"{TESTS}::test_a_file_that_changed_within_the_same_tick_of_the_clock_is_read_again",),
    ),
    Mutant(
        "what was read while its file changed is kept as of the file before",
        FOUND,
        "    if kept is not None and kept.is_of(files):\n        kept.keep(at_ms, found)",
        "    if kept is not None:\n        kept.keep(at_ms, found)",
        (f"{TESTS}::test_what_was_read_while_its_file_changed_is_not_kept",),
    ),
    Mutant(
        "a damaged file that is kept is believed",
        KEPT,
        "        if _checksum(content[DIGEST:]) != content[:DIGEST]:\n            return None\n",
        "",
        (f"{TESTS}::test_a_damaged_file_is_as_good_as_none_and_made_again",),
    ),
    Mutant(
        "a folder that others may write to is believed",
        KEPT,
        " and not found.st_mode & 0o022",
        "",
        (f"{TESTS}::test_a_folder_that_others_may_write_to_is_not_believed",),
    ),
    Mutant(
        "what is kept grows for ever",
        KEPT,
        "        path.unlink(missing_ok=True)\n        excess -= size\n",
        "        excess -= size\n",
        (f"{TESTS}::test_the_oldest_goes_where_there_is_too_much",),
    ),
    Mutant(
        "a mistyped coin waits for the whole recording",
        FOUND,
        "    _refuse_unknown(coins, _read_coins(recording, files, kept))\n    found =",
        "    _read_coins(recording, files, kept)\n    found =",
        (f"{TESTS}::test_a_mistyped_coin_names_the_nearest_before_anything_is_solved",),
    ),
)
