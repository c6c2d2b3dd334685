"""A `trades` message from its bytes to columns, compiled: no object is made of a print.

Only what the exchange writes is read: the channel first, prints with every field once, decimals in quotation marks,
nothing escaped, no spaces. Anything else is UNUSUAL, whatever is wrong with it or not, and read as records, which say
what is wrong (wire/columns/trades.py). What is read here is the same to the bit:

    price = digits / 10^decimals        both exact below 2^53 and up to 10^22, so one division rounds once
"""

from __future__ import annotations

import numpy as np

from liqscape.model.address_words import LETTERS, WORDS
from liqscape.risk.kernels.hexadecimal import (
    EIGHT,
    are_decimal,
    are_plain,
    decimal_of,
    read_address,
    word_at,
)
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.risk.kernels.packed import Packing
from liqscape.units import Int64Array
from liqscape.wire.columns.print_buffers import (
    BEGIN_OF_PRINTS,
    NO_COIN,
    CoinPlaces,
    PrintBuffers,
    PrintState,
    new_buffers,
)
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS

UNUSUAL, NO_ROOM = -1, -2
"""Instead of a time: nothing was taken of the message."""
END = 2
"""Bytes after the last print."""
NOT_THERE = -1
"""An offset after what is not as expected."""
MAX_DIGITS = 18
"""Of an int64."""
MAX_DECIMALS = 22
LARGEST_EXACT = 1 << 53
POWERS = 10.0 ** np.arange(MAX_DECIMALS + 1)
QUOTE, COLON, COMMA, DOT, ZERO, NINE = 0x22, 0x3A, 0x2C, 0x2E, 0x30, 0x39
OPEN_LIST, CLOSE_LIST, OPEN, CLOSE, BACKSLASH = 0x5B, 0x5D, 0x7B, 0x7D, 0x5C
LETTER_A, LETTER_B, LETTER_X = 0x41, 0x42, 0x78
COIN, SIDE, TIME, HASH, USERS, TID, PX, SZ = (
    int.from_bytes(name, "little")
    for name in (b'coin":', b'side":', b'time":', b'hash":', b'users":', b'tid":', b'px":', b'sz":')
)
"""Names of fields and what ends them as numbers, the first character in the lowest byte."""
ANOTHER = 0
FOUR, FIVE, SIX, SEVEN = ((1 << 8 * count) - 1 for count in (4, 5, 6, 7))
"""So many characters of a word."""
ALL_FIELDS = 0x7F

BUFFERS = Packing(new_buffers(1))
COINS = Packing(CoinPlaces(np.zeros(1, np.uint8), np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64)))
_buffers_at, _coins_at = BUFFERS.unpack, COINS.unpack


@compiled
def read_prints(buffers_at: Int64Array, coins_at: Int64Array, content: bytes) -> int:
    """Put the prints of one message behind those that wait; their newest time, UNUSUAL or NO_ROOM."""
    buffers, coins = _buffers_at(buffers_at), _coins_at(coins_at)
    at, last = len(BEGIN_OF_PRINTS), len(content) - END
    if at >= last or content[last] != CLOSE_LIST or content[last + 1] != CLOSE:
        return UNUSUAL
    for place in range(at):
        if content[place] != BEGIN_OF_PRINTS[place]:
            return UNUSUAL
    row, named = buffers.state[PrintState.PRINTS], buffers.state[PrintState.ADDRESSES]
    is_behind = buffers.state[PrintState.IS_BEHIND]
    newest_ms = UNUSUAL
    while True:
        if row >= len(buffers.is_buyer_taker):
            newest_ms = NO_ROOM
            break
        at = _read_print(buffers, coins, content, at, row)
        if at == NOT_THERE:
            newest_ms = UNUSUAL
            break
        time_ms, trade_id = buffers.moment[0, row], buffers.moment[1, row]
        newest_ms = max(newest_ms, time_ms)
        if row > 0:
            before_ms = buffers.moment[0, row - 1]
            if time_ms < before_ms or (time_ms == before_ms and trade_id < buffers.moment[1, row - 1]):
                is_behind = 1
        row += 1
        if at == last:
            break
        if at > last or content[at] != COMMA:
            newest_ms = UNUSUAL
            break
        at += 1
    if newest_ms < 0:
        _forget_addresses(buffers, named)
        return newest_ms
    buffers.state[PrintState.PRINTS], buffers.state[PrintState.IS_BEHIND] = row, is_behind
    return newest_ms


