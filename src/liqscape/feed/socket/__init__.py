"""Sockets of the exchange: one connection as a state machine without I/O, and a pool of them over aiohttp."""

from liqscape.feed.socket.pool import SocketPool
from liqscape.feed.socket.session import SocketSession

__all__ = ["SocketPool", "SocketSession"]
