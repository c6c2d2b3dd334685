"""Contents go over a wire that cuts them, and come back to the byte; what is damaged or foreign is one sentence."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.service.replicas.chunks import HEAD, Joiner, Kind, SentContent, place_of, split


@given(st.lists(st.binary(max_size=3_000), max_size=5), st.integers(1, 400))
def test_contents_come_back_whatever_the_pieces(contents: list[bytes], chunk_bytes: int) -> None:
    joiner, found = Joiner(), []
    for number, content in enumerate(contents):
        messages = split(Kind.FRAME, number, content, chunk_bytes)
        assert all(len(message) <= chunk_bytes + HEAD.size for message in messages)
        assert [place_of(message) for message in messages] == [(each, len(messages)) for each in range(len(messages))]
        found += [joiner.take(message) for message in messages]
    assert [(each.number, each.content) for each in found if each is not None] == list(enumerate(contents))


def test_a_content_that_misses_a_piece_is_passed_over_and_the_next_one_is_whole() -> None:
    content = random.Random(1).randbytes(5_000)
    first, second = split(Kind.FILES, 1, content, 500), split(Kind.FILES, 2, content, 500)
    joiner = Joiner()
    assert all(joiner.take(message) is None for message in [*first[:3], *first[4:]])
    whole = [joiner.take(message) for message in second]
    assert whole[-1] == SentContent(Kind.FILES, 2, content)


@pytest.mark.parametrize("message", [b"", b"hello", b"x" * 40, b"LQN1" + b"\xff" * 40])
def test_what_is_none_of_ours_is_one_sentence(message: bytes) -> None:
    with pytest.raises(RemoteWireError, match=r"none of (this )?liqscape's"):
        Joiner().take(message)


def test_a_damaged_content_is_one_sentence() -> None:
    (message,) = split(Kind.BEAT, 7, b"something to say", 1_000)
    with pytest.raises(RemoteWireError, match="content 7: its checksum does not fit"):
        Joiner().take(message[:-1] + bytes([message[-1] ^ 1]))


def test_a_content_larger_than_is_taken_is_refused_at_its_first_piece() -> None:
    message = split(Kind.FRAME, 1, random.Random(2).randbytes(900), 100)[0]
    with pytest.raises(RemoteWireError, match=r"says it has 9\d\d bytes, 500 are taken"):
        Joiner(max_packed_bytes=500).take(message)


def test_a_content_longer_than_it_says_is_refused() -> None:
    messages = split(Kind.FRAME, 1, random.Random(2).randbytes(900), 500)
    joiner = Joiner()
    joiner.take(messages[0])
    with pytest.raises(RemoteWireError, match="longer than"):
        joiner.take(messages[1] + b"x" * 900)