@merged
def _read_print(buffers: PrintBuffers, coins: CoinPlaces, content: bytes, at: int, row: int) -> int:
    """Offset after one print, which is in `row` then."""
    found = 0
    at = _past(content, at, OPEN)
    while at != NOT_THERE:
        name, at = _read_name(content, at)
        if at == NOT_THERE:
            break
        field = 0
        if name == COIN:
            field = 1
            end = _end_of_text(content, at)
            number = NO_COIN if end == NOT_THERE else _coin_number(coins, content, at + 1, end - 1)
            buffers.row[2, row] = number
            at = NOT_THERE if number == NO_COIN else end
        elif name == SIDE:
            field = 2
            is_one = at + 2 < len(content) and content[at] == QUOTE and content[at + 2] == QUOTE
            side = content[at + 1] if is_one else 0
            buffers.is_buyer_taker[row] = side == LETTER_B
            at = at + 3 if side in (LETTER_A, LETTER_B) else NOT_THERE
        elif name in (PX, SZ):
            field = 4 if name == PX else 8
            value, at = _read_decimal(content, at)
            buffers.figure[0 if name == PX else 1, row] = value
        elif name in (TIME, TID):
            field = 16 if name == TIME else 32
            whole, at = _read_whole(content, at)
            buffers.moment[0 if name == TIME else 1, row] = whole
            if name == TIME and whole > LARGEST_TIME_MS:
                at = NOT_THERE
        elif name == USERS:
            field = 64
            if found & field:  # there is room for the addresses of one list
                return NOT_THERE
            at = _read_address(buffers, content, _past(content, at, OPEN_LIST), 0, row)
            at = _read_address(buffers, content, _past(content, at, COMMA), 1, row)
            at = _past(content, at, CLOSE_LIST)
        elif at < len(content) and content[at] == QUOTE:
            at = _end_of_text(content, at)  # a field that nothing is made of, as the hash
        else:
            _, at = _read_whole(content, at)
        if found & field or at == NOT_THERE or at >= len(content):
            return NOT_THERE
        found |= field
        if content[at] == CLOSE:
            return at + 1 if found == ALL_FIELDS else NOT_THERE
        at = _past(content, at, COMMA)
    return NOT_THERE


@merged
def _past(content: bytes, at: int, byte: int) -> int:
    """Offset after a byte that has to be there."""
    return at + 1 if at != NOT_THERE and at < len(content) and content[at] == byte else NOT_THERE


@merged
def _end_of_text(content: bytes, at: int) -> int:
    """Offset after a text in quotation marks, of plain characters alone."""
    at = _past(content, at, QUOTE)
    if at == NOT_THERE:
        return NOT_THERE
    while at + EIGHT <= len(content) and are_plain(word_at(content, at)):
        at += EIGHT
    while at < len(content):
        byte = content[at]
        if byte == QUOTE:
            return at + 1
        if byte < 0x20 or byte > 0x7E or byte == BACKSLASH:
            return NOT_THERE
        at += 1
    return NOT_THERE


@merged
def _read_name(content: bytes, at: int) -> tuple[int, int]:
    """(name of a field as a number, offset of its value)."""
    first = _past(content, at, QUOTE)
    if first == NOT_THERE:
        return ANOTHER, NOT_THERE
    if first + EIGHT <= len(content):
        word: int = np.int64(word_at(content, first))  # type: ignore[assignment]
        six = word & SIX
        if six in (COIN, SIDE, TIME, HASH):
            return six, first + 6
        four = word & FOUR
        if four in (PX, SZ):
            return four, first + 4
        if word & FIVE == TID:
            return TID, first + 5
        if word & SEVEN == USERS:
            return USERS, first + 7
    return ANOTHER, _past(content, _end_of_text(content, at), COLON)


@merged
def _read_whole(content: bytes, at: int) -> tuple[int, int]:
    """(number, offset after its digits)."""
    whole, first = 0, at
    while at + EIGHT <= len(content) and at - first + EIGHT <= MAX_DIGITS:
        word = word_at(content, at)
        if not are_decimal(word):
            break
        whole = whole * 100_000_000 + decimal_of(word)
        at += EIGHT
    while at < len(content) and ZERO <= content[at] <= NINE:
        whole = whole * 10 + content[at] - ZERO
        at += 1
        if at - first > MAX_DIGITS:
            return 0, NOT_THERE
    if at == first or (content[first] == ZERO and at - first > 1):
        return 0, NOT_THERE
    return whole, at


