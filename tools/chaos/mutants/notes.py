"""What is written down between stored frames, and how it is read back."""

from __future__ import annotations

from chaos.mutant import Mutant

TAKER = "tests/insight/test_note_taker.py"

MUTANTS = (
    Mutant(
        "a mark in doubt is written down as one that was so",
        "src/liqscape/insight/note_taker.py",
        "            mark = sure_marks(event.snapshot.mark, event.snapshot.doubt)\n",
        "            mark = event.snapshot.mark\n",
        (f"{TAKER}::test_a_mark_in_doubt_is_none_of_the_minute",),
    ),
    Mutant(
        "trades of frames far apart are lost to the memory of prints",
        "src/liqscape/insight/note_taker.py",
        "            if event.time_ms - self._collected_ms > COLLECT_MS:\n",
        "            if False:\n",
        (f"{TAKER}::test_frames_far_apart_lose_no_trade_to_the_memory_of_prints",),
    ),
    Mutant(
        "a trade that the state before the minute held is summed again",
        "src/liqscape/ledger/minute_sums.py",
        "        is_news: BoolArray = time_ms > state_ms\n",
        "        is_news: BoolArray = time_ms > NEVER_MS\n",
        (f"{TAKER}::test_a_trade_that_the_state_before_the_minute_held_already_is_not_of_it",),
    ),
    Mutant(
        "a minute cut by a restart counts as watched from the frame before",
        "src/liqscape/insight/note_taker.py",
        "            self._gap_ms, self._since_ms = event.time_ms, None\n",
        "            pass\n",
        (f"{TAKER}::test_a_minute_cut_by_a_restart_says_since_when_it_was_watched",),
    ),
    Mutant(
        "what is no price is taken for the lowest one",
        "src/liqscape/insight/minute_prices.py",
        'fresh | (is_price & (price < now["low"]))',
        'fresh | (price < now["low"])',
        ("tests/insight/test_minute_prices.py",),
    ),
    Mutant(
        "damaged notes cost the frames of their part",
        "src/liqscape/store/history/minutes.py",
        "    except CorruptSegment:\n        return MinuteRows({})\n",
        "    except CorruptSegment:\n        raise\n",
        ("tests/store/history/test_minutes.py::test_damaged_notes_cost_the_notes_of_their_part_alone",),
    ),
    Mutant(
        "heads of the version before are taken for damaged",
        "src/liqscape/store/history/head.py",
        "        if table in NOTES and version < SCHEMA_VERSION:",
        "        if False:",
        ("tests/store/history/test_version_two.py",),
    ),
)
