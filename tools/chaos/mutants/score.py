"""Scores: what would flatter the map, or show a figure that has no record."""

from __future__ import annotations

from chaos.mutant import Mutant

FATES = "tests/insight/score/test_fates.py"
CARD = "tests/insight/score/test_card.py"

MUTANTS = (
    Mutant(
        "score: an owner who closed after the level was reached counts as gone before",
        "src/liqscape/insight/kernels/account_moves.py",
        "gone[item, AFTER if moves.last_ms[this] >= items.reached_ms[item] else BEFORE] += lost",
        "gone[item, BEFORE] += lost",
        (FATES,),
    ),
    Mutant(
        "score: a mark exactly at the level passes it by",
        "src/liqscape/insight/kernels/crossings.py",
        "is_met = price > 0.0 and ((lowest <= price) if is_long else (highest >= price))",
        "is_met = price > 0.0 and ((lowest < price) if is_long else (highest > price))",
        (FATES,),
    ),
    Mutant(
        "score: what was not watched is judged",
        "src/liqscape/insight/score/levels.py",
        "is_judged = is_reached | (is_open & windows.is_whole[window])",
        "is_judged = is_open",
        (FATES,),
    ),
    Mutant(
        "score: a refuted liquidation stays one",
        "src/liqscape/insight/score/gathering.py",
        'if each.evidence == "refuted":',
        'if each.evidence == "never":',
        (FATES,),
    ),
    Mutant(
        "score: shares are told of a handful of levels",
        "src/liqscape/insight/score/card.py",
        "is_enough = window_count >= MIN_CASES",
        "is_enough = window_count > 0",
        (CARD,),
    ),
    Mutant(
        "score: accounts that were not on the map are left out of recall",
        "src/liqscape/insight/score/card.py",
        'judged = forced["status"] != "no frame"',
        'judged = np.isin(forced["status"], ("level", "no level"))',
        (CARD,),
    ),
    Mutant(
        "score: the past return is not held fixed",
        "src/liqscape/insight/score/relation.py",
        "found: Float64Array = (xy - xz * yz) / np.sqrt((1.0 - xz**2) * (1.0 - yz**2))",
        "found: Float64Array = xy",
        ("tests/insight/score/test_relation.py",),
    ),
    Mutant(
        "score: a day whose tables are of two writings counts as scored",
        "src/liqscape/store/scores/reader.py",
        "if any(each != found[0] for each in found) or found[0].version != SCORE_VERSION:",
        "if found[0].version != SCORE_VERSION:",
        ("tests/service/scoring/test_run.py",),
    ),
)
