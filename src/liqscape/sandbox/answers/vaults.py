"""vaultSummaries, the whole list, leadingVaults, userVaultEquities: vaults by age, all, by leader, by follower."""

from __future__ import annotations

from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.answers.vault_details import relationship, vault_equity
from liqscape.sandbox.state import SandboxState
from liqscape.units import HOUR_MS
from liqscape.wire.encode import to_wire
from liqscape.wire.info.leading_vaults import LeadingVaultsRequest, LedVault
from liqscape.wire.info.user_vault_equities import UserVaultEquitiesRequest, VaultEquity
from liqscape.wire.info.vault_list import ListedVault
from liqscape.wire.info.vault_summaries import VaultSummariesRequest, VaultSummary

YOUNG_MS = 2 * HOUR_MS
"""vaultSummaries lists only younger vaults (third-party observation)."""


@answers(VaultSummariesRequest)
def answer_summaries(question: Question[VaultSummariesRequest]) -> list[VaultSummary]:
    """vaultSummaries."""
    sandbox = question.sandbox
    if sandbox.time_ms - _since(sandbox) > YOUNG_MS:
        return []
    return list_vaults(sandbox)


def answer_vault_list(sandbox: SandboxState) -> object:
    """GET /Mainnet/vaults: every vault, ready for a JSON encoder."""
    return to_wire(tuple(ListedVault(summary) for summary in list_vaults(sandbox)))


def list_vaults(sandbox: SandboxState) -> list[VaultSummary]:
    """All of them."""
    return [
        VaultSummary(
            name=vault.name,
            vaultAddress=vault.address,
            leader=vault.leader,
            tvl=usd(vault_equity(sandbox, vault)),
            isClosed=False,
            relationship=relationship(sandbox, vault),
            createTimeMillis=_since(sandbox),
        )
        for vault in sandbox.vaults
    ]


def _since(sandbox: SandboxState) -> int:
    """When they were made: all with the world."""
    return sandbox.start_ms or sandbox.records.start_ms


@answers(LeadingVaultsRequest)
def answer_leading(question: Question[LeadingVaultsRequest]) -> list[LedVault]:
    """leadingVaults."""
    return led_by(question.sandbox, question.address())


def led_by(sandbox: SandboxState, address: str) -> list[LedVault]:
    """Vaults an address leads."""
    return [LedVault(vault.address, vault.name) for vault in sandbox.vaults if vault.leader == address]


@answers(UserVaultEquitiesRequest)
def answer_equities(question: Question[UserVaultEquitiesRequest]) -> list[VaultEquity]:
    """userVaultEquities."""
    return equities_of(question.sandbox, question.address())


def equities_of(sandbox: SandboxState, address: str) -> list[VaultEquity]:
    """An address's share of each vault it follows."""
    found = []
    for vault in sandbox.vaults:
        put_in = vault.followers.get(address, 0)
        if put_in:
            equity = vault_equity(sandbox, vault) * put_in // sum(vault.followers.values())
            found.append(VaultEquity(vault.address, usd(equity)))
    return found
