"""Keys of addresses are those of each name, however a list leads to the next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.minute import AddressKeys, address_key

NAMES = [f"0x{number:040x}" for number in range(6)]
LISTS = st.lists(st.permutations(NAMES).flatmap(lambda names: st.integers(0, 6).map(lambda end: names[:end])))


@given(lists=LISTS)
def test_keys_are_those_of_each_name(lists: list[list[str]]) -> None:
    keys = AddressKeys()
    for names in (*lists, NAMES, NAMES[:3], NAMES):
        listed = tuple(names)
        assert keys.of(listed).tolist() == [address_key(name) for name in names]
        assert keys.of(listed) is keys.of(listed)
