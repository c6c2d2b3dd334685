"""Answers of the sandbox in the exchange's own words: POST /info and the websocket channels.

`answer_info` and the channel functions return plain lists, dicts, text and numbers, ready for a JSON encoder. They do
not keep limits, weights, connections or faults: that is the server's part.
"""

from __future__ import annotations

from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.answers.channels import SUBSCRIPTIONS, check_subscription, ws_snapshot, ws_updates
from liqscape.sandbox.answers.info import REQUESTS, answer_info
from liqscape.sandbox.answers.leaderboard import answer_leaderboard
from liqscape.sandbox.answers.vaults import answer_vault_list

__all__ = [
    "REQUESTS",
    "SUBSCRIPTIONS",
    "UNREADABLE",
    "BadRequest",
    "answer_info",
    "answer_leaderboard",
    "answer_vault_list",
    "check_subscription",
    "ws_snapshot",
    "ws_updates",
]
