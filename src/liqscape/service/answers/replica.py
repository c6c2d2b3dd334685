"""How a read replica follows its collector."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

ReplicaState = Literal["following", "catching_up", "silent", "unconnected"]


class ReplicaAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A replica and its collector. Unknown is null."""

    state: Annotated[
        ReplicaState,
        msgspec.Meta(
            description="following; catching_up: files are to come; silent: the collector says nothing; unconnected: "
            "the NATS server is not reached."
        ),
    ]
    collector: Annotated[str, msgspec.Meta(description="NATS server and name of the map, nothing secret in it.")]
    lag_ms: Annotated[float, msgspec.Meta(description="By which what is shown is behind the collector, ms.")] | None = (
        None
    )
    stored_lag_ms: (
        Annotated[float, msgspec.Meta(description="The same of the newest stored frame; held files count.")] | None
    ) = None
    silent_ms: Annotated[float, msgspec.Meta(description="Since the collector was heard, ms.")] | None = None
    transit_ms: (
        Annotated[
            float,
            msgspec.Meta(description="Receipt minus sending of the newest frame, with the difference of two clocks."),
        ]
        | None
    ) = None
    frames: Annotated[int, msgspec.Meta(ge=0, description="Live frames taken since the start.")] = 0
    keyframes: Annotated[int, msgspec.Meta(ge=0, description="Of those, frames that held everybody.")] = 0
    unreadable: Annotated[int, msgspec.Meta(ge=0, description="Messages that were passed over.")] = 0
    connections: Annotated[int, msgspec.Meta(ge=0, description="Connections to the server so far.")] = 0
    received_bytes: Annotated[int, msgspec.Meta(ge=0, description="Of messages, so far.")] = 0
    files_to_fetch: Annotated[int, msgspec.Meta(ge=0, description="Files that are still to come.")] = 0
    bytes_to_fetch: Annotated[int, msgspec.Meta(ge=0, description="Their bytes.")] = 0
