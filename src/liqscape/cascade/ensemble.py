"""Many runs that differ in what nobody knows (docs/cascade.md, "Ensembles").

Drawn: withdrawal W at the start (log-normal, median 0.294, 10 % below 0.059: the least W of 636 recorded events), depth
scale (0.5 to 2, even in logs), theta (0.1 to 0.6), which vault takes over, and the order of accounts within a check.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from liqscape.cascade.at_once import Watch, at_once
from liqscape.cascade.checks import check_input
from liqscape.cascade.depth import quiet_profiles
from liqscape.cascade.draws import between, choice, lognormal, uniform
from liqscape.cascade.ensemble_stops import StopMembers
from liqscape.cascade.question import CascadeInput, CascadeSettings
from liqscape.cascade.results import CascadeResult, EnsembleResult
from liqscape.cascade.run import run_prepared
from liqscape.cascade.shocks import Shock
from liqscape.errors import SettingsError
from liqscape.exchange.rules import AccountOrder, VaultChoice

if TYPE_CHECKING:
    from liqscape.cascade.members import Member
    from liqscape.cascade.prepare import LoadedMarket

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MAX_MEMBERS = 1_000
THREADS = 2
"""Runs at the same time. Kernels run without the interpreter's lock; a run holds a copy of the market meanwhile."""
WITHDRAWAL_MEDIAN, WITHDRAWAL_LOW = 0.294, 0.059
NOTES = (
    "ensemble: members differ in W at the start (median 0.294, 10 % below 0.059), depth (0.5 to 2 times), theta (0.1 "
    "to 0.6), vault choice and account order; quantiles are over these draws, not over market histories",
)


def drawn_settings(settings: CascadeSettings, member: int) -> tuple[CascadeSettings, dict[str, float]]:
    """Settings of one member and what was drawn for it; depends on seed and member only."""
    share = [uniform(settings.seed, member, place) for place in range(5)]
    withdrawal = lognormal(share[0], WITHDRAWAL_MEDIAN, WITHDRAWAL_LOW, 1.0)
    scale = math.exp(between(share[1], math.log(0.5), math.log(2.0)))
    theta = between(share[2], 0.1, 0.6)
    vault, order = choice(share[3], len(VaultChoice)), choice(share[4], len(AccountOrder))
    drawn = replace(
        settings,
        depth=replace(settings.depth, start_withdrawal=withdrawal, scale=settings.depth.scale * scale),
        outside=replace(settings.outside, theta=theta),
        rules=replace(settings.rules, vault_choice=vault, account_order=order),
    )
    values = {
        "start_withdrawal": withdrawal,
        "depth_scale": scale,
        "theta": theta,
        "vault_choice": float(vault),
        "account_order": float(order),
    }
    return drawn, values


def run_ensemble(
    question: CascadeInput,
    shock: Shock,
    settings: CascadeSettings | None = None,
    count: int = 20,
    progress: Callable[[float], None] | None = None,
) -> EnsembleResult:
    """One run with nothing drawn, then `count` seeded ones. The same seed gives the same figures to the bit.

    The digest is the SHA-256 of those of all runs, one after the other (`run_cascade`, `run_member`).

    The market is loaded once; THREADS runs go on at the same time, each in a copy of it, which the next one gets.
    progress is told the share of all that is done, often within each run and in the thread that asked: what it raises
    ends them all.
    Raises SettingsError for a count outside 1..MAX_MEMBERS, and as run_cascade.
    """
    from liqscape.cascade.kernels.index import start_index
    from liqscape.cascade.members import run_member
    from liqscape.cascade.prepare import load_market, prepare

    settings = settings or CascadeSettings()
    if not 1 <= count <= MAX_MEMBERS:
        raise SettingsError(f"ensemble of {count} runs is outside 1..{MAX_MEMBERS}")
    check_input(question, shock, settings)
    market = load_market(question, shock, settings)
    if settings.is_indexed:
        start_index(market.exchange.state, market.index)

    quiet = quiet_profiles(question, settings.depth)
    used: list[LoadedMarket] = []

    def run(number: int, watch: Watch) -> CascadeResult | Member:
        mine = drawn_settings(settings, number - 1)[0] if number else settings
        own = market.copied(mine, _newest(used))
        ready = prepare(question, shock, mine, own, quiet if number else None)
        if number:
            result: CascadeResult | Member = run_member(question, shock, mine, ready, watch)
        else:
            result = run_prepared(question, shock, mine, ready, watch=watch)
        used.append(own)
        return result

    results = at_once(run, count + 1, THREADS, progress or _ignore)
    central = cast("CascadeResult", results[0])
    members = cast("list[Member]", results[1:])
    stops = StopMembers()
    for member in members:
        if member.triggers is not None:
            stops.add(member.triggers)
    drawn = [drawn_settings(settings, member)[1] for member in range(count)]
    figures = [member.figures for member in members]
    digests = [central.digest, *(member.digest for member in members)]
    outcome = {name: np.array([row[name] for row in figures]) for name in figures[0]}
    known = {name: values[np.isfinite(values)] for name, values in outcome.items()}
    return EnsembleResult(
        label=shock.label,
        mode=int(settings.mode),
        seed=settings.seed,
        count=count,
        levels=LEVELS,
        drawn={name: np.array([row[name] for row in drawn]) for name in drawn[0]},
        outcome=outcome,
        quantiles={
            name: np.quantile(values, LEVELS) if len(values) else np.full(len(LEVELS), np.nan)
            for name, values in known.items()
        },
        share_known={name: len(values) / count for name, values in known.items()},
        assumptions=(*central.assumptions, *NOTES),
        digest=hashlib.sha256("".join(digests).encode()).hexdigest(),
        central=central,
        triggers=stops.result(LEVELS),
    )


def _newest(used: list[LoadedMarket]) -> LoadedMarket | None:
    """Taken off the list; None where there is none, or another thread was faster."""
    try:
        return used.pop()
    except IndexError:
        return None


def _ignore(share: float) -> None:
    pass
