"""Settings as they are shown hold no secret, and everything else as it was."""

from __future__ import annotations

import pytest

from liqscape.cli.settings.masking import masked


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("token", "0123456789abcdef", "***"),
        ("webhook-secret", "hidden", "***"),
        ("token-file", "/run/secrets/token", "/run/secrets/token"),
        ("secret-env", "LIQSCAPE_HOOK", "LIQSCAPE_HOOK"),
        ("api-url", "https://example.org/info", "https://example.org/info"),
        ("api-url", "https://me:hidden@example.org:8/info", "https://***@example.org:8/info"),
        ("api-url", "https://example.org/info?key=hidden", "https://example.org/info?***"),
        ("api-url", "https://example.org/info#hidden", "https://example.org/info#***"),
        ("api-url", "https://me:a@b@example.org", "https://***@example.org"),
        ("nats", "nats://hidden@10.0.0.1:4222,nats://hidden@10.0.0.2", "nats://***@10.0.0.1:4222,nats://***@10.0.0.2"),
        ("url", "tgram://bottoken/chat", "tgram://***"),
        ("url", "mailtos://me:hidden@example.org?to=you", "mailtos://***"),
        ("data", "/var/lib/liqscape", "/var/lib/liqscape"),
        ("at", "2026-02-05 12:00", "2026-02-05 12:00"),
    ],
)
def test_a_setting_is_shown_without_its_secret(name: str, value: str, shown: str) -> None:
    assert masked(name, value) == shown
