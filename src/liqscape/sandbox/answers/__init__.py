"""Answers of the sandbox in the exchange's own words: POST /info and the websocket channels.

`answer_info` and the channel functions return plain lists, dicts, text and numbers, ready for a JSON encoder. They do
not keep limits, weights, connections or faults: that is the server's part.
"""

from __future__ import annotations

from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.answers.channels import (
    CHANNELS,
    IDLE_CHANNELS,
    channel_name,
    check_subscription,
    subscription_key,
    user_of,
    ws_snapshot,
    ws_updates,
)
from liqscape.sandbox.answers.info import REQUESTS, answer_info
from liqscape.sandbox.answers.leaderboard import answer_leaderboard
from liqscape.sandbox.answers.vaults import answer_vault_list

__all__ = [
    "CHANNELS",
    "IDLE_CHANNELS",
    "REQUESTS",
    "UNREADABLE",
    "BadRequest",
    "answer_info",
    "answer_leaderboard",
    "answer_vault_list",
    "channel_name",
    "check_subscription",
    "subscription_key",
    "user_of",
    "ws_snapshot",
    "ws_updates",
]
