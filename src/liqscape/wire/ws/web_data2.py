"""Channel `webData2`: everything an old screen wanted at once."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.web_data2 import WebData2, WebData2Request
from liqscape.wire.ws.subscription import Subscription


class WebData2Subscription(Subscription[WebData2], frozen=True, tag="webData2"):
    """Everything of one account in the first dex."""

    user: str

    example: ClassVar = WebData2Request.example
