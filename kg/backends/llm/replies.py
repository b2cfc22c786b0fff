"""What a server sent, as proposals: any bytes give some, or a word on what is wrong with them.

A model may wrap its JSON in prose or a code block, think aloud before it, or stop in the middle of
it: whole objects are taken wherever they stand. Nothing here is believed; :mod:`.grounding` checks.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kg.backends.llm.budget import Usage

__all__ = ["FIELDS", "Fault", "Proposal", "Reply", "read_reply", "read_usage"]

FIELDS = (
    "evidence", "trigger", "relation", "subject", "subject_name", "object", "object_name",
    "status", "amount", "currency", "percent",
)  # fmt: skip
_FIGURES = ("amount", "percent")
_MOST = 200  # proposals read from one reply
_TRIES = 500  # places where an object is looked for in a reply that is no JSON
_LONGEST = 2_000  # characters of one field: an evidence is a sentence or two
_TOKENS = 10**9  # more than any model reads
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)


class Fault(StrEnum):
    """Why a reply as a whole cannot be used."""

    UNREADABLE = "no claims as JSON"
    REFUSAL = "the model refused"
    CUT = "cut off at the longest reply"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim as a model put it: strings as they came (empty: missing), figures None if no number."""

    evidence: str = ""
    trigger: str = ""
    relation: str = ""
    subject: str = ""
    subject_name: str = ""
    object: str = ""
    object_name: str = ""
    status: str = ""
    amount: float | None = None
    currency: str = ""
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Proposals in the order of the reply; ``content`` is what the model wrote."""

    proposals: tuple[Proposal, ...] = ()
    fault: Fault | None = None
    content: str = ""


def read_reply(body: bytes) -> Reply:
    """The proposals in the body of a chat completion; never raises."""
    choice = _choice(_parsed(body.decode("utf8", "replace")))
    message = _mapping(choice.get("message"))
    content = _content(message.get("content"))
    if not content.strip():
        refused = message.get("refusal") or choice.get("finish_reason") == "content_filter"
        return Reply((), Fault.REFUSAL if refused else Fault.UNREADABLE, "")
    records = _records(_THOUGHT.sub("", content))
    if records is None:
        return Reply((), Fault.UNREADABLE, content)
    proposals = tuple(dict.fromkeys(map(_proposal, records)))
    cut = choice.get("finish_reason") == "length"
    return Reply(proposals, Fault.CUT if cut else None, content)


def read_usage(body: bytes) -> Usage | None:
    """Tokens that the server says it has used; None where it does not say."""
    usage = _mapping(_mapping(_parsed(body.decode("utf8", "replace"))).get("usage"))
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    if not all(type(n) is int and 0 <= n <= _TOKENS for n in counts):
        return None
    return Usage(*(int(n) for n in counts if n is not None))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _choice(value: Any) -> dict[str, Any]:
    choices = _mapping(value).get("choices")
    return _mapping(choices[0]) if isinstance(choices, list) and choices else {}


def _content(value: Any) -> str:
    """Text of a message: a string, or a list of parts of which some are text."""
    if isinstance(value, list):
        return "".join(_content(_mapping(part).get("text")) for part in value)
    return value if isinstance(value, str) else ""


def _records(content: str) -> list[dict[str, Any]] | None:
    """The claims in *content*; None where it holds no JSON that could be claims."""
    whole = _parsed(content.strip())
    listed = _listed(whole)
    if listed is not None:
        return listed
    found: list[dict[str, Any]] = []
    empty = False
    for value in _objects(content):
        listed = _listed(value)
        empty |= listed == []
        found += listed if listed is not None else [value] if "relation" in value else []
    return found[:_MOST] if found or empty else None


def _listed(value: Any) -> list[dict[str, Any]] | None:
    """Members of ``{"claims": […]}`` or of a bare list."""
    members = value.get("claims") if isinstance(value, dict) else value
    if not isinstance(members, list):
        return None
    return [member for member in members if isinstance(member, dict)][:_MOST]


def _objects(content: str) -> Iterator[dict[str, Any]]:
    """Whole JSON objects of *content*, the outermost that can be read, left to right."""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_TRIES):
        at = content.find("{", at)
        if at < 0:
            return
        try:
            value, at = decoder.raw_decode(content, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        yield value


def _proposal(record: dict[str, Any]) -> Proposal:
    values: dict[str, Any] = {name: _text(record.get(name)) for name in FIELDS}
    for name in _FIGURES:
        values[name] = _number(record.get(name))
    return Proposal(**values)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) and len(value) <= _LONGEST else ""


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