@merged
def _read_decimal(content: bytes, at: int) -> tuple[float, int]:
    """(number above zero, offset after it and its quotation marks)."""
    at = _past(content, at, QUOTE)
    if at == NOT_THERE:
        return 0.0, NOT_THERE
    digits, first, decimals = 0, at, 0
    while at < len(content) and ZERO <= content[at] <= NINE and at - first <= MAX_DIGITS:
        digits = digits * 10 + content[at] - ZERO
        at += 1
    if at == first or (content[first] == ZERO and at - first > 1):
        return 0.0, NOT_THERE
    if at < len(content) and content[at] == DOT:
        at += 1
        while at < len(content) and ZERO <= content[at] <= NINE and at - first <= MAX_DIGITS:
            digits = digits * 10 + content[at] - ZERO
            at += 1
            decimals += 1
        if decimals == 0:
            return 0.0, NOT_THERE
    if digits == 0 or digits >= LARGEST_EXACT:
        return 0.0, NOT_THERE
    return np.float64(digits) / POWERS[decimals], _past(content, at, QUOTE)


@merged
def _coin_number(coins: CoinPlaces, content: bytes, first: int, last: int) -> int:
    """Number of the coin whose name stands there; NO_COIN where it is no market."""
    spread = last - first
    for at in range(first, last):
        spread = spread * 0x5851F42D4C957F2D + content[at]
    mask = len(coins.place) - 1
    place = (spread ^ (spread >> 29)) & mask
    while coins.place[place] != NO_COIN:
        row = coins.place[place]
        start = coins.start[row]
        if coins.start[row + 1] - start == last - first:
            length = 0
            while length < last - first and coins.text[start + length] == content[first + length]:
                length += 1
            if length == last - first:
                return int(coins.number[row])
        place = (place + 1) & mask
    return NO_COIN


@compiled
def place_coins(coins: CoinPlaces) -> None:
    """Fill the places of coins, which are free."""
    for row in range(len(coins.number)):
        spread = int(coins.start[row + 1] - coins.start[row])
        for at in range(coins.start[row], coins.start[row + 1]):
            spread = spread * 0x5851F42D4C957F2D + int(coins.text[at])
        mask = len(coins.place) - 1
        place = (spread ^ (spread >> 29)) & mask
        while coins.place[place] != NO_COIN:
            place = (place + 1) & mask
        coins.place[place] = row


@merged
def _read_address(buffers: PrintBuffers, content: bytes, at: int, column: int, row: int) -> int:
    """Offset after an address, whose row is in the column of users then; one that is new gets the next row."""
    if _past(content, at, QUOTE) == NOT_THERE or at + LETTERS + 2 > len(content):
        return NOT_THERE
    at += 1
    if content[at] != ZERO or content[at + 1] != LETTER_X:
        return NOT_THERE
    named = buffers.state[PrintState.ADDRESSES]
    if not read_address(content, at + 2, buffers.word, named):  # there is room for two addresses a print
        return NOT_THERE
    place, known = _find_address(buffers, named)
    if known < 0:
        known = named
        buffers.place[place] = buffers.state[PrintState.NAMED_BEFORE] + 1 + named
        buffers.state[PrintState.ADDRESSES] = named + 1
    buffers.row[column, row] = known
    return _past(content, at + LETTERS, QUOTE)


@merged
def _find_address(buffers: PrintBuffers, named: int) -> tuple[int, int]:
    """(place, row) of the address whose words stand in row `named`; where it is not there, (its place, -1)."""
    before, mask = buffers.state[PrintState.NAMED_BEFORE], len(buffers.place) - 1
    word = buffers.word
    spread = np.int64(0)
    for number in range(WORDS):
        spread = (spread + np.int64(word[named, number])) * 0x5851F42D4C957F2D
    place = (spread ^ (spread >> 31)) & mask
    while buffers.place[place] > before:
        row = buffers.place[place] - before - 1
        number = 0
        while number < WORDS and word[row, number] == word[named, number]:
            number += 1
        if number == WORDS:
            return int(place), int(row)
        place = (place + 1) & mask
    return int(place), -1


@merged
def _forget_addresses(buffers: PrintBuffers, named: int) -> None:
    """Of a message that is not taken: the newest first, so that no way to another address is cut."""
    for row in range(buffers.state[PrintState.ADDRESSES] - 1, named - 1, -1):
        place, known = _find_address(buffers, row)
        if known == row:
            buffers.place[place] = 0
    buffers.state[PrintState.ADDRESSES] = named


@compiled
def move_addresses(buffers: PrintBuffers) -> None:
    """Put the addresses that wait into places which are free."""
    for row in range(buffers.state[PrintState.ADDRESSES]):
        place, _ = _find_address(buffers, row)
        buffers.place[place] = buffers.state[PrintState.NAMED_BEFORE] + 1 + row
