"""Delivery through Apprise in a process of its own: what it reaches, what it may not, and what it lets out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hook_server import free_port, open_hook_server
from made_alerts import made_message

from liqscape.errors import SettingsError
from liqscape.service.alerting import apprise_sender
from liqscape.service.alerting.apprise_sender import AppriseSender
from liqscape.service.alerting.destinations import Destination, parse_destinations


def phone(url: str, *, is_private_allowed: bool = True) -> Destination:
    """A destination of Apprise."""
    entry = {"url": url, "allow_private": is_private_allowed}
    return parse_destinations({"phone": entry}, Path("alerts.toml"))["phone"]


def test_a_destination_that_is_slow_refuses_fails_redirects_and_recovers() -> None:
    """One process for all attempts, until it has to be ended."""

    async def attempts() -> list[str | None]:
        with open_hook_server() as other, open_hook_server(statuses=[200, 401, 500, 302, 200]) as server:
            server.headers["location"] = other.url
            address = f"json://127.0.0.1:{server.port}/SECRETPATH/?redirect=yes&emojis=yes"
            sender = AppriseSender(phone(address), patience_s=30.0)
            reasons = [(await sender.send(made_message())).reason for _ in range(5)]
            assert sender._child is not None
            first = sender._child.pid
            sender._patience_s, server.is_silent = 0.3, True
            reasons.append((await sender.send(made_message())).reason)
            assert sender._child is None, "what hangs is ended"
            server.is_silent = False
            server.released.set()
            sender._patience_s = 30.0
            reasons.append((await sender.send(made_message())).reason)
            assert sender._child is not None
            assert sender._child.pid != first
            await sender.close()
            hooks = [server.received.get_nowait() for _ in range(server.received.qsize())]
            assert other.received.empty(), "redirects are not followed, whatever the address asks for"
        assert len(hooks) == 7
        assert {json.loads(each.body)["title"] for each in hooks} == {made_message().title}
        expected = f"{made_message().text}\n[{made_message().message_id}]"
        assert {json.loads(each.body)["message"] for each in hooks} == {expected}, "the key is in the text"
        return reasons

    assert asyncio.run(attempts()) == [
        "sent",
        "it answers 401",
        "it answers 500",
        "it answers 302: redirects are not followed",
        "sent",
        "no answer within 0.3 s",
        "sent",
    ]


def test_no_plugin_reaches_this_machine_unless_that_is_allowed() -> None:
    """The connection itself is watched: no name and no protocol is a way round."""

    async def attempt(url: str) -> str | None:
        sender = AppriseSender(phone(url, is_private_allowed=False))
        try:
            return (await sender.send(made_message())).reason
        finally:
            await sender.close()

    with open_hook_server() as server:
        assert asyncio.run(attempt(f"json://localhost:{server.port}/SECRETPATH")) == (
            "its address is loopback or private; allow_private would allow that"
        )
        assert server.received.empty()


def test_an_address_that_is_none_of_apprise_is_said_without_it() -> None:
    async def attempt() -> None:
        sender = AppriseSender(phone("tgrm://123456:SECRETTOKEN/42"))
        try:
            with pytest.raises(SettingsError) as refused:
                await sender.send(made_message())
        finally:
            await sender.close()
        said = "destination phone: its address is not one that Apprise knows, or a part of it lacks"
        assert str(refused.value) == f"{said}; did you mean tgram://?"

    asyncio.run(attempt())


def test_without_apprise_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise_sender, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"Apprise is not installed: pip install 'liqscape\[alerts\]'"):
        asyncio.run(AppriseSender(phone(f"json://127.0.0.1:{free_port()}")).send(made_message()))
