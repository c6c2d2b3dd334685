"""The engine against its slow twin, row by row: answers, fills, books, cash, positions, events of every block."""

from __future__ import annotations

from collections import Counter

from amounts import examples
from exchange_comparison import compare
from hypothesis import given, settings
from worlds import Plan, build_exchange, plans, write_script

from liqscape.exchange.rules import AdlScore, Rules


@settings(max_examples=examples(12, 4), derandomize=True, database=None)
@given(plan=plans(blocks=250))
def test_engine_and_reference_agree_row_by_row_whatever_the_rules(plan: Plan) -> None:
    script = write_script(plan)
    assert compare(script, build_exchange(script))["blocks"] == 250


def test_engine_and_reference_agree_where_everything_happens() -> None:
    """Default rules, enough violence for every stage; the comparison counts what it compared."""
    seen = {"fills by 0": 0, "fills by 1": 0, "fills by 2": 0, "fills by 3": 0, "move_margin": 0, "deposit": 0}
    for seed in (11, 12, 13):
        script = write_script(Plan(seed, blocks=300, users=12, volatility=0.006, jump=0.15, jump_chance=0.05))
        counted = compare(script, build_exchange(script))
        seen = {name: count + counted[name] for name, count in seen.items()}
    assert min(seen.values()) >= 5, seen


def test_engine_and_reference_agree_over_several_dexs_and_collateral_tokens() -> None:
    """Every mode of account, both rules about protected margin; takeovers by dex, a delisting, transfers."""
    seen: Counter[str] = Counter()
    for seed, protects in ((31, 0), (32, 1), (33, 0), (34, 1)):
        plan = Plan(
            seed, blocks=200, users=14, liquidators=3, volatility=0.006, jump=0.15, jump_chance=0.06, has_dexs=True,
            rules=Rules(protects_cross_margin=protects),
        )  # fmt: skip
        script = write_script(plan)
        seen += compare(script, build_exchange(script))
    kinds = ("fills by 1", "fills by 2", "fills by 3", "move_between_dexs", "settlements", "collateral sold")
    for kind in kinds:
        assert seen[kind] >= 2, seen


def test_engine_and_reference_agree_under_each_score_of_deleveraging() -> None:
    for score in AdlScore:
        plan = Plan(
            21, blocks=150, volatility=0.006, jump=0.2, jump_chance=0.1, liquidators=0, rules=Rules(adl_score=score)
        )
        script = write_script(plan)
        assert compare(script, build_exchange(script))["fills by 3"] >= 20
