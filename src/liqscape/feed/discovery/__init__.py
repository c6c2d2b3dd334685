"""Who trades: addresses from prints, the leaderboard, vaults, nodes and the user, with what they may hold."""

from liqscape.feed.discovery.addresses import AddressBook
from liqscape.feed.discovery.columns import RegisterColumns
from liqscape.feed.discovery.listing import observe_leaderboard, observe_vault, observe_vault_list

__all__ = ["AddressBook", "RegisterColumns", "observe_leaderboard", "observe_vault", "observe_vault_list"]
