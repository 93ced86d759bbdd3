"""From the bytes of a request to the question they ask, or to the refusal that names the field."""

import difflib
import json
import re
from collections.abc import Callable, Iterator
from datetime import MAXYEAR, MINYEAR, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, NoReturn, cast
from uuid import UUID

import msgspec

from goodstanding.api.errors import (
    BodyTooLarge,
    DoubledName,
    MalformedJson,
    MissingField,
    NotANumber,
    NullCharacter,
    TooDeep,
    UnknownField,
    WrongValue,
)

MOST_BYTES = 256 * 1024
MOST_BYTES_READ = 4 * 1024 * 1024
_PATH = re.compile(r"^(?P<why>.*?)(?: - at (?:key in )?`\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_SPACED = re.compile(rb'"[ \t\r\n]+:')
_INPUT = re.compile(rb'"([^"\\]*)"\s*:')
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")


class EntityBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the decision is about, by an identifier that a source or register gave."""

    scheme: Annotated[
        str,
        msgspec.Meta(
            pattern="^[a-z][a-z0-9_]{0,62}$", description="Which register", examples=["sba_loan"]
        ),
    ]
    value: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=200, description="The identifier there"),
    ]


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question to a policy."""

    policy: Annotated[
        str, msgspec.Meta(min_length=1, max_length=100, description="Name of a published policy")
    ]
    entity: EntityBody
    as_of: Annotated[
        datetime,
        msgspec.Meta(tz=True, description="The moment of the event, with zone: the only clock"),
    ]
    inputs: Annotated[
        dict[str, Any],
        msgspec.Meta(
            description="The policy's inputs by name; fractional numbers are read as DECIMAL"
        ),
    ]
    supersedes: Annotated[
        UUID | None,
        msgspec.Meta(description="An earlier decision about the same entity that this replaces"),
    ] = None


_DECODER = msgspec.json.Decoder(DecisionBody, float_hook=Decimal)
_FIELDS: dict[str, tuple[str, ...]] = {
    "": DecisionBody.__struct_fields__,
    "entity": EntityBody.__struct_fields__,
}


def read_body(body: bytes) -> DecisionBody:
    """The question in a body.

    Raises BodyTooLarge, MalformedJson, NotANumber, NullCharacter, TooDeep, DoubledName,
    UnknownField, MissingField or WrongValue, each with the field where one is at fault.
    """
    if len(body) > MOST_BYTES:
        raise BodyTooLarge(field=_longest_value(body), most_kib=MOST_BYTES // 1024)
    if b"\\u0000" in body:
        _refuse_null_character(body)
    try:
        found = _DECODER.decode(body)
    except msgspec.ValidationError as fault:
        _refuse_value(str(fault), fault)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        _refuse_malformed(body, fault)
    except InvalidOperation as fault:
        _refuse_number(body, fault)
    except RecursionError as fault:
        raise TooDeep(field=_deepest(body)) from fault
    if not MINYEAR < found.as_of.year < MAXYEAR:
        why = f"{found.as_of.isoformat()} is too far away to be read in every time zone"
        raise WrongValue(field="as_of", why=why)
    if body.count(b'":') != _names_in(found) or _SPACED.search(body):
        _refuse_doubled_name(body)
    return found


def _names_in(body: DecisionBody) -> int:
    """How many names a body was read from, had each stood once, and none deeper than usual."""
    count = len(DecisionBody.__struct_fields__) - (body.supersedes is None)
    count += len(EntityBody.__struct_fields__) + len(body.inputs)
    for value in body.inputs.values():
        if type(value) is dict:
            count += len(cast("dict[str, Any]", value))
    return count


def _refuse_doubled_name(body: bytes) -> None:
    """Refuse a name that stands twice, where it does: the reader took the last without a word."""
    try:
        found = json.loads(body, object_pairs_hook=_Pairs)
    except RecursionError:  # so deep a value is no input of any policy, and is refused for that
        return
    for path, name in _doubled(found, ""):
        raise DoubledName(field=path, name=name)


class _Pairs(list[tuple[str, object]]):
    """An object of JSON with all of its names."""


def _doubled(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for name, item in value:
            below = _join(path, name)
            if name in seen:
                yield below, name
            seen.add(name)
            yield from _doubled(item, below)
    elif isinstance(value, list):
        for place, item in enumerate(cast("list[object]", value)):
            yield from _doubled(item, f"{path}[{place}]")


def _refuse_value(message: str, fault: Exception) -> NoReturn:
    match = _PATH.match(message)
    why, path = (match["why"], match["path"] or "") if match else (message, "")
    unknown, missing = _UNKNOWN.search(why), _MISSING.search(why)
    if unknown:
        name = unknown["name"]
        raise UnknownField(field=_join(path, name), name=name, hint=_hint(name, path)) from fault
    if missing:
        name = missing["name"]
        raise MissingField(field=_join(path, name), name=name) from fault
    raise WrongValue(field=path or "body", why=why.replace("`", "'")) from fault


def _hint(name: str, path: str) -> str:
    known = _FIELDS.get(path, ())
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"The fields are: {', '.join(known)}."


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _refuse_malformed(body: bytes, fault: Exception) -> NoReturn:
    """Say what is wrong; a NaN, which other JSON readers let through, by its field."""
    found = _parsed_leniently(body)
    if found is not None:
        for path, value in leaves(found):
            if isinstance(value, _NotANumber):
                raise NotANumber(field=path, text=value.text) from fault
    raise MalformedJson(field="body", why=str(fault)) from fault


def _refuse_number(body: bytes, fault: Exception) -> NoReturn:
    """Say which number has an exponent of more digits than a number can have."""
    for path, value in leaves(_parsed_leniently(body)):
        if isinstance(value, _NotANumber):
            why = f"{value.text[:40]} is further from 0 or closer to it than numbers go"
            raise WrongValue(field=path, why=why) from fault
    raise MalformedJson(field="body", why="a number in it cannot be read") from fault


def _deepest(body: bytes) -> str:
    """The input that nests most brackets, by how many it opens."""
    texts = _INPUT.split(body)
    opened = [text.count(b"[") + text.count(b"{") for text in texts]
    place = opened.index(max(opened))
    name = texts[place - 1] if place and place % 2 == 0 else b"body"
    return name.decode("utf-8", "replace")


def _refuse_null_character(body: bytes) -> None:
    """Refuse U+0000 where it stands; a backslash may itself be escaped, so look at the values."""
    found = _parsed_leniently(body)
    for path, value in leaves(found):
        if (isinstance(value, str) and "\0" in value) or "\0" in path:
            raise NullCharacter(field=path.replace("\0", "?"))


def _longest_value(body: bytes) -> str:
    texts = [
        (len(value), path)
        for path, value in leaves(_parsed_leniently(body))
        if isinstance(value, str)
    ]
    return max(texts, default=(0, "body"))[1]


class _NotANumber:
    def __init__(self, text: str) -> None:
        self.text = text


def _number(text: str) -> "Decimal | _NotANumber":
    try:
        return Decimal(text)
    except InvalidOperation:
        return _NotANumber(text)


def _parsed_leniently(body: bytes) -> object:
    parse: Callable[..., object] = json.loads
    try:
        return parse(body.decode(), parse_constant=_NotANumber, parse_float=_number)
    except (ValueError, RecursionError):
        return None


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value that is neither object nor array, with its path."""
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from leaves(item, _join(path, key))
    elif isinstance(value, list):
        for place, item in enumerate(cast("list[object]", value)):
            yield from leaves(item, f"{path}[{place}]")
    else:
        yield path, value
