"""What the answers of the sandbox are made of: the exchange, what happened in it, and facts of the world around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from liqscape.sandbox.facts import Facts

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.exchange.output import BlockOutput
    from liqscape.sandbox.records import Records


class VaultFacts(Protocol):
    """A vault: its address, who leads it, the vaults below it, who put money in."""

    @property
    def address(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def leader(self) -> str: ...
    @property
    def children(self) -> tuple[str, ...]:
        """Addresses of child vaults; empty for an ordinary vault."""
        ...

    @property
    def followers(self) -> Mapping[str, int]:
        """Micro-USD put in, by address."""
        ...


@dataclass(kw_only=True)
class SandboxState:
    """Everything an answer may look at. Answers read it and change only `memory`.

    exchange     the engine.
    records      history; `observe` below keeps it up to date.
    vaults       parent and child vaults.
    names        display name by address, of those who have one.
    sub_accounts addresses of sub-accounts by master address.
    facts        tokens, outcome markets and what is said of coins.
    start_ms     beginning of the world; None where nothing came before the first record.
    name         which world: equal for equal settings, its start apart; empty where it has none.
    memory       what channels remembered of the last block they spoke about (never part of a checkpoint).
    """

    exchange: Exchange
    records: Records
    vaults: tuple[VaultFacts, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    sub_accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    start_ms: int | None = None
    name: str = ""
    memory: dict[object, object] = field(default_factory=dict)

    @property
    def time_ms(self) -> int:
        """Time of the last block, venue clock."""
        return self.exchange.time_ms

    def observe(self, output: BlockOutput) -> None:
        """To be called once after every block, before any answer or update is asked for."""
        self.records.observe(self.exchange, output)

    def vault(self, address: str) -> VaultFacts | None:
        """The vault at an address; None where there is none."""
        return next((vault for vault in self.vaults if vault.address == address), None)
