"""The library's door: what it gives is what the map said, whole and of one frame."""

from __future__ import annotations

from chaos.mutant import Mutant

POSITIONS = "src/liqscape/service/answers/positions.py"
MAP = "tests/library/test_map.py"

MUTANTS = (
    Mutant(
        "a level just as far as was asked is left out",
        POSITIONS,
        "np.abs(distance) <= choice.percent",
        "np.abs(distance) < choice.percent",
        (f"{MAP}::test_a_level_just_as_far_as_asked_is_within",),
    ),
    Mutant(
        "a list goes on in another frame",
        "src/liqscape/library/pages.py",
        "        except FrameGone:\n            if number == MAX_TRIES - 1:\n                raise\n",
        "        except FrameGone:\n            raise\n",
        (f"{MAP}::test_a_list_whose_frame_goes_while_it_is_read_begins_anew",),
    ),
    Mutant(
        "a heatmap that broke off is read as it is",
        "src/liqscape/service/answers/heatmap.py",
        "        if len(content) != wanted:\n",
        "        if len(content) > wanted:\n",
        (f"{MAP}::test_a_heatmap_that_broke_off_is_refused",),
    ),
    Mutant(
        "a question is asked of a time in another unit",
        "src/liqscape/service/asked_time.py",
        "if not FIRST_MS <= time_ms <= LAST_MS:",
        "if time_ms > LAST_MS:",
        (f"{MAP}::test_a_bad_question_is_one_sentence_here_and_there",),
    ),
)
