"""The world around the exchange: outside prices and those who trade (docs/sandbox-world.md). All of it is SIMULATED."""

from liqscape.sandbox.world.population import TraderKind
from liqscape.sandbox.world.settings import WorldSettings
from liqscape.sandbox.world.vaults import VaultInfo
from liqscape.sandbox.world.world import World

__all__ = ["TraderKind", "VaultInfo", "World", "WorldSettings"]
