"""Ensembles repeat by seed, and their quantiles are of their members."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import SHORT_RUN, crowd, with_stops

from liqscape.cascade import CascadeSettings, EnsembleResult, Mode, of_vector, run_cascade, run_ensemble
from liqscape.cascade.at_once import Watch, at_once
from liqscape.cascade.draws import lognormal, uniform
from liqscape.cascade.ensemble import drawn_settings
from liqscape.cascade.members import figures_of, run_member
from liqscape.cascade.prepare import prepare
from liqscape.cascade.simulating import PIECE_MS

SHORT = replace(SHORT_RUN, horizon_ms=60_000, mode=Mode.COUPLED, seed=5)


def ensemble(
    settings: CascadeSettings, count: int = 4, progress: Callable[[float], None] | None = None
) -> EnsembleResult:
    question = crowd(21, 200, side=1, leverage=(5.0, 9.0))
    shock = of_vector(question.snapshot, dict.fromkeys(question.snapshot.markets.coins, -0.1), 40_000)
    return run_ensemble(question, shock, settings, count, progress)


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not() -> None:
    one, same, other = ensemble(SHORT), ensemble(SHORT), ensemble(replace(SHORT, seed=6))
    assert one.digest == same.digest
    assert one.digest != other.digest
    assert one.central is not None
    assert other.central is not None
    assert one.central.digest == other.central.digest


def test_progress_is_told_within_each_run_and_ends_it() -> None:
    reported: list[float] = []
    assert ensemble(SHORT, progress=reported.append).digest == ensemble(SHORT).digest
    pieces = SHORT.horizon_ms // PIECE_MS
    assert reported == pytest.approx([(number + 1) / (5 * pieces) for number in range(5 * pieces)])

    def leave(share: float) -> None:
        raise InterruptedError(share)

    with pytest.raises(InterruptedError) as left:
        ensemble(SHORT, progress=leave)
    assert left.value.args == (pytest.approx(1 / (5 * pieces)),)


def test_members_share_a_market_and_are_the_runs_that_they_would_be_alone() -> None:
    settings = replace(SHORT, vault_equity=(5_000.0,))
    question = with_stops(crowd(22, 200, side=1, leverage=(5.0, 9.0)))
    shock = of_vector(question.snapshot, dict.fromkeys(question.snapshot.markets.coins, -0.1), 40_000)
    found = run_ensemble(question, shock, settings, 3)
    central = run_cascade(question, shock, settings)
    alone = [drawn_settings(settings, member)[0] for member in range(3)]
    members = [run_member(question, shock, mine, prepare(question, shock, mine)) for mine in alone]
    digests = [central.digest, *(member.digest for member in members)]
    assert found.digest == hashlib.sha256("".join(digests).encode()).hexdigest()
    for row, mine in enumerate(alone):
        whole = run_cascade(question, shock, mine)
        figures = figures_of(whole.totals, whole.first_adl_ms, whole.overshoot[0])
        assert {name: values[row] for name, values in found.outcome.items()} == pytest.approx(
            figures, rel=0, nan_ok=True
        )


@pytest.mark.parametrize("mode", [Mode.BOOK, Mode.COUPLED])
@pytest.mark.parametrize("is_named", [True, False])
def test_figures_of_a_member_are_those_of_the_whole_run_whichever_coin_is_meant(mode: Mode, is_named: bool) -> None:
    question = crowd(23, 200, side=1, leverage=(5.0, 9.0))
    markets = question.snapshot.markets
    last = len(markets) - 1
    shock = of_vector(
        question.snapshot, {coin: -0.1 if row else -0.05 for row, coin in enumerate(markets.coins)}, 40_000
    )
    shock = replace(shock, focus=last if is_named else None)
    settings = drawn_settings(replace(SHORT, mode=mode), 0)[0]
    whole = run_cascade(question, shock, settings)
    member = run_member(question, shock, settings, prepare(question, shock, settings))
    figures = figures_of(whole.totals, whole.first_adl_ms, whole.overshoot[0])
    assert member.figures == pytest.approx(figures, rel=0, nan_ok=True)
    assert whole.overshoot[0].overshoot != 0.0
    assert not is_named or whole.focus[0] == last


def test_a_run_that_fails_ends_the_others_and_is_what_is_heard_of() -> None:
    def job(number: int, watch: Watch) -> int:
        if number == 1:
            raise ZeroDivisionError("job 1")
        while True:
            watch(0.5)

    with pytest.raises(ZeroDivisionError, match="job 1"):
        at_once(job, 4, 2, [].append)


def test_quantiles_are_those_of_the_members() -> None:
    result = ensemble(SHORT)
    for name, values in result.outcome.items():
        known = values[np.isfinite(values)]
        assert result.share_known[name] == len(known) / 4
        if len(known):
            assert result.quantiles[name] == pytest.approx(np.quantile(known, result.levels))
    assert len(set(result.outcome["filled"])) > 1


def test_a_member_does_not_depend_on_how_many_there_are() -> None:
    assert [drawn_settings(SHORT, k)[1] for k in range(3)] == [drawn_settings(SHORT, k)[1] for k in range(3)]
    more, fewer = ensemble(SHORT, 3), ensemble(SHORT, 2)
    assert more.outcome["filled"][:2].tolist() == fewer.outcome["filled"].tolist()


def test_draws_are_even_and_start_withdrawal_has_its_quantiles() -> None:
    shares = [uniform(1, member, 0) for member in range(4_000)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.02)
    assert np.quantile(shares, [0.1, 0.9]) == pytest.approx([0.1, 0.9], abs=0.02)
    assert lognormal(0.5, 0.294, 0.059, 1.0) == pytest.approx(0.294)
    assert lognormal(0.1, 0.294, 0.059, 1.0) == pytest.approx(0.059)
    assert lognormal(0.999, 0.294, 0.059, 1.0) == 1.0
