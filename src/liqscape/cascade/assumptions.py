"""What a run assumes, in plain sentences; every result carries them."""

from __future__ import annotations

import numpy as np

from liqscape.cascade.depth import day_volume_of
from liqscape.cascade.question import CascadeInput, CascadeSettings, DepthSettings, Mode
from liqscape.exchange.build import dexs_of, tokens_of
from liqscape.exchange.trigger_loader import TriggerLoad
from liqscape.units import Float64Array


def assumptions_of(
    question: CascadeInput, settings: CascadeSettings, left_out: int, residual: Float64Array, without: int
) -> tuple[str, ...]:
    """Sentences about input and settings; books and shock add their own."""
    return (
        *_of_input(question, left_out, residual, without),
        *_of_vaults(question, settings),
        "accounts only lose positions: no new orders, deposits or funding; their resting orders are not known",
        *_of_mode(question, settings),
    )


def _of_input(question: CascadeInput, left_out: int, residual: Float64Array, without: int) -> list[str]:
    notes = [f"market: {question.provenance}"]
    usd = float(np.nansum(np.abs(residual) * question.snapshot.mark)) / 1e6
    if usd > 0.0:
        notes.append(
            f"positions do not sum to zero: an account nobody liquidates holds the other {usd:.4g} million USD"
        )
    if left_out:
        notes.append(f"{left_out} of {question.accounts.pool_count} pools are left out: margin or a mark is not known")
    if without:
        notes.append(f"{without} markets have no mark price and take no part")
    unknown = int(np.count_nonzero(np.isnan(question.accounts.entry_price)))
    if unknown:
        notes.append(
            f"entry price of {unknown} positions not known: the starting mark stands in (it ranks ADL winners)"
        )
    return notes


def _of_vaults(question: CascadeInput, settings: CascadeSettings) -> list[str]:
    dexs = [name for name in dexs_of(question.snapshot.markets) if name]
    notes = _of_first_vaults(settings)
    given: dict[str, list[str]] = {}
    for dex, equity in settings.dex_vault_equity:
        given.setdefault(dex, []).append(f"{equity / 1e6:g}")
    for dex, equities in given.items():
        notes.append(f"backstop vaults of {dex} start empty with {', '.join(equities)} million USD")
    without = [name for name in dexs if name not in given]
    if without:
        shown = ", ".join(without[:5]) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        notes.append(
            f"capital of the backstop vaults of {shown} is not known: positions there go from the book to deleveraging"
        )
    if settings.rules.protects_cross_margin:
        notes.append("maintenance of each dex in a pool is protected from the others (announced for testnet only)")
    tokens = [token for token in tokens_of(question.snapshot.markets) if token]
    if tokens:
        notes.append("a unit of every collateral token counts as one USD")
    return notes


def _of_first_vaults(settings: CascadeSettings) -> list[str]:
    if not settings.vault_equity:
        return ["no liquidator vault: no backstop"]
    equity = ", ".join(f"{each / 1e6:g}" for each in settings.vault_equity)
    return [f"liquidator vaults start without positions, with {equity} million USD (assumed), and do not unwind"]


def _of_mode(question: CascadeInput, settings: CascadeSettings) -> list[str]:
    if settings.mode == Mode.GIVEN:
        return ["marks are given: orders fill at the mark without limit and prices do not answer"]
    depth, outside = settings.depth, settings.outside
    known = int(np.count_nonzero(question.day_volatility > 0.0))
    notes = [
        f"book: refill half-life {depth.near_half_life_ms / 1e3:g} s at the touch to {depth.far_half_life_ms / 1e3:g} "
        f"s at 2 %, follows outside mids with {depth.anchor_lag_ms:g} ms, where ordinary trades go on",
        f"withdrawal: eta {depth.move_withdrawal:g}/s, alpha {depth.consumption_withdrawal:g}, recovery "
        f"{depth.recovery_ms / 1e3:g} s, set to published ratios, not fitted here",
        f"daily volatility known for {known} of {len(question.books)} markets, else {100 * depth.day_volatility:g} %",
    ]
    if settings.mode == Mode.COUPLED:
        notes += [
            f"outside prices answer by {outside.factor:g} sigma sqrt(Q/V), {100 * outside.theta:g} % of it for good, "
            f"the rest decays over {outside.decay_ms / 1e3:g} s (assumed)",
            f"volume of all venues {outside.volume_multiple:g} times that here, forced flow {outside.forced_multiple:g}"
            " times (assumed)",
            *_of_volume(question, depth),
        ]
    return notes


def _of_volume(question: CascadeInput, depth: DepthSettings) -> list[str]:
    """What stands in for a volume that is not known, and where outside venues cannot answer at all."""
    is_unknown = ~(question.day_volume > 0.0)
    stands_in = day_volume_of(question, depth)
    taken = is_unknown & (stands_in > 0.0)
    has_interest = taken & (question.snapshot.open_interest > 0.0)
    notes = []
    if np.any(taken):
        factor = depth.share_of_open_interest / depth.share_of_volume
        notes.append(
            f"volume not known in {int(taken.sum())} markets: {factor:.3g} times the open interest stands in "
            f"({int(has_interest.sum())} markets), or the larger side of the accounts given where that is unknown too "
            f"({int((taken & ~has_interest).sum())} markets)"
        )
    silent = int(np.count_nonzero(is_unknown & ~taken & (question.snapshot.mark > 0.0)))
    if silent:
        notes.append(f"outside venues do not answer in {silent} markets: neither volume nor open interest is known")
    return notes


def trigger_notes(triggers: TriggerLoad) -> tuple[str, ...]:
    """What taking trigger orders along assumes."""
    left = sum(triggers.left_out.values())
    return (
        f"{triggers.loaded} stops and take-profits known at the start are taken along, {left} are left out; nobody "
        "sets, moves or cancels one during the run",
        "a trigger fires in the block after the mark reaches it; what a limit does not find at once does not rest, and "
        "triggers do not move outside prices",
    )
