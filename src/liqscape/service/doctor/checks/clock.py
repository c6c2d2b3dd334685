"""How far the exchange's clock is from ours."""

from __future__ import annotations

from collections.abc import Iterator

from liqscape.errors import RemoteWireError
from liqscape.service.doctor.records import Check, differs, holds, unknown
from liqscape.service.doctor.seen import Seen
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.exchange_status import ExchangeStatus

LARGEST_DIFFERENCE_MS = 2_000.0
NAME = "clock"


def check_clock(seen: Seen) -> Iterator[Check]:
    """Time of exchangeStatus against the middle of asking and answer."""
    answer = seen.answers.get("exchangeStatus")
    if answer is None or answer.content is None:
        yield unknown(NAME, "exchangeStatus was not answered")
        return
    try:
        status: ExchangeStatus = parse_answer(answer.content, ExchangeStatus, "exchangeStatus")
    except RemoteWireError:
        yield unknown(NAME, "exchangeStatus cannot be read")
        return
    middle_ms = (answer.sent_ms + answer.received_ms) / 2.0
    difference_ms = status.time - middle_ms
    doubt_ms = (answer.received_ms - answer.sent_ms) / 2.0
    text = f"the exchange's is {difference_ms / 1_000.0:+.2f} s from ours (+-{doubt_ms / 1_000.0:.2f})"
    if abs(difference_ms) - doubt_ms > LARGEST_DIFFERENCE_MS:
        yield differs(NAME, text, "ages shown are off by so much; set the clock of this machine by NTP")
    else:
        yield holds(NAME, text)
