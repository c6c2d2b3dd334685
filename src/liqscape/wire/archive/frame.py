"""LZ4 frames of the archives to bytes and back."""

from __future__ import annotations

from liqscape.errors import RemoteWireError


def unpack_frame(packed: bytes, source: str) -> bytes:
    """Content of one or several frames behind one another. Raises RemoteWireError where one is damaged or cut."""
    import lz4.frame  # type: ignore[import-untyped]

    parts: list[bytes] = []
    rest = packed
    while rest:
        unpacker = lz4.frame.LZ4FrameDecompressor()
        try:
            parts.append(unpacker.decompress(rest))
        except RuntimeError as error:
            raise RemoteWireError(f"{source}: no LZ4 frame: {error}", source=source) from None
        if not unpacker.eof:
            raise RemoteWireError(f"{source}: LZ4 frame is cut short", source=source)
        rest = unpacker.unused_data or b""
    return b"".join(parts)


def pack_frame(content: bytes) -> bytes:
    """One frame, with the checksum that the `lz4` program writes."""
    import lz4.frame

    packed: bytes = lz4.frame.compress(content, content_checksum=True)
    return packed
