"""Every message of the stream, sent and read; docs/asyncapi.json is made of them."""

from __future__ import annotations

import msgspec

from liqscape.service.answers.alerts import AlertsMessage
from liqscape.service.answers.changes import FrameMessage
from liqscape.service.answers.in_view import ChangesMessage, ViewMessage
from liqscape.service.streaming.liquidation_news import LiquidationsMessage
from liqscape.service.streaming.marks_message import MarksMessage
from liqscape.service.streaming.plain_messages import ErrorMessage, MissedMessage, StatusMessage, SubscribedMessage
from liqscape.service.streaming.requests import REQUESTS
from liqscape.service.streaming.study_messages import CascadesMessage, ClustersMessage, SweepsMessage
from liqscape.service.streaming.telling import SnapshotMessage
from liqscape.service.streaming.trigger_news import TriggersMessage

SENT: tuple[type[msgspec.Struct], ...] = (
    SnapshotMessage,
    FrameMessage,
    ViewMessage,
    ChangesMessage,
    StatusMessage,
    MarksMessage,
    ClustersMessage,
    SweepsMessage,
    CascadesMessage,
    LiquidationsMessage,
    TriggersMessage,
    AlertsMessage,
    SubscribedMessage,
    MissedMessage,
    ErrorMessage,
)
RECEIVED: tuple[type[msgspec.Struct], ...] = tuple(REQUESTS.values())


def name_of(message: type[msgspec.Struct]) -> str:
    """The word that stands in its `type`."""
    return str(message.__struct_config__.tag)
