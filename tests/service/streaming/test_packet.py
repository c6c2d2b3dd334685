"""A message as it travels: the frame that all readers share is the one the WebSocket library would make for each."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from liqscape.service.streaming.packet import Packet


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("is_text", [True, False])
def test_frame_is_what_the_library_makes(size: int, is_text: bool) -> None:
    content = bytes(ord("a") + each % 26 for each in range(size))
    packet = Packet(content.decode() if is_text else content)
    opcode = Opcode.TEXT if is_text else Opcode.BINARY
    assert packet.frame == Frame(opcode, content).serialize(mask=False)
    assert packet.frame is packet.frame
    assert packet.size == size


def test_text_is_counted_in_bytes() -> None:
    packet = Packet("κ€")
    assert packet.size == 5
    assert packet.frame == Frame(Opcode.TEXT, "κ€".encode()).serialize(mask=False)
