"""Guards of what keeps clusters the same through time."""

from __future__ import annotations

from chaos.mutant import Mutant

TRACKER = "tests/insight/identity/test_tracker.py"
RESIDENCE = "tests/insight/identity/test_residence.py"

MUTANTS = (
    Mutant(
        "identity: time behind a gap counts",
        "src/liqscape/insight/identity/tracker.py",
        "        if state.time_ms is not None and not is_gap:\n",
        "        if state.time_ms is not None:\n",
        (f"{TRACKER}::test_a_gap_ends_nothing_and_counts_for_no_age",),
    ),
    Mutant(
        "identity: an unknown mark is an empty frame",
        "src/liqscape/insight/identity/tracker.py",
        "        if not mark > 0.0:\n",
        "        if mark <= 0.0:\n",
        (f"{TRACKER}::test_an_unknown_mark_holds_everything_and_no_time_passes",),
    ),
    Mutant(
        "identity: a state cut short is taken",
        "src/liqscape/insight/identity/state.py",
        "    except (msgspec.DecodeError, ValueError) as error:\n",
        "    except msgspec.ValidationError as error:\n",
        (f"{TRACKER}::test_bytes_that_are_no_state_are_refused",),
    ),
    Mutant(
        "residence: a staircase grows without bound",
        "src/liqscape/insight/kernels/staircases.py",
        "            if end - begin > MAX_RECORDS:\n",
        "            if end - begin > 10 * MAX_RECORDS:\n",
        (f"{RESIDENCE}::test_memory_is_bounded_and_what_is_lost_makes_a_position_younger",),
    ),
    Mutant(
        "residence: a level that came from above was always there",
        "src/liqscape/insight/kernels/staircases.py",
        "        if stairs[record, STAIR_BAND] >= high:\n",
        "        if stairs[record, STAIR_BAND] > high:\n",
        (f"{RESIDENCE}::test_entry_equals_a_walk_back_through_all_frames",),
    ),
    Mutant(
        "identity: clusters are tied by the larger of the two",
        "src/liqscape/insight/kernels/matching.py",
        "rules[SAME_SHARE] * min(figures[cluster, FOUND_SIZE], hill_size[hill])",
        "rules[SAME_SHARE] * max(figures[cluster, FOUND_SIZE], hill_size[hill])",
        (f"{TRACKER}::test_a_cluster_of_which_most_leaves_is_still_the_same",),
    ),
)
