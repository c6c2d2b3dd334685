"""How long a history is kept: nothing goes that was not to go, nothing stays half."""

from __future__ import annotations

from chaos.mutant import Mutant

DECISION = "src/liqscape/store/history/retention.py"
THINNING = "src/liqscape/store/history/thinning.py"
DECIDED = "tests/store/history/test_retention.py"
RETAINED = "tests/store/history/test_retain.py"

MUTANTS = (
    Mutant(
        "the day at the limit goes a day early",
        DECISION,
        "return self.days is not None and age_days > self.days",
        "return self.days is not None and age_days >= self.days",
        (f"{DECIDED}::test_days_are_counted_back_from_the_newest_frame_and_the_one_at_the_limit_stays",),
    ),
    Mutant(
        "days of which minutes are not in a part yet are touched",
        DECISION,
        "min(self.first_head_ms, self.last_ms)",
        "self.last_ms",
        (f"{DECIDED}::test_the_newest_day_and_days_of_which_heads_are_left_are_never_touched",),
    ),
    Mutant(
        "the bound does not count what a merge writes beside",
        DECISION,
        "held.total_bytes + beside_bytes(held) - rules.max_bytes",
        "held.total_bytes - rules.max_bytes",
        (
            f"{DECIDED}::test_the_bound_holds_at_every_moment_of_a_history_that_grows",
            "tests/store/history/test_bound.py",
        ),
    ),
    Mutant(
        "what was set aside does not count in the bound",
        DECISION,
        "kept = sum(part.size for part in self.parts) + sum(each.size for each in self.set_aside)",
        "kept = sum(part.size for part in self.parts)",
        (f"{RETAINED}::test_a_part_with_damage_is_not_thinned_and_goes_whole_with_its_day",),
    ),
    Mutant(
        "a damaged part is thinned for room",
        DECISION,
        "if part.day >= before or not part.can_be_thinned or part.step_ms >= step_ms:",
        "if part.day >= before or part.step_ms >= step_ms:",
        (f"{DECIDED}::test_any_history_comes_to_rest_with_every_rule_met",),
    ),
    Mutant(
        "a hole is filled by thinning",
        THINNING,
        "    is_kept[1:] |= is_gap\n",
        "",
        ("tests/store/history/test_thinning.py::test_windows_have_the_same_holes_before_and_after_once_and_twice",),
    ),
    Mutant(
        "a thinned stretch is a hole in windows",
        "src/liqscape/store/history/draw.py",
        "((shown_ms < columns.starts_ms - hold_ms) & ~is_between)",
        "(shown_ms < columns.starts_ms - hold_ms)",
        (f"{RETAINED}::test_what_was_thinned_out_is_answered_with_the_last_frame_kept_before_it",),
    ),
    Mutant(
        "thinning forgets readings that told nothing new then",
        "src/liqscape/store/history/retain.py",
        "is_keyframe=is_keyframe, is_exact=True)",
        "is_keyframe=is_keyframe, is_exact=False)",
        (f"{RETAINED}::test_what_changed_and_changed_back_between_leaves_the_age_it_left",),
    ),
    Mutant(
        "a stop waits until a day is thinned",
        "src/liqscape/store/history/retain.py",
        "            if self._is_ended:\n                return manifest\n",
        "",
        (f"{RETAINED}::test_a_thinning_let_go_leaves_everything_as_it_was_and_is_made_after_the_next_start",),
    ),
    Mutant(
        "a second thinning loses what was written down by the minute",
        "src/liqscape/store/history/retain.py",
        'chunks[name] = _pieces(reader, name) if reader.has(f"{name}.parquet") else []',
        "chunks[name] = []",
        (f"{RETAINED}::test_what_was_written_down_by_the_minute_stays_whole_through_both_stages",),
    ),
    Mutant(
        "a definition goes that frames still need",
        "src/liqscape/store/history/retain.py",
        "if following is None or following.from_ms > first_ms",
        "if following is None",
        (f"{RETAINED}::test_definitions_that_no_frame_needs_any_more_go_with_the_last_of_their_days",),
    ),
    Mutant(
        "accounts of an earlier frame are given for one that went",
        "src/liqscape/service/moments.py",
        "        if reader.frame_time_at(self.reported.time_ms) != self.reported.time_ms:\n",
        "        if False:\n",
        (f"{RETAINED}::test_a_moment_found_before_its_frame_went_never_gets_the_accounts_of_another",),
    ),
    Mutant(
        "an export tells a frame again for one that went",
        "src/liqscape/service/folder_moments.py",
        "if stored is not None and stored.frame.time_ms == time_ms:",
        "if stored is not None:",
        (f"{RETAINED}::test_an_export_beside_a_thinning_tells_no_frame_twice",),
    ),
    Mutant(
        "files that are no day's are removed with a day",
        "src/liqscape/store/day_files.py",
        "if match is not None and _date(match[1]) < limit]",
        "if match is None or _date(match[1]) < limit]",
        ("tests/store/test_day_files.py",),
    ),
    Mutant(
        "what is only looked at may be thinned",
        "src/liqscape/cli/serve.py",
        "if keep != KEEP_ALL and is_looked_at:",
        "if False:",
        ("tests/cli/test_keeping.py::test_what_is_only_looked_at_is_never_thinned",),
    ),
)
