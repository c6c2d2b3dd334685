"""How much an answer may hold: an agent reads it whole, and pays for every row.

Rows of a page are bounded by what was asked; lists that come with it whole in the API's answer are cut here and named.
"""

from __future__ import annotations

from typing import Any

from liqscape.errors import QuestionError

MAX_ROWS = 200
"""Of a list inside an answer."""
MAX_BYTES = 400_000
"""Of an answer as text; the largest window of the map has half of it."""
WHOLE = frozenset({"cells", "row_edges", "as_of_ms_columns", "mark"})
"""Lists of a window, bounded by its width and height: cut, they would say that nothing is there."""
MAX_DEPTH = 12


def cut_lists(answer: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    """The answer with its long lists cut to MAX_ROWS, and which were cut: their path, rows shown and rows there.

    An answer without a long list is given back itself, not a copy: most are, and a copy costs five times a look.
    """
    if not _has_long_list(answer):
        return answer, {}
    cut: dict[str, dict[str, int]] = {}
    return _cut_record(answer, "", cut, MAX_DEPTH), cut


def check_size(text: bytes) -> None:
    """Raises QuestionError for an answer that is too long to be read."""
    if len(text) > MAX_BYTES:
        raise QuestionError(
            f"the answer has {len(text):,} bytes, at most {MAX_BYTES:,} are given: ask for fewer rows or less"
        )


def _has_long_list(answer: dict[str, Any]) -> bool:
    waiting: list[Any] = [answer]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list) and len(value) > MAX_ROWS:
            return True
        inside = value.values() if isinstance(value, dict) else value
        waiting += [each for each in inside if isinstance(each, (dict, list))]
    return False


def _cut_record(record: dict[str, Any], path: str, cut: dict[str, dict[str, int]], depth: int) -> dict[str, Any]:
    return {name: _cut(value, f"{path}{name}", cut, depth) for name, value in record.items()}


def _cut(value: Any, path: str, cut: dict[str, dict[str, int]], depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return _cut_record(value, f"{path}.", cut, depth - 1)
    if not isinstance(value, list):
        return value
    if len(value) > MAX_ROWS and path not in WHOLE:
        cut[path] = {"shown": MAX_ROWS, "of": len(value)}
        value = value[:MAX_ROWS]
    if depth and value and isinstance(value[0], (dict, list)) and path not in WHOLE:
        return [_cut(each, f"{path}[]", cut, depth - 1) for each in value]
    return value
