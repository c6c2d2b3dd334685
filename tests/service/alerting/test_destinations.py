"""Destinations as the file tells them: bad ones in one sentence, and no part of an address in any of it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from liqscape.errors import SettingsError
from liqscape.service.alerting.destinations import (
    Destination,
    Secret,
    choose_destination,
    read_destinations,
    signing_key,
)

TOKEN = "123456:SECRETTOKEN"


def read(tmp_path: Path, text: str) -> dict[str, Destination]:
    """Destinations of a file with this text."""
    path = tmp_path / "alerts.toml"
    path.write_text(text)
    return read_destinations(path)


def test_both_kinds_are_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"""
        [[rules]]
        id = "of another part"
        [destinations.phone]
        url = "tgram://{TOKEN}/42"
        [destinations.desk]
        webhook = "https://example.org/hook/{TOKEN}"
        secret_env = "DESK_SECRET"
        allow_private = true
        give_up_after_minutes = 30
        """,
    )
    assert [(each.name, each.kind) for each in found.values()] == [("phone", "apprise"), ("desk", "webhook")]
    assert found["phone"].find_address().reveal() == f"tgram://{TOKEN}/42"
    assert (found["phone"].is_private_allowed, found["phone"].give_up_ms) == (False, 86_400_000)
    assert (found["desk"].is_private_allowed, found["desk"].give_up_ms) == (True, 1_800_000)
    assert found["desk"].find_secret({"DESK_SECRET": "sixteen letters!"}).reveal() == "sixteen letters!"


def test_no_file_has_no_destinations(tmp_path: Path) -> None:
    assert read_destinations(tmp_path / "alerts.toml") == {}


def test_an_address_may_be_in_a_variable(tmp_path: Path) -> None:
    phone = read(tmp_path, '[destinations.phone]\nurl_env = "PHONE"')["phone"]
    assert phone.find_address({"PHONE": " ntfy://topic "}).reveal() == "ntfy://topic"
    with pytest.raises(SettingsError, match="destination phone: the variable PHONE is empty or not set"):
        phone.find_address({})
    with pytest.raises(SettingsError, match=r"destination phone: PHONE is not an address of Apprise") as refused:
        phone.find_address({"PHONE": TOKEN})
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[destinations.phone]\nurl = "tgram//{TOKEN}"', "phone: url is not an address of Apprise"),
        ("[destinations.phone]\nurl = 5", "'phone': url is not text"),
        (f'[destinations.phone]\nulr = "tgram://{TOKEN}"', "unknown key 'ulr'; did you mean url?"),
        ("[destinations.phone]", "'phone' has 0 addresses; give one of url, url_env, webhook, webhook_env"),
        (
            f'[destinations.phone]\nurl = "tgram://{TOKEN}"\nurl_env = "A"',
            "'phone' has 2 addresses; give one of",
        ),
        (f'[destinations]\nphone = "tgram://{TOKEN}"', "'phone' is not a table with an address"),
        (f'destinations = "tgram://{TOKEN}"', "destinations is not a table of destinations"),
        (
            f'[destinations."a b"]\nurl = "tgram://{TOKEN}"',
            "'a b': a name has up to 40 letters, digits, - and _",
        ),
        (f'[destinations.phone]\nurl_env = "tgram://{TOKEN}"', "url_env is not the name of a variable"),
        (
            f'[destinations.desk]\nwebhook = "https://example.org/{TOKEN}"',
            "'desk' is a webhook: secret_env must name the variable",
        ),
        (
            f'[destinations.desk]\nwebhook = "https://example.org/{TOKEN}"\nsecret_env = "{TOKEN}"',
            "secret_env is not the name of a variable",
        ),
        (f'[destinations.p]\nurl = "tgram://{TOKEN}"\nsecret_env = "A"', "secret_env goes with a webhook only"),
        (
            f'[destinations.desk]\nwebhook = "ftp://example.org/{TOKEN}"\nsecret_env = "A"',
            "desk: webhook is not an address such as https://example.org/hook",
        ),
        (
            f'[destinations.desk]\nwebhook = "https://u:{TOKEN}@example.org"\nsecret_env = "A"',
            "desk: webhook holds a user name or password",
        ),
        (
            f'[destinations.p]\nurl = "tgram://{TOKEN}"\nallow_private = "yes"',
            "allow_private is neither true nor false",
        ),
        (
            f'[destinations.p]\nurl = "tgram://{TOKEN}"\ngive_up_after_minutes = 0',
            "give_up_after_minutes must be a whole number in 1..43200",
        ),
        (f'[destinations.phone]\nurl = "tgram://{TOKEN}', "is not TOML: at end of document"),
        (f'[destinations.phone]\nurl = "tgram://{TOKEN}{"x" * 4_000}"', "url has 4026 characters, at most 4000"),
    ],
)
def test_a_bad_file_is_one_sentence_without_its_secrets(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)
    assert "SECRET" not in f"{refused.value} {refused.value.context} {refused.value.__cause__}"


def test_more_destinations_than_are_allowed(tmp_path: Path) -> None:
    text = "\n".join(f'[destinations.d{number}]\nurl = "ntfy://x"' for number in range(33))
    with pytest.raises(SettingsError, match="33 destinations, at most 32"):
        read(tmp_path, text)


def test_an_unknown_destination_names_the_nearest(tmp_path: Path) -> None:
    found = read(tmp_path, '[destinations.phone]\nurl = "ntfy://x"\n[destinations.desk]\nurl = "ntfy://y"')
    assert choose_destination(found, "desk") is found["desk"]
    with pytest.raises(SettingsError, match="unknown destination 'fone'; did you mean phone"):
        choose_destination(found, "fone")
    with pytest.raises(SettingsError, match="the file has none"):
        choose_destination({}, "fone")


@pytest.mark.parametrize(
    ("secret", "said"),
    [("", "empty or not set"), ("short", "has 5 bytes, at least 16"), ("whsec_!!!", "is no base64 after it")],
)
def test_a_secret_that_will_not_do(tmp_path: Path, secret: str, said: str) -> None:
    desk = read(tmp_path, '[destinations.desk]\nwebhook = "https://example.org"\nsecret_env = "A"')["desk"]
    with pytest.raises(SettingsError, match=said):
        desk.find_secret({"A": secret})


def test_a_secret_shows_itself_nowhere(tmp_path: Path) -> None:
    secret = Secret(TOKEN)
    phone = read(tmp_path, f'[destinations.phone]\nurl = "tgram://{TOKEN}"')["phone"]
    assert "SECRET" not in f"{secret} {secret!r} {phone} {phone!r} {[secret]} {vars(phone)}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert signing_key(Secret("whsec_QUJDRA==")) == b"ABCD"
