"""What stands on disk: history, register, liquidations, folders."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "a stored minute keeps marks that were in doubt",
        "src/liqscape/store/history/frames.py",
        "_joined([sure_marks(frame.snapshot.mark, frame.snapshot.doubt) for frame in frames])",
        "_joined([frame.snapshot.mark for frame in frames])",
        ("tests/service/collecting/test_doubtful_markets.py",),
    ),
    Mutant(
        "a window is drawn under the lock of the look at the folder",
        "src/liqscape/store/history/reader.py",
        "                return answer(state)\n",
        "                with self._lock:\n                    return answer(state)\n",
        ("tests/store/history/test_live_reader.py::test_look_at_the_folder_does_not_wait_for_an_answer_under_way",),
    ),
    Mutant(
        "a look at a register makes files beside it",
        "src/liqscape/store/register/vaults.py",
        'yield f"{path.resolve().as_uri()}?immutable=1"',
        'yield f"{path.resolve().as_uri()}?mode=ro"',
        ("tests/service/test_stored_look.py",),
    ),
    Mutant(
        "a finished copy of a damaged register is not taken up after a kill",
        "src/liqscape/store/register/register.py",
        "        if finished.exists():\n            self._set_aside(cause)",
        "        if False:\n            self._set_aside(cause)",
        ("tests/store/register/test_register.py",),
    ),
    Mutant(
        "rows of a register that are not in order are read in circles, or twice",
        "src/liqscape/store/register/rows.py",
        "    if len(falls):  # or it would be read in circles",
        "    if False:",
        ("tests/store/register/test_register.py",),
    ),
    Mutant(
        "a look at a register writes in its index",
        "src/liqscape/store/register/vaults.py",
        "?mode=ro&readonly_shm=1",
        "?mode=rw",
        ("tests/service/test_stored_look.py",),
    ),
    Mutant(
        "a look at what another stores is called live",
        "src/liqscape/service/standing.py",
        'STORED = Standing(is_live=False, feed="stored")',
        'STORED = Standing(is_live=True, feed="stored")',
        ("tests/service/test_stored_look.py",),
    ),
    Mutant(
        "the copy of a lost minute is not looked at",
        "src/liqscape/store/history/head_run.py",
        "    return [copy]\n",
        "    return None\n",
        ("tests/store/history/test_damage.py::test_a_damaged_minute_is_taken_from_the_copy_in_the_next",),
    ),
    Mutant(
        "a head is taken for the minute of its name",
        "src/liqscape/store/history/head.py",
        "if head_span(name) != span:",
        "if False:",
        ("tests/store/history/test_damage.py::test_a_head_with_the_content_of_another_is_not_taken_for_its_own",),
    ),
    Mutant(
        "the minute before stands in for a damaged one",
        "src/liqscape/store/history/draw.py",
        "is_hole |= is_held & (shown_ms < last_ms) & (first_ms < columns.ends_ms)",
        "is_hole |= is_held & False",
        (
            "tests/store/history/test_damage.py::test_the_last_minute_damaged_is_a_hole_and_the_next_follows_the_one_before",
        ),
    ),
    Mutant(
        "a damaged file of one coin fails the window",
        "src/liqscape/store/history/runs.py",
        "            is_lost.append(True)\n            continue\n",
        "            raise\n",
        ("tests/store/history/test_damage.py::test_a_reader_at_work_meets_damage_as_a_hole_in_one_coin",),
    ),
    Mutant(
        "a flipped manifest is believed",
        "src/liqscape/store/history/manifest.py",
        "    check_json(content, path)\n",
        "",
        ("tests/store/history/test_damage.py::test_a_flipped_figure_in_the_manifest_is_told",),
    ),
    Mutant(
        "a flipped list of files is believed",
        "src/liqscape/store/history/part_files.py",
        "if not is_ours or (own and own != [_entry_of_list(part, rest)]):",
        "if False:",
        ("tests/store/history/test_damage.py::test_a_damaged_list_does_not_make_its_files_look_damaged",),
    ),
    Mutant(
        "parts no manifest names are removed",
        "src/liqscape/store/history/recover.py",
        '_set_aside(folder, path.name, "no manifest names it", entry)',
        "remove_folder(path)",
        ("tests/store/history/test_damage.py::test_parts_of_another_history_are_set_aside_not_removed",),
    ),
    Mutant(
        "a merge reaches across a damaged part",
        "src/liqscape/store/history/compact.py",
        "            runs.append([])\n            continue\n",
        "            continue\n",
        ("tests/store/history/test_damage.py::test_a_merge_does_not_reach_across_a_damaged_part_nor_take_it_along",),
    ),
    Mutant(
        "bands of a lost frame stand on after a merge",
        "src/liqscape/store/history/compact.py",
        "for table in (closing, own) if",
        "for table in (own,) if",
        (
            "tests/store/history/test_damage.py::test_bands_that_stood_before_lost_minutes_do_not_stand_on_after_a_merge",
        ),
    ),
    Mutant(
        "a flipped day of liquidations is another number",
        "src/liqscape/store/liquidations/schema.py",
        "    check_parquet(content, path)\n",
        "",
        ("tests/store/liquidations/test_stored_liquidations.py",),
    ),
    Mutant(
        "a flipped origin is believed",
        "src/liqscape/service/folders.py",
        "    check_json(content, path)\n",
        "",
        ("tests/service/test_folders.py",),
    ),
)
