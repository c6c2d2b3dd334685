"""What a tool takes: names, kinds and bounds of its arguments, as a JSON Schema and as text for the API's query.

Agents send numbers as text and text as numbers; either is taken. An argument that is null counts as left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from liqscape.errors import QuestionError
from liqscape.spelling import LIKENESS_OF_FEW, did_you_mean, none_of, shown

MAX_TEXT = 200
"""Characters of one argument; a cursor has at most as many."""

ArgumentKind = Literal["text", "number", "integer", "flag"]
JSON_TYPES: Mapping[ArgumentKind, str] = {
    "text": "string",
    "number": "number",
    "integer": "integer",
    "flag": "boolean",
}
KIND_WORDS: Mapping[ArgumentKind, str] = {
    "text": "text",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
}


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument of a tool.

    words     all it may be; () where it is open.
    low, high bounds of a whole number, both included; None: the API's own.
    default   what the tool asks with where the argument is left out; None: nothing, the API's default counts.
    """

    name: str
    description: str
    kind: ArgumentKind = "text"
    words: tuple[str, ...] = ()
    is_required: bool = False
    low: int | None = None
    high: int | None = None
    default: int | str | None = None

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        found: dict[str, Any] = {"type": JSON_TYPES[self.kind], "description": self.description}
        if self.words:
            found["enum"] = list(self.words)
        bounds = {"minimum": self.low, "maximum": self.high, "default": self.default}
        return found | {name: value for name, value in bounds.items() if value is not None}

    def text_of(self, value: object) -> str:
        """A value as text of the API's query. Raises QuestionError, one sentence, for one that will not do."""
        text = _scalar_text(self, value)
        if len(text) > MAX_TEXT:
            raise QuestionError(f"{self.name} has {len(text)} characters, at most {MAX_TEXT} are read")
        if self.words and text not in self.words:
            raise QuestionError(none_of(self.name, text, self.words, likeness=LIKENESS_OF_FEW))
        if self.kind == "flag" and text not in ("true", "false"):
            raise QuestionError(f"{self.name} {shown(text)} is not true or false")
        if self.kind == "number":
            _number(self, text)
        if self.kind == "integer":
            self._check_bounds(_number(self, text))
        return text

    def _check_bounds(self, number: float) -> None:
        if number != int(number):
            raise QuestionError(f"{self.name} {number:g} is not a whole number")
        low, high = self.low, self.high
        if (low is not None and number < low) or (high is not None and number > high):
            raise QuestionError(f"{self.name} {number:g} is outside {low} to {high}")


def input_schema(arguments: Sequence[Argument]) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments."""
    return {
        "type": "object",
        "properties": {each.name: each.schema() for each in arguments},
        "required": [each.name for each in arguments if each.is_required],
        "additionalProperties": False,
    }


def read_arguments(arguments: Sequence[Argument], given: Mapping[str, object]) -> dict[str, str]:
    """What was given, as text by name, with defaults of the tool. Raises QuestionError, one sentence."""
    known = {each.name: each for each in arguments}
    for name in given:
        if name not in known:
            otherwise = f"this tool takes {', '.join(known)}" if known else "this tool takes none"
            raise QuestionError(
                f"unknown argument {shown(name)}; {did_you_mean(name, known, otherwise, likeness=LIKENESS_OF_FEW)}"
            )
    texts: dict[str, str] = {}
    for name, each in known.items():
        value = given.get(name)
        value = each.default if value is None else value
        if value is not None:
            texts[name] = each.text_of(value)
        elif each.is_required:
            raise QuestionError(f"{name} is missing: {each.description[0].lower()}{each.description[1:]}")
    return texts


def _scalar_text(argument: Argument, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    raise QuestionError(f"{argument.name} is a {type(value).__name__}, and has to be {KIND_WORDS[argument.kind]}")


def _number(argument: Argument, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise QuestionError(f"{argument.name} {shown(text)} is not {KIND_WORDS[argument.kind]}") from None
    if not abs(number) < float("inf"):
        raise QuestionError(f"{argument.name} {shown(text)} is not a number that has an end")
    return number
