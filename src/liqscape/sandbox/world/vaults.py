"""Vaults of the world: HLP with its children, and vaults led by traders; who put money in, and display names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from liqscape.exchange.scale import to_uusd
from liqscape.sandbox.world.population import Population, TraderKind
from liqscape.sandbox.world.streams import Stream, generator

HLP_NAME = "Hyperliquidity Provider (HLP)"
VAULT_NAMES = ("Steady Carry", "Night Shift", "Delta Garden", "Long Patience", "Basis Works", "Tailwind", "Quiet Grid")
TRADER_NAMES = (
    "paperhand",
    "basisbaron",
    "fundingfarmer",
    "wickhunter",
    "gammagnome",
    "deltadog",
    "slowlong",
    "chopchop",
)
FOLLOWERS = (3, 12)


@dataclass(frozen=True, kw_only=True)
class VaultInfo:
    """A vault: its address, who leads it, the vaults below it, and micro-USD put in by address."""

    address: str
    name: str
    leader: str
    children: tuple[str, ...] = ()
    followers: Mapping[str, int] = field(default_factory=dict)


def vaults_of(seed: int, population: Population) -> tuple[VaultInfo, ...]:
    """HLP, its children, then the vaults of traders."""
    rng = generator(seed, Stream.VAULTS)
    address = population.addresses
    parent = int(population.of_kind(TraderKind.HLP_PARENT)[0])
    strategies = [address[row] for row in population.of_kind(TraderKind.HLP_STRATEGY)]
    liquidators = [address[row] for row in population.of_kind(TraderKind.HLP_LIQUIDATOR)]
    traders = population.of_kind(TraderKind.TREND_FOLLOWER, TraderKind.MEAN_REVERTER, TraderKind.NOISE)
    if not len(traders):
        traders = population.of_kind(TraderKind.MARKET_MAKER)

    def followers(capital: float) -> dict[str, int]:
        chosen = rng.permutation(traders)[: int(rng.integers(*FOLLOWERS))]
        share = rng.dirichlet(np.ones(len(chosen)))
        return {
            address[row]: to_uusd(capital * part) for row, part in zip(chosen.tolist(), share.tolist(), strict=True)
        }

    lent = population.of_kind(TraderKind.HLP_STRATEGY, TraderKind.HLP_LIQUIDATOR)
    whole = float(population.capital[parent] + population.capital[lent].sum())
    found = [
        VaultInfo(
            address=address[parent],
            name=HLP_NAME,
            leader=address[parent],
            children=(*strategies, *liquidators),
            followers=followers(whole),
        )
    ]
    for kind, children in (("HLP Strategy", strategies), ("HLP Liquidator", liquidators)):
        found += [
            VaultInfo(address=child, name=f"{kind} {at + 1}", leader=address[parent])
            for at, child in enumerate(children)
        ]
    for at, row in enumerate(population.of_kind(TraderKind.VAULT).tolist()):
        leader = address[int(rng.choice(traders))]
        name = f"{VAULT_NAMES[at % len(VAULT_NAMES)]} {at // len(VAULT_NAMES) + 1}"
        found.append(
            VaultInfo(
                address=address[row],
                name=name,
                leader=leader,
                children=(),
                followers=followers(float(population.capital[row])),
            )
        )
    return tuple(found)


def names_of(population: Population, vaults: tuple[VaultInfo, ...]) -> dict[str, str]:
    """Display name by address: vaults, and the traders with the most money."""
    names = {vault.address: vault.name for vault in vaults}
    traders = population.of_kind(TraderKind.TREND_FOLLOWER, TraderKind.MEAN_REVERTER, TraderKind.NOISE)
    richest = traders[np.argsort(-population.capital[traders], kind="stable")][: len(TRADER_NAMES)]
    names |= {population.addresses[row]: name for row, name in zip(richest.tolist(), TRADER_NAMES, strict=False)}
    return names
